"""Listens to one channel over one connection, and finds out when that is dead."""

import asyncio
from collections.abc import Callable
from typing import Any

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError  # noqa: A004 - the library's word


async def listen(
    ears: PubSub,
    channel: str,
    *,
    on_ready: Callable[[], None],
    on_message: Callable[[bytes], None],
    quiet_s: float,
    answer_s: float,
) -> None:
    """Hand on what is published, until the connection fails; see `Client.listen`."""
    await ears.subscribe(channel)
    while not _cancelled():
        got = await _next(ears, quiet_s, answer_s)
        if got["type"] == "subscribe":
            on_ready()
        elif got["type"] == "message":
            on_message(got["data"])
        await asyncio.sleep(0)  # what has arrived already is read without a turn of the loop: a flood would stop it
    raise asyncio.CancelledError


def _cancelled() -> bool:
    """Tell whether this task is to end: redis-py 8.1 can swallow that while it connects again after a failed read."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _next(ears: PubSub, quiet_s: float, answer_s: float) -> dict[str, Any]:
    """Wait for anything; after a silence ask, for a connection may be dead and look quiet."""
    got: dict[str, Any] | None = await ears.get_message(timeout=quiet_s)
    if got is None:
        await ears.ping()
        got = await ears.get_message(timeout=answer_s)
    if got is None:
        raise ConnectionError("no answer on the connection that listens")
    return got
