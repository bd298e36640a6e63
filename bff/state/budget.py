"""The points that persons have spent in this minute, by all workers together, in the state Redis.

Most charges are settled in the process. It tells Redis once its untold points would make a share: a tenth of the budget
divided among all workers. So a charge seldom costs a round trip, and all workers together never grant more than eleven
tenths of the budget. Each worker tells what it has spent in all, so that nothing counts twice when an answer is lost.
While Redis does not answer each process counts alone: reading goes on.
"""

import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bff.execution.budget import WINDOW_S, Balance, is_new_minute, minute_of, settle
from bff.observability import BUDGET_FAILURES, logger
from bff.redis_client import FAILURES, Client

_UNTOLD = 0.1  # of the budget, by all workers
_PAUSE_S = 1.0  # in which a Redis that failed is not asked
_KEPT_S = 2 * WINDOW_S  # workers' clocks differ
_NAME_BYTES = 8

# A hash of what each worker has spent. Sets this worker's to what it says, at least, and adds what it asks for if that
# fits; gives what all others have spent, and whether it did fit.
_CHARGE: Final = """
local others, own = 0, tonumber(ARGV[2])
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local spent = tonumber(all[i + 1])
  if all[i] == ARGV[1] then own = math.max(own, spent) else others = others + spent end
end
local fits = others + own + ARGV[3] <= tonumber(ARGV[4])
if fits then own = own + ARGV[3] end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d', own))
redis.call('EXPIRE', KEYS[1], ARGV[5])
return {string.format('%d', others), fits and '1' or '0'}
"""

_log = logger(__name__)


class _Account:
    """A person's points of this minute: spent here, of these told to Redis, and spent elsewhere as far as we know."""

    __slots__ = ("elsewhere", "here", "told")

    def __init__(self) -> None:
        self.here = 0
        self.told = 0
        self.elsewhere = 0


class SharedBudget:
    """The budget of all workers that share a Redis; keeps this minute's principals and forgets them with it."""

    def __init__(
        self, redis: Client, per_minute: int, *, workers: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = redis
        self._per_minute = per_minute
        self._share = per_minute * _UNTOLD / workers
        self._monotonic = monotonic
        self._name = secrets.token_hex(_NAME_BYTES)
        self._asks_from = float("-inf")
        self._minute = -1
        self._accounts: dict[str, _Account] = {}

    async def charge(self, principal: str, points: int, now: datetime) -> Balance:
        """Spend points when all of them are left, else none."""
        minute = minute_of(now)
        if is_new_minute(minute, self._minute):
            self._minute, self._accounts = minute, {}
        account = self._accounts.get(principal)
        if account is None:
            account = self._accounts[principal] = _Account()
        balance = self._settled(account, points, now)
        if not balance.granted:
            return balance  # others can only have spent more
        if account.here - account.told + points >= self._share and self._monotonic() >= self._asks_from:
            try:
                return await self._told(f"bff:budget:{{{principal}}}:{self._minute}", account, points, now)
            except FAILURES as error:
                self._asks_from = self._monotonic() + _PAUSE_S
                BUDGET_FAILURES.inc()
                _log.warning("budget_not_shared", error=type(error).__name__)
        account.here += points
        return balance

    async def _told(self, key: str, account: _Account, points: int, now: datetime) -> Balance:
        """Tell Redis what was spent here, and let it decide."""
        here = account.here
        arguments = [self._name, *map(str, (here, points, self._per_minute, _KEPT_S))]
        others, fits = await self._redis.call(_CHARGE, [key], arguments, expected=2)
        account.elsewhere = int(others or 0)
        account.told = max(account.told, here)
        if fits != b"1":
            return self._settled(account, points, now)
        account.here += points
        account.told = max(account.told, here + points)
        return settle(account.here + account.elsewhere - points, points, self._per_minute, now)

    def _settled(self, account: _Account, points: int, now: datetime) -> Balance:
        return settle(account.here + account.elsewhere, points, self._per_minute, now)
