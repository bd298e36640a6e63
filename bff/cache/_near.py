"""The decoded copies of this process: which may be served without asking the shared store, and until when.

Copies stand on shelves: one for each kind, customer, scope and window, so that finding all keys of a read is one look
for the shelf and one for each key. An invalidation takes whole shelves away; a load belongs to the shelf that it began
for, and what it brings is dropped with it.

Another worker's invalidation comes as a message. While this worker hears them, a copy taken meanwhile is served for
`HEARD_S`; what was taken before, or under a subscription that has ended since, for the kind's `near_s` only, as
messages may have been lost. Versions of tags in the store stay the truth: a message only ends copies sooner.
"""

import math
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from bff.cache._copy import SKEW_S, Copy, Read
from bff.cache.flight import Flight
from bff.cache.kinds import HEARD_S, Kind
from bff.errors import BffError
from bff.observability import (
    CACHE_INVALIDATIONS,
    CACHE_LISTENING,
    CACHE_NEAR_BYTES,
    CACHE_NEAR_ENTRIES,
    CACHE_NEAR_EVICTIONS,
)

K = TypeVar("K")

Outcomes: TypeAlias = dict[Any, Copy[Any] | BffError]

Name: TypeAlias = tuple[Kind[Any], str, str | None, str]
"""What tells a shelf from all others: kind, customer, scope, window."""

_SHELF_BYTES = 1_000  # measured in tests/cache/test_near.py
_SENDER_BYTES = 8
_MESSAGE_MAX_BYTES = 4096


class Hearing:
    """One subscription to the other workers' invalidations."""

    __slots__ = ()


class _Held:
    """A copy and its times: `plain_from` to `plain_until` it is served as it is, while `hearing` is what it was."""

    __slots__ = ("copy", "deaf_until", "hearing", "plain_from", "plain_until", "read", "until")

    def __init__(self, copy: Copy[Any], hearing: Hearing | None, until: float, deaf_until: float) -> None:
        self.copy = copy
        self.read = copy.read
        self.hearing = hearing
        self.until = until
        self.deaf_until = deaf_until
        self.plain_from = copy.loaded_at - SKEW_S
        self.plain_until = min(until, copy.fresh_until, copy.refresh_at)


class Shelf:
    """Copies by key, the oldest first, and the loads on their way.

    Attributes:
        owner: the masked customer.
        open: False from an invalidation of one of the kind's tags on: nothing is put here or read from here any more.
    """

    __slots__ = ("copies", "flights", "kind", "name", "open", "owner")

    def __init__(self, name: Name, owner: str) -> None:
        self.name = name
        self.kind = name[0]
        self.owner = owner
        self.open = True
        self.copies: OrderedDict[Any, _Held] = OrderedDict()  # a dict finds its oldest slower with each one gone
        self.flights: dict[Any, Flight[Outcomes]] = {}


class Near(NamedTuple):
    """A copy, and whether it may be served; else it may only stand in for a failing system."""

    copy: Copy[Any]
    servable: bool


_Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class _Message(msgspec.Struct, array_like=True, frozen=True, gc=False, forbid_unknown_fields=True):
    """An invalidation on its way: who says it, the masked customer, the tags."""

    sender: bytes
    owner: _Text
    tags: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=64)]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Message)


