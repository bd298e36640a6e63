"""Joins what several readers want from the store in one turn of the event loop into one round trip per customer."""

from bff.cache.flight import Flight, land, quiet
from bff.cache.protocol import Store

_Found = dict[str, bytes | None]


class _Trip:
    __slots__ = ("flight", "keys")

    flight: Flight[_Found]

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}


class Trips:
    """Reads of a store, one `get_many` per customer and turn, whatever kinds are asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[str, _Trip] = {}

    async def get(self, owner: str, keys: list[str]) -> _Found:
        """Give what stands under the keys, and under all others of the same trip."""
        trip = self._open.get(owner) or self._start(owner)
        trip.keys.update(dict.fromkeys(keys))
        (found,) = await land([trip.flight])
        return found

    def _start(self, owner: str) -> _Trip:
        trip = self._open[owner] = _Trip()
        trip.flight = Flight(self._run(owner, trip), lambda: self._close(owner, trip))
        return trip

    async def _run(self, owner: str, trip: _Trip) -> _Found:
        await quiet(trip.keys.__len__)
        self._close(owner, trip)
        keys = list(trip.keys)
        return dict(zip(keys, await self._store.get_many(keys), strict=True))

    def _close(self, owner: str, trip: _Trip) -> None:
        if self._open.get(owner) is trip:
            del self._open[owner]
