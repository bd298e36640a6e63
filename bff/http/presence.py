"""Work that ends when its client has gone: nobody reads what a closed connection asked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive


class ClientGone(Exception):
    """The client has closed its connection."""


@asynccontextmanager
async def while_there(receive: Receive) -> AsyncIterator[None]:
    """Run the body as long as the client is there; the body of its request must have been read whole.

    Raises:
        ClientGone: after the body was cancelled.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in a task
    watcher = asyncio.create_task(_watch(receive, task))
    try:
        yield
    except asyncio.CancelledError:
        if not watcher.done():
            raise
        task.uncancel()
        raise ClientGone from None
    finally:
        watcher.cancel()


async def _watch(receive: Receive, task: asyncio.Task[object]) -> None:
    """Wait until the client has gone, then cancel a task."""
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel()
