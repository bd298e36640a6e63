"""The store shared by all workers: Redis 6.2 or newer.

A cache must never make a request slower than it would be without one. So each call has 50 ms in all, nothing is tried
twice, and after a failure Redis is left alone for a second before one call tries it again. No exception leaves: reads
answer as misses, writes are dropped, both counted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar, cast

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bff.cache.protocol import Entry
from bff.observability import CACHE_STORE_FAILURES, logger

R = TypeVar("R")

_FAILURES = (RedisError, OSError, EOFError)

# One slot, so one script call: deletes the keys that still hold the caller's token.
_RELEASE = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""

_log = logger(__name__)


def count_failure() -> None:
    """Count a failed call in the metrics."""
    CACHE_STORE_FAILURES.labels("redis").inc()


class Pause:
    """When to leave a failing system alone: for a while after a failure, then one call finds out.

    Pure: it takes the time and tells; it asks nobody.
    """

    __slots__ = ("_pause_s", "_until")

    def __init__(self, pause_s: float) -> None:
        self._pause_s = pause_s
        self._until: float | None = None

    def allows(self, now: float) -> bool:
        """Tell whether to call now; after the pause it says yes once, and no to others until that call has ended."""
        if self._until is None:
            return True
        if now < self._until:
            return False
        self._until = now + self._pause_s
        return True

    def succeeded(self) -> None:
        """Learn that a call went well."""
        self._until = None

    def failed(self, now: float) -> None:
        """Learn that a call failed."""
        self._until = now + self._pause_s


class RedisStore:
    """Bytes in Redis; with Redis gone, a store that holds nothing."""

    shared = True

    def __init__(
        self,
        url: str,
        *,
        monotonic: Callable[[], float],
        timeout_s: float = 0.05,
        pause_s: float = 1.0,
        connections: int = 32,
        on_failure: Callable[[], None] = count_failure,
    ) -> None:
        """Make ready to connect; nothing is sent before the first call.

        Args:
            url: `redis://`, `rediss://` or `unix://`, with user and password when Redis wants them.
            monotonic: the clock of the pause.
            timeout_s: for connecting, for reading, and for a call in all.
            pause_s: how long Redis is left alone after a failure.
            connections: at most; a call that finds none free in `timeout_s` has failed.
            on_failure: told of each call that failed; calls left out during the pause are none.
        """
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
            driver_info=None,
        )
        self._redis = Redis.from_pool(pool)
        self._monotonic = monotonic
        self._timeout_s = timeout_s
        self._pause = Pause(pause_s)
        self._on_failure = on_failure

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Give what stands under each key by one MGET."""
        nothing: list[bytes | None] = [None] * len(keys)
        return await self._guard(lambda: self._get(keys), nothing) if keys else nothing

    async def set_many(self, entries: Sequence[Entry]) -> bool:
        """Put all entries by one pipeline."""
        return await self._guard(lambda: self._put(entries), otherwise=False) if entries else True

    async def claim(self, entries: Sequence[Entry]) -> list[bytes | None]:
        """Put each entry where nothing stands, and give what stands now, by one pipeline."""
        nothing: list[bytes | None] = [None] * len(entries)
        return await self._guard(lambda: self._claim(entries), nothing) if entries else nothing

    async def release(self, keys: Sequence[str], token: bytes) -> None:
        """Remove the keys under which this token stands by one script."""
        if keys:
            call = cast("Callable[[], Awaitable[object]]", lambda: self._redis.eval(_RELEASE, len(keys), *keys, token))
            await self._guard(call, None)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._redis.aclose(close_connection_pool=True)

    async def _get(self, keys: Sequence[str]) -> list[bytes | None]:
        return cast("list[bytes | None]", await self._redis.mget(keys))

    async def _put(self, entries: Sequence[Entry]) -> bool:
        async with self._redis.pipeline(transaction=False) as pipe:
            for key, blob, ttl_s in entries:
                pipe.set(key, blob, px=round(ttl_s * 1000))
            await pipe.execute()
        return True

    async def _claim(self, entries: Sequence[Entry]) -> list[bytes | None]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for key, blob, ttl_s in entries:
                pipe.set(key, blob, px=round(ttl_s * 1000), nx=True)
                pipe.get(key)
            answers: list[bytes | None] = await pipe.execute()
        return answers[1::2]

    async def _guard(self, call: Callable[[], Awaitable[R]], otherwise: R) -> R:
        """Make a call within its time, if Redis is not left alone just now; give `otherwise` when it can't answer."""
        if not self._pause.allows(self._monotonic()):
            return otherwise
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await call()
        except _FAILURES as error:
            self._pause.failed(self._monotonic())
            self._on_failure()
            _log.warning("cache_redis_failed", error=type(error).__name__)
            return otherwise
        self._pause.succeeded()
        return answer
