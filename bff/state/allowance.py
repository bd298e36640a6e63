"""How often a person may do something in a day: counted in the state Redis or, on the embedded default, in memory.

A day begins with the first time. What is refused does not count. State down: nothing is allowed.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from bff.errors import RateLimited, StateUnavailable
from bff.redis_client import FAILURES, Client

DAY_S: Final = 86_400

_KEPT_MAX = 10_000

# A count that ends with its day. Gives the seconds until then when all are used, nothing when this one counts.
_TAKE: Final = """
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then
  return {string.format('%d', redis.call('TTL', KEYS[1]))}
end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return {false}
"""


class AllowanceStore(Protocol):
    """Where times are counted. Raises `FAILURES`."""

    async def take(self, what: str, person: str, most: int) -> float | None:
        """Count one time more of at most so many; when all are used, the seconds until there are new ones."""
        ...


class Allowances:
    """What each person may still do today; `most` by the name of what is done."""

    def __init__(self, store: AllowanceStore, most: Mapping[str, int]) -> None:
        self._store = store
        self._most = most

    async def take(self, what: str, person: str) -> None:
        """Count one time more.

        Raises:
            RateLimited: the person has done it as often as may be.
            StateUnavailable: nobody can count.
        """
        most = self._most[what]
        try:
            wait_s = await self._store.take(what, person, most)
        except FAILURES as error:
            raise StateUnavailable(type(error).__name__) from error
        if wait_s is not None:
            raise RateLimited(f"{what} can be done {most} times in a day; try again later.", retry_after_s=wait_s)


class RedisAllowances:
    """Counts in the state Redis, for all workers together."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    async def take(self, what: str, person: str, most: int) -> float | None:
        """Count one time more, as `AllowanceStore` says."""
        key = f"bff:allowance:{{{person}}}:{what}"
        [wait_s] = await self._redis.call(_TAKE, [key], [str(most), str(DAY_S)], expected=1)
        return None if wait_s is None else max(1.0, float(wait_s))


class MemoryAllowances:
    """Counts in one process, for a developer's machine; of more than 10,000 the oldest go."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._taken: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    async def take(self, what: str, person: str, most: int) -> float | None:
        """Count one time more, as `AllowanceStore` says."""
        now = self._monotonic()
        count, ends = self._taken.pop((what, person), (0, 0.0))
        if now >= ends:
            count, ends = 0, now + DAY_S
        self._taken[what, person] = (min(count + 1, most), ends)
        while len(self._taken) > _KEPT_MAX:
            self._taken.popitem(last=False)
        return ends - now if count >= most else None
