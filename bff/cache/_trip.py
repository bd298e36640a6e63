"""Joins what several readers want from the store in one turn of the event loop into one round trip per customer."""

from bff.cache.flight import Flight, land, quiet
from bff.cache.protocol import Store

_Found = dict[str, bytes | None]

_KEYS_MAX = 100  # the lists of lines of so many contracts are some megabytes, and a store has 50 ms for a call


class _Trip:
    __slots__ = ("flight", "keys")

    flight: Flight[_Found]

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}


class Trips:
    """Reads of a store, one `get_many` of up to 100 keys per customer and turn, whatever kinds are asked for."""

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
        found: _Found = {}
        for start in range(0, len(keys), _KEYS_MAX):
            some = keys[start : start + _KEYS_MAX]
            found.update(zip(some, await self._store.get_many(some), strict=True))
        return found

    def _close(self, owner: str, trip: _Trip) -> None:
        if self._open.get(owner) is trip:
            del self._open[owner]
