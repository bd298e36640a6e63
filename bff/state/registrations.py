"""Registrations under way, and how often what was tried: in the state Redis or, on the embedded default, in memory.

A registration is one text that the caller has sealed; it is changed only by who has read what it was. A count begins
with its first and ends a fixed time after it. Names are hashes: who reads the store learns no number and opens nothing.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple, Protocol, cast

from bff.redis_client import Client

_KEPT_MAX: Final = 10_000

_SWAP: Final = """
local held = redis.call('GET', KEYS[1])
if (held or '') ~= ARGV[1] then return {false} end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return {'1'}
"""
_COUNT: Final = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {tostring(count), tostring(redis.call('TTL', KEYS[1]))}
"""


class Count(NamedTuple):
    """How often something was tried, this time too, and in how many seconds the count ends."""

    times: int
    ends_in_s: int


class RegistrationStore(Protocol):
    """Where registrations are kept, by name. Raises `FAILURES`."""

    async def read(self, name: str) -> bytes | None:
        """Give what is kept; None when nothing is."""
        ...

    async def swap(self, name: str, before: bytes | None, after: bytes, life_s: int) -> bool:
        """Keep something for so long in the place of what it was; False when that is something else by now."""
        ...

    async def count(self, name: str, window_s: int) -> Count:
        """Count once more."""
        ...


class RedisRegistrations:
    """Registrations in the state Redis."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def read(self, name: str) -> bytes | None:
        """Give what is kept."""
        key = _key(name)
        return await self._redis.run(key, lambda redis: cast("Awaitable[bytes | None]", redis.get(key)))

    async def swap(self, name: str, before: bytes | None, after: bytes, life_s: int) -> bool:
        """Keep something in the place of what it was, as `RegistrationStore` says."""
        [kept] = await self._redis.call(_SWAP, [_key(name)], [before or b"", after, str(life_s)], expected=1)
        return kept is not None

    async def count(self, name: str, window_s: int) -> Count:
        """Count once more."""
        times, left_s = await self._redis.call(_COUNT, [_tally(name)], [str(window_s)], expected=2)
        return Count(int(times or 0), max(1, int(left_s or 0)))


class MemoryRegistrations:
    """Registrations of one process, for a developer's machine; of more than 10,000 the oldest go."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def read(self, name: str) -> bytes | None:
        """Give what is kept."""
        content, ends_at = self._kept.get(name, (b"", 0.0))
        return content if ends_at > self._monotonic() else None

    async def swap(self, name: str, before: bytes | None, after: bytes, life_s: int) -> bool:
        """Keep something in the place of what it was, as `RegistrationStore` says."""
        if await self.read(name) != before:
            return False
        self._kept[name] = (after, self._monotonic() + life_s)
        self._kept.move_to_end(name)
        while len(self._kept) > _KEPT_MAX:
            self._kept.popitem(last=False)
        return True

    async def count(self, name: str, window_s: int) -> Count:
        """Count once more."""
        now = self._monotonic()
        times, ends_at = self._counts.get(name, (0, 0.0))
        if ends_at <= now:
            times, ends_at = 0, now + window_s
            self._counts.pop(name, None)
        self._counts[name] = (times + 1, ends_at)
        while len(self._counts) > _KEPT_MAX:
            self._counts.popitem(last=False)
        return Count(times + 1, max(1, round(ends_at - now)))


def _key(name: str) -> str:
    return f"bff:registration:{{{name}}}"


def _tally(name: str) -> str:
    return f"bff:tries:{{{name}}}"
