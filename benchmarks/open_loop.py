"""The load at a fixed rate, a process of its own: requests at moments that no answer can put off.

It reads an `OpenLoop`, one line of standard input, and connects. Then it says so by an empty line, waits for one, and
measures; it prints a `Result`. The moments are random and the same in every run, so many a second on average. The time
of an answer counts from when its request was due, whether or not a connection was free then. Nothing warms up here.
"""

import asyncio
import random
import selectors
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import httptools
import msgspec

_OK: Final = 200
_SEED: Final = 1
_GRACE_S: Final = 0.5  # for the last answers, after the last request was due


class OpenLoop(msgspec.Struct, frozen=True, kw_only=True):
    """What to send: whole requests in turn, to a port of this machine, over so many connections at most."""

    port: int
    requests: Sequence[bytes]
    connections: int
    per_second: float
    seconds: float


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came: milliseconds of what was answered; `wrong` was not 200, or had another length than before."""

    requests: int
    unanswered: int
    wrong: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float


class Due(NamedTuple):
    """A request, by its number, and when it is to be sent, in seconds of the clock."""

    number: int
    at_s: float


def schedule(per_second: float, seconds: float, *, seed: int = _SEED) -> Iterator[float]:
    """Give the moments of random arrivals within a time, in seconds from its begin, ascending."""
    chance = random.Random(seed)  # noqa: S311 - the same moments for every server
    at_s = chance.expovariate(per_second)
    while at_s < seconds:
        yield at_s
        at_s += chance.expovariate(per_second)


class Queue:
    """Requests that are due, the connections that are free, and what came of it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: deque[Due] = deque()
        self._free: list[Callable[[Due], None]] = []
        self._lengths: dict[int, int] = {}
        self._spent_s: list[float] = []
        self._asked = self._wrong = 0

    def ask(self, due: Due) -> None:
        """Send a request by a free connection, or by the first one that will be."""
        self._asked += 1
        if self._free:
            self._free.pop()(due)
        else:
            self._waiting.append(due)

    def free(self, send: Callable[[Due], None]) -> None:
        """Take a connection that has nothing to do, by what sends with it."""
        if self._waiting:
            send(self._waiting.popleft())
        else:
            self._free.append(send)

    def note(self, due: Due, status: int, length: int) -> None:
        """Note the end of an answer, now."""
        self._spent_s.append(self._clock() - due.at_s)
        self._wrong += status != _OK or self._lengths.setdefault(due.number, length) != length

    def result(self) -> Result:
        """Sum up."""
        ordered = sorted(self._spent_s)
        p50_ms, p90_ms, p99_ms, max_ms = (round(percentile(ordered, share) * 1000, 3) for share in (0.5, 0.9, 0.99, 1))
        return Result(
            requests=self._asked,
            unanswered=self._asked - len(ordered),
            wrong=self._wrong,
            p50_ms=p50_ms,
            p90_ms=p90_ms,
            p99_ms=p99_ms,
            max_ms=max_ms,
        )


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give the value below which a share of ascending values lies, 0 where there is none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class _Connection(asyncio.Protocol):
    """Sends what the queue gives it, one request after the other."""

    def __init__(self, queue: Queue, requests: Sequence[bytes]) -> None:
        self._queue, self._requests = queue, requests

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._transport = transport
        self._queue.free(self._send)

    def _send(self, due: Due) -> None:
        self._due, self._length = due, 0
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(self._requests[due.number])

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Count the bytes; httptools calls it."""
        self._length += len(body)

    def on_message_complete(self) -> None:
        """Go on; httptools calls it."""
        self._queue.note(self._due, self._parser.get_status_code(), self._length)
        self._queue.free(self._send)


async def _loaded(load: OpenLoop) -> Result:
    loop = asyncio.get_running_loop()
    queue = Queue(loop.time)
    for _ in range(load.connections):
        await loop.create_connection(lambda: _Connection(queue, load.requests), "127.0.0.1", load.port)
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()
    sys.stdin.buffer.readline()
    begin = loop.time()
    for index, after_s in enumerate(schedule(load.per_second, load.seconds)):
        at_s = begin + after_s
        await asyncio.sleep(at_s - loop.time())
        queue.ask(Due(index % len(load.requests), at_s))
    await asyncio.sleep(begin + load.seconds + _GRACE_S - loop.time())
    return queue.result()


def _precise_loop() -> asyncio.AbstractEventLoop:
    """Make a loop whose moments are microseconds: that of uvloop, and of asyncio with epoll, are milliseconds."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def main() -> None:
    """Send the load that standard input describes."""
    load = msgspec.json.decode(sys.stdin.buffer.readline(), type=OpenLoop)
    with asyncio.Runner(loop_factory=_precise_loop) as runner:
        result = runner.run(_loaded(load))
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")


if __name__ == "__main__":
    main()
