"""A crowd asks for the same thing: one load, in the process and among workers, whoever goes away meanwhile."""

import asyncio
import dataclasses
import time
from collections.abc import Sequence

import pytest

from bff.cache.memory import MemoryStore
from bff.cache.protocol import Entry, Store
from bff.cache.read import Read
from tests.cache.parts import ACME, THING, CountingStore, Source, Thing, things, timeout_error, turns, worker
from tests.clock import HandClock

pytestmark = pytest.mark.anyio


async def test_fifty_readers_at_once_are_one_fetch(store: Store, clock: HandClock) -> None:
    source = Source(things("ab"))
    cache = worker(store, clock)
    answers = await asyncio.gather(*(cache.read(THING, ACME, ["a", "b"], source.fetch) for _ in range(50)))
    assert len(source.calls) == 1
    assert all(answer == answers[0] and len(answer) == 2 for answer in answers)


async def test_readers_that_come_while_it_is_on_its_way_join_it(store: Store, clock: HandClock) -> None:
    source = Source(things("abc"))
    source.gate = asyncio.Event()
    cache = worker(store, clock)
    first = asyncio.create_task(cache.read(THING, ACME, ["a", "b"], source.fetch))
    await source.called()
    second = asyncio.create_task(cache.read(THING, ACME, ["b", "c"], source.fetch))
    await source.called(2)
    source.gate.set()
    assert set(await first) == {"a", "b"}
    assert set(await second) == {"b", "c"}
    assert source.calls == [["a", "b"], ["c"]]


