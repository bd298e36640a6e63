"""After a write nobody is shown what was, not even by a load that began before it."""

import asyncio

import pytest

from bff.cache.memory import MemoryStore
from bff.cache.protocol import Store
from bff.cache.read import Read, ReadThrough
from bff.cache.redis import RedisStore
from tests.cache.parts import (
    ACME,
    EARLY,
    OTHER,
    THING,
    CountingStore,
    Source,
    Thing,
    things,
    timeout_error,
    turns,
    worker,
)
from tests.clock import HandClock

pytestmark = pytest.mark.anyio


async def _size(cache: ReadThrough, source: Source, customer: str = ACME) -> int:
    read = (await cache.read(THING, customer, ["a"], source.fetch))["a"]
    assert isinstance(read, Read)
    assert isinstance(read.value, Thing)
    return read.value.size


async def test_what_was_read_before_is_read_anew(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    assert await _size(cache, source) == 1
    source.answers = things("a", size=2)
    assert await cache.invalidate(ACME, ["thing"])
    assert await _size(cache, source) == 2
    assert await _size(cache, source) == 2
    assert len(source.calls) == 2


async def test_other_customers_and_other_tags_stay(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await _size(cache, source)
    await _size(cache, source, OTHER)
    await cache.invalidate(OTHER, ["thing"])
    await cache.invalidate(ACME, ["early"])
    source.answers = things("a", size=2)
    assert await _size(cache, source) == 1
    assert await _size(cache, source, OTHER) == 2


async def test_one_of_several_tags_is_enough(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    await cache.invalidate(ACME, ["early"])
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    assert len(source.calls) == 2


async def test_another_worker_sees_it_when_its_own_copy_ends(memory: MemoryStore, clock: HandClock) -> None:
    shared = CountingStore(memory, shared=True)
    source = Source(things("a"))
    writer, other = worker(shared, clock), worker(shared, clock)
    await _size(other, source)
    source.answers = things("a", size=2)
    await writer.invalidate(ACME, ["thing"])
    assert await _size(other, source) == 1
    clock.advance(10)
    assert await _size(other, source) == 2


async def test_a_load_that_began_before_brings_back_nothing(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    source.gate = asyncio.Event()
    cache = worker(store, clock)
    early = asyncio.create_task(_size(cache, source))
    await source.called()
    await cache.invalidate(ACME, ["thing"])
    source.gate.set()
    assert await early == 1
    source.answers = things("a", size=2)
    assert await _size(cache, source) == 2


async def test_a_load_of_one_worker_that_began_before_a_write_of_another_brings_back_nothing(
    memory: MemoryStore, clock: HandClock
) -> None:
    shared = CountingStore(memory, shared=True)
    source = Source(things("a"))
    source.gate = asyncio.Event()
    reader, writer = worker(shared, clock), worker(shared, clock)
    early = asyncio.create_task(_size(reader, source))
    await source.called()
    await writer.invalidate(ACME, ["thing"])
    source.gate.set()
    await early
    source.answers = things("a", size=2)
    assert await _size(writer, source) == 2
    assert await _size(worker(shared, clock), source) == 2


async def test_a_reader_after_the_write_does_not_join_a_load_from_before_it(
    memory: MemoryStore, clock: HandClock
) -> None:
    before, after = Source(things("a")), Source(things("a", size=2))
    before.gate = asyncio.Event()
    cache = worker(memory, clock, patience_s=0)
    early = asyncio.create_task(_size(cache, before))
    await before.called()
    await cache.invalidate(ACME, ["thing"])
    assert await _size(cache, after) == 2
    before.gate.set()
    assert await early == 1
    assert await _size(cache, after) == 2
    assert len(after.calls) == 1


async def test_a_background_refresh_that_began_before_brings_back_nothing(
    memory: MemoryStore, clock: HandClock
) -> None:
    source = Source(things("a"))
    cache = worker(memory, clock)
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    clock.advance(241)
    source.gate = asyncio.Event()
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    await turns()
    await cache.invalidate(ACME, ["early"])
    source.gate.set()
    await turns()
    source.answers = things("a", size=2)
    got = await cache.read(EARLY, ACME, ["a"], source.fetch)
    assert isinstance(got["a"], Read)
    assert got["a"].value == Thing("a", 2)


async def test_an_old_value_from_before_the_write_does_not_stand_in_for_a_failing_system(
    store: Store, clock: HandClock
) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await _size(cache, source)
    await cache.invalidate(ACME, ["thing"])
    source.failure = ZeroDivisionError()
    assert not isinstance((await cache.read(THING, ACME, ["a"], source.fetch))["a"], Read)


async def test_it_says_when_the_other_workers_could_not_be_told(clock: HandClock) -> None:
    store = RedisStore("redis://127.0.0.1:1", monotonic=clock.monotonic, on_failure=lambda: None)
    source = Source(things("a"))
    cache = worker(store, clock)
    await _size(cache, source)
    assert not await cache.invalidate(ACME, ["thing"])
    source.answers = things("a", size=2)
    assert await _size(cache, source) == 2


async def test_what_another_worker_invalidated_does_not_stand_in_for_a_failing_system(
    memory: MemoryStore, clock: HandClock
) -> None:
    shared = CountingStore(memory, shared=True)
    source = Source(things("a"))
    cache = worker(shared, clock)
    await _size(cache, source)
    await worker(shared, clock).invalidate(ACME, ["thing"])
    clock.advance(10)
    source.failure = timeout_error()
    assert (await cache.read(THING, ACME, ["a"], source.fetch))["a"] is source.failure


async def test_a_copy_stands_in_while_nobody_can_tell_whether_it_was_invalidated(clock: HandClock) -> None:
    store = RedisStore("redis://127.0.0.1:1", monotonic=clock.monotonic, on_failure=lambda: None)
    source = Source(things("a"))
    cache = worker(store, clock)
    await _size(cache, source)
    clock.advance(10)
    source.failure = timeout_error()
    assert await _size(cache, source) == 1
