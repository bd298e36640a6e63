"""What acts and payments share: work that goes on to its end whoever waits for it, and the store when it fails."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from bff.errors import BffError, StateUnavailable
from bff.observability import logger
from bff.redis_client import FAILURES

T = TypeVar("T")
_log = logger(__name__)


class Begun:
    """Tasks under way; nobody need wait for one, and what breaks one is logged."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def begin(self, doing: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin something."""
        task = asyncio.create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def aclose(self) -> None:
        """Wait until all that was begun is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, BffError):
            _log.error("act_broke", exc_info=error)


async def stored(step: Awaitable[T]) -> T:
    """Wait for a step of the store. Raises StateUnavailable."""
    try:
        return await step
    except FAILURES as error:
        raise StateUnavailable(type(error).__name__) from error
