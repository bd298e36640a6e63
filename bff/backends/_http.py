"""The one way out: every call to a system goes through `Http.send`, and httpx is used nowhere else.

Here are the total deadline, the cap on what is read, request ids, the log line and the metrics of a call. What an
answer means is the adapter's matter: its `read` runs inside the call, so that an error hidden in a good-looking answer
counts as one. Limits: spec, reliability-security.md, 'Backends'. Retries, breaker and bulkhead belong around `send`.
"""

import asyncio
import secrets
import ssl
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import NamedTuple, TypeVar

import httpx

from bff.backends._call import Operation
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendTimeout, BackendUnavailable
from bff.observability import BACKEND_CALLS, BACKEND_KEYS, BACKEND_SECONDS, REQUEST, logger

T = TypeVar("T")

_log = logger(__name__)

TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 0.3
ANSWER_MAX_BYTES = 10_000_000
_CONNECTIONS = 40
_GZIP_OR_ZLIB = 47  # zlib's window bits with the flag that detects the header

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


class Answer(NamedTuple):
    """A whole answer of any status, its body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Limits(NamedTuple):
    """What a call may take: seconds in all, seconds to connect, bytes of answer once decompressed."""

    timeout_s: float = TIMEOUT_S
    connect_timeout_s: float = CONNECT_TIMEOUT_S
    answer_max_bytes: int = ANSWER_MAX_BYTES


LIMITS = Limits()


@cache
def _trusted() -> ssl.SSLContext:
    """Load whom TLS trusts, once: it takes 20 ms, and what it holds is the same for all systems."""
    return httpx.create_ssl_context(trust_env=False)


class Http:
    """The exchange with one system, over a connection pool of its own."""

    def __init__(
        self,
        system: System,
        base_url: str,
        *,
        headers: Mapping[str, str],
        limits: Limits = LIMITS,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.system = system
        self._limits = limits
        self._monotonic = monotonic
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"accept-encoding": "gzip", "user-agent": "customer-area-bff", **headers},
            # One session for all users: a cookie kept would tie one user's calls to another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(None, connect=limits.connect_timeout_s),
            limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
            follow_redirects=False,
            trust_env=False,
            verify=_trusted(),
            transport=transport,
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def send(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        read: Callable[[Answer], T],
        params: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        keys: int = 0,
    ) -> T:
        """Make one call and give what `read` makes of its answer, whatever the status.

        `keys` is how many batch keys it asks for, for the log. Raises BackendTimeout, BackendUnavailable,
        BackendRejected, BackendGarbled, and what `read` raises.
        """
        started = self._monotonic()
        status, outcome = None, "internal"
        try:
            request = self._request(operation, method, path, params, headers, content)
            answer = await self._exchange(operation, request)
            status = answer.status
            value = read(answer)
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
        content: bytes | None,
    ) -> httpx.Request:
        try:
            return self._client.build_request(
                method, path, params=list(params) or None, headers={**_trace(), **(headers or {})}, content=content
            )
        except tuple(_FATES) as error:
            raise self._translated(operation, error) from error

    async def _exchange(self, operation: str, request: httpx.Request) -> Answer:
        where = Operation(self.system, operation)
        left_s = self._left_s()
        if left_s <= 0:
            raise where.timeout("no time left to ask")
        try:
            async with asyncio.timeout(left_s):
                response = await self._client.send(request, stream=True)
                try:
                    body = await _body(response, where, self._limits.answer_max_bytes)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise where.timeout(f"not whole after {left_s:.3f} s") from error
        except tuple(_FATES) as error:
            raise self._translated(operation, error) from error
        return Answer(response.status_code, response.headers, body)

    def _left_s(self) -> float:
        request = REQUEST.get(None)
        if request is None:
            return self._limits.timeout_s
        return min(self._limits.timeout_s, request.deadline - self._monotonic())

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


async def _body(response: httpx.Response, where: Operation, max_bytes: int) -> bytes:
    """Read and decompress at most `max_bytes`; a bomb ends at that size, not at its own."""
    body = _Inflating(response.headers.get("content-encoding", "identity"), where, max_bytes)
    async for chunk in response.aiter_raw():
        body.feed(chunk)
    return body.whole()


class _Inflating:
    """Decompresses by our own hand: httpx inflates a whole chunk before anyone can count its bytes."""

    def __init__(self, encoding: str, where: Operation, max_bytes: int) -> None:
        if encoding not in {"identity", "gzip", "deflate"}:
            raise where.garbled(f"content encoding {encoding[:20]!r} was not asked for")
        self._zlib = None if encoding == "identity" else zlib.decompressobj(_GZIP_OR_ZLIB)
        self._where = where
        self._left = max_bytes
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        part = chunk if self._zlib is None else self._inflated(self._zlib, chunk)
        self._left -= len(part)
        if self._left < 0:
            raise self._where.garbled("answer too large")
        self._parts.append(part)

    def _inflated(self, inflater: "zlib._Decompress", chunk: bytes) -> bytes:
        try:
            return inflater.decompress(chunk, self._left + 1)
        except zlib.error as error:
            raise self._where.garbled("compressed data broken") from error

    def whole(self) -> bytes:
        if self._zlib is not None and self._parts and not self._zlib.eof:
            raise self._where.garbled("compressed data cut short")
        return b"".join(self._parts)
