"""Reading through the cache: what is fetched, what is kept, for how long, and what is not kept."""

import asyncio
import dataclasses

import pytest

from bff.cache.memory import MemoryStore
from bff.cache.protocol import Entry, Store
from bff.cache.read import Read
from bff.errors import BackendTimeout, DeadlineExceeded, Internal, NotFound
from bff.observability import REQUEST, RequestInfo
from tests.cache.parts import (
    ACME,
    EARLY,
    OTHER,
    THING,
    THINGS,
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


def _values(got: dict[str, object]) -> dict[str, object]:
    return {key: read.value if isinstance(read, Read) else read for key, read in got.items()}


async def test_what_was_read_once_comes_from_this_process(store: Store, clock: HandClock) -> None:
    source, tally = Source(things("ab")), Tally()
    cache = worker(store, clock, tally=tally)
    for _ in range(2):
        got = await cache.read(THING, ACME, ["b", "a", "b"], source.fetch)
        assert list(got) == ["b", "a"]
        assert _values({**got}) == {"a": Thing("a"), "b": Thing("b")}
        assert all(isinstance(read, Read) and read.as_of == clock.now() and not read.stale for read in got.values())
    assert source.calls == [["b", "a"]]
    assert tally.counts == {("mobile.thing", "miss"): 2, ("mobile.thing", "memory"): 2}


async def test_what_another_worker_read_comes_from_the_store(store: Store, clock: HandClock) -> None:
    source, tally = Source(things("a")), Tally()
    await worker(store, clock).read(THING, ACME, ["a"], source.fetch)
    got = await worker(store, clock, tally=tally).read(THING, ACME, ["a"], source.fetch)
    assert _values({**got}) == {"a": Thing("a")}
    assert len(source.calls) == 1
    assert tally.counts == {("mobile.thing", "shared"): 1}


async def test_only_what_is_nowhere_is_fetched(store: Store, clock: HandClock) -> None:
    source = Source(things("abc"))
    cache = worker(store, clock)
    await cache.read(THING, ACME, ["a", "b"], source.fetch)
    assert _values({**await cache.read(THING, ACME, ["c", "a", "b"], source.fetch)}) == things("abc")
    assert source.calls == [["a", "b"], ["c"]]


async def test_a_value_ends_with_its_lifetime(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await cache.read(THING, ACME, ["a"], source.fetch)
    clock.advance(THING.lifetime_s - 1)
    await cache.read(THING, ACME, ["a"], source.fetch)
    assert len(source.calls) == 1
    clock.advance(1)
    source.answers = things("a", size=2)
    assert _values({**await cache.read(THING, ACME, ["a"], source.fetch)}) == things("a", size=2)


async def test_a_key_unknown_to_the_system_is_left_out_and_not_asked_again_for_a_while(
    store: Store, clock: HandClock
) -> None:
    source, tally = Source(), Tally()
    cache = worker(store, clock, tally=tally)
    for reader in (cache, cache, worker(store, clock, tally=tally)):
        assert await reader.read(THING, ACME, ["a"], source.fetch) == {}
    assert len(source.calls) == 1
    assert tally.counts["mobile.thing", "negative"] == 1
    clock.advance(THING.negative_s)
    await cache.read(THING, ACME, ["a"], source.fetch)
    assert len(source.calls) == 2


async def test_rows_that_nobody_asked_for_are_not_kept(store: Store, clock: HandClock) -> None:
    source = Source(things("ab"))
    cache = worker(store, clock)
    assert list(await cache.read(THING, ACME, ["a"], source.fetch)) == ["a"]
    await cache.read(THING, ACME, ["b"], source.fetch)
    assert source.calls == [["a"], ["b"]]


async def test_errors_are_per_key_and_never_kept(store: Store, clock: HandClock) -> None:
    error = timeout_error()
    source = Source({**things("a"), "b": error})
    cache = worker(store, clock)
    assert _values({**await cache.read(THING, ACME, ["a", "b"], source.fetch)}) == {"a": Thing("a"), "b": error}
    source.answers = things("ab")
    assert _values({**await cache.read(THING, ACME, ["a", "b"], source.fetch)}) == things("ab")
    assert source.calls == [["a", "b"], ["b"]]


async def test_a_call_that_fails_is_the_error_of_each_of_its_keys(store: Store, clock: HandClock) -> None:
    source = Source()
    source.failure = timeout_error()
    got = await worker(store, clock).read(THING, ACME, ["a", "b"], source.fetch)
    assert got == {"a": source.failure, "b": source.failure}


async def test_a_bug_in_a_fetch_is_an_internal_error_of_its_keys(store: Store, clock: HandClock) -> None:
    source = Source()
    source.failure = ZeroDivisionError()
    got = await worker(store, clock).read(THING, ACME, ["a"], source.fetch)
    assert isinstance(got["a"], Internal)


async def test_a_cancellation_out_of_a_fetch_is_an_internal_error_and_hangs_nobody(
    store: Store, clock: HandClock
) -> None:
    source = Source()
    source.failure = asyncio.CancelledError()
    got = await worker(store, clock).read(THING, ACME, ["a"], source.fetch)
    assert isinstance(got["a"], Internal)


async def test_customers_scopes_windows_and_kinds_are_kept_apart(store: Store, clock: HandClock) -> None:
    source = Source({"a": [Thing("a")]})
    cache = worker(store, clock)
    for _ in range(2):
        for customer in (ACME, OTHER):
            for scope in (None, "person"):
                for window in ("2025", "2026"):
                    await cache.read(THINGS, customer, ["a"], source.fetch, scope=scope, window=window)
    assert len(source.calls) == 8


async def test_lists_come_back_as_tuples_whether_fetched_or_kept(store: Store, clock: HandClock) -> None:
    source = Source({"a": [Thing("x"), Thing("y")], "b": []})
    cache = worker(store, clock)
    for _ in range(2):
        got = await cache.read(THINGS, ACME, ["a", "b"], source.fetch)
        assert _values({**got}) == {"a": (Thing("x"), Thing("y")), "b": ()}
    assert len(source.calls) == 1


async def test_a_blob_that_can_not_be_read_is_a_miss_and_is_replaced(store: Store, clock: HandClock) -> None:
    source, tally = Source(things("a")), Tally()
    counting = CountingStore(store)
    await worker(counting, clock).read(THING, ACME, ["a"], source.fetch)
    (place,) = [entry.key for entry in counting.writes]
    await store.set_many([Entry(place, b"\xc1 not msgpack", 60)])
    got = await worker(store, clock, tally=tally).read(THING, ACME, ["a"], source.fetch)
    assert _values({**got}) == things("a")
    assert tally.counts == {("mobile.thing", "bad"): 1, ("mobile.thing", "miss"): 1}
    await worker(store, clock).read(THING, ACME, ["a"], source.fetch)
    assert len(source.calls) == 2


async def test_tax_codes_and_masked_ids_do_not_reach_the_store_in_its_names(
    memory: MemoryStore, clock: HandClock
) -> None:
    counting = CountingStore(memory)
    await worker(counting, clock).read(THING, ACME, ["a"], Source(things("a")).fetch)
    assert counting.reads
    assert not any(ACME in key for keys in counting.reads for key in keys)


# --- levels -----------------------------------------------------------------------------------------------------------


async def test_beside_a_shared_store_a_worker_keeps_its_copy_for_ten_seconds(
    memory: MemoryStore, clock: HandClock
) -> None:
    shared = CountingStore(memory, shared=True)
    source = Source(things("a"))
    cache = worker(shared, clock)
    await cache.read(THING, ACME, ["a"], source.fetch)
    clock.advance(9.9)
    await cache.read(THING, ACME, ["a"], source.fetch)
    assert len(shared.reads) == 2  # before and after the claim
    clock.advance(0.2)
    await cache.read(THING, ACME, ["a"], source.fetch)
    assert len(shared.reads) == 3
    assert len(source.calls) == 1


async def test_alone_a_worker_keeps_its_copy_for_the_whole_lifetime(memory: MemoryStore, clock: HandClock) -> None:
    store = CountingStore(memory)
    cache = worker(store, clock)
    await cache.read(THING, ACME, ["a"], Source(things("a")).fetch)
    clock.advance(THING.lifetime_s - 1)
    await cache.read(THING, ACME, ["a"], Source().fetch)
    assert len(store.reads) == 1


async def test_copies_in_the_process_are_bounded(memory: MemoryStore, clock: HandClock) -> None:
    store = CountingStore(memory)
    cache = worker(store, clock, max_bytes=5_000)
    keys = [f"k{n}" for n in range(50)]
    await cache.read(THING, ACME, keys, Source(things(keys)).fetch)
    await cache.read(THING, ACME, keys, Source().fetch)
    assert 40 < len(store.reads[1]) <= 50


async def test_all_kinds_of_a_customer_asked_in_one_turn_are_one_trip_to_the_store(
    memory: MemoryStore, clock: HandClock
) -> None:
    store = CountingStore(memory)
    cache = worker(store, clock)
    source = Source(things("abc"))

    async def later(turn: int) -> None:
        await turns(turn)
        await cache.read(THING, ACME, [f"k{turn}"], source.fetch)

    await asyncio.gather(
        cache.read(THING, ACME, ["a", "b"], source.fetch),
        cache.read(EARLY, ACME, ["a"], source.fetch),
        cache.read(THINGS, ACME, ["p"], Source({"p": []}).fetch),
        *(later(turn) for turn in range(6)),
    )
    assert len(store.reads) == 1
    assert len(store.reads[0]) == len(set(store.reads[0]))


async def test_two_customers_are_two_trips_since_they_are_on_two_slots(memory: MemoryStore, clock: HandClock) -> None:
    store = CountingStore(memory)
    cache = worker(store, clock)
    await asyncio.gather(*(cache.read(THING, who, ["a"], Source().fetch) for who in (ACME, OTHER)))
    assert len(store.reads) == 2


# --- time -------------------------------------------------------------------------------------------------------------


async def test_what_was_loaded_together_does_not_end_together(memory: MemoryStore, clock: HandClock) -> None:
    shares = iter([0.0, 0.5, 1.0])
    cache = worker(memory, clock, random=lambda: next(shares))
    source = Source(things("abc"))
    await cache.read(THING, ACME, ["a", "b", "c"], source.fetch)
    clock.advance(THING.lifetime_s * 0.96)
    shares = iter([0.0, 0.0])
    await cache.read(THING, ACME, ["a", "b", "c"], source.fetch)
    assert source.calls[1] == ["b", "c"]


async def test_near_its_end_a_value_is_served_at_once_and_read_anew_behind(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    clock.advance(241)
    source.answers = things("a", size=2)
    for _ in range(3):
        assert _values({**await cache.read(EARLY, ACME, ["a"], source.fetch)}) == things("a")
    await source.called(2)
    await asyncio.gather(*cache._tasks)
    assert _values({**await cache.read(EARLY, ACME, ["a"], source.fetch)}) == things("a", size=2)
    assert len(source.calls) == 2


async def test_a_worker_that_finds_an_ageing_value_in_the_store_reads_it_anew_too(
    store: Store, clock: HandClock
) -> None:
    source = Source(things("a"))
    await worker(store, clock).read(EARLY, ACME, ["a"], source.fetch)
    clock.advance(241)
    cache = worker(store, clock)
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    await source.called(2)
    await cache.aclose()


async def test_a_refresh_that_fails_keeps_the_value_and_waits_before_the_next(
    memory: MemoryStore, clock: HandClock
) -> None:
    source = Source(things("a"))
    cache = worker(memory, clock)
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    clock.advance(241)
    source.failure = timeout_error()
    for _ in range(3):
        got = await cache.read(EARLY, ACME, ["a"], source.fetch)
        assert _values({**got}) == things("a")
        await turns()
    assert len(source.calls) == 2
    clock.advance(6)
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    await turns()
    assert len(source.calls) == 3


async def test_closing_ends_what_runs_in_the_background(memory: MemoryStore, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(memory, clock)
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    clock.advance(241)
    source.gate = asyncio.Event()
    await cache.read(EARLY, ACME, ["a"], source.fetch)
    await turns()
    await cache.aclose()
    assert source.cancelled == 1


async def test_a_clock_that_was_set_back_makes_values_misses(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await cache.read(THING, ACME, ["a"], source.fetch)
    clock.advance(-60)
    await cache.read(THING, ACME, ["a"], source.fetch)
    assert len(source.calls) == 2


# --- failing systems --------------------------------------------------------------------------------------------------


async def test_an_old_value_stands_in_for_a_failing_system_and_says_so(store: Store, clock: HandClock) -> None:
    source, tally = Source(things("a")), Tally()
    loaded_at = clock.now()
    await worker(store, clock).read(THING, ACME, ["a"], source.fetch)
    clock.advance(THING.lifetime_s + 60)
    source.failure = timeout_error()
    cache = worker(store, clock, tally=tally)
    for _ in range(2):
        got = await cache.read(THING, ACME, ["a", "b"], source.fetch)
        assert got == {"a": Read(Thing("a"), loaded_at, source.failure), "b": source.failure}
        assert isinstance(got["a"], Read)
        assert got["a"].stale
    assert tally.counts["mobile.thing", "stale"] == 2
    source.failure = None
    source.answers = things("a", size=2)
    assert _values({**await cache.read(THING, ACME, ["a"], source.fetch)}) == things("a", size=2)


async def test_an_old_value_of_this_process_stands_in_when_the_store_lost_its_own(clock: HandClock) -> None:
    store = MemoryStore(max_bytes=0, monotonic=clock.monotonic)
    source = Source(things("a"))
    cache = worker(store, clock)
    await cache.read(THING, ACME, ["a"], source.fetch)
    clock.advance(THING.lifetime_s + 60)
    source.failure = timeout_error()
    got = await cache.read(THING, ACME, ["a"], source.fetch)
    assert isinstance(got["a"], Read)
    assert got["a"].error is source.failure


async def test_a_value_too_old_does_not_stand_in(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await cache.read(THING, ACME, ["a"], source.fetch)
    clock.advance(THING.lifetime_s + THING.stale_if_error_s)
    source.failure = timeout_error()
    assert await cache.read(THING, ACME, ["a"], source.fetch) == {"a": source.failure}


async def test_only_a_failing_system_lets_an_old_value_stand_in(store: Store, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(store, clock)
    await cache.read(THING, ACME, ["a"], source.fetch)
    clock.advance(THING.lifetime_s + 60)
    source.failure = NotFound()
    assert await cache.read(THING, ACME, ["a"], source.fetch) == {"a": source.failure}


async def test_a_store_that_drops_everything_costs_calls_and_no_answer(clock: HandClock) -> None:
    store = CountingStore(MemoryStore(max_bytes=0, monotonic=clock.monotonic), shared=True)
    source = Source(things("a"))
    cache = worker(store, clock)
    for _ in range(2):
        assert _values({**await cache.read(THING, ACME, ["a"], source.fetch)}) == things("a")
    clock.advance(11)
    assert _values({**await cache.read(THING, ACME, ["a"], source.fetch)}) == things("a")
    assert len(source.calls) == 2


# --- deadlines --------------------------------------------------------------------------------------------------------


def _request(monotonic: float) -> RequestInfo:
    return RequestInfo("request-1", "0" * 32, None, None, monotonic)


async def test_a_reader_whose_time_is_over_gets_so_much_as_there_is(memory: MemoryStore, clock: HandClock) -> None:
    source = Source(things("a"))
    cache = worker(memory, clock)
    await cache.read(THING, ACME, ["a"], source.fetch)
    source.gate = asyncio.Event()
    token = REQUEST.set(_request(0.0))
    try:
        got = await cache.read(THING, ACME, ["a", "b"], source.fetch)
    finally:
        REQUEST.reset(token)
    assert _values({"a": got["a"]}) == things("a")
    assert isinstance(got["b"], DeadlineExceeded)


async def test_a_load_goes_on_when_the_time_of_its_reader_is_over_and_serves_who_asks_again(
    memory: MemoryStore, clock: HandClock
) -> None:
    source = Source(things("a"))
    source.gate = asyncio.Event()
    cache = worker(memory, clock)
    token = REQUEST.set(_request(asyncio.get_running_loop().time()))
    try:
        first = asyncio.create_task(cache.read(THING, ACME, ["a"], source.fetch))
        await source.called()
        assert isinstance((await first)["a"], DeadlineExceeded)
    finally:
        REQUEST.reset(token)
    source.gate.set()
    assert _values({**await cache.read(THING, ACME, ["a"], source.fetch)}) == things("a")
    assert (len(source.calls), source.cancelled) == (1, 0)


async def test_what_takes_longer_than_a_request_has_the_time_of_its_kind(memory: MemoryStore, clock: HandClock) -> None:
    seen: list[RequestInfo] = []
    slow = dataclasses.replace(THING, name="slow", load_s=60.0)

    async def fetch(keys: list[str]) -> dict[str, object]:
        seen.append(REQUEST.get())
        return things(keys)

    deadline = asyncio.get_running_loop().time() + 0.5
    token = REQUEST.set(_request(deadline))
    try:
        await worker(memory, clock).read(slow, ACME, ["a"], fetch)
    finally:
        REQUEST.reset(token)
    assert seen[0].deadline > deadline + 59


async def test_a_large_load_is_written_and_read_in_portions(clock: HandClock) -> None:
    keys = [f"{number:04}" for number in range(250)]
    large = {key: Thing(key * 2_000) for key in keys}  # 8,000 bytes each
    store = CountingStore(MemoryStore(max_bytes=10_000_000, monotonic=clock.monotonic), shared=True)
    assert _values({**await worker(store, clock).read(THING, ACME, keys, Source(large).fetch)}) == large
    assert len(store.writes) == 250
    assert max(store.portions) <= 2**19 + 10_000
    assert max(map(len, store.reads)) <= 100
    assert _values({**await worker(store, clock).read(THING, ACME, keys, Source().fetch)}) == large


async def test_a_load_has_its_own_time_since_it_serves_more_than_who_began_it(
    memory: MemoryStore, clock: HandClock
) -> None:
    seen: list[RequestInfo] = []

    async def fetch(keys: list[str]) -> dict[str, object]:
        seen.append(REQUEST.get())
        return things(keys)

    deadline = asyncio.get_running_loop().time() + 0.5
    token = REQUEST.set(_request(deadline))
    try:
        await worker(memory, clock).read(THING, ACME, ["a"], fetch)
        assert REQUEST.get().deadline == deadline
    finally:
        REQUEST.reset(token)
    assert seen[0].request_id == "request-1"
    assert seen[0].deadline > deadline + 4


async def test_a_timeout_raised_by_a_fetch_is_not_taken_for_the_deadline(memory: MemoryStore, clock: HandClock) -> None:
    source = Source()
    source.failure = TimeoutError()
    got = await worker(memory, clock).read(THING, ACME, ["a"], source.fetch)
    assert isinstance(got["a"], Internal)
    assert not isinstance(got["a"], BackendTimeout)
