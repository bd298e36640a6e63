"""A TCP proxy before one system of the sandbox, which does on the wire what no well-behaved server would do.

`Proxy(sandbox.urls.mobile)` passes everything on until `play` says otherwise. It reads requests and answers as HTTP/1.1
with a Content-Length, which is what the BFF and the sandbox speak, and asks the sandbox anew for each request, so that
only its own connections to the client are ever stale. The faults are those of the spec's reliability-security.md,
'Faults the tests inject'; what a system says wrongly in good HTTP is the sandbox's own (`sandbox/_faults/`).
"""

import asyncio
import re
import socket
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from enum import StrEnum
from functools import cache
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"
BOMB_BYTES = 128 * 1024 * 1024
"""What the gzip bomb inflates to."""
ENDLESS_BYTES = 100 * 1024 * 1024
"""What an endless body would send to who takes it all."""

_DRIP_S = 0.02
_CHUNK = b" " * 65_536
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # lingering for no time: the kernel sends RST instead of FIN


class WireFault(StrEnum):
    """What can go wrong between two who both do well."""

    REFUSED = "refused"
    """Nothing listens."""
    UNACCEPTED = "unaccepted"
    """The queue of new connections is full: connecting takes longer than anyone waits."""
    RESET_AT_ONCE = "reset_at_once"
    """Connections are accepted and reset."""
    SILENT = "silent"
    """The request is taken, and nothing comes."""
    HALF_OPEN = "half_open"
    """What the client sends vanishes, its farewell too: the connection never ends from this side."""
    STALE = "stale"
    """A connection that served before is reset just when it is used again."""
    RESET_BEFORE_BODY = "reset_before_body"
    RESET_IN_BODY = "reset_in_body"
    RESET_AFTER_BODY = "reset_after_body"
    """The whole answer, then a reset."""
    DRIP = "drip"
    """A byte at a time: never silent, never done."""
    TRUNCATED = "truncated"
    """Closed in good order in the middle of the body."""
    LONG_LENGTH = "long_length"
    """A Content-Length of more than there is; the connection stays open."""
    SHORT_LENGTH = "short_length"
    """A Content-Length of half the body: the other half comes where the next answer is due."""
    ANSWERED_TWICE = "answered_twice"
    """The good answer, and behind it the same again, where the next request's answer is due."""
    BROKEN_CHUNKS = "broken_chunks"
    """Chunked encoding whose sizes are no numbers."""
    WRONG_TYPE = "wrong_type"
    """The good answer under `text/plain`."""
    PAGE = "page"
    """200 with an HTML page."""
    ERROR_500 = "error_500"
    """500 with an HTML page."""
    ERROR_WITH_200 = "error_with_200"
    """200 with an error of whoever stands in front."""
    ENDLESS_BODY = "endless_body"
    GZIP_BOMB = "gzip_bomb"
    GARBAGE = "garbage"
    """Bytes that are no HTTP."""
    ENDLESS_HEADERS = "endless_headers"
    ENDLESS_CONTINUE = "endless_continue"
    """`100 Continue` again and again, and never an answer."""


class Message(NamedTuple):
    """A request or an answer: all up to the empty line, and what follows."""

    head: bytes
    body: bytes

    @property
    def whole(self) -> bytes:
        """The message as it travels."""
        return self.head + self.body

    def with_header(self, name: str, value: object) -> "Message":
        """Put a header in the place of another of its name, or after the others."""
        others = re.sub(rb"(?im)^%s:[^\r]*\r\n" % re.escape(name.encode()), b"", self.head)
        return self._replace(head=others[:-2] + f"{name}: {value}\r\n\r\n".encode())


class Counts(NamedTuple):
    """Connections of clients so far. `struck_open` are those that last although a fault made them of no more use."""

    opened: int
    closed: int
    struck_open: int

    @property
    def open(self) -> int:
        """Connections open now."""
        return self.opened - self.closed


