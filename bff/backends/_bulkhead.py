"""How many calls of a system run at once, and how many may wait.

The systems allow so many calls of the whole fleet (spec, legacy.md, quirk 18); a process has its share. Who finds the
queue full is turned away at once: a queue without end only makes all of them late.
"""

import asyncio


class Full(Exception):
    """All slots are taken, and so are all places to wait."""


class Bulkhead:
    """Slots for calls, given in the order of asking.

    Attributes:
        waiting: calls that wait for a slot.
        running: calls that have one.
    """

    __slots__ = ("_queue", "_slots", "running", "waiting")

    def __init__(self, slots: int, queue: int) -> None:
        self._slots = asyncio.Semaphore(slots)
        self._queue = queue
        self.waiting = 0
        self.running = 0

    @property
    def free(self) -> bool:
        """Tell whether `enter` would give a slot without waiting."""
        return not self._slots.locked()

    async def enter(self) -> None:
        """Take a slot, waiting for one if need be.

        Raises:
            Full: without waiting.
        """
        if self._slots.locked() and self.waiting >= self._queue:
            raise Full
        self.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.waiting -= 1
        self.running += 1

    def leave(self) -> None:
        """Give a slot back."""
        self.running -= 1
        self._slots.release()
