"""Invalidations that the shared store could not be told.

Until it has been, this worker takes nothing from it that they are about. It is told again before this worker's next
look there for the same customer.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from bff.cache.lru import Lru
from bff.cache.protocol import Entry, Store

_OWNERS = 10_000  # beyond so many the one looked at longest ago is forgotten, and its entries count until they end
_NONE: Final[frozenset[str]] = frozenset()

Announcement: TypeAlias = Callable[[str, Sequence[str]], tuple[list[Entry], bytes]]
"""Makes new versions of a customer's tags, and the message about them."""


class Untold:
    """Tells a store of invalidations and remembers what it could not be told; owners are masked customers."""

    def __init__(self, store: Store, announcement: Announcement) -> None:
        self._store = store
        self._announcement = announcement
        self._tags: Lru[str, frozenset[str]] = Lru(_OWNERS)

    async def tell(self, owner: str, tags: Iterable[str]) -> bool:
        """Tell of these tags, and of the customer's untold ones; False when that could not be done."""
        before = self._of(owner)
        telling = before.union(tags)
        told = False
        try:
            told = await self._store.announce(*self._announcement(owner, sorted(telling)))
        finally:
            if not told:
                self._tags.put(owner, self._of(owner) | telling, 1)
            elif self._of(owner) is before:  # else another failed meanwhile, maybe about a later write
                self._tags.drop(owner)
        return told

    async def tell_again(self, owner: str) -> None:
        """Tell what is untold of a customer; mostly that is nothing."""
        if self._of(owner):
            await self.tell(owner, ())

    def holds(self, owner: str, tags: Iterable[str]) -> bool:
        """Tell whether the store could not be told of one of these tags."""
        return not self._of(owner).isdisjoint(tags)

    def _of(self, owner: str) -> frozenset[str]:
        return self._tags.get(owner) or _NONE
