"""The one way out: every call to a system goes through `Http.send`, and httpx is used nowhere else.

Here are the total deadline, the cap on what is read, request ids, the second attempt, the log line and the metrics of
each attempt. Whether a call may be made at all is `_guard`'s matter. What an answer means is the adapter's: its `read`
runs inside the call, so that an error hidden in a good-looking answer counts as one. Limits: spec,
reliability-security.md, 'Backends'.
"""

import asyncio
import random
import secrets
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx

from bff.backends._body import whole_body
from bff.backends._call import Operation
from bff.backends._guard import Condition, Guard
from bff.backends._operations import OPERATIONS
from bff.backends._retry import RetryBudget
from bff.domain.closing import Closed
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendTimeout, BackendUnavailable
from bff.observability import BACKEND_CALLS, BACKEND_KEYS, BACKEND_RETRIES, BACKEND_SECONDS, REQUEST, logger

T = TypeVar("T")

_log = logger(__name__)

_PAUSE_S = 0.05

_FATES: Mapping[type[Exception], type[BackendError]] = {
    httpx.HTTPError: BackendUnavailable,
    httpx.TimeoutException: BackendTimeout,
    httpx.ConnectTimeout: BackendUnavailable,  # never reached
    httpx.LocalProtocolError: BackendRejected,  # what we would send is not HTTP: again is no better
    httpx.UnsupportedProtocol: BackendRejected,
    httpx.InvalidURL: BackendRejected,
    httpx.CookieConflict: BackendRejected,
    httpx.DecodingError: BackendGarbled,
    httpx.TooManyRedirects: BackendGarbled,
    httpx.HTTPStatusError: BackendRejected,
    httpx.StreamError: BackendGarbled,
}


# What comes through httpx from below it: TLS's after the handshake, and uvloop's and anyio's for a connection that was
# reset as it opened or while it was idle.
_BELOW = (OSError, RuntimeError, AttributeError)


class Answer(NamedTuple):
    """A whole answer of any status, its body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Limits(NamedTuple):
    """What a call may take: seconds in all, seconds to connect, bytes of answer once decompressed.

    `calls_max` is how many calls of the system run at once.
    """

    timeout_s: float = 1.9
    connect_timeout_s: float = 0.3
    answer_max_bytes: int = 10 * 1024 * 1024
    calls_max: int = 8


LIMITS = Limits()


@cache
def trusted(ca_file: Path | None = None) -> ssl.SSLContext:
    """Load whom TLS trusts, once: the public authorities, and those of a PEM file. It takes 20 ms.

    Raises:
        OSError: the file can't be read, or holds no certificate.
    """
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


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
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Open a pool; `jitter` gives 0 to 1, for the pause before a second attempt; see `open_backends`."""
        self.system = system
        self._limits = limits
        self._monotonic = monotonic
        self._jitter = jitter
        self._retries = RetryBudget(monotonic())
        self._guard = Guard(
            system, slots=limits.calls_max, timeout_s=limits.timeout_s, closed=closed, monotonic=monotonic
        )
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"accept-encoding": "gzip", "user-agent": "customer-area-bff", **headers},
            # One session for all users: a cookie kept would tie one user's calls to another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(None, connect=limits.connect_timeout_s),
            limits=httpx.Limits(max_connections=limits.calls_max, max_keepalive_connections=limits.calls_max),
            follow_redirects=False,
            trust_env=False,
            verify=trust or trusted(),
            transport=transport,
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

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
    ) -> T:
        """Make one call and give what `read` makes of its answer, whatever the status.

        A read that finds the system unavailable, but not for good, is made once more within the same time. `content`
        writes the body of an attempt. `keys` is how many batch keys it asks for, for the log. Raises BackendTimeout,
        BackendUnavailable, BackendMaintenance, BackendRejected, BackendGarbled, and what `read` raises.
        """
        deadline = self._deadline()
        self._retries.pay_in(self._monotonic())

        def attempt() -> Awaitable[T]:
            request = partial(self._request, operation, method, path, params, headers, content)
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
        request: Callable[[], httpx.Request],
        read: Callable[[Answer], T],
        deadline: float,
        keys: int,
    ) -> T:
        started = self._monotonic()
        where, group = Operation(self.system, operation), OPERATIONS[self.system][operation].group
        status, outcome = None, "internal"
        try:
            async with self._guard.call(where, group, deadline):
                response, body = await self._exchange(where, request(), deadline)
                status = response.status_code
                value = await _understood(response, body, read)
            outcome = "ok"
        except BackendError as error:
            outcome = type(error).__name__.removeprefix("Backend").lower()
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            self._note(operation, keys, status, outcome, self._monotonic() - started)
        return value

    def _request(
        self,
        operation: str,
        method: str,
        path: str,
        params: Sequence[tuple[str, str]],
        headers: Mapping[str, str] | None,
        content: Callable[[], bytes] | None,
    ) -> httpx.Request:
        try:
            return self._client.build_request(
                method,
                path,
                params=list(params) or None,
                headers={**_trace(), **(headers or {})},
                content=None if content is None else content(),
            )
        except tuple(_FATES) as error:
            raise self._translated(operation, error) from error

    async def _exchange(
        self, where: Operation, request: httpx.Request, deadline: float
    ) -> tuple[httpx.Response, bytes]:
        """Give a response, closed, and its whole body."""
        left_s = deadline - self._monotonic()
        if left_s <= 0:
            raise where.timeout("no time left to ask")
        try:
            async with asyncio.timeout(left_s):
                response = await self._client.send(request, stream=True)
                try:
                    body = await whole_body(response, where, self._limits.answer_max_bytes)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise where.timeout(f"not whole after {left_s:.3f} s") from error
        except tuple(_FATES) as error:
            raise self._translated(where.name, error) from error
        except _BELOW as error:
            raise where.unavailable(type(error).__name__) from error
        return response, body

    def _deadline(self) -> float:
        own = self._monotonic() + self._limits.timeout_s
        request = REQUEST.get(None)
        return own if request is None else min(own, request.deadline)

    def _translated(self, operation: str, error: Exception) -> BackendError:
        fate = next(_FATES[kind] for kind in type(error).__mro__ if kind in _FATES)
        return fate(self.system, operation, type(error).__name__)

    def _note(self, operation: str, keys: int, status: int | None, outcome: str, seconds: float) -> None:
        system = self.system.value
        BACKEND_CALLS.labels(system, operation, outcome).inc()
        BACKEND_SECONDS.labels(system, operation).observe(seconds)
        BACKEND_KEYS.labels(system, operation).observe(keys)
        _log.info(
            "backend_call",
            system=system,
            operation=operation,
            keys=keys,
            status=status,
            outcome=outcome,
            ms=round(seconds * 1000, 1),
        )


def _trace() -> dict[str, str]:
    request = REQUEST.get(None)
    if request is None:
        return {}
    span_id = secrets.token_hex(8)
    return {"x-request-id": request.request_id, "traceparent": f"00-{request.trace_id}-{span_id}-01"}


async def _understood(response: httpx.Response, body: bytes, read: Callable[[Answer], T]) -> T:
    """Read an answer; the connection that brought what can't be used is not used again.

    What it sent beyond the length that it told would be taken for the next answer.
    """
    try:
        return read(Answer(response.status_code, response.headers, body))
    except BackendGarbled:
        if (stream := response.extensions.get("network_stream")) is not None:
            await stream.aclose()
        raise
