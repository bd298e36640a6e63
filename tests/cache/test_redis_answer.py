"""Answers that no Redis gives, and those that tell of one slot only: misses, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bff.cache.redis import RedisStore

pytestmark = pytest.mark.anyio

KEYS = ["bff:1:{a}:x", "bff:1:{a}:y"]


class Answering:
    """A server that gives one answer to every command but those that open a connection."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.reads = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            is_read = b"MGET" in data
            self.reads += is_read
            writer.write(self.answer if is_read else b"+OK\r\n")
        writer.close()


@asynccontextmanager
async def store_on(server: Answering) -> AsyncIterator[RedisStore]:
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    store = RedisStore(f"redis://127.0.0.1:{port}", monotonic=lambda: 0.0, timeout_s=2)
    try:
        yield store
    finally:
        await store.aclose()
        listening.close()
        await listening.wait_closed()


@pytest.mark.parametrize(
    "answer",
    [b"$abc\r\n", b":1\r\n", b"-MOVED 1 x\r\n", b"*1\r\n$1\r\na\r\n", b"*-7\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n"],
    ids=["no length", "a number", "moved nowhere", "fewer values", "fewer than none", "another protocol"],
)
async def test_what_no_redis_answers_is_a_miss_and_the_node_is_left_alone(answer: bytes) -> None:
    server = Answering(answer)
    async with store_on(server) as store:
        assert await store.get_many(KEYS) == [None, None]
        assert await store.get_many(KEYS) == [None, None]
    assert server.reads == 1


async def test_a_slot_that_moves_is_a_miss_and_the_node_goes_on_being_asked() -> None:
    server = Answering(b"-TRYAGAIN Multiple keys request during rehashing of slot\r\n")
    async with store_on(server) as store:
        assert await store.get_many(KEYS) == [None, None]
        server.answer = b"*2\r\n$1\r\na\r\n$1\r\nb\r\n"
        assert await store.get_many(KEYS) == [b"a", b"b"]


class Numbering(Answering):
    """A server that numbers its answers, and gives two to the first question on each connection."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.answer = b"".join(self._next() for _ in range(2))
        while await reader.read(65_536):
            writer.write(self.answer)
            self.answer = self._next()
        writer.close()

    def _next(self) -> bytes:
        self.reads += 1
        return b"*2\r\n$1\r\n%d\r\n$-1\r\n" % self.reads


async def test_an_answer_to_no_question_is_not_taken_for_the_next_ones() -> None:
    async with store_on(Numbering(b"")) as store:
        assert await store.get_many(KEYS) == [b"1", None]
        assert await store.get_many(KEYS) != [b"2", None]
