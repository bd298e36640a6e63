"""When to stop calling what fails: a circuit breaker as a pure state machine.

It asks no clock and calls nobody: it is told the time and how calls ended, and tells which calls may be made. Times are
seconds of one monotonic clock. Defaults: spec, reliability-security.md, 'Backends'.
"""

from collections import deque
from enum import StrEnum
from typing import NamedTuple

_SLICES = 10


class State(StrEnum):
    """What a breaker does with calls."""

    CLOSED = "closed"
    """All are made."""
    OPEN = "open"
    """None is made."""
    HALF_OPEN = "half_open"
    """One at a time is made, to find out."""


class Policy(NamedTuple):
    """When to open: this share of failures among this many calls within the window; and for how long."""

    failures: float = 0.5
    calls_min: int = 20
    window_s: float = 10.0
    open_s: float = 5.0


class _Slice:
    """The calls that ended in one part of the window."""

    __slots__ = ("calls", "failures", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self.calls = 0
        self.failures = 0


class Breaker:
    """The state of one group of operations."""

    __slots__ = ("_era", "_opened_at", "_policy", "_slices", "_trying")

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._slices: deque[_Slice] = deque()
        self._opened_at: float | None = None
        self._trying = False
        self._era = 0

    def state(self, now: float) -> State:
        """Tell the state at a moment."""
        if self._opened_at is None:
            return State.CLOSED
        return State.OPEN if now < self._opened_at + self._policy.open_s else State.HALF_OPEN

    def opens_in_s(self, now: float) -> float:
        """Tell after how many seconds a call may be tried; 0 when at once."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + self._policy.open_s - now)

    def allows(self, now: float) -> bool:
        """Tell whether a call could be made now, without making it."""
        state = self.state(now)
        return state is State.CLOSED or (state is State.HALF_OPEN and not self._trying)

    def admit(self) -> int:
        """Begin a call that is allowed; give what `settle` wants to know of it."""
        if self._opened_at is not None:
            self._trying = True
        return self._era

    def settle(self, era: int, now: float, *, failed: bool | None) -> None:
        """End a call that was admitted; `failed` is None when it tells nothing of the system.

        A call from before the last change of state says nothing about the state after it.
        """
        if era != self._era:
            return
        if self._opened_at is not None:
            self._conclude(now, failed=failed)
        elif failed is not None:
            self._count(now, failed=failed)

    def _conclude(self, now: float, *, failed: bool | None) -> None:
        """End the trial of a half-open breaker."""
        self._trying = False
        if failed is not None:
            self._change(now if failed else None)

    def _count(self, now: float, *, failed: bool) -> None:
        number = int(now * _SLICES / self._policy.window_s)
        if not self._slices or self._slices[-1].number != number:
            self._slices.append(_Slice(number))
        while self._slices[0].number <= number - _SLICES:
            self._slices.popleft()
        self._slices[-1].calls += 1
        self._slices[-1].failures += failed
        calls = sum(each.calls for each in self._slices)
        failures = sum(each.failures for each in self._slices)
        if calls >= self._policy.calls_min and failures >= self._policy.failures * calls:
            self._change(now)

    def _change(self, opened_at: float | None) -> None:
        self._opened_at = opened_at
        self._slices.clear()
        self._era += 1