class Proxy:
    """A proxy in a thread of its own, within `with`; it may be told what to do from any other thread.

    Attributes:
        url: where clients find it, in the place of the system.
        sent_bytes: what endless answers have sent so far.
    """

    def __init__(self, upstream: str) -> None:
        """Reserve a port.

        Args:
            upstream: base URL of the system.
        """
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname, parts.port)
        self._reserved = _bound(0)
        self._port: int = self._reserved.getsockname()[1]
        self.url = f"http://{HOST}:{self._port}"
        self.sent_bytes = 0
        self._fault: WireFault | None = None
        self._times_left: int | None = None
        self._hits = 0
        self._clients: set[_Client] = set()
        self._opened = 0
        self._door: _Door | None = None
        self._running = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._running.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._reserved.close()

    def play(self, fault: WireFault, *, times: int | None = None) -> None:
        """Put a fault in the place of another, for so many requests (None: for all that come)."""
        self._on_loop(self._change(fault, times))

    def clear(self) -> None:
        """Pass everything on again."""
        self._on_loop(self._change(None, None))

    @property
    def counts(self) -> Counts:
        """Count connections."""
        here = [client for client in list(self._clients) if not client.gone]
        return Counts(self._opened, self._opened - len(here), sum(client.struck for client in here))

    @property
    def hits(self) -> int:
        """How many requests or connections the fault now playing has struck."""
        return self._hits

    # --- the door -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._door = await self._listening()
        self._running.set()
        await self._stop.wait()
        await self._shut()

    def _on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _change(self, fault: WireFault | None, times: int | None) -> None:
        if fault in _DOORS or self._fault in _DOORS:
            await self._shut()
            self._door = await self._opened_as(fault)
        self._fault, self._times_left, self._hits = fault, times, 0

    async def _opened_as(self, fault: WireFault | None) -> "_Door | None":
        if fault is WireFault.REFUSED:
            return None
        return _full(self._port) if fault is WireFault.UNACCEPTED else await self._listening()

    async def _listening(self) -> "_Door":
        server = await self._loop.create_server(self._client, sock=_bound(self._port), backlog=512)
        return _Door(server.close)

    async def _shut(self) -> None:
        if self._door is not None:
            self._door.close()
        for client in list(self._clients):
            client.reset()
        await asyncio.gather(*(client.over.wait() for client in list(self._clients)))

    # --- connections --------------------------------------------------------------------------------------------------

    def _client(self) -> "_Client":
        return _Client(self._serve, self._clients, self._count)

    def _count(self) -> None:
        self._opened += 1

    async def _serve(self, client: "_Client", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._fault is WireFault.RESET_AT_ONCE and self._strikes(client):
            client.reset()
            return
        try:
            while request := await _message(reader):
                if not await self._answered(request, client, writer):
                    break
                client.served += 1
        except (OSError, EOFError):  # the system reset the connection: so do we
            client.reset()

    async def _answered(self, request: Message, client: "_Client", writer: asyncio.StreamWriter) -> bool:
        """Answer a request, as the fault that strikes it says; tell whether the connection goes on."""
        fault = self._fault
        if fault is None or not self._strikes(client):
            writer.write((await self._asked(request)).whole)
            await writer.drain()
            return True
        if play := _SPOILT.get(fault):
            return await play(await self._asked(request), client, writer)
        await _INSTEAD[fault](self, client, writer)
        return False

    def _strikes(self, client: "_Client") -> bool:
        if self._times_left == 0 or (self._fault is WireFault.STALE and not client.served):
            return False
        if self._times_left is not None:
            self._times_left -= 1
        self._hits += 1
        client.struck = self._fault is not WireFault.WRONG_TYPE
        return True

    async def _asked(self, request: Message) -> Message:
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(request.whole)
            if (answer := await _message(reader)) is None:
                raise EOFError("no answer")
            return answer
        finally:
            writer.close()

    async def flood(self, writer: asyncio.StreamWriter, first: bytes, chunk: bytes, most: int | None = None) -> None:
        """Send a chunk again and again until the client has enough of it, or `most` bytes are sent."""
        writer.write(first)
        sent = 0
        while most is None or sent < most:
            writer.write(chunk)
            await writer.drain()
            sent += len(chunk)
            self.sent_bytes += len(chunk)


class _Door(NamedTuple):
    """What stands on the port."""

    close: Callable[[], None]


class _Client(asyncio.StreamReaderProtocol):
    """A client's connection: what is done for it ends when the client leaves."""

    def __init__(
        self,
        serve: Callable[["_Client", asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]],
        clients: "set[_Client]",
        on_open: Callable[[], None],
    ) -> None:
        super().__init__(asyncio.StreamReader(), self._begin)
        self._serve = serve
        self._clients = clients
        self._on_open = on_open
        self.served = 0
        self.struck = False
        self.deaf = False
        self.gone = False
        self.over = asyncio.Event()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._on_open()
        self._clients.add(self)
        self._writer = writer
        self._task = asyncio.create_task(self._life(reader, writer))

    async def _life(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(self, reader, writer)
        finally:
            writer.close()

    def eof_received(self) -> bool | None:
        """Learn that the client has said its last: for HTTP it is gone."""
        self.gone = True
        if self.deaf:
            return True
        self._task.cancel()
        return super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Learn that the connection is no more."""
        self.gone = True
        self._clients.discard(self)
        self._task.cancel()
        self.over.set()
        super().connection_lost(exc)

    def reset(self) -> None:
        """End the connection with RST."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        self._writer.transport.abort()


def _bound(port: int) -> socket.socket:
    """Take a port that others of us may share: one socket never listens and so keeps the port while none does."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    taken.bind((HOST, port))
    return taken


def _full(port: int) -> _Door:
    """Listen with room for one, and take that place, unless a client was faster: then it waits in vain already."""
    listener, filler = _bound(port), socket.socket()
    listener.listen(0)
    filler.settimeout(0)
    filler.connect_ex((HOST, port))

    def close() -> None:
        filler.close()
        listener.close()

    return _Door(close)


async def _message(reader: asyncio.StreamReader) -> Message | None:
    """Read a message with a Content-Length or without a body; None when the other has left."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return Message(head, await reader.readexactly(int(length[1])) if length else b"")


# --- faults that spoil the system's answer; each tells whether the connection goes on ---------------------------------


async def _reset_after(sent: bytes, client: _Client, writer: asyncio.StreamWriter) -> bool:
    writer.write(sent)
    await writer.drain()
    client.reset()
    return False


async def _reset_after_body(answer: Message, client: _Client, writer: asyncio.StreamWriter) -> bool:
    # Without "close" the client may use the connection before the reset is there: that is the fault STALE.
    return await _reset_after(answer.with_header("connection", "close").whole, client, writer)


async def _drip(answer: Message, client: _Client, writer: asyncio.StreamWriter) -> bool:
    for byte in answer.whole:
        writer.write(bytes([byte]))
        await asyncio.sleep(_DRIP_S)
    client.struck = False
    return True


async def _send(answer: bytes, writer: asyncio.StreamWriter, *, goes_on: bool = True) -> bool:
    writer.write(answer)
    await writer.drain()
    return goes_on


def _half(answer: Message) -> bytes:
    return answer.body[: len(answer.body) // 2]


def _broken_chunks(answer: Message) -> bytes:
    head = answer.with_header("transfer-encoding", "chunked").head
    return re.sub(rb"(?i)content-length:[^\r]*\r\n", b"", head) + b"many\r\n" + answer.body + b"\r\n0\r\n\r\n"


_SPOILT: Mapping[WireFault, Callable[[Message, _Client, asyncio.StreamWriter], Awaitable[bool]]] = {
    WireFault.RESET_BEFORE_BODY: lambda answer, client, writer: _reset_after(answer.head, client, writer),
    WireFault.RESET_IN_BODY: lambda answer, client, writer: _reset_after(answer.head + _half(answer), client, writer),
    WireFault.RESET_AFTER_BODY: _reset_after_body,
    WireFault.DRIP: _drip,
    WireFault.TRUNCATED: lambda answer, _client, writer: _send(answer.head + _half(answer), writer, goes_on=False),
    WireFault.LONG_LENGTH: lambda answer, _client, writer: _send(
        answer.with_header("content-length", len(answer.body) + 1000).whole, writer
    ),
    WireFault.SHORT_LENGTH: lambda answer, _client, writer: _send(
        answer.with_header("content-length", len(answer.body) // 2).whole, writer
    ),
    WireFault.ANSWERED_TWICE: lambda answer, _client, writer: _send(answer.whole * 2, writer),
    WireFault.BROKEN_CHUNKS: lambda answer, _client, writer: _send(_broken_chunks(answer), writer),
    WireFault.WRONG_TYPE: lambda answer, _client, writer: _send(
        answer.with_header("content-type", "text/plain").whole, writer
    ),
}


# --- faults that need no answer of the system; the connection ends after them -----------------------------------------


async def _silent(_proxy: Proxy, _client: _Client, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def _half_open(_proxy: Proxy, client: _Client, _writer: asyncio.StreamWriter) -> None:
    client.deaf = True
    await asyncio.Event().wait()


async def _stale(_proxy: Proxy, client: _Client, _writer: asyncio.StreamWriter) -> None:
    client.reset()


def _answering(
    status: str, content_type: str, body: bytes
) -> Callable[[Proxy, _Client, asyncio.StreamWriter], Awaitable[None]]:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n".encode()

    async def play(_proxy: Proxy, _client: _Client, writer: asyncio.StreamWriter) -> None:
        await _send(head + body, writer)

    return play


def _flooding(
    first: bytes, chunk: bytes, most: int | None = None
) -> Callable[[Proxy, _Client, asyncio.StreamWriter], Awaitable[None]]:
    async def play(proxy: Proxy, _client: _Client, writer: asyncio.StreamWriter) -> None:
        await proxy.flood(writer, first, chunk, most)

    return play


async def _gzip_bomb(_proxy: Proxy, _client: _Client, writer: asyncio.StreamWriter) -> None:
    bomb = _bomb()
    head = f"HTTP/1.1 200 OK\r\n{_JSON}content-encoding: gzip\r\ncontent-length: {len(bomb)}\r\n\r\n"
    await _send(head.encode() + bomb, writer)


@cache
def _bomb() -> bytes:
    """Pack blanks, which JSON and XML both allow, at a thousand to one."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(_CHUNK) for _ in range(BOMB_BYTES // len(_CHUNK))) + packer.flush()


_JSON = "content-type: application/json\r\n"
_HTML = b"<!DOCTYPE html><html><body><h1>Servizio non disponibile</h1></body></html>"
_INSTEAD: Mapping[WireFault, Callable[[Proxy, _Client, asyncio.StreamWriter], Awaitable[None]]] = {
    WireFault.SILENT: _silent,
    WireFault.HALF_OPEN: _half_open,
    WireFault.STALE: _stale,
    WireFault.PAGE: _answering("200 OK", "text/html", _HTML),
    WireFault.ERROR_500: _answering("500 Internal Server Error", "text/html", _HTML),
    WireFault.ERROR_WITH_200: _answering("200 OK", "application/json", b'{"error": "upstream request timeout"}'),
    WireFault.ENDLESS_BODY: _flooding(
        f"HTTP/1.1 200 OK\r\n{_JSON}content-length: {ENDLESS_BYTES}\r\n\r\n".encode(), _CHUNK, ENDLESS_BYTES
    ),
    WireFault.GZIP_BOMB: _gzip_bomb,
    WireFault.GARBAGE: lambda _proxy, _client, writer: _said(writer, b"\x16\x03\x01\x02\x00\x01\r\n\r\n" * 8),
    WireFault.ENDLESS_HEADERS: _flooding(b"HTTP/1.1 200 OK\r\n", b"x-more: " + b"y" * 1000 + b"\r\n"),
    WireFault.ENDLESS_CONTINUE: _flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40),
}


async def _said(writer: asyncio.StreamWriter, text: bytes) -> None:
    await _send(text, writer)


_DOORS = frozenset({WireFault.REFUSED, WireFault.UNACCEPTED})
"""What is done to new connections before there is one; those that are open are reset."""
