"""The thin client: what it sends, which connections it keeps, and that only HTTP/1 to the letter is an answer."""

import asyncio
import gc
import gzip
import random
import socket
import ssl
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends._call import Operation
from bff.backends._message import Answer, Request
from bff.backends._wire import Origin, Wire, _Connection
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendUnavailable
from tests.waiting import WITHIN_S, eventually_async

pytestmark = pytest.mark.anyio

WHERE = Operation(System.MOBILE, "GET /product")
GET = Request("GET", "/thing", (), {}, None)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]"
CAP_BYTES = 100_000
SYSTEMS_CLOSE_S = 5.0
"""After how long idle the most impatient of common servers close a connection."""
TLS, NO_TLS = True, False


class HandTime:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Server(NamedTuple):
    """A system that answers each request with the next of some texts, and the connection with an end after the last."""

    url: str
    heads: list[bytes]
    connections: list[asyncio.StreamWriter]

    async def was_asked(self) -> bool:
        return bool(self.heads)


@asynccontextmanager
async def answering(*answers: bytes, stays_open: bool = True) -> AsyncIterator[Server]:
    left = iter(answers)
    server_told = Server("", [], [])

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_told.connections.append(writer)
        try:
            while True:
                server_told.heads.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(next(left))
                if not stays_open:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server_told._replace(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/base/")
    finally:
        server.close()
        await server.wait_closed()


def wire(url: str, monotonic: Callable[[], float] = lambda: 0.0, ca_file: Path | None = None) -> Wire:
    return Wire(
        url,
        headers={"authorization": "Bearer secret"},
        connect_timeout_s=WITHIN_S,
        answer_max_bytes=CAP_BYTES,
        trust=ssl.create_default_context(cafile=ca_file),
        monotonic=monotonic,
    )


async def asked(url: str, *requests: Request) -> list[Answer]:
    opened = wire(url)
    try:
        async with asyncio.timeout(WITHIN_S):
            return [(await opened.exchange(WHERE, request)).answer for request in requests]
    finally:
        await opened.aclose()


async def answer_to(*texts: bytes, stays_open: bool = True) -> Answer:
    async with answering(*texts, stays_open=stays_open) as server:
        return (await asked(server.url, GET))[0]


# --- what is sent -----------------------------------------------------------------------------------------------------


async def test_a_request_goes_out_whole_with_the_headers_of_the_system_and_its_own() -> None:
    request = Request("GET", "/thing", [("a b", "è,/"), ("c", "1")], {"x-request-id": "r-1"}, None)
    async with answering(OK) as server:
        await asked(server.url, request)
    line, *headers = server.heads[0].decode().removesuffix("\r\n\r\n").split("\r\n")
    assert line == "GET /base/thing?a+b=%C3%A8%2C%2F&c=1 HTTP/1.1"
    host = server.url.removeprefix("http://").removesuffix("/base/")
    assert headers == [f"host: {host}", "accept: */*", "authorization: Bearer secret", "x-request-id: r-1"]


async def test_a_body_goes_with_its_length() -> None:
    async with answering(OK) as server:
        await asked(server.url, Request("POST", "/thing", (), {}, b"abc"))
    assert b"\r\ncontent-length: 3\r\n" in server.heads[0]


@pytest.mark.parametrize(
    "request_",
    [
        GET._replace(path="/a b"),
        GET._replace(path="/a\r\nx: y"),
        GET._replace(path="http://elsewhere/"),
        GET._replace(headers={"x-a": "b\r\nx-c: d"}),
        GET._replace(headers={"x-a": "è"}),
        GET._replace(headers={"x a": "b"}),
    ],
    ids=lambda request: f"{request.path} {dict(request.headers)}",
)
async def test_what_would_be_no_request_or_two_is_rejected_without_a_call(request_: Request) -> None:
    async with answering() as server:
        with pytest.raises(BackendRejected):
            await asked(server.url, request_)
    assert server.connections == []


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://system", Origin("system", 80, NO_TLS, "system", "")),
        ("https://system/a/b/", Origin("system", 443, TLS, "system", "/a/b")),
        ("http://[::1]:8080", Origin("::1", 8080, NO_TLS, "[::1]:8080", "")),
        ("https://città.it", Origin("xn--citt-3na.it", 443, TLS, "xn--citt-3na.it", "")),
    ],
)
def test_a_base_url_tells_where_to_connect(url: str, origin: Origin) -> None:
    assert Origin.of(url) == origin


@pytest.mark.parametrize("url", ["", "system", "ftp://system", "http://", "http://system:port", "http://system/a b"])
def test_what_is_no_base_url_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whose texts are Python's
        Origin.of(url)


