"""The store in the process: its time and its bound."""

import pytest

from bff.cache.memory import MemoryStore
from bff.cache.protocol import Entry
from tests.clock import HandClock

pytestmark = pytest.mark.anyio


async def test_an_entry_ends_with_its_time(memory: MemoryStore, clock: HandClock) -> None:
    await memory.set_many([Entry("a", b"1", 60)])
    clock.advance(59.9)
    assert await memory.get_many(["a"]) == [b"1"]
    clock.advance(0.1)
    assert await memory.get_many(["a"]) == [None]
    assert await memory.claim([Entry("a", b"2", 60)]) == [b"2"]


async def test_what_was_used_longest_ago_makes_room(clock: HandClock) -> None:
    store = MemoryStore(max_bytes=3_000, monotonic=clock.monotonic)
    await store.set_many([Entry("a", bytes(1_000), 60), Entry("b", bytes(1_000), 60)])
    await store.get_many(["a"])
    await store.set_many([Entry("c", bytes(1_000), 60)])
    assert [blob is not None for blob in await store.get_many(["a", "b", "c"])] == [True, False, True]


async def test_an_entry_beyond_the_whole_bound_is_not_kept_and_costs_nobody_else(clock: HandClock) -> None:
    store = MemoryStore(max_bytes=3_000, monotonic=clock.monotonic)
    await store.set_many([Entry("a", bytes(1_000), 60), Entry("b", bytes(4_000), 60)])
    assert await store.get_many(["a", "b"]) == [bytes(1_000), None]
