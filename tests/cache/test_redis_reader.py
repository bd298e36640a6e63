"""The short way to read keys: one connection for all, each its own answer, whatever happens to the others."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.redis_client import FAILURES, Client, open_client
from bff.redis_client._reader import Line, Reader
from tests.cache.parts import turns
from tests.redis_server import HOST, RedisPipe, RedisServer

pytestmark = pytest.mark.anyio

TIMEOUT_S = 1.0
MANY = 50


@asynccontextmanager
async def opened(url: str, *, timeout_s: float = TIMEOUT_S) -> AsyncIterator[Client]:
    client = open_client(url, timeout_s=timeout_s, connections=32)
    try:
        yield client
    finally:
        await client.aclose()


async def put(client: Client, key: str, value: bytes) -> None:
    await client.run(key, lambda node: node.set(key, value))


def connections(server: RedisServer) -> int:
    """Count those to a server, but for the one that asks."""
    return len(server.ask("CLIENT LIST")) - 1


# --- what arrives -----------------------------------------------------------------------------------------------------


def written(values: list[bytes | None]) -> bytes:
    bulks = (b"$-1\r\n" if value is None else b"$%d\r\n%b\r\n" % (len(value), value) for value in values)
    return b"*%d\r\n" % len(values) + b"".join(bulks)


class Wire(asyncio.Transport):
    """Takes what is sent, and is closed at once."""

    def write(self, data: object) -> None:
        """Take it."""

    def abort(self) -> None:
        """Be closed."""


def line() -> Line:
    made = Line()
    made.connection_made(Wire())
    return made


@given(st.lists(st.none() | st.binary(max_size=20), max_size=6), st.integers(1, 40))
async def test_an_answer_is_taken_when_it_is_whole_however_it_comes(values: list[bytes | None], size: int) -> None:
    answering = line()
    first, second = answering.ask(b"one"), answering.ask(b"two")
    arrived = b"+OK\r\n" + written(values)
    for start in range(0, len(arrived), size):
        assert not second.done()
        answering.data_received(arrived[start : start + size])
    assert (first.result(), second.result()) == (b"OK", values)


@pytest.mark.parametrize("arrived", [b"*x\r\n", b"$x\r\n", b"\r\n", b"HTTP/1.1 400\r\n", b"*0\r\n*0\r\n"])
async def test_what_is_no_answer_or_one_too_many_ends_the_connection(arrived: bytes) -> None:
    answering = line()
    answering.ask(b"one")
    answering.data_received(arrived)
    assert not answering.open


# --- one connection ---------------------------------------------------------------------------------------------------


@pytest.mark.redis
async def test_all_reads_go_over_one_connection_and_each_gets_its_own_answer(own_redis: RedisServer) -> None:
    async with opened(own_redis.url) as client:
        found = await asyncio.gather(*(client.get_many([f"k{number}"]) for number in range(MANY)))
        assert found == [[None]] * MANY
        assert connections(own_redis) == 1
        for number in range(MANY):
            await put(client, f"k{number}", bytes([number]) * 10_000 * number)
        found = await asyncio.gather(*(client.get_many([f"k{number}", "none"]) for number in range(MANY)))
        assert found == [[bytes([number]) * 10_000 * number, None] for number in range(MANY)]


@pytest.mark.redis
async def test_one_that_leaves_takes_nobodys_answer(own_redis: RedisServer) -> None:
    async with opened(own_redis.url) as client:
        for key in "abc":
            await put(client, key, key.encode())
        await client.get_many(["a"])
        with own_redis.stalled():
            readers = [asyncio.create_task(client.get_many([key])) for key in "abc"]
            await asyncio.sleep(0)
            readers[1].cancel()
            await asyncio.gather(readers[1], return_exceptions=True)
        assert [await readers[0], await readers[2]] == [[b"a"], [b"c"]]
        assert connections(own_redis) == 2


@pytest.mark.redis
async def test_a_connection_that_hangs_is_given_up_for_another(own_redis: RedisServer) -> None:
    async with opened(own_redis.url, timeout_s=0.1) as client:
        await put(client, "a", b"1")
        await client.get_many(["a"])
        with own_redis.stalled():
            for _ in range(2):
                with pytest.raises(FAILURES):
                    await client.get_many(["a"])
        assert await client.get_many(["a"]) == [b"1"]


@pytest.mark.redis
async def test_a_connection_that_ended_while_it_was_idle_costs_nothing(own_redis: RedisServer) -> None:
    async with opened(own_redis.url) as client:
        await put(client, "a", b"1")
        await client.get_many(["a"])
        own_redis.kill()
        await turns()
        own_redis.start()
        assert await client.get_many(["a"]) == [None]


async def test_who_waits_for_a_connection_that_is_closed_is_told_and_not_cancelled() -> None:
    connecting = asyncio.Event()

    async def connect(_make: Callable[[], Line]) -> tuple[asyncio.BaseTransport, Line]:
        connecting.set()
        await asyncio.Event().wait()
        raise AssertionError

    reader = Reader(connect, greeting=[], timeout_s=TIMEOUT_S)
    asking = asyncio.create_task(reader.ask(["GET", "a"], 1))
    await connecting.wait()
    await reader.aclose()
    with pytest.raises(FAILURES):
        await asking


async def test_a_question_hangs_only_when_who_asked_it_has_given_up() -> None:
    answering = line()
    future = answering.ask(b"one")
    assert not answering.hangs(patience_s=-1)
    future.cancel()
    assert answering.hangs(patience_s=-1)
    assert not answering.hangs(patience_s=TIMEOUT_S)
    answering.data_received(b"+OK\r\n")
    assert not answering.hangs(patience_s=-1)


# --- who and where ----------------------------------------------------------------------------------------------------


@pytest.mark.redis
async def test_it_reads_the_database_of_the_address(own_redis: RedisServer) -> None:
    async with opened(own_redis.url) as first, opened(f"{own_redis.url}?db=1") as second:
        await put(second, "a", b"1")
        assert (await first.get_many(["a"]), await second.get_many(["a"])) == ([None], [b"1"])


@pytest.mark.redis
async def test_who_is_refused_reads_nothing_and_leaves_no_connection(own_redis: RedisServer) -> None:
    own_redis.ask("ACL", "SETUSER", "bff", "on", ">secret", "~*", "+mget")
    async with opened(own_redis.url.replace("unix://", "unix://bff:secret@")) as known:
        assert await known.get_many(["a"]) == [None]
        async with opened(own_redis.url.replace("unix://", "unix://bff:wrong@")) as stranger:
            with pytest.raises(FAILURES):
                await stranger.get_many(["a"])
            assert connections(own_redis) == 1


@pytest.mark.redis
async def test_it_trusts_a_server_by_the_certificates_of_the_address_only(
    own_redis: RedisServer, tls: ssl.SSLContext, certificate: Path
) -> None:
    with RedisPipe(own_redis, tls=tls) as pipe:
        url = f"rediss://{HOST}:{pipe.port}"
        async with opened(f"{url}?ssl_ca_certs={certificate}") as trusting:
            assert await trusting.get_many(["a"]) == [None]
        async with opened(url) as strange:
            with pytest.raises(FAILURES, match="CERTIFICATE_VERIFY_FAILED"):
                await strange.get_many(["a"])
