"""Where payments are remembered: one at a time has one, nothing that is held is another's, in memory and in Redis."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from bff.redis_client import open_client
from bff.state.payments import MemoryPayments, PaymentStore, RedisPayments, Taken

pytestmark = pytest.mark.anyio

NAME, OTHER = "a" * 32, "a" + "b" * 31


@pytest.fixture(params=["memory", *(pytest.param(each, marks=pytest.mark.redis) for each in ("redis", "cluster"))])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[PaymentStore]:
    """Give each kind of store."""
    if request.param == "memory":
        yield MemoryPayments(time.monotonic)
        return
    is_one = request.param == "redis"
    url = request.getfixturevalue("redis_url") if is_one else request.getfixturevalue("redis_cluster").url
    client = open_client(url, timeout_s=5, connections=2)
    yield RedisPayments(client)
    await client.aclose()


async def test_who_takes_a_payment_has_it_to_themselves_and_hears_that_somebody_came(store: PaymentStore) -> None:
    await store.begin(NAME, "owner", b"1", 0, 5)
    assert await store.get(NAME) == b"1"
    assert await store.take(NAME, "one", 10, 70) == Taken(NAME, b"1")
    assert await store.take(NAME, "two", 11, 71) is None
    assert await store.claim("a", "two", 12, 72) is None
    assert await store.put(NAME, "one", b"2", 13, 1000)
    assert await store.claim("a", "two", 14, 74) == Taken(NAME, b"2"), "it is looked at again, for who came meanwhile"


async def test_what_a_killed_worker_had_is_anothers_after_its_lease_and_its_word_counts_no_more(
    store: PaymentStore,
) -> None:
    await store.begin(NAME, "owner", b"1", 0, 5)
    assert await store.claim("a", "killed", 10, 70) == Taken(NAME, b"1")
    assert await store.claim("a", "other", 69, 129) is None
    assert await store.claim("a", "other", 70, 130) == Taken(NAME, b"1")
    assert not await store.put(NAME, "killed", b"late", 71, None)
    assert await store.put(NAME, "other", b"2", 72, None)
    assert await store.get(NAME) == b"2"
    assert await store.claim("a", "other", 10_000, 10_060) is None, "nobody needs to look any more"


async def test_all_marks_are_held_or_none(store: PaymentStore) -> None:
    assert await store.hold(["m1", "m2"], NAME, 60)
    assert await store.hold(["m1", "m2"], NAME, 60), "by the same payment again"
    assert not await store.hold(["m3", "m2"], OTHER, 60)
    assert await store.hold(["m3"], "c" * 32, 60), "what was not held stays free"
    await store.free(["m1", "m2"], OTHER)
    assert not await store.hold(["m1"], OTHER, 60), "nobody lets go of what another holds"
    await store.free(["m1", "m2"], NAME)
    assert await store.hold(["m1", "m2"], OTHER, 60)


async def test_whoever_is_refused_a_mark_keeps_those_that_they_had(store: PaymentStore) -> None:
    assert await store.hold(["m4"], NAME, 60)
    assert await store.hold(["m5"], OTHER, 60)
    assert not await store.hold(["m4", "m5"], NAME, 60)
    assert not await store.hold(["m4"], OTHER, 60)


async def test_a_mark_that_is_held_anew_is_held_no_shorter(store: PaymentStore) -> None:
    assert await store.hold(["m6"], NAME, 60)
    assert await store.hold(["m6"], NAME, 1)
    await asyncio.sleep(1.1)
    assert not await store.hold(["m6"], OTHER, 60)


async def test_the_last_payments_of_a_company_are_listed_the_newest_first(store: PaymentStore) -> None:
    for place in range(60):
        await store.begin(f"{place:032x}", "owner", b"1", place, place)
    names = await store.of("owner")
    assert names == [f"{place:032x}" for place in reversed(range(10, 60))]
    assert await store.of("another") == []
    assert await store.get("f" * 32) is None


async def test_what_a_company_has_paid_is_noted_until_then_and_of_no_other(store: PaymentStore) -> None:
    await store.note_paid("owner", ["m1", "m2"], 100)
    await store.note_paid("owner", ["m2"], 200)
    assert sorted(await store.paid("owner", 99)) == ["m1", "m2"]
    assert await store.paid("owner", 100) == ("m2",)
    assert await store.paid("owner", 200) == ()
    assert await store.paid("stranger", 0) == ()
