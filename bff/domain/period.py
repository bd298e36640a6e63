"""Periods billed, and the windows of time that the customer area shows. Days are Europe/Rome.

Every operation asks for its windows, of which there are a handful a day: those asked for last are kept.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from bff.domain.profile import Profile

ROME = ZoneInfo("Europe/Rome")

INVOICE_MONTHS = 12
CEASED_BIMESTERS = 6
UNPAID_YEARS = 5
ORDER_MONTHS = 6
USAGE_MONTHS = 12

_WINDOWS_KEPT = 32


class Period(msgspec.Struct, frozen=True, gc=False):
    """Days from and to, both included."""

    start: date
    end: date

    @property
    def bimester(self) -> int | None:
        """Number, 1 to 6, when the period is exactly one two-month billing period; None otherwise.

        Example:
            >>> Period(date(2026, 3, 1), date(2026, 4, 30)).bimester
            2
        """
        first = self.start
        if first.day != 1 or first.month % 2 == 0 or self.end != months_after(first, 2) - timedelta(days=1):
            return None
        return (first.month + 1) // 2

    @property
    def lies_in(self) -> tuple[int, int] | None:
        """Year and number of the two-month period that it lies in, as a month does; None when it lies in several."""
        first, last = ((day.year, (day.month + 1) // 2) for day in (self.start, self.end))
        return first if first == last else None


def rome_day(instant: datetime) -> date:
    """Give the calendar day in Rome of an instant with an offset."""
    return instant.astimezone(ROME).date()


def months_after(day: date, months: int) -> date:
    """Move a day by whole months; a day that the month lacks becomes its last one.

    Example:
        >>> months_after(date(2026, 8, 31), -6)
        datetime.date(2026, 2, 28)
    """
    month = day.year * 12 + day.month - 1 + months
    first = date(month // 12, month % 12 + 1, 1)
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), following - timedelta(days=1))


@lru_cache(_WINDOWS_KEPT)
def invoices_from(today: date, profile: Profile) -> date:
    """First day of issue shown: 12 months back; for a ceased customer 6 whole bimesters before the current one."""
    if profile is Profile.CEASED_CUSTOMER:
        current = date(today.year, today.month - (today.month - 1) % 2, 1)
        return months_after(current, -2 * CEASED_BIMESTERS)
    return months_after(today, -INVOICE_MONTHS)


@lru_cache(_WINDOWS_KEPT)
def unpaid_from(today: date, profile: Profile) -> date:
    """First day of issue of unpaid invoices shown: 5 years back; for a ceased customer as `invoices_from`."""
    if profile is Profile.CEASED_CUSTOMER:
        return invoices_from(today, profile)
    return months_after(today, -12 * UNPAID_YEARS)


@lru_cache(_WINDOWS_KEPT)
def orders_from(today: date) -> date:
    """First day on which an order shown was placed: 6 months back."""
    return months_after(today, -ORDER_MONTHS)


@lru_cache(_WINDOWS_KEPT)
def usage_from(today: date) -> date:
    """First day whose traffic records are shown: 12 months back."""
    return months_after(today, -USAGE_MONTHS)
