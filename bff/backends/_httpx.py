"""Calls through httpx: to any URL, over a transport that stands in for the network, and for answers as they stream.

It costs a millisecond of CPU a call (docs/adr/0013): plain reads of a system go through `_wire`.
"""

import socket
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx

from bff.backends._body import Body
from bff.backends._call import Operation
from bff.backends._message import Answer, Incoming, Reply, Request
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendTimeout, BackendUnavailable

_SMALL = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)]
"""What streams is read as far as the kernel has it, up to 8 MB, before anyone can say that it is enough (libuv)."""

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


@cache
def trusted(ca_file: Path | None = None, *, protocol: str | None = "http/1.1") -> ssl.SSLContext:
    """Load whom TLS trusts, once: the public authorities, and those of a PEM file. It takes 20 ms.

    `protocol` is what is offered to be spoken within (ALPN); None offers nothing.

    Raises:
        OSError: the file can't be read, or holds no certificate.
    """
    context = httpx.create_ssl_context(trust_env=False)
    if protocol is not None:
        context.set_alpn_protocols([protocol])
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class Httpx:
    """A client of httpx, with a connection pool of its own or a transport in its place.

    `idle_s` is the longest time without a byte; None leaves the times to the caller.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        connect_timeout_s: float,
        answer_max_bytes: int,
        connections_max: int,
        trust: ssl.SSLContext,
        transport: httpx.AsyncBaseTransport | None = None,
        idle_s: float | None = None,
    ) -> None:
        self._answer_max_bytes = answer_max_bytes
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers=headers,
            # One session for all users: a cookie kept would tie one user's calls to another's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(idle_s, connect=connect_timeout_s),
            follow_redirects=False,
            trust_env=False,
            transport=transport
            or httpx.AsyncHTTPTransport(
                verify=trust,
                limits=httpx.Limits(max_connections=connections_max, max_keepalive_connections=connections_max),
                trust_env=False,
                socket_options=_SMALL if idle_s is not None else None,
            ),
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def exchange(self, where: Operation, request: Request) -> Reply:
        """Give the whole answer to a request; see `Carrier`."""
        with _told(where):
            response = await self._client.send(self._built(request), stream=True)
            try:
                body = await self._body(where, response)
            finally:
                await response.aclose()

        async def discard() -> None:
            if (stream := response.extensions.get("network_stream")) is not None:
                await stream.aclose()

        return Reply(Answer(response.status_code, response.headers, body), discard)

    @asynccontextmanager
    async def open(self, where: Operation, request: Request) -> AsyncIterator[Incoming]:
        """Give an answer as it comes; its connection ends with it unless all of it was read."""
        with _told(where):
            response = await self._client.send(self._built(request), stream=True)
        try:
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise where.garbled("a content encoding was not asked for", foreign=True)
            async with aclosing(_chunks(where, response)) as chunks:
                yield Incoming(response.status_code, response.headers, chunks)
        finally:
            await response.aclose()

    def _built(self, request: Request) -> httpx.Request:
        return self._client.build_request(
            request.method,
            request.path,
            params=list(request.params) or None,
            headers=request.headers,
            content=request.content,
        )

    async def _body(self, where: Operation, response: httpx.Response) -> bytes:
        """Decompress by our own hand: httpx inflates a whole chunk before anyone can count its bytes."""
        body = Body(response.headers.get("content-encoding", "identity"), where, self._answer_max_bytes)
        async for chunk in response.aiter_raw():
            body.feed(chunk)
        return body.whole()


async def _chunks(where: Operation, response: httpx.Response) -> AsyncGenerator[bytes, None]:
    with _told(where):
        async for chunk in response.aiter_raw():
            yield chunk


@contextmanager
def _told(where: Operation) -> Iterator[None]:
    """Tell httpx's errors as ours."""
    try:
        yield
    except tuple(_FATES) as error:
        fate = next(_FATES[kind] for kind in type(error).__mro__ if kind in _FATES)
        raise fate(where.system, where.name, type(error).__name__) from error
