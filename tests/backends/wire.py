"""Networks to test against: a scripted one in memory, and real sockets that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import httpx

from bff.backends._http import LIMITS, Http, Limits
from bff.backends._message import Answer
from bff.domain.system import System
from bff.errors import BackendError

V = TypeVar("V")

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=ZoneInfo("Europe/Rome"))


class StillClock:
    """A clock that stands."""

    def now(self) -> datetime:
        return NOW


class Reply(NamedTuple):
    """What a scripted network answers; the body comes in chunks, as from a socket."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - a tuple's default, never changed
    chunk_bytes: int = 65_536


class Script(httpx.AsyncBaseTransport):
    """A network that answers by a function, and remembers what was asked and how many chunks of answers were read."""

    def __init__(self, answer: Callable[[httpx.Request], Reply]) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []
        self.chunks = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        await asyncio.sleep(0)
        reply = self.answer(request)
        return httpx.Response(reply.status, headers=reply.headers, stream=_Chunks(reply, self))


class _Chunks(httpx.AsyncByteStream):
    def __init__(self, reply: Reply, script: Script) -> None:
        self._reply = reply
        self._script = script

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._reply.body), self._reply.chunk_bytes):
            self._script.chunks += 1
            yield self._reply.body[start : start + self._reply.chunk_bytes]


def always(reply: Reply) -> Script:
    """Answer everything alike."""
    return Script(lambda _request: reply)


def failing(error: Exception) -> Script:
    """Fail everything alike."""

    def fail(_request: httpx.Request) -> Reply:
        raise error

    return Script(fail)


def http(
    transport: httpx.AsyncBaseTransport | None,
    *,
    system: System = System.MOBILE,
    url: str = "http://system",
    limits: Limits = LIMITS,
) -> Http:
    """Make the exchange with a system over a network; a second attempt comes after the shortest pause."""
    return Http(
        system,
        url,
        headers={"authorization": "Bearer secret"},
        limits=limits,
        transport=transport,
        jitter=lambda: 0.0,
    )


def whole(answer: Answer) -> Answer:
    """Read an answer as it is."""
    return answer


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Handler) -> AsyncIterator[str]:
    """Listen on a socket that reads a request's head and then talks as told; give its URL."""
    talking: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer)
        except asyncio.IncompleteReadError:
            return  # gone before it had asked
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        await server.wait_closed()


async def forever() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()


def good(value: V | BackendError) -> V:
    """Give the value of a key; fails when it is an error."""
    assert not isinstance(value, BackendError), value
    return value
