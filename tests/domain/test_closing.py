"""The daily window in Rome: over midnight, over the changes of the clock, and when it ends."""

from datetime import UTC, datetime, time

import pytest

from bff.domain.closing import Closure, DailyWindow
from bff.domain.period import ROME

NIGHT = DailyWindow(time(23, 30), time(5, 30))
LUNCH = DailyWindow(time(12), time(13))


def rome(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME)


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-11-22T23:29:59", None),
        ("2026-11-22T23:30:00", "2026-11-23T05:30:00"),
        ("2026-11-23T00:00:00", "2026-11-23T05:30:00"),
        ("2026-11-23T05:29:59", "2026-11-23T05:30:00"),
        ("2026-11-23T05:30:00", None),
        ("2026-12-31T23:45:00", "2027-01-01T05:30:00"),
    ],
)
def test_a_night_goes_over_midnight(at: str, until: str | None) -> None:
    closure = NIGHT.closure(rome(at))
    assert (closure and closure.until) == (until and rome(until))


@pytest.mark.parametrize(
    ("at", "closed"),
    [("11:59:59", False), ("12:00:00", True), ("12:59:59", True), ("13:00:00", False)],
)
def test_a_window_by_day_ends_the_same_day(at: str, closed: bool) -> None:  # noqa: FBT001 - a case
    assert (LUNCH.closure(rome(f"2026-11-22T{at}")) is not None) == closed


@pytest.mark.parametrize(
    ("day", "wait_h"),
    [("2026-10-24", 7), ("2026-11-24", 6), ("2026-03-28", 5)],
    ids=["the clock goes back", "any night", "the clock goes forward"],
)
def test_the_wait_is_in_real_hours(day: str, wait_h: int) -> None:
    closure = NIGHT.closure(rome(f"{day}T23:30:00").astimezone(UTC))
    assert closure is not None
    assert closure.wait_s == wait_h * 3600


def test_the_least_to_wait_is_a_second() -> None:
    at = rome("2026-11-23T05:29:59.900000")
    assert NIGHT.closure(at) == Closure(rome("2026-11-23T05:30:00"), 1.0)
