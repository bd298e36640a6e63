"""Invalidations that the shared store could not be told: who made them does not believe the store until it was."""

import asyncio
from collections.abc import Sequence

import pytest

from bff.cache._untold import _OWNERS, Untold
from bff.cache.memory import MemoryStore
from bff.cache.protocol import Entry, Store
from bff.cache.read import Read, ReadThrough
from tests.cache.parts import ACME, EARLY, OTHER, THING, CountingStore, Source, Thing, things, turns, worker
from tests.clock import HandClock

pytestmark = pytest.mark.anyio


class MuteStore(CountingStore):
    """A store that can't be told of invalidations while it is mute."""

    mute = True
    announced = 0

    async def announce(self, entries: Sequence[Entry], message: bytes) -> bool:
        self.announced += 1
        return not self.mute and await super().announce(entries, message)


class HangingStore(CountingStore):
    """A store that does not say whether it was told, until it is let go on."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.hangs = asyncio.Event()

    async def announce(self, entries: Sequence[Entry], message: bytes) -> bool:
        await self.hangs.wait()
        return await super().announce(entries, message)


def announcement(owner: str, tags: Sequence[str]) -> tuple[list[Entry], bytes]:
    """Make one of no real names."""
    return [Entry(f"{owner}:{tag}", b"version", 60) for tag in tags], b"message"


@pytest.fixture
def store(memory: MemoryStore) -> MuteStore:
    return MuteStore(memory, shared=True)


async def _size(cache: ReadThrough, source: Source, customer: str = ACME) -> int:
    read = (await cache.read(THING, customer, ["a"], source.fetch))["a"]
    assert isinstance(read, Read)
    assert isinstance(read.value, Thing)
    return read.value.size


async def test_who_could_not_tell_of_a_write_is_not_shown_what_was(store: MuteStore, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await _size(cache, source)
    source.answers = things("a", size=2)
    assert not await cache.invalidate(ACME, ["thing"])
    assert await _size(cache, source) == 2
    clock.advance(10)
    assert await _size(cache, source) == 2


async def test_other_customers_and_other_tags_are_believed_meanwhile(store: MuteStore, clock: HandClock) -> None:
    source = Source(things("a"))
    await _size(worker(store, clock), source)
    await _size(worker(store, clock), source, OTHER)
    cache = worker(store, clock)
    assert not await cache.invalidate(OTHER, ["thing"])
    assert not await cache.invalidate(ACME, ["early"])
    await _size(cache, source)
    assert len(source.calls) == 2
    await _size(cache, source, OTHER)
    assert len(source.calls) == 3


async def test_it_is_told_before_the_next_look_and_then_the_other_workers_know_too(
    store: MuteStore, clock: HandClock
) -> None:
    source = Source(things("a"))
    cache, other = worker(store, clock), worker(store, clock)
    await _size(cache, source)
    source.answers = things("a", size=2)
    await cache.invalidate(ACME, ["thing"])
    assert await _size(other, source) == 1
    store.mute = False
    assert await _size(cache, source) == 2
    clock.advance(10)
    assert await _size(other, source) == 2
    assert len(source.calls) == 2
    assert store.announced == 2


async def test_a_later_invalidation_tells_of_the_earlier_ones_too(store: MuteStore, clock: HandClock) -> None:
    source = Source(things("a"))
    cache, other = worker(store, clock), worker(store, clock)
    await other.read(EARLY, ACME, ["a"], source.fetch)
    await cache.invalidate(ACME, ["early"])
    store.mute = False
    assert await cache.invalidate(ACME, ["thing"])
    clock.advance(10)
    await other.read(EARLY, ACME, ["a"], source.fetch)
    assert len(source.calls) == 2
    assert store.announced == 2


async def test_an_invalidation_whose_caller_has_gone_counts_as_untold(memory: MemoryStore) -> None:
    untold = Untold(HangingStore(memory), announcement)
    telling = asyncio.create_task(untold.tell("someone", ["thing"]))
    await turns()
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
    assert untold.holds("someone", ["thing", "other"])
    assert not untold.holds("someone", ["other"])


async def test_one_that_was_told_does_not_hide_another_that_failed_meanwhile(memory: MemoryStore) -> None:
    store = HangingStore(memory)
    untold = Untold(store, announcement)
    first = asyncio.create_task(untold.tell("someone", ["thing"]))
    second = asyncio.create_task(untold.tell("someone", ["thing"]))
    await turns()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    store.hangs.set()
    assert await first
    assert untold.holds("someone", ["thing"])
    assert await untold.tell("someone", [])
    assert not untold.holds("someone", ["thing"])


async def test_what_it_remembers_is_bounded(store: MuteStore) -> None:
    untold = Untold(store, announcement)
    for number in range(_OWNERS + 1):
        await untold.tell(str(number), ["thing"])
    assert not untold.holds("0", ["thing"])
    assert untold.holds("1", ["thing"])