class NearCopies:
    """Shelves within a bound of bytes: the one used longest ago makes room, by its oldest copies.

    It is the `Listener` of its store. Times are seconds since 1970; owners are masked customers.

    Attributes:
        hearing: the subscription of this moment, None without one.
    """

    def __init__(self, max_bytes: int, *, shared: bool) -> None:
        """Hold nothing yet; `shared` is False where no other worker writes, so that no message is needed."""
        self.hearing: Hearing | None = None
        self._max_bytes = max_bytes
        self._shared = shared
        self._shelves: OrderedDict[Name, Shelf] = OrderedDict()
        self._owned: dict[str, set[Shelf]] = {}
        self._bytes = 0
        self._entries = 0
        self._sender = secrets.token_bytes(_SENDER_BYTES)

    def find(self, name: Name) -> Shelf | None:
        """Give a shelf and count it as used; None when there is none."""
        shelf = self._shelves.get(name)
        if shelf is not None:
            self._shelves.move_to_end(name)
        return shelf

    def build(self, name: Name, owner: str) -> Shelf:
        """Make a shelf where none is. It lasts while it has copies or flights; see `tidy`."""
        shelf = self._shelves[name] = Shelf(name, owner)
        self._owned.setdefault(owner, set()).add(shelf)
        self._bytes += _SHELF_BYTES
        return shelf

    def recall(self, shelf: Shelf, keys: Iterable[K], now: float) -> tuple[dict[K, Read[Any] | BffError], list[K]]:
        """Give what is served as it is, without the keys that the system does not know, and the keys to see to."""
        hearing, copies = self.hearing, shelf.copies
        found: dict[K, Read[Any] | BffError] = {}
        rest: list[K] = []
        for key in keys:
            held = copies.get(key)
            if held is None or held.hearing is not hearing or not held.plain_from <= now < held.plain_until:
                rest.append(key)
            elif (read := held.read) is not None:
                found[key] = read
        return found, rest

    def get(self, shelf: Shelf, key: object, now: float) -> Near | None:
        """Give the copy of a key, also one that is due to be read anew or too old to be served."""
        held = shelf.copies.get(key)
        if held is None:
            return None
        until = held.until if held.hearing is self.hearing else held.deaf_until
        return Near(held.copy, now < until and held.copy.fresh(now))

    def put(self, shelf: Shelf, copies: Mapping[Any, Copy[Any]], *, hearing: Hearing | None, now: float) -> None:
        """Hold copies that were loaded for this shelf; `hearing` is from before the load."""
        near_s = shelf.kind.near_s
        if not shelf.open or (self._shared and not near_s and not shelf.kind.stale_if_error_s):
            return
        deaf_until = now + near_s if self._shared else math.inf
        until = now + max(near_s, HEARD_S) if self._shared and near_s and hearing is not None else deaf_until
        for key, copy in copies.items():
            self._drop(shelf, key)
            if copy.weight <= self._max_bytes:
                shelf.copies[key] = _Held(copy, hearing, until, deaf_until)
                self._bytes += copy.weight
                self._entries += 1
        CACHE_NEAR_EVICTIONS.inc(self._make_room())
        self._tell()

    def tidy(self, shelf: Shelf) -> None:
        """Take a shelf away that has nothing on it and nothing on its way."""
        if shelf.open and not shelf.copies and not shelf.flights:
            self._close(shelf)

    def invalidate(self, owner: str, tags: Sequence[str]) -> None:
        """Serve none of these copies any more, nor what is being loaded now."""
        for shelf in list(self._owned.get(owner, ())):
            if not set(tags).isdisjoint(shelf.kind.tags):
                self._close(shelf)
        self._tell()

    def message(self, owner: str, tags: Sequence[str]) -> bytes:
        """Write the message that tells other workers of an invalidation here."""
        return _encoder.encode(_Message(self._sender, owner, tuple(tags)))

    def connected(self) -> None:
        """Learn that from now on all messages come."""
        self.hearing = Hearing()
        CACHE_LISTENING.set(1)

    def heard(self, message: bytes) -> None:
        """Drop what a message says; the own ones have done so before they were sent.

        One that can't be read may have said anything: it counts as a subscription that was cut.
        """
        try:
            said = _decoder.decode(message[:_MESSAGE_MAX_BYTES])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            CACHE_INVALIDATIONS.labels("unreadable").inc()
            self.connected()
            return
        if said.sender == self._sender:
            return
        self.invalidate(said.owner, said.tags)
        CACHE_INVALIDATIONS.labels("heard").inc()

    def lost(self) -> None:
        """Learn that messages may be missed from now on, and may have been for a moment."""
        self.hearing = None
        CACHE_LISTENING.set(0)

    def _make_room(self) -> int:
        """Drop copies until all is within the bound; give how many."""
        dropped = 0
        while self._bytes > self._max_bytes:
            shelf = next((each for each in self._shelves.values() if each.copies), None)
            if shelf is None:
                break
            self._drop(shelf, next(iter(shelf.copies)))
            self.tidy(shelf)
            dropped += 1
        return dropped

    def _drop(self, shelf: Shelf, key: object) -> None:
        held = shelf.copies.pop(key, None)
        if held is not None:
            self._bytes -= held.copy.weight
            self._entries -= 1

    def _close(self, shelf: Shelf) -> None:
        shelf.open = False
        del self._shelves[shelf.name]
        of_owner = self._owned[shelf.owner]
        of_owner.remove(shelf)
        if not of_owner:
            del self._owned[shelf.owner]
        self._bytes -= _SHELF_BYTES + sum(held.copy.weight for held in shelf.copies.values())
        self._entries -= len(shelf.copies)

    def _tell(self) -> None:
        CACHE_NEAR_ENTRIES.set(self._entries)
        CACHE_NEAR_BYTES.set(self._bytes)
