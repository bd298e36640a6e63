"""HTTP/1.1 to one system with as little work as there can be: plain requests, whole answers, connections kept.

For plain reads only, which most calls are: no redirects, proxies, cookies, uploads or HTTP/2. What is not HTTP/1.x to
the letter, as httptools' parser sees it, ends the call and its connection; so do a deadline, a cancellation and an
answer that is too large. How many calls are made at once is the caller's matter, and with it how many connections there
are. Figures, and why it is not httpx: docs/adr/0013.
"""

import asyncio
import re
import select
import ssl
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple, cast
from urllib.parse import urlencode, urlsplit

import httptools

from bff.backends._body import Body
from bff.backends._call import Operation
from bff.backends._message import Answer, Reply, Request
from bff.errors import BackendError

_IDLE_MAX_S = 4.0  # systems, and what stands before them, as a rule close theirs after 5 s
_HEAD_MAX_BYTES = 65_536
_FIELDS_MAX = 256
_FRAMING_MAX = 8  # bytes on the wire for one of a body: a chunk of one byte takes six
_INTERIMS_MAX = 10
_INTERIM, _FINAL = 100, 200
_WITHOUT_BODY = frozenset({204, 304})
_VERSIONS = frozenset({"1.0", "1.1"})
_SECURE_PORT, _PLAIN_PORT = 443, 80

_TARGET = re.compile(r"/[\x21-\x7e]*")
_HEADER = re.compile(r"[a-z0-9-]+: [\t\x20-\x7e]*")


class Origin(NamedTuple):
    """Where a system is: what to connect to, the `Host` to name, and what stands before every path."""

    host: str
    port: int
    secure: bool
    authority: str
    prefix: str

    @classmethod
    def of(cls, base_url: str) -> "Origin":
        """Read a base URL; raises ValueError for what is none."""
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or not _TARGET.fullmatch(parts.path or "/"):
            raise ValueError("not a URL of HTTP")
        secure = parts.scheme == "https"
        host = parts.hostname.encode("idna").decode()
        name = f"[{host}]" if ":" in host else host
        authority = name if parts.port is None else f"{name}:{parts.port}"
        port = parts.port or (_SECURE_PORT if secure else _PLAIN_PORT)
        return cls(host, port, secure, authority, parts.path.rstrip("/"))


class Wire:
    """The connections to one system."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        connect_timeout_s: float,
        answer_max_bytes: int,
        trust: ssl.SSLContext,
        monotonic: Callable[[], float],
    ) -> None:
        """Connect to nothing yet; `headers` go with every request. Raises ValueError for a URL that can't be."""
        self._origin = Origin.of(base_url)
        self._headers = _lines({"host": self._origin.authority, "accept": "*/*", **headers})
        self._connect_timeout_s = connect_timeout_s
        self._answer_max_bytes = answer_max_bytes
        self._trust = trust if self._origin.secure else None
        self._monotonic = monotonic
        self._idle: deque[_Connection] = deque()  # the one used last is at the end
        self._closed = False

    async def exchange(self, where: Operation, request: Request) -> Reply:
        """Give the whole answer to a request; see `Carrier`."""
        sent = self._written(where, request)
        connection = self._kept() or await self._connected(where)
        try:
            answer = await connection.ask(where, sent, self._answer_max_bytes)
        except BaseException:
            connection.abort()
            raise
        if connection.reusable and not self._closed:
            connection.idle_since = self._monotonic()
            self._idle.append(connection)
        else:
            connection.abort()
        return Reply(answer, connection.discard)

    async def aclose(self) -> None:
        """Close the connections that no call uses now, and the others as their calls end."""
        self._closed = True
        while self._idle:
            self._idle.pop().abort()
        await asyncio.sleep(0)  # the loop closes them in its next turn

    def _written(self, where: Operation, request: Request) -> bytes:
        query = f"?{urlencode(request.params)}" if request.params else ""
        target = f"{request.path}{query}"
        if not _TARGET.fullmatch(target):
            raise where.rejected("not a path")
        content = request.content
        length = {} if content is None else {"content-length": str(len(content))}
        try:
            lines = _lines({**request.headers, **length})
        except ValueError as error:
            raise where.rejected("not a header") from error
        head = f"{request.method} {self._origin.prefix}{target} HTTP/1.1\r\n{self._headers}{lines}\r\n"
        return head.encode() + (content or b"")

    def _kept(self) -> "_Connection | None":
        """Give a connection that may be used again, the one used last, and close those that were idle too long."""
        oldest = self._monotonic() - _IDLE_MAX_S
        while self._idle and self._idle[0].idle_since < oldest:
            self._idle.popleft().abort()
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and not connection.has_unread():
                return connection
            connection.abort()
        return None

    async def _connected(self, where: Operation) -> "_Connection":
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                _, connection = await loop.create_connection(
                    _Connection, self._origin.host, self._origin.port, ssl=self._trust
                )
        except TimeoutError as error:
            raise where.unavailable("not connected in time", undone=True) from error
        except OSError as error:
            raise where.unavailable(type(error).__name__, undone=True) from error
        return connection


