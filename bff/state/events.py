"""Hints on their way to all workers: each event once, by the state Redis or, on the embedded default, in memory.

Nothing is kept but the names of the events of the last ten minutes, so that one that is sent twice is told once. What
is published while a worker does not listen is lost to it; it learns that it may have missed something.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from bff.domain.event import Hint
from bff.errors import StateUnavailable
from bff.observability import logger
from bff.redis_client import FAILURES, Client

CHANNEL: Final = "bff:events"
KNOWN_S: Final = 600
"""How long an event that comes again is known."""

_KNOWN_MAX = 10_000
_PAUSE_S = 1.0
_MESSAGE_MAX_BYTES = 4096

# Marks an event and publishes it, both or neither.
_PUBLISH: Final = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return {false} end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return {'1'}
"""

_log = logger(__name__)

OnReady = Callable[[], None]
OnHint = Callable[[Hint], None]


class Events(Protocol):
    """Where hints go through."""

    async def publish(self, event: str, hint: Hint) -> bool:
        """Tell all workers; False when they were told of this event before.

        Raises:
            StateUnavailable: they can't be told.
        """
        ...

    async def listen(self, on_ready: OnReady, on_hint: OnHint) -> None:
        """Hear all hints, for ever; `on_ready` is called each time that some may have been missed before."""
        ...


class MemoryEvents:
    """Hints within one process, for a developer's machine."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._known: OrderedDict[str, float] = OrderedDict()
        self._listener: OnHint = lambda _hint: None

    async def publish(self, event: str, hint: Hint) -> bool:
        """Tell this worker, as `Events` says."""
        now = self._monotonic()
        if self._known.get(event, now) > now:
            return False
        self._known.pop(event, None)
        self._known[event] = now + KNOWN_S
        while len(self._known) > _KNOWN_MAX:
            self._known.popitem(last=False)
        self._listener(hint)
        return True

    async def listen(self, on_ready: OnReady, on_hint: OnHint) -> None:
        """Hear all hints, as `Events` says."""
        self._listener = on_hint
        on_ready()
        await asyncio.Event().wait()


class RedisEvents:
    """Hints through the state Redis."""

    def __init__(self, redis: Client, *, pause_s: float = _PAUSE_S, quiet_s: float = 2.0) -> None:
        self._redis = redis
        self._pause_s = pause_s
        self._quiet_s = quiet_s

    async def publish(self, event: str, hint: Hint) -> bool:
        """Tell all workers, as `Events` says."""
        key = f"bff:event:{{{hashlib.sha256(event.encode(errors='surrogatepass')).hexdigest()}}}"
        try:
            [fresh] = await self._redis.call(_PUBLISH, [key], [str(KNOWN_S), CHANNEL, _encode(hint)], expected=1)
        except FAILURES as error:
            raise StateUnavailable(type(error).__name__) from error
        return fresh is not None

    async def listen(self, on_ready: OnReady, on_hint: OnHint) -> None:
        """Hear all hints, as `Events` says, over a connection of its own; after a cut again, with a pause between."""

        def heard(message: bytes) -> None:
            try:
                hint = _decode(message[:_MESSAGE_MAX_BYTES])
            except (msgspec.MsgspecError, UnicodeDecodeError):
                on_ready()  # it may have said anything
            else:
                on_hint(hint)

        hears = True
        while True:
            try:
                await self._redis.listen(CHANNEL, on_ready=on_ready, on_message=heard, quiet_s=self._quiet_s)
            except FAILURES as error:
                if hears:
                    _log.warning("events_unheard", error=type(error).__name__)
                hears = False
            else:
                hears = True
            await asyncio.sleep(self._pause_s)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Hint).decode
