"""What is read at each request beside a shared store: always what was true when the read began, or later."""

import asyncio
import dataclasses

import pytest

from bff.cache.memory import MemoryStore
from bff.cache.read import Read, ReadThrough
from tests.cache.parts import (
    ACME,
    EARLY,
    THING,
    CountingStore,
    Source,
    Tally,
    Thing,
    things,
    timeout_error,
    turns,
    worker,
)
from tests.clock import HandClock

pytestmark = pytest.mark.anyio

PROFILE = dataclasses.replace(THING, name="profile", near_s=0.0, stale_if_error_s=0.0)
STANDING_IN = dataclasses.replace(THING, name="standing", near_s=0.0)


@pytest.fixture
def shared(memory: MemoryStore) -> CountingStore:
    return CountingStore(memory, shared=True)


def _shelves(cache: ReadThrough) -> int:
    return len(cache._near._shelves)


async def test_what_the_store_has_leaves_nothing_behind(shared: CountingStore, clock: HandClock) -> None:
    await worker(shared, clock).read(PROFILE, ACME, ["a", "unknown"], Source(things("a")).fetch)
    cache = worker(shared, clock)
    assert await cache.read(PROFILE, ACME, ["a"], Source().fetch)
    assert not await cache.read(PROFILE, ACME, ["unknown"], Source().fetch)
    assert (_shelves(cache), cache._near._bytes) == (0, 0)


async def test_what_is_loaded_leaves_nothing_behind(shared: CountingStore, clock: HandClock) -> None:
    cache = worker(shared, clock)
    await cache.read(PROFILE, ACME, ["a"], Source(things("a")).fetch)
    assert _shelves(cache) == 0


async def test_a_reader_that_leaves_while_it_loads_leaves_nothing_behind(
    shared: CountingStore, clock: HandClock
) -> None:
    source = Source()
    source.gate = asyncio.Event()
    cache = worker(shared, clock)
    reader = asyncio.create_task(cache.read(PROFILE, ACME, ["a"], source.fetch))
    await source.called()
    assert _shelves(cache) == 1
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    assert _shelves(cache) == 0


async def test_a_refresh_leaves_nothing_behind(shared: CountingStore, clock: HandClock) -> None:
    early = dataclasses.replace(EARLY, near_s=0.0, stale_if_error_s=0.0)
    source = Source(things("a"))
    await worker(shared, clock).read(early, ACME, ["a"], source.fetch)
    clock.advance(241)
    cache = worker(shared, clock)
    await cache.read(early, ACME, ["a"], source.fetch)
    await source.called(2)
    await turns()
    assert _shelves(cache) == 0


async def test_a_read_does_not_take_what_a_load_brings_that_looked_before_it_began(
    shared: CountingStore, clock: HandClock
) -> None:
    source = Source(things("a"))
    source.gate = asyncio.Event()
    cache = worker(shared, clock)
    early = asyncio.create_task(cache.read(PROFILE, ACME, ["a"], source.fetch))
    await source.called()
    source.answers = things("a", size=2)
    await worker(shared, clock).invalidate(ACME, ["thing"])
    late = asyncio.create_task(cache.read(PROFILE, ACME, ["a"], source.fetch))
    await turns()
    source.gate.set()
    assert [_size((await each)["a"]) for each in (early, late)] == [1, 2]


async def test_a_read_waits_for_an_earlier_load_and_finds_in_the_store_what_it_brought(
    shared: CountingStore, clock: HandClock
) -> None:
    source, tally = Source(things("a")), Tally()
    source.gate = asyncio.Event()
    cache = worker(shared, clock, tally=tally)
    early = asyncio.create_task(cache.read(PROFILE, ACME, ["a"], source.fetch))
    await source.called()
    late = asyncio.create_task(cache.read(PROFILE, ACME, ["a"], source.fetch))
    await turns()
    source.gate.set()
    assert await early == await late
    assert len(source.calls) == 1
    assert tally.counts == {("mobile.profile", "miss"): 1, ("mobile.profile", "shared"): 1}


async def test_who_waited_for_a_load_that_failed_does_not_wait_for_another(
    shared: CountingStore, clock: HandClock
) -> None:
    source = Source()
    source.gate, source.failure = asyncio.Event(), timeout_error()
    cache = worker(shared, clock)
    early = asyncio.create_task(cache.read(PROFILE, ACME, ["a"], source.fetch))
    await source.called()
    late = asyncio.create_task(cache.read(PROFILE, ACME, ["a"], source.fetch))
    await turns()
    source.gate.set()
    assert (await early)["a"] is (await late)["a"] is source.failure
    assert len(source.calls) == 1


async def test_a_crowd_at_once_is_one_fetch(shared: CountingStore, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(shared, clock)
    answers = await asyncio.gather(*(cache.read(PROFILE, ACME, ["a"], source.fetch) for _ in range(50)))
    assert all(_size(answer["a"]) == 1 for answer in answers)
    assert len(source.calls) == 1


async def test_what_was_read_before_stands_in_for_a_failing_system_where_its_kind_allows(
    shared: CountingStore, memory: MemoryStore, clock: HandClock
) -> None:
    source = Source(things("a"))
    cache = worker(shared, clock)
    await cache.read(STANDING_IN, ACME, ["a"], source.fetch)
    clock.advance(STANDING_IN.lifetime_s)
    memory._entries.drop(shared.writes[0].key)
    source.failure = timeout_error()
    read = (await cache.read(STANDING_IN, ACME, ["a"], source.fetch))["a"]
    assert isinstance(read, Read)
    assert read.stale


def _size(read: object) -> int:
    assert isinstance(read, Read)
    assert isinstance(read.value, Thing)
    return read.value.size