class _Connection(asyncio.Protocol):
    """One connection, one call at a time.

    Attributes:
        reusable: True while it may carry another call.
        idle_since: when its last call ended.
    """

    def __init__(self) -> None:
        self.reusable = True
        self.idle_since = 0.0
        self._call: _Call | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    async def ask(self, where: Operation, sent: bytes, max_bytes: int) -> Answer:
        """Send a request and wait for its whole answer. Raises BackendError."""
        self._call = call = _Call(where, max_bytes)
        self._transport.write(sent)
        try:
            await call.over
            self.reusable = self.reusable and call.keeps_alive
            return call.answer()
        finally:
            self._call = None
            call.close()

    def has_unread(self) -> bool:
        """Tell whether something came that the loop has not read yet: as a rule, that the system closed it."""
        socket = self._transport.get_extra_info("socket")
        if socket is None or socket.fileno() < 0:  # closed, which this connection is told in the loop's next turn
            return True
        ready = select.poll()
        ready.register(socket, select.POLLIN)
        return bool(ready.poll(0))

    def data_received(self, data: bytes) -> None:
        if self._call is None or self._call.over.done():  # nobody asked for it: it must not answer the next call
            self.abort()
        else:
            self._call.feed(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.reusable = False
        if self._call is not None:
            self._call.lost(error)

    def abort(self) -> None:
        """Close it at once."""
        self.reusable = False
        self._transport.abort()

    async def discard(self) -> None:
        """Close it, for what it brought can't be used."""
        self.abort()


class _Call:
    """One answer as it comes.

    Attributes:
        over: done when the answer is whole; a BackendError when it never will be.
        keeps_alive: True when another request may follow on the connection.
    """

    def __init__(self, where: Operation, max_bytes: int) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.keeps_alive = False
        self._where = where
        self._max_bytes = max_bytes
        self._parser = httptools.HttpResponseParser(self)
        self._status = 0
        self._headers: dict[str, str] = {}
        self._fields = 0
        self._interims = 0
        self._body: Body | None = None  # once the headers are whole
        self._chunks: list[bytes] = []
        self._received_bytes = 0
        self._body_bytes = 0
        self._whole = False

    def answer(self) -> Answer:
        """Give the answer that is whole; raises BackendGarbled when it can't be decompressed."""
        body = b"" if self._body is None else self._body.whole()
        return Answer(self._status, self._headers, body)

    def feed(self, data: bytes) -> None:
        """Take what came."""
        try:
            self._read(data)
        except BackendError as error:
            self._end(error)
        if self._whole:
            self._end(None)

    def close(self) -> None:
        """Let go of what refers back to the call: else its body stays until the collector runs."""
        del self._parser, self.over

    def lost(self, error: Exception | None) -> None:
        """Take note that nothing more comes: that may be how the answer ends, if it does not tell its length.

        TLS without its own farewell is no other end: an answer cut short is no whole JSON or XML, as its reader sees.
        """
        ends_so = error is None and self._body is not None and not self._headers.keys() & _LENGTHS
        self._end(None if ends_so else self._where.unavailable(type(error).__name__ if error else "closed"))

    def _end(self, error: BackendError | None) -> None:
        if self.over.done():
            return
        if error is None:
            self.over.set_result(None)
        else:
            self.over.set_exception(error)

    def _read(self, data: bytes) -> None:
        self._received_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.keeps_alive = False
            if not self._whole:  # what comes after a whole answer is not part of it
                raise self._broken(error) from error
        if self._chunks and self._body is not None:
            content = b"".join(self._chunks)
            self._chunks.clear()
            self._body_bytes += len(content)
            self._body.feed(content)
        if self._received_bytes > _HEAD_MAX_BYTES + _FRAMING_MAX * self._body_bytes:
            raise self._where.unavailable("more framing than content")

    def _broken(self, error: Exception) -> BackendError:
        cause = error.__context__
        return cause if isinstance(cause, BackendError) else self._where.unavailable(type(error).__name__)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._whole:
            self.keeps_alive = False  # another answer behind this one, which nobody asked for
        else:  # the first, or what comes behind `100 Continue`
            self._headers = {}
            self._fields = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._body is not None:  # a trailer
            return
        self._fields += 1
        if self._fields > _FIELDS_MAX:
            raise self._where.unavailable("too many headers")
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        if self._whole:
            return
        status = self._parser.get_status_code()
        if status < _INTERIM:
            raise self._where.unavailable("no status")
        if status < _FINAL:
            self._interims += 1
            if self._interims > _INTERIMS_MAX:
                raise self._where.unavailable("too many interim answers")
            return
        if self._parser.get_http_version() not in _VERSIONS:
            raise self._where.unavailable("not HTTP/1")
        if self._headers.get("transfer-encoding", "chunked").lower() != "chunked":
            raise self._where.unavailable("an unknown transfer encoding")
        self._status = status
        # A system that tells the length of a body that may not be might send it, where the next answer is due.
        might_follow = status in _WITHOUT_BODY and bool(self._headers.keys() & _LENGTHS)
        self.keeps_alive = self._parser.should_keep_alive() and not might_follow
        self._body = Body(self._headers.get("content-encoding", "identity"), self._where, self._max_bytes)

    def on_body(self, chunk: bytes) -> None:
        if not self._whole:
            self._chunks.append(chunk)

    def on_message_complete(self) -> None:
        self._whole = self._body is not None
        if not self._whole:  # an interim answer: what is read of one does not count for the next
            self._received_bytes = 0


_LENGTHS = frozenset({"content-length", "transfer-encoding"})


def _lines(headers: Mapping[str, str]) -> str:
    """Write headers as lines; raises ValueError for one that would be no header, or two."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    for line in lines:
        if not _HEADER.fullmatch(line):
            raise ValueError("not a header")
    return "".join([f"{line}\r\n" for line in lines])
