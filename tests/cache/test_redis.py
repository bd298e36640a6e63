"""Redis that is down, stalled or emptied: it costs one short wait, then nothing, and never an exception."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest
import redis
from structlog.typing import EventDict

from bff.cache.protocol import Entry
from bff.cache.redis import CHANNEL, Pause, RedisStore
from tests.cache.parts import turns
from tests.clock import HandClock
from tests.redis_server import RedisCluster, RedisServer
from tests.waiting import WITHIN_S

pytestmark = [pytest.mark.anyio]

TIMEOUT_S = 0.5
"""Ten times what a call has in production: this process is busy with other things too."""


QUIET_S = 0.05
SHORT_S = 0.1


class Ear:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[str | bytes] = asyncio.Queue()

    def connected(self) -> None:
        self.told.put_nowait("connected")

    def heard(self, message: bytes) -> None:
        self.told.put_nowait(message)

    def lost(self) -> None:
        self.told.put_nowait("lost")


class _Failures:
    count = 0

    def __call__(self) -> None:
        self.count += 1


@pytest.fixture
def failures() -> _Failures:
    return _Failures()


@pytest.fixture
async def store(own_redis: RedisServer, clock: HandClock, failures: _Failures) -> AsyncIterator[RedisStore]:
    """Give a store that has spoken with its server once."""
    store = RedisStore(own_redis.url, monotonic=clock.monotonic, timeout_s=TIMEOUT_S, on_failure=failures)
    assert await store.set_many([Entry("a", b"1", 60)])
    yield store
    await store.aclose()


@pytest.mark.redis
async def test_a_stalled_redis_costs_one_wait_and_then_nothing(
    store: RedisStore, own_redis: RedisServer, failures: _Failures
) -> None:
    own_redis.stall()
    for _ in range(20):
        assert await store.get_many(["a"]) == [None]
    assert failures.count == 1


@pytest.mark.redis
async def test_a_killed_redis_costs_one_refusal_and_then_nothing(
    store: RedisStore, own_redis: RedisServer, failures: _Failures
) -> None:
    own_redis.kill()
    for _ in range(20):
        assert await store.get_many(["a"]) == [None]
    assert failures.count == 1


@pytest.mark.redis
async def test_writes_and_claims_without_redis_are_dropped_without_an_exception(
    store: RedisStore, own_redis: RedisServer
) -> None:
    own_redis.kill()
    assert not await store.set_many([Entry("b", b"2", 60)])
    assert await store.claim([Entry("c", b"3", 60), Entry("d", b"3", 60)]) == [None, None]
    await store.release(["c"], b"3")


@pytest.mark.redis
async def test_after_the_pause_one_call_finds_out_that_redis_is_back(
    store: RedisStore, own_redis: RedisServer, clock: HandClock
) -> None:
    own_redis.stall()
    await store.get_many(["a"])
    own_redis.resume()
    assert await store.get_many(["a"]) == [None]
    clock.advance(1)
    assert await store.get_many(["a"]) == [b"1"]


@pytest.mark.redis
async def test_a_claim_is_not_what_tries_a_node_again(
    store: RedisStore, own_redis: RedisServer, clock: HandClock, failures: _Failures
) -> None:
    own_redis.stall()
    await store.get_many(["a"])
    clock.advance(1)
    assert await store.claim([Entry("b", b"2", 60)]) == [None]
    assert failures.count == 1
    own_redis.resume()
    assert await store.get_many(["a", "b"]) == [b"1", None]


@pytest.mark.redis
async def test_a_restarted_redis_is_used_again_and_empty(
    store: RedisStore, own_redis: RedisServer, clock: HandClock
) -> None:
    own_redis.kill()
    assert await store.get_many(["a"]) == [None]
    own_redis.start()
    clock.advance(1)
    assert await store.get_many(["a"]) == [None]
    assert await store.set_many([Entry("a", b"2", 60)])
    assert await store.get_many(["a"]) == [b"2"]


@pytest.mark.redis
async def test_a_flushed_redis_is_one_that_holds_nothing(
    store: RedisStore, own_redis: RedisServer, failures: _Failures
) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.flushall()
    assert await store.get_many(["a"]) == [None]
    assert failures.count == 0


def read_only(server: RedisServer) -> None:
    server.ask("REPLICAOF", "127.0.0.1", "1")


def locked(server: RedisServer) -> None:
    with server.client() as client:
        client.config_set("requirepass", "other")
        client.client_kill_filter(_type="normal", skipme=True)


def full(server: RedisServer) -> None:
    server.ask("CONFIG", "SET", "maxmemory", "1")


def of_another_type(server: RedisServer) -> None:
    server.ask("DEL", "a")
    server.ask("RPUSH", "a", "1")


@pytest.mark.redis
@pytest.mark.parametrize("become", [read_only, locked, full, of_another_type])
async def test_what_a_server_refuses_is_dropped_counted_and_logged_once_a_pause(
    store: RedisStore,
    own_redis: RedisServer,
    failures: _Failures,
    become: Callable[[RedisServer], None],
    told: list[EventDict],
) -> None:
    become(own_redis)
    claims = await asyncio.gather(*(store.claim([Entry("a", b"2", 60)]) for _ in range(8)))
    assert claims == [[None]] * 8
    assert failures.count == 8
    assert [line["event"] for line in told] == ["cache_redis_failed"]


@pytest.mark.redis
async def test_a_value_of_another_type_is_a_miss(
    store: RedisStore, own_redis: RedisServer, failures: _Failures
) -> None:
    of_another_type(own_redis)
    assert await store.get_many(["a"]) == [None]
    assert await store.set_many([Entry("a", b"2", 60)])
    assert await store.get_many(["a"]) == [b"2"]
    assert failures.count == 0


@pytest.mark.redis
async def test_a_user_of_few_rights_is_enough(own_redis: RedisServer, clock: HandClock, failures: _Failures) -> None:
    data = ("~bff:*", "+mget", "+get", "+set", "+del", "+eval")
    channel = ("resetchannels", f"&{CHANNEL}", "+publish", "+subscribe", "+ping")
    own_redis.ask("ACL", "SETUSER", "bff", "on", ">secret", *data, *channel)
    store = RedisStore(
        own_redis.url.replace("unix://", "unix://bff:secret@"),
        monotonic=clock.monotonic,
        timeout_s=TIMEOUT_S,
        quiet_s=QUIET_S,
        on_failure=failures,
    )
    ear = Ear()
    try:
        assert await store.set_many([Entry("bff:a", b"1", 60)])
        assert await store.claim([Entry("bff:b", b"2", 60)]) == [b"2"]
        await store.release(["bff:b"], b"2")
        assert await store.get_many(["bff:a", "bff:b"]) == [b"1", None]
        listening = asyncio.create_task(store.listen(ear))
        assert await asyncio.wait_for(ear.told.get(), WITHIN_S) == "connected"
        assert await store.announce([Entry("bff:a", b"2", 60)], b"message")
        assert await asyncio.wait_for(ear.told.get(), WITHIN_S) == b"message"
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert failures.count == 0
    finally:
        await store.aclose()


@pytest.mark.redis
async def test_one_node_of_a_cluster_is_left_alone_and_the_others_are_not(
    redis_cluster: RedisCluster, clock: HandClock, failures: _Failures
) -> None:
    store = RedisStore(redis_cluster.url, monotonic=clock.monotonic, timeout_s=TIMEOUT_S, on_failure=failures)
    try:
        for key in ("a", "b", "c"):
            assert await store.set_many([Entry(key, b"1", 60)])
        with redis_cluster.owner("a").stalled():
            for _ in range(3):
                assert [await store.get_many([key]) for key in ("a", "b", "c")] == [[None], [b"1"], [b"1"]]
            assert failures.count == 1
        clock.advance(1)
        assert await store.get_many(["a"]) == [b"1"]
    finally:
        await store.aclose()


@pytest.mark.redis
async def test_many_keys_are_one_mget(store: RedisStore, own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_resetstat()
        await store.get_many([f"k{n}" for n in range(500)])
        assert client.info("commandstats")["cmdstat_mget"]["calls"] == 1


def test_the_pause_lets_one_call_through_after_its_time_and_ends_with_its_success() -> None:
    pause = Pause(1.0)
    assert pause.allows(0.0)
    assert pause.failed(0.0)
    assert not pause.failed(0.0), "of a call that was on its way"
    assert not pause.allows(0.9)
    assert pause.allows(1.0)
    assert not pause.allows(1.0)
    pause.succeeded()
    assert pause.allows(1.1)
    assert pause.allows(1.1)


def test_a_probe_that_never_ended_is_followed_by_another() -> None:
    pause = Pause(1.0)
    pause.failed(0.0)
    assert pause.allows(1.0)
    assert not pause.allows(1.9)
    assert pause.allows(2.0)


@pytest.mark.redis
@pytest.mark.parametrize("on_its_way", [1, 2, 3, 5, 8])
async def test_a_loop_that_was_busy_for_longer_than_a_call_may_take_leaves_redis_in_use(
    own_redis: RedisServer, clock: HandClock, failures: _Failures, on_its_way: int
) -> None:
    own_redis.ask("ACL", "SETUSER", "bff", "on", ">secret", "~*", "+@all")  # a greeting is one more round trip
    own_redis.ask("SET", "a", "1")
    url = own_redis.url.replace("unix://", "unix://bff:secret@")
    store = RedisStore(url, monotonic=clock.monotonic, timeout_s=SHORT_S, on_failure=failures)
    for _ in range(2):  # over a new connection, and over that again
        asking = asyncio.create_task(store.get_many(["a"]))
        await turns(on_its_way)
        hold_the_loop_up()
        late = asyncio.create_task(store.get_many(["a"]))
        assert [await asking, await late, await store.get_many(["a"])] == [[b"1"]] * 3
    assert failures.count == 0
    await store.aclose()


def hold_the_loop_up() -> None:
    time.sleep(2 * SHORT_S)
