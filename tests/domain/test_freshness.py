"""That what is shown says how current it is: of one record, of one system's reads, of a list of several systems."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bff.context import Context
from bff.domain.contract import Contract, ContractState
from bff.domain.freshness import Freshness, FreshnessState
from bff.domain.page import Listing
from bff.domain.system import System
from bff.errors import BackendTimeout, BackendUnavailable, BffError, NotFound
from bff.loaders import Read
from bff.resolvers.freshness import joined, listing, of, part

FRESH, STALE, MISSING = FreshnessState.FRESH, FreshnessState.STALE, FreshnessState.UNAVAILABLE
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
EARLIER = NOON - timedelta(minutes=20)
SLOW = BackendTimeout(System.MOBILE, "GET /product")
DOWN = BackendUnavailable(System.FIXED, "FindLinesByAccount")

Reads = Sequence[Read[tuple[str, ...]] | BffError]


def read(*rows: str, as_of: datetime = NOON, error: BffError | None = None) -> Read[tuple[str, ...]]:
    return Read(rows, as_of, cast("Any", error))


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ([], Listing([], ())),
        ([read("a"), read("b", as_of=EARLIER)], Listing(["a", "b"], (Freshness(FRESH, EARLIER, System.MOBILE),))),
        (
            [read("a"), read("b", as_of=EARLIER, error=SLOW)],
            Listing(["a", "b"], (Freshness(STALE, EARLIER, System.MOBILE),)),
        ),
        ([read("a"), SLOW, read("b")], Listing(["a", "b"], (Freshness(MISSING, None, System.MOBILE),), SLOW)),
        ([read("a", error=SLOW), SLOW], Listing(["a"], (Freshness(MISSING, None, System.MOBILE),), SLOW)),
        ([SLOW, DOWN], Listing([], (Freshness(MISSING, None, System.MOBILE),), SLOW)),
    ],
    ids=["nothing asked", "all fresh", "an old copy", "one failed", "an old copy and one failed", "all failed"],
)
def test_the_reads_of_a_system_are_as_current_as_the_worst_of_them(reads: Reads, expected: Listing[str]) -> None:
    assert listing(System.MOBILE, reads) == expected


@pytest.mark.anyio
async def test_a_part_whose_way_to_its_rows_failed_is_missing_as_a_whole() -> None:
    async def failing() -> Reads:
        raise SLOW

    assert await part(System.MOBILE, failing) == Listing([], (Freshness(MISSING, None, System.MOBILE),), SLOW)


@pytest.mark.anyio
async def test_a_part_does_not_hide_what_no_system_is_to_blame_for() -> None:
    async def failing() -> Reads:
        raise NotFound

    with pytest.raises(NotFound):
        await part(System.MOBILE, failing)


WHOLE = listing(System.MOBILE, [read("m")])
LOST: Listing[str] = listing(System.FIXED, [DOWN])


def test_a_list_of_two_systems_has_all_rows_and_says_how_current_each_system_is() -> None:
    assert joined([WHOLE, listing(System.FIXED, [read("f", as_of=EARLIER, error=DOWN)])]) == Listing(
        ["m", "f"], (Freshness(FRESH, NOON, System.MOBILE), Freshness(STALE, EARLIER, System.FIXED))
    )


def test_a_list_goes_on_without_the_system_that_failed_and_carries_its_error() -> None:
    assert joined([WHOLE, LOST]) == Listing(
        ["m"], (Freshness(FRESH, NOON, System.MOBILE), Freshness(MISSING, None, System.FIXED)), DOWN
    )


def test_an_empty_answer_of_one_system_is_not_the_failure_of_the_other() -> None:
    empty = listing(System.MOBILE, [read()])
    assert joined([empty, LOST]) == Listing(
        [], (Freshness(FRESH, NOON, System.MOBILE), Freshness(MISSING, None, System.FIXED)), DOWN
    )


def test_a_list_is_an_error_only_when_every_system_failed_and_there_is_no_row() -> None:
    with pytest.raises(BackendTimeout) as failed:
        joined([listing(System.MOBILE, [SLOW]), LOST])
    assert failed.value is SLOW
    assert joined([listing(System.MOBILE, [read("m"), SLOW]), LOST]).rows == ["m"]


def test_a_list_that_reads_no_system_is_empty() -> None:
    assert joined([]) == Listing([], ())


def test_a_record_is_stale_when_it_was_read_with_an_old_copy() -> None:
    context = cast("Context", SimpleNamespace(loaders=SimpleNamespace(stale={EARLIER})))
    assert of(context, [contract(NOON), contract(EARLIER)]) == [
        Freshness(FRESH, NOON, System.MOBILE),
        Freshness(STALE, EARLIER, System.MOBILE),
    ]


def contract(as_of: datetime) -> Contract:
    return Contract(
        key="AGR-1",
        party_key="ORG-1",
        number="7",
        state=ContractState.ACTIVE,
        starts_on=None,
        account_key=None,
        recipient_code=None,
        as_of=as_of,
    )
