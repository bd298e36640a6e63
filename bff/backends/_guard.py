"""What stands before every call of one system: closing times, breakers, slots.

A call that is not made fails at once, with the error that tells why. What the systems do to deserve it: spec,
legacy.md, quirks 1, 2 and 18; figures: reliability-security.md, 'Backends'.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from bff.backends._breaker import Breaker, Policy, State
from bff.backends._bulkhead import Bulkhead, Full
from bff.backends._call import Operation
from bff.backends._operations import FILES, GROUPS
from bff.domain.closing import Closed, Closure
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendTimeout, BackendUnavailable
from bff.observability import REQUEST, logger

_log = logger(__name__)

_POLICY = Policy()
_CALLS_MIN = 5
_QUEUE_MIN = 32


class Withheld(BackendUnavailable):
    """Not asked: the breaker is open, or too many calls wait."""

    final = True


class Condition(NamedTuple):
    """How a system is: the state of the breaker of each group, the groups that are closed, its calls of now."""

    breakers: Mapping[str, State]
    closures: Mapping[str, Closure]
    running: int
    waiting: int

    def beside(self, other: "Condition | None") -> "Condition":
        """Join it with that of other groups of the same system."""
        if other is None:
            return self
        breakers, closures = {**self.breakers, **other.breakers}, {**self.closures, **other.closures}
        return Condition(breakers, closures, self.running + other.running, self.waiting + other.waiting)


class Guard:
    """The gate of one system.

    Attributes:
        lane: what the pages behind a list's first one go through: half of the slots at most, in the order of asking. A
            list of hundreds of pages so leaves slots to others, and waits here, where no time of a call runs.
    """

    def __init__(
        self,
        system: System,
        *,
        slots: int,
        timeout_s: float,
        closed: Closed,
        monotonic: Callable[[], float],
        groups: Collection[str] | None = None,
    ) -> None:
        """Make a gate that lets `slots` calls through at once; `timeout_s` is the time of a whole call.

        `groups` are those of its calls, where it is not the gate of all but the downloads.
        """
        # Of a system that hangs, a small share of slots sees fewer than 20 calls end within the window.
        seen = int(slots * _POLICY.window_s / timeout_s)
        policy = _POLICY._replace(calls_min=max(_CALLS_MIN, min(_POLICY.calls_min, seen)))
        self._system = system
        self._timeout_s = timeout_s
        self._closed = closed
        self._monotonic = monotonic
        self.lane = asyncio.Semaphore(max(1, slots // 2))
        self._bulkhead = Bulkhead(slots, max(2 * slots, _QUEUE_MIN))
        self._breakers = {group: Breaker(policy) for group in groups or GROUPS[system] if groups or group != FILES}

    def condition(self) -> Condition:
        """Tell how the system is, as far as its calls have shown."""
        now = self._monotonic()
        closures = {group: self._closed(self._system, group) for group in self._breakers}
        return Condition(
            {group: breaker.state(now) for group, breaker in self._breakers.items()},
            {group: closure for group, closure in closures.items() if closure is not None},
            self._bulkhead.running,
            self._bulkhead.waiting,
        )

    @asynccontextmanager
    async def call(self, where: Operation, group: str, deadline: float) -> AsyncIterator[None]:
        """Hold a slot for one call that ends at `deadline`, and learn from how it ends.

        Raises:
            BackendMaintenance: the group is closed.
            BackendUnavailable: its breaker is open, or too many calls wait.
            BackendTimeout: no slot was free in time, or the group was silent in this request already.
        """
        self._check(where, group)
        await self._enter(where, deadline - self._timeout_s / 2)  # later, too little time would be left for the call
        try:
            self._check(where, group)  # while it waited, others may have found out
            async with self._judged(where, group, deadline):
                yield
        finally:
            self._bulkhead.leave()

    def _check(self, where: Operation, group: str) -> None:
        if (closure := self._closed(self._system, group)) is not None:
            raise where.maintenance(closure)
        breaker, now = self._breakers[group], self._monotonic()
        if not breaker.allows(now):
            wait_s = max(1.0, round(breaker.opens_in_s(now)))
            raise Withheld(self._system, where.name, "breaker open", retry_after_s=wait_s)
        if (request := REQUEST.get(None)) is not None and self._name(group) in request.silent:
            raise where.timeout("silent in this request already")

    async def _enter(self, where: Operation, deadline: float) -> None:
        if self._bulkhead.free:  # at once, without a timer
            await self._bulkhead.enter()
            return
        try:
            async with asyncio.timeout(deadline - self._monotonic()):
                await self._bulkhead.enter()
        except Full:
            raise Withheld(self._system, where.name, "too many calls wait", retry_after_s=1.0) from None
        except TimeoutError:
            raise where.timeout("no slot was free") from None

    @asynccontextmanager
    async def _judged(self, where: Operation, group: str, deadline: float) -> AsyncIterator[None]:
        """Let a call be made, and tell its breaker how it ended.

        A no is an answer, and so is a row that can't be read: one customer's data must not close the others' way.
        """
        started = self._monotonic()
        era, failed = self._breakers[group].admit(), None
        try:
            yield
            failed = False
        except BackendTimeout:
            if deadline - started >= self._timeout_s / 2:  # with less it tells nothing of the system
                failed = True
                self._remember(group)
            raise
        except BackendUnavailable:
            failed = True
            raise
        except BackendError as error:
            failed = isinstance(error, BackendGarbled) and error.foreign
            raise
        finally:
            self._settle(where, group, era, failed=failed)

    def _settle(self, where: Operation, group: str, era: int, *, failed: bool | None) -> None:
        breaker, now = self._breakers[group], self._monotonic()
        before = breaker.state(now)
        breaker.settle(era, now, failed=failed)
        if (after := breaker.state(now)) is not before:
            _log.warning("breaker_changed", system=where.system.value, group=group, operation=where.name, state=after)

    def _remember(self, group: str) -> None:
        """Let this request wait for the group's silence once only."""
        if (request := REQUEST.get(None)) is not None:
            request.silent.add(self._name(group))

    def _name(self, group: str) -> str:
        return f"{self._system.value} {group}"
