"""The store of a process of its own: the embedded default, refused in production.

It does what Redis does, so that everything above has one way of working. What it holds ends with the process.
"""

from collections.abc import Callable, Sequence

from bff.cache.lru import Lru
from bff.cache.protocol import Entry, Listener

_ENTRY_BYTES = 300  # key, tuples and slots of one entry, beside its blob


class MemoryStore:
    """Bytes in this process, bounded; what was used longest ago goes first."""

    shared = False

    def __init__(self, *, max_bytes: int, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._entries: Lru[str, tuple[bytes, float]] = Lru(max_bytes)

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Give what stands under each key and has time left."""
        now = self._monotonic()
        return [self._get(key, now) for key in keys]

    async def set_many(self, entries: Sequence[Entry], *, releasing: Sequence[str] = (), token: bytes = b"") -> bool:
        """Put all entries, the oldest make room; and release."""
        now = self._monotonic()
        for entry in entries:
            self._put(entry, now)
        await self.release(releasing, token)
        return True

    async def announce(self, entries: Sequence[Entry], message: bytes) -> bool:  # noqa: ARG002 - nobody else is there
        """Put all entries."""
        return await self.set_many(entries)

    async def listen(self, listener: Listener) -> None:
        """Do nothing: there are no other workers."""

    async def claim(self, entries: Sequence[Entry]) -> list[bytes | None]:
        """Put each entry where nothing stands, and give what stands now."""
        now = self._monotonic()
        for entry in entries:
            if self._get(entry.key, now) is None:
                self._put(entry, now)
        return [self._get(entry.key, now) for entry in entries]

    async def release(self, keys: Sequence[str], token: bytes) -> None:
        """Remove the keys under which this token stands."""
        now = self._monotonic()
        for key in keys:
            if self._get(key, now) == token:
                self._entries.drop(key)

    async def aclose(self) -> None:
        """Do nothing: there is no connection."""

    def _get(self, key: str, now: float) -> bytes | None:
        held = self._entries.get(key)
        if held is None:
            return None
        blob, ends = held
        if now < ends:
            return blob
        self._entries.drop(key)
        return None

    def _put(self, entry: Entry, now: float) -> None:
        self._entries.put(entry.key, (entry.blob, now + entry.ttl_s), len(entry.blob) + _ENTRY_BYTES)
