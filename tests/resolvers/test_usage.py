"""Whose credit is shown, and what is left on one's own line, where the systems tell odd things."""

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from bff.domain.money import Money
from bff.domain.profile import Grant, Reach
from bff.domain.system import System
from bff.domain.usage import Credit, LineUsage
from bff.errors import BackendUnavailable, BffError
from bff.loaders import Loader, Read
from bff.resolvers import usage

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
