"""The store shared by all workers: Redis 6.2 or newer, one server, a Cluster or behind Sentinels.

A cache must never make a request slower than it would be without one. So each call has 50 ms in all, nothing is tried
twice, and after a failure the node that failed is left alone for a second before one call tries it again; other nodes
go on. No exception leaves: reads answer as misses, writes are dropped, both counted, and one log line begins a pause.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from bff.cache.protocol import Entry, Listener
from bff.observability import CACHE_STORE_FAILURES, logger
from bff.redis_client import FAILURES, MOVING, Node, open_client

R = TypeVar("R")

# Keys of one slot, so one call. Each gives an array: of what stands under the keys now, or of nothing.
_CLAIM: Final = """
local standing = {}
for i, key in ipairs(KEYS) do
  redis.call('SET', key, ARGV[2 * i - 1], 'PX', ARGV[2 * i], 'NX')
  standing[i] = redis.call('GET', key)
end
return standing
"""
# The first keys are put, those that still hold the caller's token are deleted.
_PUT: Final = """
local entries = tonumber(ARGV[1])
for i = 1, entries do
  redis.call('SET', KEYS[i], ARGV[2 * i + 1], 'PX', ARGV[2 * i + 2])
end
for i = entries + 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[2] then redis.call('DEL', KEYS[i]) end
end
return {}
"""

CHANNEL: Final = "bff:invalidations"
"""Where workers tell each other. Of no version of the records: old and new workers run side by side."""

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

    def allows(self, now: float, *, trial: bool = True) -> bool:
        """Tell whether to call now; after the pause it says yes once, and no to others until that call has ended.

        `trial` is False for a call that must not be that one.
        """
        if self._until is None:
            return True
        if now < self._until or not trial:
            return False
        self._until = now + self._pause_s
        return True

    def succeeded(self) -> None:
        """Learn that a call went well."""
        self._until = None

    def failed(self, now: float) -> bool:
        """Learn that a call failed; tell whether a pause begins with it, and not an earlier failure's goes on."""
        begins = self._until is None
        self._until = now + self._pause_s
        return begins


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
        quiet_s: float = 2.0,
        on_failure: Callable[[], None] = count_failure,
    ) -> None:
        """Make ready to connect; nothing is sent before the first call.

        Args:
            url: one that `bff.redis_client.check_url` accepts.
            monotonic: the clock of the pauses.
            timeout_s: for connecting, for reading, and for a call in all.
            pause_s: how long a node is left alone after a failure.
            connections: to one node, at most, beside one for all reads; a call that finds none free in `timeout_s` has
                failed.
            quiet_s: after so long without a message the connection that listens is tried.
            on_failure: told of each call that failed; calls left out during a pause are none.
        """
        self._client = open_client(url, timeout_s=timeout_s, connections=connections)
        self._monotonic = monotonic
        self._pause_s = pause_s
        self._pauses: dict[str, Pause] = {}
        self._quiet_s = quiet_s
        self._on_failure = on_failure
        self._deafness = Pause(pause_s)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Give what stands under each key by one MGET."""
        nothing: list[bytes | None] = [None] * len(keys)
        return await self._call(keys[0], lambda: self._client.get_many(keys), nothing) if keys else nothing

    async def set_many(self, entries: Sequence[Entry], *, releasing: Sequence[str] = (), token: bytes = b"") -> bool:
        """Put all entries, and release, by one script."""
        keys = [*(entry.key for entry in entries), *releasing]
        if not keys:
            return True
        arguments = [str(len(entries)), token, *_blobs(entries)]

        async def put() -> bool:
            await self._client.call(_PUT, keys, arguments, expected=0)
            return True

        return await self._call(keys[0], put, otherwise=False)

    async def announce(self, entries: Sequence[Entry], message: bytes) -> bool:
        """Put all entries and then publish the message by one pipeline, which a node runs in order."""
        if not entries:
            return True
        key = entries[0].key
        return await self._call(
            key, lambda: self._client.run(key, lambda node: _announced(node, entries, message)), otherwise=False
        )

    async def listen(self, listener: Listener) -> None:
        """Subscribe over a connection of its own; after a cut again, with the pause between."""

        def connected() -> None:
            self._deafness.succeeded()
            listener.connected()

        while True:
            try:
                await self._client.listen(CHANNEL, on_ready=connected, on_message=listener.heard, quiet_s=self._quiet_s)
            except FAILURES as error:
                if self._deafness.failed(self._monotonic()):
                    _log.warning("cache_invalidations_unheard", error=type(error).__name__)
            finally:
                listener.lost()
            await asyncio.sleep(self._pause_s)

    async def claim(self, entries: Sequence[Entry]) -> list[bytes | None]:
        """Put each entry where nothing stands, and give what stands now, by one script.

        A node that failed is not tried again by this: a claim made too late keeps other workers waiting for nobody.
        """
        nothing: list[bytes | None] = [None] * len(entries)
        if not entries:
            return nothing
        keys = [entry.key for entry in entries]
        return await self._call(
            keys[0],
            lambda: self._client.call(_CLAIM, keys, _blobs(entries), expected=len(keys)),
            nothing,
            trial=False,
        )

    async def release(self, keys: Sequence[str], token: bytes) -> None:
        """Remove the keys under which this token stands by one script."""
        await self.set_many((), releasing=keys, token=token)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _call(self, key: str, call: Callable[[], Awaitable[R]], otherwise: R, *, trial: bool = True) -> R:
        """Call the node of a key, if it is not left alone just now; give `otherwise` when it can't answer."""
        place = self._client.place(key)
        pause = self._pauses.setdefault(place, Pause(self._pause_s))
        if not pause.allows(self._monotonic(), trial=trial):
            return otherwise
        try:
            answer = await call()
        except MOVING:
            self._on_failure()
            pause.succeeded()
            return otherwise
        except FAILURES as error:
            self._on_failure()
            if pause.failed(self._monotonic()):
                _log.warning("cache_redis_failed", error=type(error).__name__, node=place)
            return otherwise
        pause.succeeded()
        return answer


async def _announced(node: Node, entries: Sequence[Entry], message: bytes) -> bool:
    async with node.pipeline(transaction=False) as pipe:
        for key, blob, ttl_s in entries:
            pipe.set(key, blob, px=round(ttl_s * 1000))
        pipe.publish(CHANNEL, message)
        await pipe.execute()
    return True


def _blobs(entries: Sequence[Entry]) -> list[str | bytes]:
    """Give what is put and its lifetime in milliseconds, entry by entry."""
    return [each for _, blob, ttl_s in entries for each in (blob, str(round(ttl_s * 1000)))]
