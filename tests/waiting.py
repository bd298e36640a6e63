"""Waiting for what happens elsewhere: in another thread, another process, a real server.

Looks again and again, and fails with a sentence. What has an event of its own is waited for by that event instead.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

WITHIN_S = 10.0
"""Much more than anything here takes: a busy machine alone fails no test."""

_LOOK_S = 0.01


def eventually(holds: Callable[[], bool], otherwise: str, *, within_s: float = WITHIN_S) -> float:
    """Wait until something holds; give how many seconds that took. `otherwise` says what is wrong if it never does."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < within_s, _told(otherwise, within_s)
        time.sleep(_LOOK_S)
    return time.monotonic() - began


async def eventually_async(
    holds: Callable[[], Awaitable[bool]], otherwise: str, *, within_s: float = WITHIN_S
) -> float:
    """Wait as `eventually` does, while the event loop goes on."""
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() - began < within_s, _told(otherwise, within_s)
        await asyncio.sleep(_LOOK_S)
    return time.monotonic() - began


def _told(otherwise: str, within_s: float) -> str:
    return f"{otherwise}, after {within_s:g} s"
