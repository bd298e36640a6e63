"""An invalidation by one worker reaches all others at once, and none is believed for long when it can't.

Two workers are two caches with connections of their own. They are waited for by the events of what they listen to.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bff.app import _cache_secret
from bff.cache import kinds
from bff.cache.keys import Keys
from bff.cache.protocol import Listener
from bff.cache.read import Read, ReadThrough
from bff.cache.redis import CHANNEL, RedisStore
from bff.settings import Settings
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.cache.parts import ACME, THING, Source, Thing, things, worker
from tests.clock import HandClock
from tests.faults.test_redis import ask
from tests.house import environment, house
from tests.redis_server import RedisServer
from tests.waiting import WITHIN_S, eventually, eventually_async

pytestmark = [pytest.mark.redis, pytest.mark.anyio]

PAUSE_S = 0.05
QUIET_S = 0.1
FLOOD = 3_000


class Witness:
    """A listener that passes on what it is told, and lets a test wait until that has happened."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._told = asyncio.Condition()
        self.counts = {"connected": 0, "heard": 0, "lost": 0}
        self._waking: set[asyncio.Task[None]] = set()

    def connected(self) -> None:
        self._listener.connected()
        self._note("connected")

    def heard(self, message: bytes) -> None:
        self._listener.heard(message)
        self._note("heard")

    def lost(self) -> None:
        self._listener.lost()
        self._note("lost")

    async def until(self, what: str, times: int = 1) -> None:
        """Wait until something has been told so often."""
        async with asyncio.timeout(WITHIN_S), self._told:
            await self._told.wait_for(lambda: self.counts[what] >= times)

    def _note(self, what: str) -> None:
        self.counts[what] += 1
        task = asyncio.get_running_loop().create_task(self._wake())
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _wake(self) -> None:
        async with self._told:
            self._told.notify_all()


class WitnessedStore(RedisStore):
    """A store whose listener is watched."""

    witness: Witness

    async def listen(self, listener: Listener) -> None:
        self.witness = Witness(listener)
        await super().listen(self.witness)


class Worker:
    """A cache over connections of its own, and a way to read one thing through it."""

    listening: asyncio.Task[None]

    def __init__(self, url: str, clock: HandClock, source: Source) -> None:
        self.store = WitnessedStore(
            url,
            monotonic=asyncio.get_running_loop().time,
            timeout_s=1,
            pause_s=PAUSE_S,
            quiet_s=QUIET_S,
            on_failure=lambda: None,
        )
        self.cache: ReadThrough = worker(self.store, clock)
        self._source = source

    @property
    def witness(self) -> Witness:
        return self.store.witness

    async def size(self) -> int:
        read = (await self.cache.read(THING, ACME, ["a"], self._source.fetch))["a"]
        assert isinstance(read, Read)
        assert isinstance(read.value, Thing)
        return read.value.size


@asynccontextmanager
async def listening(url: str, clock: HandClock, source: Source) -> AsyncIterator[Worker]:
    one = Worker(url, clock, source)
    one.cache.listen()
    (one.listening,) = one.cache._tasks
    await asyncio.sleep(0)
    try:
        await one.witness.until("connected")
        yield one
    finally:
        await one.cache.aclose()
        await one.store.aclose()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def source() -> Source:
    return Source(things("a"))


