"""The points that persons have spent in this minute, by all workers together, in the state Redis.

Most charges are settled in the process. It tells Redis once its untold points would make a share: a tenth of the budget
divided among all workers. So a charge seldom costs a round trip, and all workers together never grant more than eleven
tenths of the budget. While Redis does not answer each process counts alone: reading goes on.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, cast

from bff.execution.budget import WINDOW_S, Balance, minute_of, settle
from bff.observability import BUDGET_FAILURES, logger
from bff.redis_client import FAILURES, Client, Node

_UNTOLD = 0.1  # of the budget, by all workers
_PAUSE_S = 1.0  # in which a Redis that failed is not asked
_KEPT_S = 2 * WINDOW_S  # workers' clocks differ

# Adds what is spent already, then what is asked for if it fits, and gives what is spent now and whether it did fit.
_CHARGE: Final = """
local spent = redis.call('INCRBY', KEYS[1], ARGV[1])
local fits = spent + ARGV[2] <= tonumber(ARGV[3])
if fits then spent = redis.call('INCRBY', KEYS[1], ARGV[2]) end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return {spent, fits and 1 or 0}
"""

_log = logger(__name__)


class _Account:
    """A person's points of this minute: those that Redis knows of, as far as we know, and those that it does not."""

    __slots__ = ("told", "untold")

    def __init__(self) -> None:
        self.told = 0
        self.untold = 0


class SharedBudget:
    """The budget of all workers that share a Redis; keeps this minute's principals and forgets them with it."""

    def __init__(
        self, redis: Client, per_minute: int, *, workers: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._redis = redis
        self._per_minute = per_minute
        self._share = per_minute * _UNTOLD / workers
        self._monotonic = monotonic
        self._asks_from = float("-inf")
        self._minute = -1
        self._accounts: dict[str, _Account] = {}

    async def charge(self, principal: str, points: int, now: datetime) -> Balance:
        """Spend points when all of them are left, else none."""
        if (minute := minute_of(now)) > self._minute:  # a clock that is set back opens no new minute
            self._minute, self._accounts = minute, {}
        account = self._accounts.get(principal)
        if account is None:
            account = self._accounts[principal] = _Account()
        balance = settle(account.told + account.untold, points, self._per_minute, now)
        if not balance.granted:
            return balance  # others can only have spent more
        if account.untold + points >= self._share and self._monotonic() >= self._asks_from:
            try:
                return await self._told(f"bff:budget:{{{principal}}}:{self._minute}", account, points, now)
            except FAILURES as error:
                self._asks_from = self._monotonic() + _PAUSE_S
                BUDGET_FAILURES.inc()
                _log.warning("budget_not_shared", error=type(error).__name__)
        account.untold += points
        return balance

    async def _told(self, key: str, account: _Account, points: int, now: datetime) -> Balance:
        """Tell Redis what it does not know, and let it decide."""
        telling, account.untold = account.untold, 0
        account.told += telling  # whoever comes meanwhile counts it, and does not tell it again

        async def command(node: Node) -> list[int]:
            given = (telling, points, self._per_minute, _KEPT_S)
            return await cast("Awaitable[list[int]]", node.eval(_CHARGE, 1, key, *map(str, given)))

        try:
            spent, fits = await self._redis.run(key, command)
        except BaseException:
            account.told -= telling
            account.untold += telling
            raise
        account.told = max(account.told, spent)
        return settle(spent - points * fits, points, self._per_minute, now)
