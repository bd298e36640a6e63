"""Redis that is down, stalled or emptied: it costs one short wait, then nothing, and never an exception."""

import time
from collections.abc import AsyncIterator

import pytest
import redis

from bff.cache.protocol import Entry
from bff.cache.redis import Pause, RedisStore
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.anyio]


class _Failures:
    count = 0

    def __call__(self) -> None:
        self.count += 1


class _Hands:
    """The clock of the pause, moved by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def failures() -> _Failures:
    return _Failures()


@pytest.fixture
def hands() -> _Hands:
    return _Hands()


@pytest.fixture
async def store(own_redis: RedisServer, hands: _Hands, failures: _Failures) -> AsyncIterator[RedisStore]:
    """Give a store that has spoken with its server once."""
    store = RedisStore(own_redis.url, monotonic=hands, on_failure=failures)
    assert await store.set_many([Entry("a", b"1", 60)])
    yield store
    await store.aclose()


async def _read_ms(store: RedisStore) -> tuple[float, list[bytes | None]]:
    began = time.perf_counter()
    found = await store.get_many(["a"])
    return (time.perf_counter() - began) * 1000, found


@pytest.mark.redis
async def test_a_stalled_redis_costs_one_wait_and_then_nothing(
    store: RedisStore, own_redis: RedisServer, failures: _Failures
) -> None:
    own_redis.stall()
    first_ms, found = await _read_ms(store)
    assert found == [None]
    assert first_ms <= 100
    for _ in range(20):
        next_ms, found = await _read_ms(store)
        assert found == [None]
        assert next_ms < 5
    assert failures.count == 1


@pytest.mark.redis
async def test_a_killed_redis_costs_one_refusal_and_then_nothing(
    store: RedisStore, own_redis: RedisServer, failures: _Failures
) -> None:
    own_redis.kill()
    first_ms, found = await _read_ms(store)
    assert found == [None]
    assert first_ms <= 100
    next_ms, _ = await _read_ms(store)
    assert next_ms < 5
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
    store: RedisStore, own_redis: RedisServer, hands: _Hands
) -> None:
    own_redis.stall()
    await store.get_many(["a"])
    own_redis.resume()
    assert await store.get_many(["a"]) == [None]
    hands.seconds += 1.0
    assert await store.get_many(["a"]) == [b"1"]


@pytest.mark.redis
async def test_a_restarted_redis_is_used_again_and_empty(
    store: RedisStore, own_redis: RedisServer, hands: _Hands
) -> None:
    own_redis.kill()
    assert await store.get_many(["a"]) == [None]
    own_redis.start()
    hands.seconds += 1.0
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


@pytest.mark.redis
async def test_a_refused_write_is_a_failure_and_not_an_exception(
    store: RedisStore, own_redis: RedisServer, failures: _Failures
) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", "1")
    assert not await store.set_many([Entry("b", b"2", 60)])
    assert failures.count == 1


@pytest.mark.redis
async def test_many_keys_are_one_mget(store: RedisStore, own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_resetstat()
        await store.get_many([f"k{n}" for n in range(500)])
        assert client.info("commandstats")["cmdstat_mget"]["calls"] == 1


def test_the_pause_lets_one_call_through_after_its_time_and_ends_with_its_success() -> None:
    pause = Pause(1.0)
    assert pause.allows(0.0)
    pause.failed(0.0)
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
