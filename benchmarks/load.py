"""The load, a process of its own: connections that each send their next request when the last one is answered.

It reads a `Load`, one line of standard input, and warms the server up. Then it says so by an empty line, waits for one,
and measures; it prints a `Result`. Bodies are asked in turn. `flush` empties a Redis whenever
all bodies were asked once, and the next turn begins when the last is over: so nothing of a turn is found in a cache.
"""

import asyncio
import socket
import sys
import time
from collections.abc import Sequence
from typing import Final

import httptools
import msgspec
import uvloop

_OK: Final = 200


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: whole requests, to a port of this machine."""

    port: int
    requests: Sequence[bytes]
    connections: int
    warm_up_s: float
    seconds: float
    flush: str | None = None
    """The Unix socket of the Redis to empty between turns."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came: times in milliseconds; `wrong` counts answers that were not 200 or had another length than before."""

    requests: int
    seconds: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    wrong: int


class _Run:
    """What the connections share."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.spent_s: list[float] = []
        self.wrong = 0
        self._lengths: dict[int, int] = {}
        self._next = 0

    def take(self) -> int | None:
        """Give the number of the next request; None at the end of a turn that is to be waited for."""
        number, self._next = self._next, self._next + 1
        size = len(self.load.requests)
        return None if self.load.flush and number >= size else number % size

    def turn(self) -> None:
        """Begin a new turn."""
        self._next = 0

    def forget(self) -> None:
        """Begin to measure: what was noted so far was to warm up."""
        self.spent_s.clear()

    def note(self, number: int, status: int, length: int, spent_s: float) -> None:
        """Note an answer."""
        self.spent_s.append(spent_s)
        self.wrong += status != _OK or self._lengths.setdefault(number, length) != length


class _Connection(asyncio.Protocol):
    """Asks one request after the other until the time is over."""

    def __init__(self, run: _Run) -> None:
        self._run = run

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport

    def begin(self, end: float) -> asyncio.Future[None]:
        """Ask until a moment of the monotonic clock, or the end of the turn."""
        self._end, self._over = end, asyncio.get_running_loop().create_future()
        self._ask()
        return self._over

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def _ask(self) -> None:
        now = time.perf_counter()
        number = self._run.take() if now < self._end else None
        if number is None:
            self._over.set_result(None)
            return
        self._number, self._length, self._since = number, 0, now
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(self._run.load.requests[number])

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._over.done():
            self._over.set_exception(exc or ConnectionError("the server hung up"))

    def on_body(self, body: bytes) -> None:
        """Count the bytes; httptools calls it."""
        self._length += len(body)

    def on_message_complete(self) -> None:
        """Go on; httptools calls it."""
        spent_s = time.perf_counter() - self._since
        self._run.note(self._number, self._parser.get_status_code(), self._length, spent_s)
        self._ask()


def flush(redis: str) -> None:
    """Empty a Redis, given by its Unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(redis)
        connection.sendall(b"FLUSHALL\r\n")
        connection.recv(1024)


async def _loaded(load: Load) -> Result:
    run, loop = _Run(load), asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: _Connection(run), "127.0.0.1", load.port))[1]
        for _ in range(load.connections)
    ]
    await _ask(run, connections, load.warm_up_s)
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()
    sys.stdin.buffer.readline()
    run.forget()
    begin = time.perf_counter()
    await _ask(run, connections, load.seconds)
    seconds = time.perf_counter() - begin
    for connection in connections:
        connection.close()
    return _result(run, seconds)


async def _ask(run: _Run, connections: Sequence[_Connection], seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if run.load.flush:
            flush(run.load.flush)
        run.turn()
        await asyncio.gather(*(connection.begin(end) for connection in connections))


def _result(run: _Run, seconds: float) -> Result:
    ordered = sorted(run.spent_s)

    def at(share: float) -> float:
        return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 3)

    return Result(
        requests=len(ordered), seconds=seconds, p50_ms=at(0.5), p90_ms=at(0.9), p99_ms=at(0.99), wrong=run.wrong
    )


def main() -> None:
    """Send the load that standard input describes."""
    load = msgspec.json.decode(sys.stdin.buffer.readline(), type=Load)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(_loaded(load))) + b"\n")


if __name__ == "__main__":
    main()
