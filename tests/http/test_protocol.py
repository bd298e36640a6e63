"""Headers that never end are cut off, whatever stands behind them."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from bff.http.protocol import BoundedHeaders
from tests.house import Served


class _Impatient(BoundedHeaders):
    headers_s = 0.2


async def _until_gone(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer nothing for as long as the client is there."""
    if scope["type"] == "lifespan":
        await Starlette()(scope, receive, send)
        return
    while (await receive())["type"] != "http.disconnect":
        pass


@contextmanager
def _connected(protocol: type[BoundedHeaders], app: ASGIApp | None = None) -> Iterator[socket.socket]:
    with Served(app or Starlette(), protocol=protocol) as served:
        host, port = served.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            yield connection


def _is_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_headers_larger_than_64_kib_end_the_connection() -> None:
    with _connected(BoundedHeaders) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nhost: bff\r\n")
        with pytest.raises(ConnectionError):
            connection.sendall(b"x-filler: " + b"x" * 20_000_000)


@pytest.mark.parametrize(
    ("begun", "status"),
    [(b"GET /" + b"x" * 70_000, b"414"), (b"GET / HTTP/1.1\r\nhost: bff\r\nx-filler: " + b"x" * 70_000, b"431")],
    ids=["address", "header"],
)
def test_what_is_too_large_is_told_by_its_status(begun: bytes, status: bytes) -> None:
    with _connected(BoundedHeaders) as connection:
        connection.sendall(begun)
        assert connection.recv(4096).split()[:2] == [b"HTTP/1.1", status]
        assert _is_cut(connection)


def test_a_large_body_before_other_headers_does_not_count_as_theirs() -> None:
    first = b"POST /none HTTP/1.1\r\nhost: bff\r\ncontent-length: 200000\r\n\r\n" + b"x" * 200_000
    with _connected(BoundedHeaders) as connection:
        connection.sendall(first + b"GET /none HTTP/1.1\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 404")
        connection.sendall(b"host: bff\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 404")


def test_a_connection_on_which_nothing_comes_is_cut() -> None:
    with _connected(_Impatient) as connection:
        started = time.monotonic()
        assert _is_cut(connection)
        assert time.monotonic() - started < 2


def test_headers_that_take_too_long_are_a_408_and_end_the_connection() -> None:
    with _connected(_Impatient) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nhost: bff\r\n")
        started = time.monotonic()
        assert connection.recv(4096).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
        assert _is_cut(connection)
        assert time.monotonic() - started < 2


def test_while_an_earlier_answer_is_owed_a_connection_is_cut_without_a_word() -> None:
    with _connected(_Impatient, _until_gone) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: bff\r\n\r\nGET /none HTTP/1.1\r\n")
        assert _is_cut(connection)


def test_whole_headers_are_answered_also_the_second_time_and_after_the_patience_for_them() -> None:
    with _connected(_Impatient) as connection:
        for _ in range(2):
            connection.sendall(b"GET /none HTTP/1.1\r\nhost: bff\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 404")
