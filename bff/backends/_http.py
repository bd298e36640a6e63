"""The one way out: every call to a system goes through `Http.send`.

Here are the total deadline, request ids, the second attempt, the log line and the metrics of each attempt. `_wire`
carries it, or `_httpx` where that can't, and caps what is read. Whether a call may be made at all is `_guard`'s matter.
What an answer means is the adapter's: its `read` runs inside the call, so that an error hidden in a good-looking answer
counts as one. Limits: spec, reliability-security.md, 'Backends'.
"""

import asyncio
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple, TypeVar

import httpx

from bff.backends._call import Operation, outcome_of, trace
from bff.backends._guard import Condition, Guard
from bff.backends._httpx import Httpx, trusted
from bff.backends._message import Answer, Carrier, Reply, Request
from bff.backends._operations import OPERATIONS
from bff.backends._retry import RetryBudget
from bff.backends._wire import Wire
from bff.domain.closing import Closed
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendUnavailable
from bff.observability import BACKEND_RETRIES, REQUEST

T = TypeVar("T")

_PAUSE_S = 0.05

# What comes through from below: names that don't resolve, connections refused, TLS's; uvloop's and anyio's for a
# connection that was reset as it opened or while it was idle.
BELOW = (OSError, RuntimeError, AttributeError)


class Limits(NamedTuple):
    """What a call may take: seconds in all, seconds to connect, bytes of answer once decompressed.

    `calls_max` is how many calls of the system run at once. `idle_s` is for what streams: the longest time without a
    byte, in the place of a time in all.
    """

    timeout_s: float = 1.9
    connect_timeout_s: float = 0.3
    answer_max_bytes: int = 10 * 1024 * 1024
    calls_max: int = 8
    idle_s: float = 30.0


LIMITS = Limits()


class Http:
    """The exchange with one system, over a connection pool of its own."""

    def __init__(
        self,
        system: System,
        base_url: str,
        *,
        headers: Mapping[str, str],
        limits: Limits = LIMITS,
        closed: Closed = lambda _system, _group: None,
        trust: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        anywhere: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Open a pool; `anywhere` lets a call's path be any URL. For the others see `open_backends`."""
        self.system = system
        self._limits = limits
        self._monotonic = monotonic
        self._jitter = jitter
        self._retries = RetryBudget(monotonic())
        self._guard = Guard(
            system, slots=limits.calls_max, timeout_s=limits.timeout_s, closed=closed, monotonic=monotonic
        )
        self._carrier = _carrier(base_url, headers, limits, trust or trusted(), monotonic, transport, anywhere=anywhere)

    async def aclose(self) -> None:
        """Close the pool."""
        await self._carrier.aclose()

    def condition(self) -> Condition:
        """Tell how the system is, as far as its calls have shown."""
        return self._guard.condition()

    async def send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        read: Callable[[Answer], T],
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        content: Callable[[], bytes] | None = None,
        keys: int = 0,
        follows: bool = False,
    ) -> T:
        """Make one call and give what `read` makes of its answer, whatever the status.

        A read that finds the system unavailable, but not for good, is made once more within the same time. `content`
        writes the body of an attempt. `keys` is how many batch keys it asks for, for the log. A call that `follows` is
        for a page behind a list's first; all such calls have half of the slots. Raises BackendTimeout,
        BackendUnavailable, BackendMaintenance, BackendRejected, BackendGarbled, and what `read` raises.
        """
        request = partial(_request, method, path, params, headers, content)
        async with self._guard.lane if follows else nullcontext():
            return await self._sent(operation, request, read, keys)

    async def _sent(self, operation: str, request: Callable[[], Request], read: Callable[[Answer], T], keys: int) -> T:
        deadline = self._deadline()
        self._retries.pay_in(self._monotonic())

        def attempt() -> Awaitable[T]:
            return self._attempt(operation, request, read, deadline, keys)

        try:
            return await attempt()
        except BackendUnavailable as error:
            if not (OPERATIONS[self.system][operation].reads and self._may_retry(error, deadline)):
                raise
        await asyncio.sleep(_PAUSE_S * (1 + self._jitter()))
        return await attempt()

    def _may_retry(self, error: BackendUnavailable, deadline: float) -> bool:
        """Tell whether a failure may pass within a moment, and take one retry from the budget if so."""
        too_late = self._monotonic() + 2 * _PAUSE_S >= deadline
        if error.final or too_late or not self._retries.spend():
            return False
        BACKEND_RETRIES.labels(self.system.value).inc()
        return True

    async def _attempt(
        self,
        operation: str,
        request: Callable[[], Request],
        read: Callable[[Answer], T],
        deadline: float,
        keys: int,
    ) -> T:
        started = self._monotonic()
        where, group = Operation(self.system, operation), OPERATIONS[self.system][operation].group
        status, outcome, sent = None, "internal", False
        try:
            async with self._guard.call(where, group, deadline):
                sent = True
                reply = await self._exchange(where, request(), deadline)
                status = reply.answer.status
                value = await _understood(reply, read)
            outcome = "ok"
        except BackendError as error:
            outcome, error.undone = outcome_of(error), error.undone or not sent
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            where.note(keys, status, outcome, self._monotonic() - started)
        return value

    async def _exchange(self, where: Operation, request: Request, deadline: float) -> Reply:
        """Give a whole answer before the deadline."""
        left_s = deadline - self._monotonic()
        if left_s <= 0:
            raise where.timeout("no time left to ask", undone=True)
        try:
            async with asyncio.timeout(left_s):
                return await self._carrier.exchange(where, request)
        except TimeoutError as error:
            raise where.timeout(f"not whole after {left_s:.3f} s") from error
        except BELOW as error:
            raise where.unavailable(type(error).__name__) from error

    def _deadline(self) -> float:
        own = self._monotonic() + self._limits.timeout_s
        request = REQUEST.get(None)
        return own if request is None else min(own, request.deadline)


def _carrier(
    base_url: str,
    headers: Mapping[str, str],
    limits: Limits,
    trust: ssl.SSLContext,
    monotonic: Callable[[], float],
    transport: httpx.AsyncBaseTransport | None,
    *,
    anywhere: bool,
) -> Carrier:
    headers = {"accept-encoding": "gzip", "user-agent": "customer-area-bff", **headers}
    if transport is None and not anywhere:
        return Wire(
            base_url,
            headers=headers,
            connect_timeout_s=limits.connect_timeout_s,
            answer_max_bytes=limits.answer_max_bytes,
            trust=trust,
            monotonic=monotonic,
        )
    return Httpx(
        base_url,
        headers=headers,
        connect_timeout_s=limits.connect_timeout_s,
        answer_max_bytes=limits.answer_max_bytes,
        connections_max=limits.calls_max,
        trust=trust,
        transport=transport,
    )


def _request(
    method: str,
    path: str,
    params: Sequence[tuple[str, str]],
    headers: Mapping[str, str] | None,
    content: Callable[[], bytes] | None,
) -> Request:
    return Request(method, path, params, {**trace(), **(headers or {})}, None if content is None else content())


async def _understood(reply: Reply, read: Callable[[Answer], T]) -> T:
    """Read an answer; the connection that brought what can't be used is not used again.

    What it sent beyond the length that it told would be taken for the next answer.
    """
    try:
        return read(reply.answer)
    except BackendGarbled:
        await reply.discard()
        raise
