"""That bimesters, windows and the days of Rome are right at the edges: month ends, leap days, clock changes."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.domain.period import Period, invoices_from, months_after, orders_from, rome_day, unpaid_from
from bff.domain.profile import Profile

days = st.dates(date(2000, 1, 1), date(2100, 12, 31))
LIVE = [profile for profile in Profile if profile is not Profile.CEASED_CUSTOMER]


@given(days, st.integers(-120, 120))
def test_a_day_moves_by_whole_months_to_the_same_day_or_the_last_one(day: date, months: int) -> None:
    moved = months_after(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == min(day.day, monthrange(moved.year, moved.month)[1])


@pytest.mark.parametrize(
    ("day", "months", "moved"),
    [
        (date(2026, 8, 31), -6, date(2026, 2, 28)),
        (date(2028, 8, 31), -6, date(2028, 2, 29)),
        (date(2028, 2, 29), -12, date(2027, 2, 28)),
        (date(2028, 2, 29), -60, date(2023, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2027, 1, 15), -1, date(2026, 12, 15)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_month_ends_leap_days_and_turns_of_the_year(day: date, months: int, moved: date) -> None:
    assert months_after(day, months) == moved


# --- bimesters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 7))
def test_a_two_month_billing_period_has_its_number(number: int) -> None:
    for year in (2026, 2028):
        start = date(year, 2 * number - 1, 1)
        assert Period(start, months_after(start, 2) - timedelta(days=1)).bimester == number


@given(days, st.integers(0, 100))
def test_only_an_odd_month_s_first_to_an_even_month_s_last_is_a_bimester(start: date, length_days: int) -> None:
    end = start + timedelta(days=length_days)
    whole = (start.day, start.month % 2) == (1, 1) and (end.year, end.month) == (start.year, start.month + 1)
    last = end.day == monthrange(end.year, end.month)[1]
    assert Period(start, end).bimester == ((start.month + 1) // 2 if whole and last else None)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 3, 1), date(2026, 3, 31)),
        (date(2026, 2, 1), date(2026, 3, 31)),
        (date(2026, 3, 2), date(2026, 4, 30)),
        (date(2026, 3, 1), date(2026, 4, 29)),
        (date(2026, 3, 1), date(2026, 5, 1)),
        (date(2026, 1, 1), date(9999, 12, 31)),
    ],
)
def test_other_periods_are_no_bimester(start: date, end: date) -> None:
    assert Period(start, end).bimester is None


# --- windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", LIVE)
def test_a_live_customer_sees_twelve_months_and_five_years_to_the_day(profile: Profile) -> None:
    assert invoices_from(date(2026, 11, 22), profile) == date(2025, 11, 22)
    assert unpaid_from(date(2026, 11, 22), profile) == date(2021, 11, 22)
    assert invoices_from(date(2028, 2, 29), profile) == date(2027, 2, 28)
    assert unpaid_from(date(2028, 2, 29), profile) == date(2023, 2, 28)


@pytest.mark.parametrize(
    ("today", "start"),
    [
        (date(2026, 11, 22), date(2025, 11, 1)),
        (date(2026, 11, 1), date(2025, 11, 1)),
        (date(2026, 12, 31), date(2025, 11, 1)),
        (date(2027, 1, 1), date(2026, 1, 1)),
        (date(2027, 2, 28), date(2026, 1, 1)),
        (date(2028, 2, 29), date(2027, 1, 1)),
        (date(2028, 3, 1), date(2027, 3, 1)),
    ],
)
def test_a_ceased_customer_sees_the_bimesters_before_the_current_one(today: date, start: date) -> None:
    assert invoices_from(today, Profile.CEASED_CUSTOMER) == start
    assert unpaid_from(today, Profile.CEASED_CUSTOMER) == start


@given(days)
def test_a_ceased_customer_sees_six_whole_bimesters_on_any_day(today: date) -> None:
    start = invoices_from(today, Profile.CEASED_CUSTOMER)
    whole = [Period(months_after(start, 2 * n), months_after(start, 2 * n + 2) - timedelta(days=1)) for n in range(7)]
    assert all(period.bimester is not None for period in whole)
    assert whole[5].end < today, "six have ended"
    assert whole[6].start <= today <= whole[6].end, "and the seventh is the current one"


def test_orders_of_six_months_are_seen() -> None:
    assert orders_from(date(2026, 11, 22)) == date(2026, 5, 22)
    assert orders_from(date(2026, 8, 31)) == date(2026, 2, 28)


# --- the day in Rome --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 23, 0, tzinfo=UTC), date(2026, 11, 22)),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 22, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), date(2026, 10, 26)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
    ],
)
def test_a_day_begins_at_midnight_in_rome_in_winter_in_summer_and_where_the_clocks_change(
    instant: datetime, day: date
) -> None:
    assert rome_day(instant) == day
