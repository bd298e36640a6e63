"""The time that a node has, in which the loop's own delays don't count against it.

A plain timer that was due while the loop was busy ends a wait before the answer is looked at that lies in the socket,
or before the question was sent. So the last tenth of the time begins only when the loop is seen to turn: in it an
answer is read that was there.
"""

import asyncio
from types import TracebackType

_LAST = 0.1


class Limit:
    """Raises TimeoutError where it stands when so many seconds are over; entered once."""

    __slots__ = ("_handle", "_last_s", "_loop", "_timer")

    def __init__(self, seconds: float) -> None:
        self._last_s = seconds * _LAST
        self._timer = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()
        self._handle = self._loop.call_later(seconds - self._last_s, self._end_soon)

    async def __aenter__(self) -> None:
        """Begin."""
        await self._timer.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the wait; a cancellation that was this limit's becomes a TimeoutError."""
        self._handle.cancel()
        await self._timer.__aexit__(kind, error, trace)

    def _end_soon(self) -> None:
        self._timer.reschedule(self._loop.time() + self._last_s)
