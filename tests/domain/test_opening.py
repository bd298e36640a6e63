"""Holidays, working days and opening hours, in Rome."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bff.domain.contact import CallSlot, SlotWindow
from bff.domain.opening import Hours, easter, is_holiday, is_open, next_opening, working_days
from bff.domain.period import ROME

OFFICE = Hours(days=frozenset(range(5)), opens=time(8, 30), closes=time(18, 30))
NIGHT = Hours(days=frozenset(range(7)), opens=time(20), closes=time(0), on_holidays=True)


@pytest.mark.parametrize(
    "day",
    [date(1961, 4, 2), date(2000, 4, 23), date(2024, 3, 31), date(2026, 4, 5), date(2027, 3, 28), date(2038, 4, 25)],
)
def test_easter_is_on_the_day_that_almanacs_give(day: date) -> None:
    assert easter(day.year) == day


def test_easter_is_always_a_sunday_between_22_march_and_25_april() -> None:
    sundays = [easter(year) for year in range(1900, 2200)]
    assert {day.weekday() for day in sundays} == {6}
    assert all((3, 22) <= (day.month, day.day) <= (4, 25) for day in sundays)


def test_the_holidays_of_2026_are_the_national_ones() -> None:
    days = [date(2026, 1, 1) + timedelta(days=count) for count in range(365)]
    assert [f"{day:%d/%m}" for day in days if is_holiday(day)] == [
        *("01/01", "06/01", "05/04", "06/04", "25/04", "01/05", "02/06", "15/08"),
        *("04/10", "01/11", "08/12", "25/12", "26/12"),
    ]


def test_saint_francis_is_a_holiday_from_2026_on() -> None:
    assert [is_holiday(date(year, 10, 4)) for year in (2025, 2026, 2027)] == [False, True, True]


def test_working_days_begin_today_and_leave_out_weekends_and_holidays() -> None:
    assert working_days(date(2026, 4, 2), 3) == [date(2026, 4, 2), date(2026, 4, 3), date(2026, 4, 7)]
    assert working_days(date(2026, 11, 22), 5) == [date(2026, 11, day) for day in range(23, 28)]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 23, 8, 29, 59, tzinfo=ROME), False),
        (datetime(2026, 11, 23, 8, 30, tzinfo=ROME), True),
        (datetime(2026, 11, 23, 18, 29, 59, tzinfo=ROME), True),
        (datetime(2026, 11, 23, 18, 30, tzinfo=ROME), False),
        (datetime(2026, 11, 22, 12, 0, tzinfo=ROME), False),  # Sunday
        (datetime(2026, 4, 6, 12, 0, tzinfo=ROME), False),  # Easter Monday
        (datetime(2026, 7, 1, 6, 30, tzinfo=UTC), True),  # summer: two hours ahead
        (datetime(2026, 12, 1, 7, 29, tzinfo=UTC), False),  # winter: one
    ],
)
def test_hours_are_those_of_rome_on_working_days(moment: datetime, expected: bool) -> None:  # noqa: FBT001
    assert is_open([OFFICE], moment) is expected


def test_hours_until_midnight_end_with_the_day_and_may_hold_on_holidays() -> None:
    assert is_open([OFFICE, NIGHT], datetime(2026, 12, 25, 23, 59, 59, tzinfo=ROME))
    assert not is_open([OFFICE, NIGHT], datetime(2026, 12, 25, 0, 0, tzinfo=ROME))


def test_the_window_of_call_backs_covers_five_working_days_across_a_change_of_clock() -> None:
    window = SlotWindow.ahead(date(2026, 10, 23))
    assert window.key == "2026-10-23T00:00:00+02:00/2026-10-30T00:00:00+01:00"
    assert SlotWindow.read(window.key).key == window.key
    first = CallSlot("a", window.start, window.start + timedelta(minutes=30))
    assert window.holds(first)
    assert not window.holds(CallSlot("b", first.start - timedelta(minutes=1), first.end))
    assert not window.holds(CallSlot("c", first.end, first.start))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (datetime(2026, 11, 23, 8, 0, tzinfo=ROME), datetime(2026, 11, 23, 8, 30, tzinfo=ROME)),
        (datetime(2026, 11, 23, 9, 0, tzinfo=ROME), datetime(2026, 11, 24, 8, 30, tzinfo=ROME)),
        (datetime(2026, 11, 27, 19, 0, tzinfo=ROME), datetime(2026, 11, 30, 8, 30, tzinfo=ROME)),
        (datetime(2026, 12, 24, 19, 0, tzinfo=ROME), datetime(2026, 12, 28, 8, 30, tzinfo=ROME)),
        (datetime(2026, 3, 27, 23, 0, tzinfo=UTC), datetime(2026, 3, 30, 8, 30, tzinfo=ROME)),
    ],
)
def test_what_is_closed_opens_on_the_next_day_that_is_no_holiday(now: datetime, opens: datetime) -> None:
    assert next_opening([OFFICE], now) == opens


def test_of_several_hours_the_next_ones_count_and_of_none_nothing_opens() -> None:
    now = datetime(2026, 11, 23, 19, 0, tzinfo=ROME)
    assert next_opening([OFFICE, NIGHT], now) == datetime(2026, 11, 23, 20, 0, tzinfo=ROME)
    assert next_opening([], now) is None