# --- what is an answer ------------------------------------------------------------------------------------------------

CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
ZIPPED = gzip.compress(b"[]")
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


def zipped(body: bytes, coding: bytes = b"gzip") -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-encoding: %s\r\ncontent-length: %d\r\n\r\n" % (coding, len(body)) + body


GOOD: dict[str, bytes] = {
    "with a length": OK,
    "chunked": CHUNKED + b"1\r\n[\r\n1\r\n]\r\n0\r\n\r\n",
    "chunked, with a trailer": CHUNKED + b"2\r\n[]\r\n0\r\nx-count: 9\r\n\r\n",
    "behind an interim answer": b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK,
    "behind ten of them": INTERIM * 10 + OK,
    "compressed": zipped(ZIPPED),
    "compressed, in capitals": zipped(ZIPPED, b"GZIP"),
    "of HTTP/1.0": b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n[]",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
async def test_a_whole_answer_is_read(text: bytes) -> None:
    answer = await answer_to(text)
    assert (answer.status, answer.body) == (200, b"[]")
    assert not answer.headers.keys() & {"x-count", "link"}


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    answer = await answer_to(b"HTTP/1.1 200 OK\r\n\r\n[]", stays_open=False)
    assert answer.body == b"[]"


async def test_an_answer_without_a_body_has_an_empty_one() -> None:
    assert await answer_to(b"HTTP/1.1 204 No Content\r\n\r\n") == Answer(204, {}, b"")


async def test_headers_come_by_lower_case_name_and_repeated_ones_as_one() -> None:
    answer = await answer_to(b"HTTP/1.1 200 OK\r\nX-A: 1 \r\nx-a:2\r\nX-B:\r\ncontent-length: 0\r\n\r\n")
    assert answer.headers == {"x-a": "1, 2", "x-b": "", "content-length": "0"}


BAD: dict[str, tuple[bytes, type[BackendError]]] = {
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", BackendUnavailable),
    "another protocol's version": (b"HTTP/2.0 200 OK\r\ncontent-length: 2\r\n\r\n[]", BackendUnavailable),
    "two lengths": (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n[]", BackendUnavailable),
    "a length and chunks": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
        BackendUnavailable,
    ),
    "a coding that is not chunked": (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
        BackendUnavailable,
    ),
    "chunks without a size": (CHUNKED + b"x\r\n[]\r\n", BackendUnavailable),
    "another protocol from now on": (
        b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        BackendUnavailable,
    ),
    "bare line feeds": (b"HTTP/1.1 200 OK\ncontent-length: 2\n\n[]", BackendUnavailable),
    "more headers than anyone has": (
        b"HTTP/1.1 200 OK\r\n" + b"x:\r\n" * 257 + b"content-length: 2\r\n\r\n[]",
        BackendUnavailable,
    ),
    "headers without an end": (b"HTTP/1.1 200 OK\r\n" + b"x-a: b\r\n" * 20_000, BackendUnavailable),
    "a header without an end": (b"HTTP/1.1 200 OK\r\nx-a: " + b"b" * 200_000, BackendUnavailable),
    "a trailer without an end": (CHUNKED + b"0\r\nx-a: " + b"b" * 200_000, BackendUnavailable),
    "a chunk extension without an end": (CHUNKED + b"1;" + b"b" * 200_000, BackendUnavailable),
    "more than an answer may have": (
        b"HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n" + b" " * 200_000,
        BackendGarbled,
    ),
    "more than that in chunks": (CHUNKED + b"fff\r\n%s\r\n" % (b" " * 0xFFF) * 100, BackendGarbled),
    "an encoding that was not asked for": (
        b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\n[]",
        BackendGarbled,
    ),
    "compressed data cut short": (zipped(ZIPPED[:9]), BackendGarbled),
    "compressed data twice": (zipped(ZIPPED * 2), BackendGarbled),
    "more behind compressed data": (zipped(ZIPPED + b"\x00"), BackendGarbled),
    "a status of none": (OK.replace(b"200", b"000"), BackendUnavailable),
    "a status below all": (OK.replace(b"200", b"099"), BackendUnavailable),
    "more interim answers than anyone has": (INTERIM * 11 + OK, BackendUnavailable),
}


@pytest.mark.parametrize(("text", "error"), BAD.values(), ids=BAD)
async def test_what_is_no_answer_fails_and_takes_its_connection_along(text: bytes, error: type[BackendError]) -> None:
    async with answering(text) as server:
        opened = wire(server.url)
        async with asyncio.timeout(WITHIN_S):
            with pytest.raises(error):
                await opened.exchange(WHERE, GET)
        await gone(server)
        await opened.aclose()


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", OK[:-1], CHUNKED + b"2\r\n[]\r\n"])
async def test_an_answer_that_ends_too_early_is_unavailable(said: bytes) -> None:
    with pytest.raises(BackendUnavailable):
        await answer_to(said, stays_open=False)


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n" + b" " * 90_000,
        BAD["more than an answer may have"][0],
    ],
    ids=["good", "bad"],
)
async def test_the_body_of_a_call_that_is_over_needs_no_collector_to_go(text: bytes) -> None:
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(10):
            await told(text)
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert held_bytes < len(text)


