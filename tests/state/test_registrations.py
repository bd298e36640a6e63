"""Registrations under way, in a real Redis and in memory: changed by who has read them, and counts that end."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis

from bff.redis_client import open_client
from bff.state.registrations import Count, MemoryRegistrations, RedisRegistrations, RegistrationStore

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[RegistrationStore]:
    if request.param == "memory":
        yield MemoryRegistrations()
        return
    client = open_client(request.getfixturevalue("redis_url"), timeout_s=5, connections=2)
    yield RedisRegistrations(client)
    await client.aclose()


async def test_what_is_kept_is_changed_only_by_who_has_read_it(store: RegistrationStore) -> None:
    assert await store.read("a") is None
    assert await store.swap("a", None, b"\x00first", 60)
    assert not await store.swap("a", None, b"other", 60)
    assert await store.swap("a", b"\x00first", b"second", 60)
    assert not await store.swap("a", b"\x00first", b"third", 60)
    assert (await store.read("a"), await store.read("b")) == (b"second", None)


async def test_of_many_who_have_read_the_same_one_changes_it(store: RegistrationStore) -> None:
    await store.swap("a", None, b"before", 60)
    done = await asyncio.gather(*(store.swap("a", b"before", b"%d" % number, 60) for number in range(20)))
    assert sum(done) == 1
    assert await store.read("a") == b"%d" % done.index(True)


async def test_a_count_goes_on_and_tells_when_it_ends(store: RegistrationStore) -> None:
    assert [await store.count("a", 60) for _ in range(3)] == [Count(1, 60), Count(2, 60), Count(3, 60)]
    assert await store.count("b", 600) == Count(1, 600)


async def test_what_has_run_out_is_gone_and_a_count_begins_again() -> None:
    now = [0.0]
    store = MemoryRegistrations(lambda: now[0])
    await store.swap("a", None, b"first", 60)
    await store.count("a", 30)
    now[0] = 30
    assert await store.count("a", 30) == Count(1, 30)
    assert await store.read("a") == b"first"
    now[0] = 60
    assert await store.read("a") is None
    assert await store.swap("a", None, b"again", 60)


@pytest.mark.redis
async def test_what_redis_keeps_ends_by_itself(redis_url: str) -> None:
    client = open_client(redis_url, timeout_s=5, connections=2)
    store = RedisRegistrations(client)
    await store.swap("ends", None, b"first", 60)
    await store.count("ends", 30)
    await client.aclose()
    with redis.Redis.from_url(redis_url) as plain:
        ends = [int(plain.ttl(key)) for key in KEYS]
    assert [0 < end <= most for end, most in zip(ends, (60, 30), strict=True)] == [True, True]


KEYS = ("bff:registration:{ends}", "bff:tries:{ends}")
