"""The replayed system, over real sockets: it asks once, and ends in silence."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from benchmarks.replay import COUNT_PATH, HOST, Replay
from tests.waiting import WITHIN_S

pytestmark = pytest.mark.anyio


class _System:
    """A system that answers when it is let; it counts what it was asked."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.let = asyncio.Event()
        self.calls = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.calls += 1
        self.asked.set()
        await self.let.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nrows")
        writer.close()


@asynccontextmanager
async def _replayed(system: _System) -> AsyncIterator[Replay]:
    server = await asyncio.start_server(system.answer, HOST, 0)
    async with server, Replay(f"http://{HOST}:{server.sockets[0].getsockname()[1]}", {}) as replay:
        yield replay
    system.let.set()


async def test_an_answer_is_asked_for_once_and_each_call_is_counted() -> None:
    system = _System()
    system.let.set()
    async with _replayed(system) as replay, httpx.AsyncClient(base_url=replay.url) as client:
        bodies = [(await client.get("/rows?offset=0")).text for _ in range(3)]
        assert bodies == ["rows"] * 3
        assert (await client.get(COUNT_PATH)).text == "3"
    assert system.calls == 1


async def test_a_replay_that_ends_in_mid_answer_hangs_up_and_says_nothing() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    system = _System()
    async with _replayed(system) as replay:
        reader, writer = await asyncio.open_connection(HOST, int(replay.url.rpartition(":")[2]))
        writer.write(b"GET /rows HTTP/1.1\r\nhost: x\r\n\r\n")
        await system.asked.wait()
    async with asyncio.timeout(WITHIN_S):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
    assert told == []
