"""Asks a node for values over one connection that all calls share: a page waits for it at each of its levels.

The library takes 70 µs of the processor for an MGET of two keys, most of it to check a connection out and in; this
takes a third of that (docs/redis.md), with the library's own parser, hiredis. Commands are those that answer with an
array of values: MGET, and scripts that do. Where a node sends a question elsewhere, the caller asks it there through
the library.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeAlias, cast

import hiredis
from redis.exceptions import (
    AskError,
    ConnectionError,  # noqa: A004 - the library's word
    MovedError,
    RedisError,
    ResponseError,
    TryAgainError,
)

from bff.redis_client._limit import Limit

Values: TypeAlias = list[bytes | None]

Connect: TypeAlias = Callable[[Callable[[], "Line"]], Awaitable[tuple[asyncio.BaseTransport, "Line"]]]
"""Opens a transport for the protocol that it is given the maker of."""

_MORE: Final = object()
"""What the parser gives while an answer is not whole."""
_ERRORS: Final = {"MOVED": MovedError, "ASK": AskError, "TRYAGAIN": TryAgainError}


class Line(asyncio.Protocol):
    """A connection, and who waits for its answers, which come in the order of the questions.

    Attributes:
        open: False when nothing can be asked any more.
    """

    def __init__(self) -> None:
        self.open = False
        self._transport: asyncio.Transport
        self._waiting: deque[tuple[asyncio.Future[object], float]] = deque()
        self._parser = hiredis.Reader(notEnoughData=_MORE)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        self._transport = cast("asyncio.Transport", transport)
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        """Let down all who wait."""
        self.open = False
        while self._waiting:
            future, _ = self._waiting.popleft()
            if not future.done():
                future.set_exception(ConnectionError(f"the connection ended: {exc}"))

    def data_received(self, data: bytes) -> None:
        """Hand out the answers that are whole; one to who has gone is dropped, one to nobody ends the connection."""
        try:
            self._parser.feed(data)
            while (said := self._parser.gets()) is not _MORE:
                future, _ = self._waiting.popleft()
                if not future.done():
                    future.set_result(said)
        except (hiredis.ProtocolError, LookupError):
            self.abort()

    def ask(self, command: bytes) -> asyncio.Future[object]:
        """Send a command; its answer is what hiredis makes of it."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()
        self._waiting.append((future, loop.time()))
        self._transport.write(command)
        return future

    def hangs(self, patience_s: float) -> bool:
        """Tell whether the oldest question has had no answer for so long, and who asked it has given up."""
        if not self._waiting:
            return False
        future, asked_at = self._waiting[0]
        return future.done() and asyncio.get_running_loop().time() - asked_at > patience_s

    def abort(self) -> None:
        """End the connection at once."""
        self.open = False
        self._transport.abort()


class Reader:
    """Reads of one node. The connection is opened when it is first needed, and anew when it has ended or hangs."""

    def __init__(self, connect: Connect, *, greeting: Iterable[Sequence[str]], timeout_s: float) -> None:
        """Make ready.

        Args:
            connect: opens the connection.
            greeting: commands before all others, each answered with OK.
            timeout_s: to connect and greet; and after so long without an answer a connection is given up.
        """
        self._connect = connect
        self._greeting = [_command(command) for command in greeting]
        self._timeout_s = timeout_s
        self._line: Line | None = None
        self._opening: asyncio.Task[Line] | None = None

    async def ask(self, command: Sequence[str | bytes], expected: int) -> Values:
        """Give the values that a command answers with; so many are expected.

        Raises:
            MovedError, AskError: another node has the keys.
            RedisError, OSError, ValueError: there is no connection, it ended, or what the node said is no values.
        """
        line = self._line
        if line is None or not self._usable(line):
            line = await self._opened()
        said = await line.ask(_command(command))
        if isinstance(said, hiredis.ReplyError):
            raise _error(str(said))
        if not isinstance(said, list) or len(said) != expected or not all(map(_is_value, said)):
            line.abort()
            raise ConnectionError("not the values that were expected")
        return said

    async def aclose(self) -> None:
        """Close the connection."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.gather(self._opening, return_exceptions=True)
        if self._line is not None:
            self._line.abort()

    def _usable(self, line: Line) -> bool:
        """Tell whether to ask over a connection; one that hangs is ended."""
        if line.hangs(self._timeout_s):
            line.abort()
        return line.open

    async def _opened(self) -> Line:
        """Give a new connection, the same to all who want one at this moment."""
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(_note)
        opening = self._opening
        await asyncio.wait([opening])
        if opening.cancelled():
            raise ConnectionError("closed while it was opened")
        return opening.result()

    async def _open(self) -> Line:
        async with Limit(self._timeout_s):
            _, line = await self._connect(Line)
            try:
                said = await asyncio.gather(*(line.ask(command) for command in self._greeting))
            except BaseException:
                line.abort()
                raise
        if any(each != b"OK" for each in said):
            line.abort()
            raise ConnectionError("the node refuses the user or the database")
        self._line = line
        return line


def _note(task: asyncio.Task[Line]) -> None:
    """Look at how a task ended that nobody may wait for any more."""
    if not task.cancelled():
        task.exception()


def _is_value(value: object) -> bool:
    return value is None or isinstance(value, bytes)


def _error(said: str) -> RedisError:
    """Make the library's error of one that a node answers."""
    code, _, about = said.partition(" ")
    return _ERRORS[code](about) if code in _ERRORS else ResponseError(f"{code} {about}")


def _command(parts: Sequence[str | bytes]) -> bytes:
    """Write a command as an array of bulk strings."""
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"*%d\r\n" % len(encoded) + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in encoded])
