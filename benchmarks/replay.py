"""A system's answers to GET, asked once and then repeated byte for byte, with the calls counted."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import httptools
import httpx

HOST = "127.0.0.1"
COUNT_PATH = "/calls"
"""Gives the number of calls so far; it is none itself."""

_KEPT_HEADERS = ("content-type", "x-total-count", "x-result-count")


class Replay:
    """The replayed system, listening within `async with` on a free port."""

    def __init__(self, target: str, headers: Mapping[str, str]) -> None:
        self._client = httpx.AsyncClient(base_url=target, headers=headers, timeout=60)
        self._answers: dict[str, asyncio.Task[bytes]] = {}
        self._calls = 0
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(lambda: _Connection(self), HOST, 0)
        self.url = f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for asked in self._answers.values():
            asked.cancel()
        await asyncio.gather(*self._answers.values(), return_exceptions=True)
        await self._client.aclose()

    def answer(self, path: str) -> asyncio.Task[bytes]:
        """Give the whole answer to a path with its query, as it goes over the wire."""
        if path == COUNT_PATH:
            return asyncio.create_task(self._counted())
        self._calls += 1
        if path not in self._answers:
            self._answers[path] = asyncio.create_task(self._ask(path))
        return self._answers[path]

    async def _counted(self) -> bytes:
        return _wire(httpx.Response(200, text=str(self._calls)))

    async def _ask(self, path: str) -> bytes:
        return _wire(await self._client.get(path))


class _Connection(asyncio.Protocol):
    """One connection of a reader; no pipelining."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        """Take the path; httptools calls it."""
        self._path = url.decode()

    def on_message_complete(self) -> None:
        """Answer; httptools calls it."""
        answer = self._replay.answer(self._path)
        if answer.done():
            self._deliver(answer)
        else:
            answer.add_done_callback(self._deliver)

    def _deliver(self, answer: asyncio.Task[bytes]) -> None:
        """Send an answer that was waited for; hang up when the replay ended before it came."""
        if answer.cancelled():
            self._transport.close()
        else:
            self._transport.write(answer.result())


def _wire(response: httpx.Response) -> bytes:
    kept = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    kept["content-length"] = str(len(response.content))
    head = "".join(f"{name}: {value}\r\n" for name, value in kept.items())
    return f"HTTP/1.1 {response.status_code} {response.reason_phrase}\r\n{head}\r\n".encode() + response.content
