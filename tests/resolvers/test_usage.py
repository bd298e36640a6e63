"""Whose credit is shown, and how far records are read, where the systems tell odd things."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from bff.domain.money import Money
from bff.domain.profile import Grant, Reach
from bff.domain.system import System
from bff.domain.usage import Credit, LineUsage, Long, Quantity, QuantityUnit, RecordPage, TrafficType, UsageRecord
from bff.errors import BackendUnavailable, BffError
from bff.loaders import Loader, Read
from bff.resolvers import usage
from bff.resolvers.page import Slice

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LINES = [LineUsage(line_key=key, number_key=f"N{key}", prepaid=True) for key in ("1", "2", "3")]
DOWN = BackendUnavailable(System.MOBILE, "GET /bucket")


def _context(found: dict[str, Read[Credit] | BffError], *, own: str | None = None) -> Any:
    """Give what the resolver uses of a context."""

    async def fetch(keys: list[str]) -> dict[str, Read[Credit] | BffError]:
        return {key: found[key] for key in keys if key in found}

    loaders = SimpleNamespace(credits=Loader(fetch, limit=50, name="test"))
    return SimpleNamespace(loaders=loaders, principal=SimpleNamespace(line_key=own))


def _credit(*line_keys: str) -> Read[Credit]:
    credit = Credit(line_keys=line_keys, amount=Money(Decimal("5.00")), expires_on=None, as_of=NOW)
    return Read(credit, NOW)


async def test_the_credit_of_a_number_that_is_another_lines_now_is_not_shown() -> None:
    context = _context({"N1": _credit("1"), "N2": _credit("9"), "N3": _credit()})

    shown = await usage.credits_of(context, LINES, Grant({Credit: Reach.ALL}))

    assert shown == [_credit("1").value, None, None]


async def test_a_line_without_a_bucket_has_no_credit_and_one_that_failed_has_its_error() -> None:
    context = _context({"N1": _credit("1"), "N2": DOWN})

    assert await usage.credits_of(context, LINES, Grant({Credit: Reach.ALL})) == [_credit("1").value, DOWN, None]


@pytest.mark.parametrize(("reach", "asked"), [({Credit: Reach.OWN}, 1), ({}, 0)])
async def test_only_lines_within_reach_are_asked_for(reach: dict[type, Reach], asked: int) -> None:
    context = _context({f"N{key}": _credit(key) for key in "123"}, own="2")

    shown = await usage.credits_of(context, LINES, Grant(reach))

    assert shown == [None, _credit("2").value if asked else None, None]
    assert context.loaders.credits.keys_asked == asked


# --- single records ---------------------------------------------------------------------------------------------------

TODAY = date(2026, 11, 22)


def _record(day: date, line_key: str = "1") -> UsageRecord:
    return UsageRecord(
        key=f"U{day}",
        line_key=line_key,
        at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        type=TrafficType.VOICE,
        counterpart=None,
        quantity=Quantity(Long(60), QuantityUnit.SECONDS),
        charged=None,
    )


def _days(*, bad: date | None = None, of: str = "1") -> Any:
    """Give a context in which each day has a record of a line, and one of them can't be read."""

    async def fetch(keys: list[tuple[str, str]]) -> dict[tuple[str, str], Any]:
        days = {key: date.fromisoformat(key[1]) for key in keys}
        return {key: DOWN if day == bad else Read((_record(day, of),), NOW) for key, day in days.items()}

    names = ("records", "recent_records")
    loaders = SimpleNamespace(**{name: Loader(fetch, limit=1000, name=name) for name in names})
    return SimpleNamespace(loaders=loaders, today=TODAY)


async def _page(context: Any, first: int) -> RecordPage | BffError | None:
    (page,) = await usage.records(context, LINES[:1], Grant({UsageRecord: Reach.ALL}), None, Slice(first))
    return page


async def test_a_page_reads_a_week_and_then_twice_as_much_until_it_is_full() -> None:
    for first, days_read in ((6, 7), (7, 21), (20, 21), (21, 22), (22, 22)):
        context = _days()
        page = await _page(context, first)
        assert isinstance(page, RecordPage)
        assert [row.at.date() for row in page.nodes] == [TODAY - timedelta(days=index) for index in range(first)]
        assert page.total_count == (None if first < 22 else 22)
        assert context.loaders.records.keys_asked + context.loaders.recent_records.keys_asked == days_read


@pytest.mark.parametrize(("first", "fails"), [(2, False), (3, True), (20, True)])
async def test_a_day_that_can_not_be_read_fails_the_pages_that_come_to_it(first: int, fails: bool) -> None:  # noqa: FBT001
    page = await _page(_days(bad=TODAY - timedelta(days=3)), first)

    assert (page is DOWN) is fails
    assert fails or (isinstance(page, RecordPage) and page.has_next_page and len(page.nodes) == first)


async def test_a_record_of_another_line_is_not_shown() -> None:
    page = await _page(_days(of="2"), 20)

    assert isinstance(page, RecordPage)
    assert (page.nodes, page.total_count) == ([], 0)
