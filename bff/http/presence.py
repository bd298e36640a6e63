"""Work that ends when its client has gone: nobody reads what a closed connection asked for."""

import asyncio
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Final

from starlette.types import Receive

UNWATCHED_S: Final = 0.01
"""What takes no longer isn't worth a watcher, which would be the dearest part of an answer from the cache."""


class ClientGone(Exception):
    """The client has closed its connection."""


def while_there(receive: Receive, *, unwatched_s: float = UNWATCHED_S) -> AbstractContextManager[None]:
    """Run the body as long as the client is there; the body of its request must have been read whole.

    Raises:
        ClientGone: after the body was cancelled.
    """
    return _Presence(receive, unwatched_s)


class _Presence:
    """Sets a watcher upon the client once the running task has taken its time."""

    __slots__ = ("_receive", "_task", "_timer", "_unwatched_s", "_watcher")

    _task: asyncio.Task[object]
    _timer: asyncio.TimerHandle

    def __init__(self, receive: Receive, unwatched_s: float) -> None:
        self._receive = receive
        self._unwatched_s = unwatched_s
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine runs in a task
        self._task = task
        self._timer = task.get_loop().call_later(self._unwatched_s, self._begin)

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: TracebackType | None) -> None:
        self._timer.cancel()
        if (watcher := self._watcher) is None:
            return
        has_gone = watcher.done()
        watcher.cancel()
        if has_gone and isinstance(error, asyncio.CancelledError):
            self._task.uncancel()
            raise ClientGone from None

    def _begin(self) -> None:
        self._watcher = self._task.get_loop().create_task(self._watch())

    async def _watch(self) -> None:
        """Wait until the client has gone, then cancel the task."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._task.cancel()
