"""What a principal may still spend in this minute, in the points of `bff.execution.cost`.

A minute is the clock's, so that all workers mean the same one and a store needs one counter with an expiry. What does
not fit is refused and not charged: something smaller may still fit. What is not this module's matter: who the principal
is, and what one is told.
"""

from datetime import datetime
from typing import NamedTuple, Protocol

WINDOW_S = 60
_SET_BACK_MAX = 2


class Balance(NamedTuple):
    """What came of a charge.

    Attributes:
        granted: the points were there, and are spent.
        remaining: points left until the reset.
        reset_s: seconds until all points are there again, rounded up; 1 to 60.
    """

    granted: bool
    remaining: int
    reset_s: int


class Budget(Protocol):
    """Points per principal and minute, kept wherever."""

    async def charge(self, principal: str, points: int, now: datetime) -> Balance:
        """Spend points when all of them are left, else none."""
        ...


class MemoryBudget:
    """The budget of one process: keeps this minute's principals and forgets them with it."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._minute = -1
        self._spent: dict[str, int] = {}

    async def charge(self, principal: str, points: int, now: datetime) -> Balance:
        """Spend points when all of them are left, else none."""
        if is_new_minute(minute := minute_of(now), self._minute):
            self._minute, self._spent = minute, {}
        balance = settle(self._spent.get(principal, 0), points, self._per_minute, now)
        if balance.granted:
            self._spent[principal] = self._per_minute - balance.remaining
        return balance


def is_new_minute(minute: int, before: int) -> bool:
    """Tell whether a minute opens a new window; that of a clock set back does only when it was far ahead."""
    return minute > before or minute < before - _SET_BACK_MAX


def minute_of(now: datetime) -> int:
    """Number the minute, for the key of a store."""
    return int(now.timestamp()) // WINDOW_S


def settle(spent: int, points: int, per_minute: int, now: datetime) -> Balance:
    """Decide on a charge after what was spent in the same minute; the pure rule of every store."""
    granted = spent + points <= per_minute
    remaining = max(0, per_minute - spent - points * granted)
    return Balance(granted, remaining, WINDOW_S - int(now.timestamp()) % WINDOW_S)