async def told(text: bytes) -> None:
    """Make a call that comes to this, and forget it."""
    connection = _Connection()
    connection.connection_made(Nowhere())
    asyncio.get_running_loop().call_soon(connection.data_received, text)
    with suppress(BackendError):
        await connection.ask(WHERE, b"", CAP_BYTES)
    await asyncio.sleep(0)  # the loop lets go of the turn in which it came


async def gone(server: Server) -> None:
    """Wait until the system sees its connections end."""
    async with asyncio.timeout(WITHIN_S):
        for writer in server.connections:
            with suppress(ConnectionError):  # reset is gone too
                await writer.wait_closed()


# --- which connections are kept ---------------------------------------------------------------------------------------


async def test_a_connection_is_used_again() -> None:
    async with answering(OK, OK, OK) as server:
        assert len(await asked(server.url, GET, GET, GET)) == 3
    assert len(server.connections) == 1


async def test_calls_at_once_have_a_connection_each() -> None:
    async with answering(OK, OK, OK) as server:
        opened = wire(server.url)
        await asyncio.gather(*(opened.exchange(WHERE, GET) for _ in range(3)))
        await opened.aclose()
        await gone(server)
    assert len(server.connections) == 3


@pytest.mark.parametrize(
    "first",
    [
        OK + b"[]",
        OK + OK,
        OK + b"HTTP/1.1 200 OK\r\nset-cookie: of=another",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n[]",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n[]",
    ],
)
async def test_a_connection_that_said_more_or_will_close_is_not_used_again(first: bytes) -> None:
    async with answering(first, OK) as server:
        answers = await asked(server.url, GET, GET)
    assert [answer.body for answer in answers] == [b"[]", b"[]"]
    assert len(server.connections) == 2


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
@pytest.mark.parametrize("body", [b"content-length: 60", b"transfer-encoding: chunked"])
async def test_a_connection_on_which_a_body_might_follow_that_may_not_be_is_not_used_again(
    status: bytes, body: bytes
) -> None:
    async with answering(b"HTTP/1.1 %s\r\n%s\r\n\r\n" % (status, body), OK) as server:
        answers = await asked(server.url, GET, GET)
    assert [answer.body for answer in answers] == [b"", b"[]"]
    assert len(server.connections) == 2


async def test_a_connection_is_used_again_after_an_answer_without_a_body() -> None:
    async with answering(b"HTTP/1.1 204 No Content\r\n\r\n", OK) as server:
        await asked(server.url, GET, GET)
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    "anyio_backend", [("asyncio", {"use_uvloop": False}), ("asyncio", {"use_uvloop": True})], ids=["asyncio", "uvloop"]
)
@pytest.mark.parametrize("secure", [NO_TLS, TLS], ids=["plain", "TLS"])
async def test_a_connection_that_ended_while_the_loop_was_busy_is_not_used_again(
    certificate: Path, tls: ssl.SSLContext, *, secure: bool
) -> None:
    may_close, closed = Event(), Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as door:

        def answer_once() -> None:
            came, _ = door.accept()
            with tls.wrap_socket(came, server_side=True) if secure else came as connection:
                connection.recv(65_536)
                connection.sendall(OK)
                may_close.wait(WITHIN_S)

        def serve() -> None:
            answer_once()
            closed.set()
            answer_once()

        system = Thread(target=serve)
        system.start()
        opened = wire(f"http{'s' * secure}://127.0.0.1:{door.getsockname()[1]}", ca_file=certificate)
        await opened.exchange(WHERE, GET)
        may_close.set()
        assert closed.wait(WITHIN_S)
        assert (await opened.exchange(WHERE, GET)).answer.body == b"[]"
        await opened.aclose()
        system.join(WITHIN_S)


def test_a_connection_whose_socket_is_gone_is_not_used_again() -> None:
    connection = _Connection()
    connection.connection_made(Nowhere())
    assert connection.has_unread()


