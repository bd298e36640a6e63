"""When somebody answers: opening hours and working days in Rome, with Italy's public holidays. Pure."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

import msgspec

from bff.domain.period import ROME

_FIXED_HOLIDAYS = {(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)}
_SAINT_FRANCIS = (10, 4)
_SAINT_FRANCIS_FROM = 2026  # law 151 of 8 October 2025
_SATURDAY = 5
_AHEAD_DAYS = 21


class Hours(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Hours of some days of the week, 0 is Monday; `closes` is not open any more, midnight is the end of the day."""

    days: frozenset[int]
    opens: time
    closes: time
    on_holidays: bool = False

    def covers(self, now: datetime) -> bool:
        """Tell whether a moment lies in them."""
        there = now.astimezone(ROME)
        at = there.time()
        return (
            there.weekday() in self.days
            and self.opens <= at
            and (self.closes == time.min or at < self.closes)
            and (self.on_holidays or not is_holiday(there.date()))
        )


def is_open(hours: Iterable[Hours], now: datetime) -> bool:
    """Tell whether a moment lies in any of some hours."""
    return any(each.covers(now) for each in hours)


def next_opening(hours: Collection[Hours], now: datetime) -> datetime | None:
    """Give the moment at which any of some hours opens next; None when none does within three weeks."""
    today = now.astimezone(ROME).date()
    days = [today + timedelta(days=ahead) for ahead in range(_AHEAD_DAYS)]
    moments = [datetime.combine(day, each.opens, ROME) for each in hours for day in days]
    return min((each for each in moments if each > now and is_open(hours, each)), default=None)


def is_holiday(day: date) -> bool:
    """Tell whether a day is a public holiday all over Italy; Sundays are none by themselves."""
    month_and_day = (day.month, day.day)
    return (
        month_and_day in _FIXED_HOLIDAYS
        or (month_and_day == _SAINT_FRANCIS and day.year >= _SAINT_FRANCIS_FROM)
        or day - easter(day.year) in {timedelta(0), timedelta(days=1)}
    )


def easter(year: int) -> date:
    """Give Easter Sunday of the Gregorian calendar, by the rule that J.-M. Oudin published in 1940.

    Example:
        >>> easter(2026)
        datetime.date(2026, 4, 5)
    """
    century, golden = year // 100, year % 19
    epact = (century - century // 4 - (century - (century - 17) // 25) // 3 + 19 * golden + 15) % 30
    moon = epact - (epact // 28) * (1 - (epact // 28) * (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    from_march = moon - weekday
    month = 3 + (from_march + 40) // 44
    return date(year, month, from_march + 28 - 31 * (month // 4))


def working_days(today: date, count: int) -> list[date]:
    """Give the next working days, Monday to Friday without holidays, the first of them today if it is one."""
    days: list[date] = []
    day = today
    while len(days) < count:
        if day.weekday() < _SATURDAY and not is_holiday(day):
            days.append(day)
        day += timedelta(days=1)
    return days