async def test_the_leader_that_is_cancelled_neither_ends_nor_poisons_the_others(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    source.gate = asyncio.Event()
    cache = worker(store, clock)
    leader = asyncio.create_task(cache.read(THING, ACME, ["a"], source.fetch))
    await source.called()
    others = [asyncio.create_task(cache.read(THING, ACME, ["a"], source.fetch)) for _ in range(49)]
    await turns()
    leader.cancel()
    await turns()
    source.gate.set()
    assert all(isinstance(answer["a"], Read) for answer in await asyncio.gather(*others))
    assert leader.cancelled()
    assert len(source.calls) == 1


async def test_when_all_have_gone_the_fetch_is_cancelled_and_the_next_reader_starts_afresh(
    store: Store, clock: HandClock
) -> None:
    source = Source(things("a"))
    source.gate = asyncio.Event()
    cache = worker(store, clock)
    readers = [asyncio.create_task(cache.read(THING, ACME, ["a"], source.fetch)) for _ in range(3)]
    await source.called()
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    source.gate = None
    got = await cache.read(THING, ACME, ["a"], source.fetch)
    assert isinstance(got["a"], Read)
    assert source.cancelled == 1
    assert len(source.calls) == 2


async def test_two_workers_at_once_are_one_fetch(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    source.gate = asyncio.Event()
    readers = [
        asyncio.create_task(worker(store, clock, patience_s=5).read(THING, ACME, ["a"], source.fetch)) for _ in range(2)
    ]
    await source.called()
    await turns(500)
    source.gate.set()
    answers = await asyncio.gather(*readers)
    assert answers[0] == answers[1]
    assert len(source.calls) == 1


async def test_what_another_worker_brings_between_a_look_and_a_claim_is_not_fetched_again(
    memory: MemoryStore, clock: HandClock
) -> None:
    store = CountingStore(memory, shared=True)
    store.before_claim = asyncio.Event()
    late, source = Source(), Source(things("a"))
    follower = asyncio.create_task(worker(store, clock).read(THING, ACME, ["a"], late.fetch))
    await turns()
    await worker(memory, clock).read(THING, ACME, ["a"], source.fetch)
    store.before_claim.set()
    assert isinstance((await follower)["a"], Read)
    assert late.calls == []
    assert [entry.key for entry in store.writes] == []


async def test_a_worker_takes_over_when_the_one_that_loads_is_cancelled(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    source.gate = asyncio.Event()
    leader = asyncio.create_task(worker(store, clock).read(THING, ACME, ["a"], source.fetch))
    await source.called()
    follower = asyncio.create_task(worker(store, clock, patience_s=60).read(THING, ACME, ["a"], source.fetch))
    await turns(100)
    leader.cancel()
    source.gate = None
    async with asyncio.timeout(5):
        assert isinstance((await follower)["a"], Read)
    assert len(source.calls) == 2


async def test_a_worker_takes_over_when_the_one_that_loads_fails(store: Store, clock: HandClock) -> None:
    failing, good = Source(), Source(things("a"))
    failing.gate, failing.failure = asyncio.Event(), timeout_error()
    leader = asyncio.create_task(worker(store, clock).read(THING, ACME, ["a"], failing.fetch))
    await failing.called()
    follower = asyncio.create_task(worker(store, clock, patience_s=60).read(THING, ACME, ["a"], good.fetch))
    await turns(100)
    assert good.calls == []
    failing.gate.set()
    assert (await leader)["a"] is failing.failure
    async with asyncio.timeout(5):
        assert isinstance((await follower)["a"], Read)


async def test_a_worker_whose_leader_died_loads_when_its_patience_ends(memory: MemoryStore, clock: HandClock) -> None:
    source = Source(things("a"))
    source.gate = asyncio.Event()
    dead = asyncio.create_task(worker(memory, clock).read(THING, ACME, ["a"], source.fetch))
    await source.called()
    alive = Source(things("a"))
    began = time.monotonic()
    got = await worker(memory, clock, patience_s=0.1).read(THING, ACME, ["a"], alive.fetch)
    assert isinstance(got["a"], Read)
    assert 0.1 <= time.monotonic() - began < 1
    dead.cancel()
    await asyncio.gather(dead, return_exceptions=True)


async def test_a_worker_waits_only_for_the_keys_that_another_loads(store: Store, clock: HandClock) -> None:
    slow, fast = Source(things("a")), Source(things("b"))
    slow.gate = asyncio.Event()
    leader = asyncio.create_task(worker(store, clock).read(THING, ACME, ["a"], slow.fetch))
    await slow.called()
    follower = asyncio.create_task(worker(store, clock, patience_s=60).read(THING, ACME, ["a", "b"], fast.fetch))
    await fast.called()
    slow.gate.set()
    got = await follower
    assert {key: read.value for key, read in got.items() if isinstance(read, Read)} == {
        "a": Thing("a"),
        "b": Thing("b"),
    }
    assert fast.calls == [["b"]]
    await leader


async def test_one_that_leaves_before_the_trip_to_the_store_does_not_hold_up_the_next(
    memory: MemoryStore, clock: HandClock
) -> None:
    store = CountingStore(memory)
    cache = worker(store, clock)
    source = Source(things("a"))
    gone = asyncio.create_task(cache.read(THING, ACME, ["a"], source.fetch))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert isinstance((await cache.read(THING, ACME, ["a"], source.fetch))["a"], Read)
    assert len(store.reads) == 1


async def test_one_that_leaves_while_it_claims_holds_up_nobody(memory: MemoryStore, clock: HandClock) -> None:
    store = CountingStore(memory)
    store.gate = asyncio.Event()
    source = Source(things("a"))
    gone = asyncio.create_task(worker(store, clock).read(THING, ACME, ["a"], source.fetch))
    await turns()
    gone.cancel()
    await turns()
    async with asyncio.timeout(5):
        got = await worker(memory, clock, patience_s=60).read(THING, ACME, ["a"], source.fetch)
    assert isinstance(got["a"], Read)


class LateStore(CountingStore):
    """A store that makes a claim when nobody waits for its answer any more, and is then left alone for a while."""

    late = True

    async def claim(self, entries: Sequence[Entry]) -> list[bytes | None]:
        standing = await super().claim(entries)
        return [None] * len(entries) if self.late else standing

    async def set_many(self, entries: Sequence[Entry], *, releasing: Sequence[str] = (), token: bytes = b"") -> bool:
        return not self.late and await super().set_many(entries, releasing=releasing, token=token)

    async def release(self, keys: Sequence[str], token: bytes) -> None:
        if not self.late:
            await super().release(keys, token)


async def test_a_claim_that_was_made_too_late_does_not_hold_up_the_worker_that_made_it(
    memory: MemoryStore, clock: HandClock
) -> None:
    store = LateStore(memory, shared=True)
    source = Source(things("a"))
    cache = worker(store, clock, patience_s=60)
    unkept = dataclasses.replace(THING, near_s=0.0)
    await cache.read(unkept, ACME, ["a"], source.fetch)
    store.late = False
    async with asyncio.timeout(5):
        await cache.read(unkept, ACME, ["a"], source.fetch)
    assert len(source.calls) == 2
    assert len(store.writes) == 1


class FullStore(CountingStore):
    """A store that takes no entries, and tells what it is asked to do with claims."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner, shared=True)
        self.claims: list[Entry] = []
        self.released: list[str] = []

    async def claim(self, entries: Sequence[Entry]) -> list[bytes | None]:
        self.claims.extend(entry for entry in entries if entry.key.endswith(":claim"))
        return await super().claim(entries)

    async def set_many(self, entries: Sequence[Entry], *, releasing: Sequence[str] = (), token: bytes = b"") -> bool:  # noqa: ARG002 - it takes nothing
        return False

    async def release(self, keys: Sequence[str], token: bytes) -> None:
        self.released.extend(keys)
        await super().release(keys, token)


async def test_what_can_not_be_kept_is_let_go_of_all_the_same(memory: MemoryStore, clock: HandClock) -> None:
    store = FullStore(memory)
    await worker(store, clock).read(THING, ACME, ["a"], Source(things("a")).fetch)
    assert store.released == [entry.key for entry in store.claims] != []


@pytest.mark.parametrize("load_s", [None, 60.0])
async def test_a_claim_outlives_its_load(memory: MemoryStore, clock: HandClock, load_s: float | None) -> None:
    store = FullStore(memory)
    kind = dataclasses.replace(THING, load_s=load_s)
    await worker(store, clock).read(kind, ACME, ["a"], Source(things("a")).fetch)
    assert [entry.ttl_s for entry in store.claims] == [(load_s or 5.0) + 1.0]
