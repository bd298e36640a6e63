"""Headers that never end are cut off, whatever stands behind them."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.applications import Starlette

from bff.http.protocol import BoundedHeaders
from tests.house import Served


class _Impatient(BoundedHeaders):
    headers_s = 0.2


@contextmanager
def _connected(protocol: type[BoundedHeaders]) -> Iterator[socket.socket]:
    with Served(Starlette(), protocol=protocol) as served:
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


@pytest.mark.parametrize("sent", [b"", b"POST /graphql HTTP/1.1\r\nhost: bff\r\n"], ids=["nothing", "half"])
def test_headers_that_take_too_long_end_the_connection(sent: bytes) -> None:
    with _connected(_Impatient) as connection:
        connection.sendall(sent)
        started = time.monotonic()
        assert _is_cut(connection)
        assert time.monotonic() - started < 2


def test_whole_headers_are_answered_also_the_second_time_and_after_the_patience_for_them() -> None:
    with _connected(_Impatient) as connection:
        for _ in range(2):
            connection.sendall(b"GET /none HTTP/1.1\r\nhost: bff\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 404")
