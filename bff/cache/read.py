"""Reading through the cache: what is known is given, what is not is fetched once and kept.

Three levels: copies decoded in this process, bytes in the store, the system itself. Loaders use `ReadThrough.read`;
how long things live is in `kinds`, how they are named in `keys`, what a load does in `_load`.

What it guards against, each with a test: a crowd that asks for the same thing (one load in the process, one among the
workers, whoever is cancelled), a load that began before a write and would bring back what was (tags), all entries
ending at once (jitter), a system that fails (an old copy, marked), a blob that can't be read (a miss), a store that is
gone (a miss).
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from bff.cache._copy import Copy, Read, pack, unpack
from bff.cache._load import Ask, Fetch, Load, Means, new_versions
from bff.cache._near import Name, NearCopies, Outcomes, Shelf
from bff.cache._trip import Trips
from bff.cache._untold import Untold
from bff.cache.flight import Flight, land
from bff.cache.keys import Id, Keys
from bff.cache.kinds import Kind
from bff.cache.protocol import Entry, Store
from bff.clock import Clock
from bff.errors import BffError, DeadlineExceeded
from bff.observability import CACHE_READS, REQUEST, take_own_time

__all__ = ["Fetch", "Read", "ReadThrough", "count_read"]

K = TypeVar("K", bound=Id)
V = TypeVar("V")

_HOLD_OFF_S = 5.0  # between two attempts to read the same thing anew in the background


def count_read(kind: str, result: str, count: int) -> None:
    """Count keys read in the metrics."""
    CACHE_READS.labels(kind, result).inc(count)


class ReadThrough:
    """The cache of one worker, above a store that it may share with others.

    With a shared store the process's own copies are served for 10 seconds, or for 60 while it listens to the other
    workers' invalidations. With a store of its own it makes all of them itself, and copies live as long as the entries.
    """

    def __init__(
        self,
        store: Store,
        *,
        keys: Keys,
        clock: Clock,
        random: Callable[[], float],
        max_bytes: int,
        monotonic: Callable[[], float] = time.monotonic,
        patience_s: float = 1.0,
        load_s: float = 5.0,
        on_read: Callable[[str, str, int], None] = count_read,
    ) -> None:
        """Stand above a store, which stays the caller's to close.

        Args:
            store: where entries are kept.
            keys: makes their names.
            clock: tells the age of entries.
            random: gives 0 to 1, for the jitter of lifetimes.
            max_bytes: of the decoded copies, as estimated from their bytes.
            monotonic: the clock of deadlines and patience.
            patience_s: how long to wait for another worker that is loading the same thing, before loading it too.
            load_s: the time of a load, unless its kind has one; it serves more than the request that began it, so it
                has its own deadline.
            on_read: told kind, result (memory, shared, negative, miss, stale, bad) and number of keys.
        """
        self._store = store
        self._keys = keys
        self._monotonic = monotonic
        self._load_s = load_s
        self._on_read = on_read
        self._near = NearCopies(max_bytes, shared=store.shared)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._clock = clock
        self._untold = Untold(store, self._announcement)
        self._means = Means(
            store, keys, Trips(store), self._untold, self._now, monotonic, random, patience_s, load_s, on_read
        )

    async def read(
        self,
        kind: Kind[V],
        customer: str,
        keys: Iterable[K],
        fetch: Fetch[K],
        *,
        scope: str | None = None,
        window: str = "",
    ) -> dict[K, Read[V] | BffError]:
        """Give a value or an error by key; a key left out is unknown to the system.

        Values are what the store gives back, also right after a fetch: lists are tuples, instants are in UTC. They are
        shared between requests.

        Args:
            kind: what is read.
            customer: in whose name: the company's tax code; for what is known before the company, the person's subject.
            keys: records' keys, or the parents' of lists.
            fetch: called with the keys that are nowhere else; what it gives beyond them is dropped.
            scope: for lists, the person whose rows they are; None for the whole customer's.
            window: for lists, the span of time that they cover.
        """
        wanted = dict.fromkeys(keys)
        if not wanted:
            return {}
        name = (kind, customer, scope, window)
        if self._store.shared and not kind.near_s:
            ask = Ask(kind, self._keys.mask(customer), scope, window, fetch)
            return _readings(await self._read_now(ask, name, wanted))
        now = self._now()
        shelf = self._near.find(name)
        if shelf is None:
            shelf = self._near.build(name, self._keys.mask(customer))
        found, rest = self._near.recall(shelf, wanted, now)
        if recalled := len(wanted) - len(rest):
            self._on_read(kind.label, "memory", recalled)
        if rest:
            ask = Ask(kind, shelf.owner, scope, window, fetch)
            found.update(_readings(await self._read_on(ask, shelf, rest, now)))
        return found

    def recall(
        self, kind: Kind[V], customer: str, keys: Iterable[K], *, scope: str | None = None, window: str = ""
    ) -> dict[K, Read[V] | BffError]:
        """Give what this process holds and may serve as it is, without waiting; a key left out is to be read.

        The arguments are those of `read`.
        """
        shelf = self._near.find((kind, customer, scope, window))
        if shelf is None:
            return {}
        found, _ = self._near.recall(shelf, keys, self._now())
        if found:
            self._on_read(kind.label, "memory", len(found))
        return found

    def straight(self, kind: Kind[V], found: Mapping[K, V | BffError]) -> dict[K, Read[V] | BffError]:
        """Give what a system has just told as `read` would, without keeping it; None stands for an unknown key too."""
        given: dict[K, Read[V] | BffError] = {}
        for key, value in found.items():
            if isinstance(value, BffError):
                given[key] = value
                continue
            packed = pack(kind, "", value, versions=(), now=self._now(), shorter=0)
            if (read := unpack(kind, "", packed).read) is not None:
                given[key] = read
        return given

    async def invalidate(self, customer: str, tags: Sequence[str]) -> bool:
        """Make worthless all that was read of a customer under these tags, loads on their way included.

        Call it after the write. False when the shared store could not be told: this worker serves nothing of that from
        the store until it has told it, before its next look there for this customer; until then other workers may serve
        what was, for as long as the kind's lifetime.
        """
        return await self.invalidate_owner(self.owner(customer), tags)

    def owner(self, customer: str) -> str:
        """Give the name that a customer has in the cache, which tells nobody who it is."""
        return self._keys.mask(customer)

    async def invalidate_owner(self, owner: str, tags: Sequence[str]) -> bool:
        """Do as `invalidate`, for who is known by their name in the cache only."""
        try:
            return await self._untold.tell(owner, tags)
        finally:
            self._near.invalidate(owner, tags)

    def listen(self) -> None:
        """Begin to hear of other workers' invalidations, until the end; needed for nothing but longer lives."""
        self._keep(asyncio.create_task(self._store.listen(self._near)))

    async def aclose(self) -> None:
        """End what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read_on(self, ask: Ask[K, V], shelf: Shelf, keys: Sequence[K], now: float) -> Outcomes:
        """Give what is on the shelf and due to be read anew, and load what is not, or too old."""
        outcomes: Outcomes = {}
        old: dict[K, Copy[V]] = {}
        lacking: list[K] = []
        for key in keys:
            near = self._near.get(shelf, key, now)
            if near is not None and near.servable:
                outcomes[key] = near.copy
                continue
            lacking.append(key)
            if near is not None:
                old[key] = near.copy
        if outcomes:
            self._on_read(ask.kind.label, "memory", len(outcomes))
        if lacking:
            outcomes.update(await self._load(ask, shelf, lacking, old))
        self._refresh(ask, shelf.name, outcomes)
        return outcomes

    async def _read_now(self, ask: Ask[K, V], name: Name, keys: Iterable[K]) -> Outcomes:
        """Give what was true when this read began, or later: the store is asked first, and mostly has it.

        What a load brings that began earlier may be what was true before. It is waited for, as it mostly puts what is
        asked for into the store, but only its errors are taken from it.
        """
        outcomes = await self._failures_under_way(name, keys)
        if lacking := [key for key in keys if key not in outcomes]:
            outcomes.update(await Load(ask, lacking, {}, self._means).glance())
        if lacking := [key for key in lacking if key not in outcomes]:
            shelf, now = self._shelf(name, ask.owner), self._now()
            held = ((key, self._near.get(shelf, key, now)) for key in lacking)
            old = {key: near.copy for key, near in held if near is not None}
            outcomes.update(await self._load(ask, shelf, lacking, old))
        self._refresh(ask, name, outcomes)
        return outcomes

    async def _failures_under_way(self, name: Name, keys: Iterable[K]) -> Outcomes:
        """Wait for the loads that bring some of these keys now; give the errors that they end with."""
        shelf = self._near.find(name)
        flights = {} if shelf is None else {key: shelf.flights[key] for key in keys if key in shelf.flights}
        if not flights:
            return {}
        landed = await self._land(list(dict.fromkeys(flights.values())), flights)
        return {key: outcome for key, outcome in landed.items() if isinstance(outcome, BffError)}

    async def _load(self, ask: Ask[K, V], shelf: Shelf, keys: list[K], old: dict[K, Copy[V]]) -> Outcomes:
        """Wait for the loads that bring these keys, begun where none are; see `_land`."""
        return await self._land(self._board(ask, shelf, keys, old), keys)

    async def _land(self, flights: list[Flight[Outcomes]], keys: Iterable[K]) -> Outcomes:
        """Give what loads bring of these keys, waiting no longer than the request may take.

        A load that nobody waits for any more is ended, unless it was their time that ended: then it goes on in its own
        time, and who asks again finds what it brought.
        """
        outcomes: Outcomes = {key: DeadlineExceeded() for key in keys}
        for flight in flights:
            flight.board()
        try:
            async with asyncio.timeout(self._time_left_s()) as timer:
                for landed in await land(flights):
                    outcomes.update({key: landed[key] for key in keys if key in landed})
        except TimeoutError:
            if not timer.expired():
                raise
        finally:
            if not timer.expired():
                for flight in flights:
                    flight.leave()
        return outcomes

    def _board(self, ask: Ask[K, V], shelf: Shelf, keys: list[K], old: dict[K, Copy[V]]) -> list[Flight[Outcomes]]:
        """Give the loads that will bring these keys; those on none yet get one together."""
        flights = {shelf.flights[key]: None for key in keys if key in shelf.flights}
        if new := [key for key in keys if key not in shelf.flights]:
            flights[self._start(ask, shelf, new, old)] = None
        return list(flights)

    def _start(self, ask: Ask[K, V], shelf: Shelf, keys: list[K], old: dict[K, Copy[V]]) -> Flight[Outcomes]:
        async def fly() -> Outcomes:
            try:
                return await self._bring(shelf, Load(ask, keys, old, self._means).run())
            finally:
                forget()

        def forget() -> None:
            for key in keys:
                if shelf.flights.get(key) is flight:
                    del shelf.flights[key]
            self._near.tidy(shelf)

        flight = Flight(fly(), forget)
        self._keep(flight.task)
        shelf.flights.update(dict.fromkeys(keys, flight))
        return flight

    async def _bring(self, shelf: Shelf, load: Coroutine[Any, Any, dict[K, Copy[V] | BffError]]) -> Outcomes:
        """Run a load in its own time, and hold on to the copies that it gives."""
        take_own_time(shelf.kind.load_s or self._load_s, self._monotonic)
        hearing = self._near.hearing
        try:
            outcomes = await load
            good = {
                key: copy
                for key, copy in outcomes.items()
                if isinstance(copy, Copy) and (copy.read is None or not copy.read.stale)
            }
            self._near.put(shelf, good, hearing=hearing, now=self._now())
        finally:
            self._near.tidy(shelf)
        return dict(outcomes)

    def _refresh(self, ask: Ask[K, V], name: Name, outcomes: Outcomes) -> None:
        """Start to read anew what is served but due for it."""
        now = self._now()
        due = {key: copy for key, copy in outcomes.items() if isinstance(copy, Copy) and copy.refresh_at <= now}
        if not due:
            return
        for copy in due.values():
            copy.refresh_at = now + _HOLD_OFF_S
        shelf = self._shelf(name, ask.owner)
        self._keep(asyncio.create_task(self._bring(shelf, Load(ask, list(due), {}, self._means).renew())))

    def _shelf(self, name: Name, owner: str) -> Shelf:
        return self._near.find(name) or self._near.build(name, owner)

    def _announcement(self, owner: str, tags: Sequence[str]) -> tuple[list[Entry], bytes]:
        return new_versions(self._keys, owner, tags), self._near.message(owner, tags)

    def _keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task until it has ended, to end it with the cache at the latest."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _time_left_s(self) -> float | None:
        request = REQUEST.get(None)
        return None if request is None else max(0.0, request.deadline - self._monotonic())


def _readings(outcomes: Mapping[K, Copy[V] | BffError]) -> dict[K, Read[V] | BffError]:
    """Leave out the keys that the system does not know."""
    readings = ((key, each.read if isinstance(each, Copy) else each) for key, each in outcomes.items())
    return {key: reading for key, reading in readings if reading is not None}