async def test_a_connection_that_speaks_unasked_is_closed() -> None:
    async with answering(OK, OK) as server:
        opened = wire(server.url)
        await opened.exchange(WHERE, GET)
        server.connections[0].write(OK.replace(b"[]", b"{}"))
        await gone(server)
        assert (await opened.exchange(WHERE, GET)).answer.body == b"[]"
        await opened.aclose()
    assert len(server.connections) == 2


async def test_a_connection_that_is_discarded_is_not_used_again() -> None:
    async with answering(OK, OK) as server:
        opened = wire(server.url)
        await (await opened.exchange(WHERE, GET)).discard()
        await opened.exchange(WHERE, GET)
        await opened.aclose()
    assert len(server.connections) == 2


async def test_a_connection_that_a_system_is_about_to_close_is_closed_and_not_used_again() -> None:
    time = HandTime()
    async with answering(OK, OK) as server:
        opened = wire(server.url, time)
        await opened.exchange(WHERE, GET)
        time.now += SYSTEMS_CLOSE_S - 0.5
        await opened.exchange(WHERE, GET)
        await opened.aclose()
        await gone(server)
    assert len(server.connections) == 2


async def test_a_call_that_is_cancelled_closes_its_connection() -> None:
    async with answering(b"") as server:
        opened = wire(server.url)
        call = asyncio.create_task(_answered(opened.exchange(WHERE, GET)))
        await eventually_async(server.was_asked, "it was not asked")
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await gone(server)
        await opened.aclose()


async def _answered(work: Awaitable[object]) -> None:
    await work


async def test_a_connection_that_takes_too_long_to_open_is_unavailable() -> None:
    opened = Wire(
        "http://127.0.0.1:9",
        headers={},
        connect_timeout_s=0,
        answer_max_bytes=CAP_BYTES,
        trust=ssl.create_default_context(),
        monotonic=lambda: 0.0,
    )
    with pytest.raises(BackendUnavailable):
        await opened.exchange(WHERE, GET)


async def test_a_call_that_ends_after_the_pool_is_closed_closes_its_connection() -> None:
    async with answering(b"") as server:
        opened = wire(server.url)
        call = asyncio.create_task(_answered(opened.exchange(WHERE, GET)))
        await eventually_async(server.was_asked, "it was not asked")
        await opened.aclose()
        server.connections[0].write(OK)
        await call
        await gone(server)


# --- at random --------------------------------------------------------------------------------------------------------

PARTS = [
    *(
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.0 ",
        b"204",
        b"\r\n",
        b"\r\n\r\n",
        b"\n",
        b"\x00",
    ),
    *(b"content-length: 2\r\n", b"content-length: -1\r\n", b"transfer-encoding: chunked\r\n", b"connection: close\r\n"),
    *(b"content-encoding: gzip\r\n", b"upgrade: x\r\nconnection: upgrade\r\n", b"x: ", b"[]", b"2\r\n", b"0\r\n\r\n"),
    *(ZIPPED, OK, CHUNKED, b"\xff" * 9, b": \r\n", b" ", b"\x00"),
]
GARBAGE = st.lists(st.sampled_from(PARTS) | st.binary(max_size=8), max_size=8)


@given(parts=GARBAGE, seed=st.integers(0, 99))
async def test_whatever_comes_is_one_answer_or_a_backend_error_however_it_is_cut(
    parts: Sequence[bytes], seed: int
) -> None:
    text = b"".join(parts)
    whole, cut = await outcome([text]), await outcome(pieces(text, random.Random(seed)))  # noqa: S311 - to be repeated
    assert whole == cut or (isinstance(whole, BackendError) and isinstance(cut, BackendError))


def pieces(text: bytes, dice: random.Random) -> list[bytes]:
    places = sorted(dice.randrange(len(text) + 1) for _ in range(4))
    cut = [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]
    return [piece for piece in cut if piece]


async def outcome(said: Sequence[bytes]) -> Answer | BackendError:
    """Give what a call comes to when a system says this and ends."""
    connection = _Connection()
    connection.connection_made(Nowhere())
    call = asyncio.ensure_future(connection.ask(WHERE, b"", CAP_BYTES))
    await asyncio.sleep(0)
    for piece in said:
        connection.data_received(piece)
    connection.connection_lost(None)
    try:
        return await call
    except BackendError as error:
        return error


class Nowhere(asyncio.Transport):
    """A transport of no network."""

    def write(self, data: object) -> None:
        """Drop it."""

    def abort(self) -> None:
        """Do nothing: nothing is open."""
