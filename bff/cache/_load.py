"""One load: look into the store, settle with other workers who fetches, fetch, keep.

The fetch is one plural call for all keys that are nowhere. Versions of tags are read before it, and kept with what it
brings: an invalidation meanwhile makes that worthless at once.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

import msgspec

from bff.cache._copy import Copy, pack, unpack
from bff.cache._trip import Trips
from bff.cache._untold import Untold
from bff.cache.flight import stray_cancellation
from bff.cache.keys import Id, Keys
from bff.cache.kinds import Kind
from bff.cache.protocol import Entry, Store
from bff.errors import BackendError, BffError, Internal
from bff.observability import logger

K = TypeVar("K", bound=Id)
V = TypeVar("V")

Fetch: TypeAlias = Callable[[list[K]], Awaitable[Mapping[K, object]]]
"""A plural operation: a value or a BffError by key; what it leaves out is unknown to the system."""

JITTER = 0.1  # at most this share is taken off a lifetime

_TAG_TTL_S = 7 * 86400.0  # beyond any entry's; a tag that is gone makes its entries misses
_POLL_S = 0.02
_CLAIM_MARGIN_S = 1.0  # a claim outlives its load; a worker that died holds others no longer than their patience
_PORTION_BYTES = 2**19  # a store has 50 ms for a call, and nobody should wait long for the loop
_TOKEN_BYTES = 8

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What every load works with; `now` is in seconds since 1970.

    `patience_s` is for other workers' loads; `load_s` is the time of a load whose kind has none of its own. `token` is
    this worker's: a claim that the store made after we had given up waiting for its answer is ours all the same, and
    keeps nobody here from loading.
    """

    store: Store
    keys: Keys
    trips: Trips
    untold: Untold
    now: Callable[[], float]
    monotonic: Callable[[], float]
    random: Callable[[], float]
    patience_s: float
    load_s: float
    on_read: Callable[[str, str, int], None]
    token: bytes = field(default_factory=lambda: secrets.token_bytes(_TOKEN_BYTES))


@dataclass(frozen=True, slots=True)
class Ask(Generic[K, V]):
    """What one reader wants, beside the keys: kind, masked customer, reach, window, how to fetch what is nowhere."""

    kind: Kind[V]
    owner: str
    scope: str | None
    window: str
    fetch: Fetch[K]


