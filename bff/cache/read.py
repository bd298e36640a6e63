"""Reading through the cache: what is known is given, what is not is fetched once and kept.

Three levels: copies decoded in this process, bytes in the store, the system itself. Loaders use `ReadThrough.read`;
how long things live is in `kinds`, how they are named in `keys`, what a load does in `_load`.

What it guards against, each with a test: a crowd that asks for the same thing (one load in the process, one among the
workers, whoever is cancelled), a load that began before a write and would bring back what was (tags), all entries
ending at once (jitter), a system that fails (an old copy, marked), a blob that can't be read (a miss), a store that is
gone (a miss).
"""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from bff.cache._copy import Copy, Read
from bff.cache._load import Ask, Fetch, Load, Means, new_versions
from bff.cache._trip import Trips
from bff.cache.flight import Flight, land
from bff.cache.keys import Id, Keys
from bff.cache.kinds import Kind
from bff.cache.lru import Lru
from bff.cache.protocol import Store
from bff.clock import Clock
from bff.errors import BffError, DeadlineExceeded
from bff.observability import CACHE_READS, REQUEST, take_own_time

__all__ = ["Fetch", "Read", "ReadThrough", "count_read"]

K = TypeVar("K", bound=Id)
V = TypeVar("V")

_HOLD_OFF_S = 5.0  # between two attempts to read the same thing anew in the background

_Outcomes = dict[Any, Copy[Any] | BffError]


def count_read(kind: str, result: str, count: int) -> None:
    """Count keys read in the metrics."""
    CACHE_READS.labels(kind, result).inc(count)


class _Mark:
    """One state of a tag in this process; dead after an invalidation, and with it all that was read under it."""

    __slots__ = ("__weakref__", "live")

    def __init__(self) -> None:
        self.live = True


class _Held(NamedTuple):
    """A copy of this process's own."""

    copy: Copy[Any]
    until: float
    marks: tuple[_Mark, ...]


class _Flown(NamedTuple):
    """A load on its way, and the states of tags that it began under."""

    flight: Flight[_Outcomes]
    marks: tuple[_Mark, ...]


_CLAIM_MARGIN_S = 1.0


