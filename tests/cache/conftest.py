"""The stores and the clock of the cache's tests."""

import time
from collections.abc import AsyncIterator

import pytest

from bff.cache.memory import MemoryStore
from bff.cache.protocol import Store
from bff.cache.redis import RedisStore
from tests.clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def memory(clock: HandClock) -> MemoryStore:
    return MemoryStore(max_bytes=1_000_000, monotonic=clock.monotonic)


def _url(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty Redis of the kind that is this test's turn."""
    if request.param == "redis":
        return str(request.getfixturevalue("redis_url"))
    if request.param == "cluster":
        return str(request.getfixturevalue("redis_cluster").url)
    return str(request.getfixturevalue("redis_sentinels").url)


@pytest.fixture(
    params=["memory", *(pytest.param(kind, marks=pytest.mark.redis) for kind in ("redis", "cluster", "sentinels"))]
)
async def store(request: pytest.FixtureRequest, clock: HandClock) -> AsyncIterator[Store]:
    """Give each store in turn: what the protocol promises, all of them keep."""
    if request.param == "memory":
        yield MemoryStore(max_bytes=1_000_000, monotonic=clock.monotonic)
        return
    shared = RedisStore(_url(request), monotonic=time.monotonic, timeout_s=1)
    try:
        yield shared
    finally:
        await shared.aclose()
