"""Work that several callers wait for: joining it, leaving it, and the turns of the event loop in which they meet.

A caller that is cancelled leaves alone; the work ends only when the last caller has left. Loaders and the cache
both stand on this; what the work is, is theirs.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

R = TypeVar("R")

_QUIET_TURNS = 3
_MOST_TURNS = 24


class Flight(Generic[R]):
    """A task shared by its callers, cancelled when the last of them is."""

    __slots__ = ("_on_abandon", "_waiters", "task")

    def __init__(self, work: Coroutine[Any, Any, R], on_abandon: Callable[[], None]) -> None:
        """Start the work; `on_abandon` runs at once when nobody waits any more, so that nobody joins its end."""
        self.task = asyncio.create_task(work)
        self._on_abandon = on_abandon
        self._waiters = 0

    def board(self) -> None:
        """Count one more caller."""
        self._waiters += 1

    def leave(self) -> None:
        """Count one caller less, and end the work when it was the last."""
        self._waiters -= 1
        if not self._waiters and not self.task.done():
            self.task.cancel()
            self._on_abandon()


async def land(flights: Sequence[Flight[R]]) -> list[R]:
    """Wait for all flights and give their results in order, or raise the first error."""
    for flight in flights:
        flight.board()
    try:
        return [await asyncio.shield(flight.task) for flight in flights]
    finally:
        for flight in flights:
            flight.leave()


async def quiet(size: Callable[[], int]) -> None:
    """Wait until `size` has stayed the same for three turns of the event loop, at most 24 turns.

    Callers whose parents answered together ask within a few turns of each other, one per task between. Nothing here
    waits for time: a turn without work costs microseconds.
    """
    seen, still = size(), 0
    for _ in range(_MOST_TURNS):
        await asyncio.sleep(0)
        now = size()
        still = still + 1 if now == seen else 0
        if still == _QUIET_TURNS:
            return
        seen = now


def stray_cancellation() -> bool:
    """Tell, in a handler of CancelledError, whether an awaited call raised it although nobody cancelled this task."""
    task = asyncio.current_task()
    return task is not None and not task.cancelling()