class ReadThrough:
    """The cache of one worker, above a store that it may share with others.

    With a shared store, copies in the process live 10 seconds at most: another worker's invalidation is seen only in
    the store. With a store of its own the process hears of every invalidation, and copies live as long as the entries.
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
            load_s: the time of a load; it serves more than the request that began it, so it has its own deadline.
            on_read: told kind, result (memory, shared, negative, miss, stale, bad) and number of keys.
        """
        self._store = store
        self._keys = keys
        self._monotonic = monotonic
        self._load_s = load_s
        self._on_read = on_read
        self._near: Lru[tuple[object, ...], _Held] = Lru(max_bytes)
        self._flown: dict[tuple[object, ...], _Flown] = {}
        self._marks: WeakValueDictionary[tuple[str, str], _Mark] = WeakValueDictionary()
        self._behind: set[asyncio.Task[None]] = set()
        self._clock = clock
        self._means = Means(
            store, keys, Trips(store), self._now, monotonic, random, patience_s, load_s + _CLAIM_MARGIN_S, on_read
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
        ask = Ask(kind, customer, scope, window, fetch)
        wanted = list(dict.fromkeys(keys))
        outcomes, old = self._recall(ask, wanted)
        if lacking := [key for key in wanted if key not in outcomes]:
            outcomes.update(await self._load(ask, lacking, old))
        self._refresh(ask, outcomes)
        return {key: outcome for key in wanted if (outcome := _reading(outcomes[key])) is not None}

    async def invalidate(self, customer: str, tags: Sequence[str]) -> bool:
        """Make worthless all that was read of a customer under these tags, loads on their way included.

        Call it after the write. False when the shared store could not be told: other workers may serve what was for as
        long as the kind's lifetime.
        """
        try:
            return await self._store.set_many(new_versions(self._keys, self._keys.mask(customer), tags))
        finally:
            for tag in tags:
                if (mark := self._marks.pop((customer, tag), None)) is not None:
                    mark.live = False

    async def aclose(self) -> None:
        """End what runs in the background."""
        tasks = [*self._behind, *{flown.flight.task for flown in self._flown.values()}]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _recall(self, ask: Ask[K, V], keys: list[K]) -> tuple[_Outcomes, dict[K, Copy[V]]]:
        """Give the process's own copies: those to serve, and old ones that may stand in for a failing system."""
        now = self._now()
        fresh: _Outcomes = {}
        old: dict[K, Copy[V]] = {}
        for key in keys:
            held = self._near.get(ask.spot(key))
            if held is None or not _live(held.marks):
                continue
            (fresh if now < held.until and held.copy.fresh(now) else old)[key] = held.copy
        if fresh:
            self._on_read(ask.kind.label, "memory", len(fresh))
        return fresh, old

    async def _load(self, ask: Ask[K, V], keys: list[K], old: dict[K, Copy[V]]) -> _Outcomes:
        """Wait for the loads that bring these keys, no longer than the request may take."""
        flights = self._board(ask, keys, old)
        outcomes: _Outcomes = {key: DeadlineExceeded() for key in keys}
        try:
            async with asyncio.timeout(self._time_left_s()) as timer:
                for landed in await land(flights):
                    outcomes.update({key: landed[key] for key in keys if key in landed})
        except TimeoutError:
            if not timer.expired():
                raise
        return outcomes

    def _board(self, ask: Ask[K, V], keys: list[K], old: dict[K, Copy[V]]) -> list[Flight[_Outcomes]]:
        """Give the loads that will bring these keys; those on none yet get one together."""
        flights: dict[Flight[_Outcomes], None] = {}
        new: list[K] = []
        for key in keys:
            flown = self._flown.get(ask.spot(key))
            if flown is not None and _live(flown.marks):
                flights[flown.flight] = None
            else:
                new.append(key)
        if new:
            flights[self._start(ask, new, old)] = None
        return list(flights)

    def _start(self, ask: Ask[K, V], keys: list[K], old: dict[K, Copy[V]]) -> Flight[_Outcomes]:
        marks = self._marks_of(ask)
        spots = [ask.spot(key) for key in keys]

        async def fly() -> _Outcomes:
            try:
                return await self._bring(ask, Load(ask, keys, old, self._means).run(), marks)
            finally:
                forget()

        def forget() -> None:
            for spot in spots:
                if self._flown.get(spot) is flown:
                    del self._flown[spot]

        flown = _Flown(Flight(fly(), forget), marks)
        self._flown.update(dict.fromkeys(spots, flown))
        return flown.flight

    async def _bring(
        self, ask: Ask[K, V], load: Coroutine[Any, Any, dict[K, Copy[V] | BffError]], marks: tuple[_Mark, ...]
    ) -> _Outcomes:
        """Run a load in its own time, and hold on to the copies that it gives."""
        take_own_time(self._load_s, self._monotonic)
        outcomes = await load
        until = self._now() + ask.kind.near_s if self._store.shared else math.inf
        if _live(marks):
            for key, copy in outcomes.items():
                if isinstance(copy, Copy) and (copy.read is None or not copy.read.stale):
                    self._near.put(ask.spot(key), _Held(copy, until, marks), copy.weight)
        return dict(outcomes)

    def _refresh(self, ask: Ask[K, V], outcomes: _Outcomes) -> None:
        """Start to read anew what is served but due for it."""
        now = self._now()
        due = {key: copy for key, copy in outcomes.items() if isinstance(copy, Copy) and copy.refresh_at <= now}
        if not due:
            return
        for copy in due.values():
            copy.refresh_at = now + _HOLD_OFF_S
        task = asyncio.create_task(self._renew(ask, list(due)))
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)

    async def _renew(self, ask: Ask[K, V], keys: list[K]) -> None:
        await self._bring(ask, Load(ask, keys, {}, self._means).renew(), self._marks_of(ask))

    def _marks_of(self, ask: Ask[K, V]) -> tuple[_Mark, ...]:
        return tuple(self._marks.setdefault((ask.customer, tag), _Mark()) for tag in ask.kind.tags)

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _time_left_s(self) -> float | None:
        request = REQUEST.get(None)
        return None if request is None else max(0.0, request.deadline - self._monotonic())


def _live(marks: tuple[_Mark, ...]) -> bool:
    return all(mark.live for mark in marks)


def _reading(outcome: Copy[V] | BffError) -> Read[V] | BffError | None:
    return outcome.read if isinstance(outcome, Copy) else outcome
