"""What operators have closed, without a deploy: systems, groups of their operations, functions of the matrix.

One hash holds a field for each: `FIXED`, `FIXED/invoices` or `line.block`, with the moment when it opens again in
ISO 8601, or nothing. Every worker reads it once a second. While Redis does not answer, what was read last holds.
"""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import cast

from bff.clock import Clock
from bff.domain.closing import Closure
from bff.domain.period import ROME
from bff.domain.system import System
from bff.observability import logger
from bff.redis_client import Client

KEY = "bff:switches"
PERIOD_S = 1.0

_log = logger(__name__)


class Switches:
    """The switches as read last; all open at first."""

    def __init__(self, redis: Client, clock: Clock) -> None:
        self._redis = redis
        self._clock = clock
        self._closed: dict[str, datetime | None] = {}
        self._readable = True

    def group(self, system: System, group: str) -> Closure | None:
        """Tell whether a group of operations of a system is closed, by itself or with the system."""
        return self._closure(system.value) or self._closure(f"{system.value}/{group}")

    def closed(self) -> dict[str, Closure]:
        """Give all that is closed now, by name."""
        return {name: closure for name in self._closed if (closure := self._closure(name)) is not None}

    async def watch(self, period_s: float) -> None:
        """Read the switches again and again, for ever."""
        while True:
            before = self._closed
            try:
                await self.read()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next reading may go well
                if self._readable:
                    _log.warning("switches_unreadable", error=type(error).__name__)
                self._readable = False
            else:
                self._readable = True
                if self._closed != before:
                    _log.warning("switches_changed", closed=sorted(self._closed))
            await asyncio.sleep(period_s)

    async def read(self) -> dict[str, Closure]:
        """Read the switches once and give what is closed; raises what the client does."""
        found = await self._redis.run(KEY, lambda redis: cast("Awaitable[dict[bytes, bytes]]", redis.hgetall(KEY)))
        self._closed = {name.decode(errors="replace"): _until(text) for name, text in found.items()}
        return self.closed()

    async def close(self, name: str, until: datetime | None) -> None:
        """Close something until then, or until it is opened; raises what the client does."""
        text = "" if until is None else until.isoformat()
        await self._redis.run(KEY, lambda redis: redis.hset(KEY, name, text))

    async def open(self, name: str) -> None:
        """Open something again; raises what the client does."""
        await self._redis.run(KEY, lambda redis: redis.hdel(KEY, name))

    def _closure(self, name: str) -> Closure | None:
        """Tell whether a name is closed; a moment that has passed has opened it."""
        if name not in self._closed:
            return None
        until, now = self._closed[name], self._clock.now()
        if until is None:
            return Closure()
        return Closure.ending(until, now) if now < until else None


def _until(text: bytes) -> datetime | None:
    """Read when something opens again, in Rome; what can't be read stays closed, as somebody meant it to be."""
    if not text:
        return None
    try:
        until = datetime.fromisoformat(text.decode())
        return until.astimezone(ROME) if until.tzinfo else until.replace(tzinfo=ROME)
    except (ValueError, OverflowError):
        return None