@pytest.fixture(params=["redis", "cluster", "sentinels"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        return str(request.getfixturevalue("redis_url"))
    return str(request.getfixturevalue(f"redis_{request.param}").url)


# --- two workers ------------------------------------------------------------------------------------------------------


async def test_what_one_worker_invalidates_the_other_reads_anew_at_once(
    url: str, clock: HandClock, source: Source
) -> None:
    async with listening(url, clock, source) as here, listening(url, clock, source) as there:
        assert (await here.size(), await there.size()) == (1, 1)
        source.answers = things("a", size=2)
        assert await here.cache.invalidate(ACME, ["thing"])
        await there.witness.until("heard")
        assert (await there.size(), await here.size()) == (2, 2)
    assert len(source.calls) == 2


async def test_a_worker_that_listens_serves_its_own_copy_for_a_minute(
    own_redis: RedisServer, clock: HandClock, source: Source
) -> None:
    async with listening(own_redis.url, clock, source) as here:
        await here.size()
        trips = mgets(own_redis)
        clock.advance(kinds.HEARD_S - 1)
        await here.size()
        assert mgets(own_redis) == trips
        clock.advance(1)
        await here.size()
        assert mgets(own_redis) == trips + 1
    assert len(source.calls) == 1


def mgets(server: RedisServer) -> int:
    return int(server.ask("INFO", "commandstats")["cmdstat_mget"]["calls"])


async def test_a_worker_whose_store_is_closed_first_ends_all_the_same(
    redis_url: str, clock: HandClock, source: Source
) -> None:
    async with listening(redis_url, clock, source) as here:
        await here.store.aclose()
        async with asyncio.timeout(WITHIN_S):
            await here.cache.aclose()


async def test_what_one_worker_read_anew_the_other_takes_over_without_a_call(
    redis_url: str, clock: HandClock, source: Source
) -> None:
    early = kinds.Kind(
        name="early", system=THING.system, record=Thing, lifetime_s=50, refresh_after_s=30, tags=("thing",)
    )

    async def read(one: Worker) -> int:
        found = (await one.cache.read(early, ACME, ["a"], source.fetch))["a"]
        assert isinstance(found, Read)
        return found.value.size

    async with listening(redis_url, clock, source) as here, listening(redis_url, clock, source) as there:
        assert (await read(here), await read(there)) == (1, 1)
        source.answers = things("a", size=2)
        clock.advance(31)
        await read(here)
        await source.called(2)
        await settled(here)
        await read(there)
        await settled(there)
        assert (await read(here), await read(there)) == (2, 2)
    assert len(source.calls) == 2


async def settled(one: Worker) -> None:
    """Wait until what a worker does in the background is done, but for listening."""
    await asyncio.gather(*(task for task in one.cache._tasks if task is not one.listening))


# --- cuts -------------------------------------------------------------------------------------------------------------


async def test_a_cut_subscription_is_opened_again_and_what_was_missed_counts_for_ten_seconds(
    own_redis: RedisServer, clock: HandClock, source: Source
) -> None:
    async with listening(own_redis.url, clock, source) as here:
        await here.size()
        source.answers = things("a", size=2)
        own_redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await here.witness.until("lost")
        writer = Worker(own_redis.url, clock, source)
        assert await writer.cache.invalidate(ACME, ["thing"])
        await writer.store.aclose()
        await here.witness.until("connected", 2)
        clock.advance(kinds.NEAR_S - 1)
        assert await here.size() == 1
        clock.advance(1)
        assert await here.size() == 2


async def test_invalidations_are_heard_again_after_redis_was_restarted(
    own_redis: RedisServer, clock: HandClock, source: Source
) -> None:
    async with (
        listening(own_redis.url, clock, source) as here,
        listening(own_redis.url, clock, source) as there,
    ):
        own_redis.kill()
        await here.witness.until("lost")
        await there.witness.until("lost")
        own_redis.start()
        await here.witness.until("connected", 2)
        await there.witness.until("connected", 2)
        await until_announced(here)
        await there.size()
        source.answers = things("a", size=2)
        heard = there.witness.counts["heard"]
        assert await here.cache.invalidate(ACME, ["thing"])
        await there.witness.until("heard", heard + 1)
        assert await there.size() == 2


async def until_announced(one: Worker) -> None:
    """Invalidate something else until Redis is no more left alone after its failure."""
    await eventually_async(lambda: one.cache.invalidate(ACME, ["else"]), "Redis is not used again")


async def test_a_connection_that_stands_and_is_silent_is_no_subscription(
    own_redis: RedisServer, clock: HandClock, source: Source
) -> None:
    async with listening(own_redis.url, clock, source) as here:
        with own_redis.stalled():
            await here.witness.until("lost")
        connected = here.witness.counts["connected"]
        await here.witness.until("connected", connected + 1)


# --- what should not be said ------------------------------------------------------------------------------------------


async def test_garbage_ends_neither_the_listening_nor_what_is_heard_after_it(
    redis_url: str, clock: HandClock, source: Source
) -> None:
    garbage = [b"", b"\xc1", b"{}", bytes(100_000)]
    async with listening(redis_url, clock, source) as here, listening(redis_url, clock, source) as there:
        await there.size()
        source.answers = things("a", size=2)
        await here.store._client.run(CHANNEL, publishing(*garbage))
        await here.cache.invalidate(ACME, ["thing"])
        await there.witness.until("heard", len(garbage) + 1)
        assert await there.size() == 2
        assert there.witness.counts["lost"] == 0


def publishing(*messages: bytes) -> Callable[[Any], Any]:
    async def publish(node: Any) -> None:
        async with node.pipeline(transaction=False) as pipe:
            for message in messages:
                pipe.publish(CHANNEL, message)
            await pipe.execute()

    return publish


async def test_a_flood_of_messages_leaves_the_event_loop_its_turns(
    redis_url: str, clock: HandClock, source: Source
) -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with listening(redis_url, clock, source) as here, listening(redis_url, clock, source) as there:
        await there.size()
        message = here.cache._near.message("someone", ["thing"])
        counting = asyncio.create_task(count())
        await here.store._client.run(CHANNEL, publishing(*[message] * FLOOD))
        source.answers = things("a", size=2)
        await here.cache.invalidate(ACME, ["thing"])
        await there.witness.until("heard", FLOOD + 1)
        counting.cancel()
        assert await there.size() == 2
    assert turns >= FLOOD


# --- nothing stays ----------------------------------------------------------------------------------------------------


async def test_no_task_and_no_connection_is_left_by_cuts_nor_by_the_end(
    own_redis: RedisServer, clock: HandClock, source: Source
) -> None:
    tasks = len(asyncio.all_tasks())
    async with listening(own_redis.url, clock, source) as here:
        for cut in range(1, 6):
            own_redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
            await here.witness.until("connected", cut + 1)
        assert clients(own_redis, "pubsub") == 1
        assert len(here.cache._tasks) == 1
    eventually(lambda: clients(own_redis, "normal") == 1, "a connection is left beside the one that asks")
    assert clients(own_redis, "pubsub") == 0
    assert len(asyncio.all_tasks()) == tasks


def clients(server: RedisServer, kind: str) -> int:
    return len(str(server.ask("CLIENT", "LIST", "TYPE", kind)).splitlines())


# --- whole houses -----------------------------------------------------------------------------------------------------


async def test_an_invalidation_reaches_two_whole_houses(
    sandbox: Sandbox, small: Company, own_redis: RedisServer, clock: HandClock, source: Source
) -> None:
    settings = Settings.read(environment(sandbox, redis_url=own_redis.url))
    store = RedisStore(own_redis.url, monotonic=clock.monotonic, timeout_s=1)
    outside = ReadThrough(
        store,
        keys=Keys(version=kinds.VERSION, secret=_cache_secret(settings)),
        clock=clock,
        random=lambda: 0.0,
        max_bytes=0,
    )
    with (
        house(sandbox, redis_url=own_redis.url) as here,
        house(sandbox, redis_url=own_redis.url) as there,
    ):
        eventually(lambda: clients(own_redis, "pubsub") == 2, "the houses do not listen")
        cold, warm = ask(here), ask(there)
        await outside.invalidate(small.tax_code, ["invoice"])
        again = ask(there)
    await store.aclose()
    assert sum(cold.calls.values()) > 0
    assert warm.calls == {}
    assert {name.rpartition(" ")[2].rpartition("/")[2] for name in again.calls} == {
        "customerBill",
        "FindInvoicesByAccount",
    }
    assert again.data == cold.data
