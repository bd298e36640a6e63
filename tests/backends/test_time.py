"""Instants without a zone, those that are two or none, and dates that stand for never (spec, legacy.md, quirk 10)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bff.backends._time import day, instant


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2026-11-22T09:30:00", datetime(2026, 11, 22, 8, 30, tzinfo=UTC)),
        ("2026-07-01T09:30:00", datetime(2026, 7, 1, 7, 30, tzinfo=UTC)),
        ("2026-10-25T01:59:59", datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC)),
        ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T03:00:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        ("2026-03-29T01:59:59", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),
        ("2026-03-29T02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-03-29T03:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_romes_the_first_of_two_and_an_hour_on_when_there_is_none(
    told: str, meant: datetime
) -> None:
    assert instant(local(told)) == meant


def test_the_second_of_two_can_not_be_asked_for() -> None:
    assert instant(local("2026-10-25T02:30:00").replace(fold=1)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_times_are_compared_by_when_they_were_and_not_by_their_clock() -> None:
    before, after = instant(local("2026-03-29T02:30:00")), instant(local("2026-03-29T03:15:00"))
    assert before is not None
    assert after is not None
    assert after < before


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(hours=5, minutes=30), timedelta(hours=-12)])
def test_an_offset_that_is_told_counts(offset: timedelta) -> None:
    told = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(offset))
    assert instant(told) == told


@pytest.mark.parametrize(
    "told", [None, *map(local, ("9999-12-31", "9999-12-31T23:59:59Z", "0001-01-01", "0001-01-01T00:00:00+14:00"))]
)
def test_nothing_and_never_are_none(told: datetime | None) -> None:
    assert instant(told) is None
    assert day(told) is None


def test_a_day_is_romes() -> None:
    assert day(datetime(2026, 11, 22, 23, 30, tzinfo=UTC)) == date(2026, 11, 23)
    assert day(local("2026-11-22T00:00:00")) == date(2026, 11, 22)
    assert day(local("0002-01-01T00:00:00")) == date(2, 1, 1)
