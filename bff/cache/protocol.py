"""What a store of the cache must do. It holds bytes for a time and knows nothing of what they mean.

No call raises: a store that fails answers as if it held nothing, and drops what it is given. Keys of one call belong to
one customer, so that they are on one slot of a Redis Cluster.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """Bytes to keep, and for how long."""

    key: str
    blob: bytes
    ttl_s: float


class Listener(Protocol):
    """Who hears of other workers' invalidations. None of its methods raises."""

    def connected(self) -> None:
        """Learn that from now on every message comes."""
        ...

    def heard(self, message: bytes) -> None:
        """Take a message: of any worker, the own ones too, or of a stranger."""
        ...

    def lost(self) -> None:
        """Learn that messages may be missed, until it is connected again."""
        ...


class Store(Protocol):
    """Bytes by key, each with its own time to live.

    Attributes:
        shared: True when other workers write to it too.
    """

    shared: bool

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Give what stands under each key, in order and in one round trip; None where nothing does."""
        ...

    async def set_many(self, entries: Sequence[Entry], *, releasing: Sequence[str] = (), token: bytes = b"") -> bool:
        """Put all entries, and then release these keys in the same round trip; False when that was dropped."""
        ...

    async def announce(self, entries: Sequence[Entry], message: bytes) -> bool:
        """Put all entries and then tell all who listen; False when that was dropped, or only a part of it done."""
        ...

    async def listen(self, listener: Listener) -> None:
        """Hand on what all workers announce, for ever; end at once where there are no others."""
        ...

    async def claim(self, entries: Sequence[Entry]) -> list[bytes | None]:
        """Put each entry where nothing stands, and give what stands now, in order; None when that can't be told."""
        ...

    async def release(self, keys: Sequence[str], token: bytes) -> None:
        """Remove the keys under which this token stands, and no others."""
        ...

    async def aclose(self) -> None:
        """Let go of connections."""
        ...
