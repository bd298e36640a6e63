"""The stores and the clock of the cache's tests."""

import time
from collections.abc import AsyncIterator

import pytest

from bff.cache.memory import MemoryStore
from bff.cache.protocol import Store
from bff.cache.redis import RedisStore
from tests.cache.parts import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def memory(clock: HandClock) -> MemoryStore:
    return MemoryStore(max_bytes=1_000_000, monotonic=clock.monotonic)


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def store(request: pytest.FixtureRequest, clock: HandClock) -> AsyncIterator[Store]:
    """Give each store in turn: what the protocol promises, all of them keep."""
    if request.param == "memory":
        yield MemoryStore(max_bytes=1_000_000, monotonic=clock.monotonic)
        return
    shared = RedisStore(request.getfixturevalue("redis_url"), monotonic=time.monotonic)
    try:
        yield shared
    finally:
        await shared.aclose()