class Load(Generic[K, V]):
    """A load of some keys of one ask."""

    def __init__(self, ask: Ask[K, V], keys: Sequence[K], old: Mapping[K, Copy[V]], means: Means) -> None:
        """Make ready; `old` are copies at hand that may stand in when the system fails."""
        self._ask = ask
        self._kind = ask.kind
        self._means = means
        self._owner = ask.owner
        self._places = {key: self._place(key) for key in keys}
        self._tags = [means.keys.tag(self._owner, tag) for tag in ask.kind.tags]
        self._old = dict(old)
        self._bad: set[K] = set()

    async def run(self) -> dict[K, Copy[V] | BffError]:
        """Give a copy or an error for each key, from wherever it is."""
        outcomes: dict[K, Copy[V] | BffError] = {}
        patience_ends = self._means.monotonic() + self._means.patience_s
        lacking = await self._look(list(self._places), outcomes)
        while lacking:
            mine, versions = await self._claim(lacking)
            if self._means.monotonic() >= patience_ends:
                mine = lacking
            if mine:
                await self._bring(mine, versions, outcomes)
                lacking = [key for key in lacking if key not in outcomes]
            if lacking:
                await asyncio.sleep(_POLL_S)
                lacking = await self._look(lacking, outcomes)
        return outcomes

    async def glance(self) -> dict[K, Copy[V] | BffError]:
        """Give what the store has at this moment, by a round trip that is shared with nobody."""
        outcomes: dict[K, Copy[V] | BffError] = {}
        names = [*self._places.values(), *self._tags]
        await self._means.untold.tell_again(self._owner)
        found = dict(zip(names, await self._means.store.get_many(names), strict=True))
        self._take(list(self._places), found, outcomes)
        return outcomes

    async def renew(self) -> dict[K, Copy[V] | BffError]:
        """Take what another worker has read anew, and fetch what none is fetching; the others' keys are left out."""
        outcomes: dict[K, Copy[V] | BffError] = {}
        await self._look(list(self._places), outcomes)
        now = self._means.now()
        outcomes = {key: each for key, each in outcomes.items() if isinstance(each, Copy) and now < each.refresh_at}
        due = [key for key in self._places if key not in outcomes]
        if due:
            mine, versions = await self._claim(due)
            claimed = mine
            try:
                outcomes.update(await self._load(mine, versions, claimed) if mine else {})
                claimed = []
            finally:
                await self._release(claimed)
        return outcomes

    async def _bring(self, keys: list[K], versions: tuple[bytes, ...], outcomes: dict[K, Copy[V] | BffError]) -> None:
        """Fetch what was claimed, but for what another worker brought between our look and our claim; let go of it."""
        claimed = keys
        try:
            lacking = await self._look(keys, outcomes) if self._means.store.shared else keys
            if lacking:
                outcomes.update(await self._load(lacking, versions, claimed))
                claimed = []
                self._count("miss", len(lacking))
        finally:
            await self._release(claimed)

    async def _look(self, keys: list[K], outcomes: dict[K, Copy[V] | BffError]) -> list[K]:
        """Put what the store has, and is fresh, into `outcomes`; give the keys that it lacks."""
        await self._means.untold.tell_again(self._owner)
        found = await self._means.trips.get(self._owner, [*(self._places[key] for key in keys), *self._tags])
        return self._take(keys, found, outcomes)

    def _take(self, keys: list[K], found: Mapping[str, bytes | None], outcomes: dict[K, Copy[V] | BffError]) -> list[K]:
        """Put what was found, and is fresh, into `outcomes`; give the keys that it lacks."""
        if self._means.untold.holds(self._owner, self._kind.tags):
            return keys
        versions = tuple(found[tag] for tag in self._tags)
        if None not in versions:
            self._old = {key: old for key, old in self._old.items() if old.versions == versions}
        now = self._means.now()
        for key in keys:
            copy = self._decode(key, found[self._places[key]])
            if copy is None or copy.versions != versions:
                continue
            if copy.fresh(now):
                outcomes[key] = copy
                self._count("negative" if copy.read is None else "shared", 1)
            else:
                self._old[key] = copy
        return [key for key in keys if key not in outcomes]

    def _decode(self, key: K, blob: bytes | None) -> Copy[V] | None:
        if blob is None:
            return None
        try:
            return unpack(self._kind, self._places[key], blob)
        except msgspec.MsgspecError:
            if key not in self._bad:
                self._bad.add(key)
                self._count("bad", 1)
            return None

    async def _claim(self, keys: list[K]) -> tuple[list[K], tuple[bytes, ...]]:
        """Give the keys that are now ours to fetch, and the versions of the tags at this moment.

        Without an answer from the store all are ours.
        """
        claim_s = (self._kind.load_s or self._means.load_s) + _CLAIM_MARGIN_S
        claims = [Entry(claim, self._means.token, claim_s) for claim in self._claims(keys)]
        tags = new_versions(self._means.keys, self._owner, self._kind.tags)
        try:
            standing = await self._means.store.claim([*claims, *tags])
        except asyncio.CancelledError:
            await self._release(keys)
            raise
        mine = [key for key, token in zip(keys, standing, strict=False) if token in {self._means.token, None}]
        versions = tuple(now or tag.blob for tag, now in zip(tags, standing[len(keys) :], strict=True))
        return mine, versions

    async def _load(self, keys: list[K], versions: tuple[bytes, ...], claimed: list[K]) -> dict[K, Copy[V] | BffError]:
        """Fetch, keep what came, and let go of what was claimed."""
        answers = await self._fetch(keys)
        outcomes: dict[K, Copy[V] | BffError] = {
            key: self._fallen(key, answer) for key in keys if isinstance(answer := answers.get(key), BffError)
        }
        entries: list[Entry] = []
        packed_bytes = 0
        for key, blob in self._pack(keys, answers, versions):
            if packed_bytes >= _PORTION_BYTES:
                await self._means.store.set_many(entries)
                entries, packed_bytes = [], 0
            entries.append(self._entry(key, blob, answers))
            packed_bytes += len(blob)
            outcomes[key] = unpack(self._kind, self._places[key], blob)
        if not await self._means.store.set_many(
            entries, releasing=list(self._claims(claimed)), token=self._means.token
        ):
            await self._release(claimed)
        return outcomes

    def _pack(
        self, keys: list[K], answers: Mapping[K, object], versions: tuple[bytes, ...]
    ) -> Iterator[tuple[K, bytes]]:
        """Encode what may be kept: values, and keys that the system does not know; never an error."""
        now = self._means.now()
        for key in keys:
            answer = answers.get(key)
            if not isinstance(answer, BffError):
                shorter = JITTER * self._means.random()
                yield key, pack(self._kind, self._places[key], answer, versions=versions, now=now, shorter=shorter)

    def _entry(self, key: K, blob: bytes, answers: Mapping[K, object]) -> Entry:
        kind = self._kind
        known = answers.get(key) is not None
        return Entry(self._places[key], blob, kind.lifetime_s + kind.stale_if_error_s if known else kind.negative_s)

    def _fallen(self, key: K, error: object) -> Copy[V] | BffError:
        """Give the old copy that stands in for a failing system, or the error."""
        old = self._old.get(key)
        beyond_s = self._kind.stale_if_error_s
        if isinstance(error, BackendError) and old is not None and old.can_stand_in(self._means.now(), beyond_s):
            self._count("stale", 1)
            return old.standing_in(error)
        return error if isinstance(error, BffError) else Internal("no answer")

    async def _fetch(self, keys: list[K]) -> Mapping[K, object]:
        """Call the fetch once; whatever goes wrong is an error per key."""
        try:
            return await self._ask.fetch(keys)
        except BffError as error:
            return dict.fromkeys(keys, error)
        except asyncio.CancelledError:
            if not stray_cancellation():
                raise
            return self._broken(keys)
        except Exception:  # noqa: BLE001 - a bug costs its keys, not those who wait for others
            return self._broken(keys)

    def _broken(self, keys: list[K]) -> dict[K, object]:
        _log.exception("cache_fetch_failed", kind=self._kind.label, keys=len(keys))
        return dict.fromkeys(keys, Internal(f"fetching {self._kind.label} failed"))

    async def _release(self, keys: list[K]) -> None:
        await self._means.store.release(list(self._claims(keys)), self._means.token)

    def _claims(self, keys: list[K]) -> Iterator[str]:
        return (self._means.keys.claim(self._places[key]) for key in keys)

    def _place(self, key: K) -> str:
        names, kind = self._means.keys, self._kind
        hidden: Id = names.mask(key) if kind.masked else key
        if kind.listed:
            return names.listing(self._owner, kind.system, kind.name, hidden, self._ask.scope, self._ask.window)
        return names.record(self._owner, kind.system, kind.name, hidden)

    def _count(self, result: str, count: int) -> None:
        self._means.on_read(self._kind.label, result, count)


def new_versions(keys: Keys, owner: str, tags: Sequence[str]) -> list[Entry]:
    """Make a new version for each tag of a customer, as entries for the store."""
    return [Entry(keys.tag(owner, tag), secrets.token_bytes(_TOKEN_BYTES), _TAG_TTL_S) for tag in tags]
