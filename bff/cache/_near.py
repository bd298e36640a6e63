"""The decoded copies of this process: which may be served without asking the shared store, and until when.

Another worker's invalidation comes as a message. While this worker listens, a copy taken meanwhile is served for
`HEARD_S`; what was taken before it listened, or under a subscription that has ended since, for the kind's `near_s`
only, as messages may have been lost. Versions of tags in the store stay the truth: a message only ends copies sooner.
"""

import math
import secrets
from collections.abc import Hashable, Sequence
from typing import Annotated, Any, NamedTuple, TypeAlias
from weakref import WeakValueDictionary

import msgspec

from bff.cache._copy import Copy
from bff.cache.kinds import HEARD_S
from bff.cache.lru import Lru
from bff.observability import (
    CACHE_INVALIDATIONS,
    CACHE_LISTENING,
    CACHE_NEAR_BYTES,
    CACHE_NEAR_ENTRIES,
    CACHE_NEAR_EVICTIONS,
)

_SENDER_BYTES = 8
_MESSAGE_MAX_BYTES = 4096


class Mark:
    """Something that holds until it is over: a state of a tag in this process, a subscription."""

    __slots__ = ("__weakref__", "live")

    def __init__(self, *, live: bool = True) -> None:
        self.live = live


class View(NamedTuple):
    """What a load began under: states of its tags, and the subscription that tells of their end."""

    marks: tuple[Mark, ...]
    subscription: Mark

    @property
    def live(self) -> bool:
        """False when a tag was invalidated since."""
        return all(mark.live for mark in self.marks)


class Near(NamedTuple):
    """A copy, and whether it may be served; else it may only stand in for a failing system."""

    copy: Copy[Any]
    servable: bool


class _Held(NamedTuple):
    copy: Copy[Any]
    until: float
    heard_until: float
    view: View


_Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class _Message(msgspec.Struct, array_like=True, frozen=True, gc=False, forbid_unknown_fields=True):
    """An invalidation on its way: who says it, the masked customer, the tags."""

    sender: bytes
    owner: _Text
    tags: Annotated[tuple[_Text, ...], msgspec.Meta(max_length=64)]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Message)


class NearCopies:
    """Copies by what they are of, within a bound of bytes; what was used longest ago goes first.

    It is the `Listener` of its store. Times are seconds since 1970; owners are masked customers.
    """

    def __init__(self, max_bytes: int, *, shared: bool) -> None:
        """Hold nothing yet; `shared` is False where no other worker writes, so that no message is needed."""
        self._copies: Lru[Hashable, _Held] = Lru(max_bytes)
        self._shared = shared
        self._marks: WeakValueDictionary[tuple[str, str], Mark] = WeakValueDictionary()
        self._subscription = Mark(live=False)
        self._sender = secrets.token_bytes(_SENDER_BYTES)

    def view(self, owner: str, tags: Sequence[str]) -> View:
        """Give the present state, for a load that begins now."""
        return View(tuple(self._marks.setdefault((owner, tag), Mark()) for tag in tags), self._subscription)

    def get(self, spot: Hashable, now: float) -> Near | None:
        """Give the copy of a spot, unless there is none or it was invalidated."""
        held = self._copies.get(spot)
        if held is None or not held.view.live:
            return None
        until = held.heard_until if held.view.subscription.live else held.until
        return Near(held.copy, now < until and held.copy.fresh(now))

    def put(self, spot: Hashable, copy: Copy[Any], view: View, *, now: float, near_s: float) -> None:
        """Hold a copy that was loaded under a view; one that was invalidated meanwhile is not held.

        `near_s` is the kind's: how long to serve it without listening, 0 for never in either case.
        """
        if not view.live:
            return
        until = now + near_s if self._shared else math.inf
        heard_until = now + max(near_s, HEARD_S) if self._shared and near_s else until
        evictions = self._copies.put(spot, _Held(copy, until, heard_until, view), copy.weight)
        CACHE_NEAR_EVICTIONS.inc(evictions)
        CACHE_NEAR_ENTRIES.set(len(self._copies))
        CACHE_NEAR_BYTES.set(self._copies.weight)

    def message(self, owner: str, tags: Sequence[str]) -> bytes:
        """Write the message that tells other workers of an invalidation here."""
        return _encoder.encode(_Message(self._sender, owner, tuple(tags)))

    def invalidate(self, owner: str, tags: Sequence[str]) -> None:
        """Serve none of these copies any more, nor what is being loaded now."""
        for tag in tags:
            if (mark := self._marks.pop((owner, tag), None)) is not None:
                mark.live = False

    def connected(self) -> None:
        """Learn that from now on all messages come."""
        self._subscription = Mark()
        CACHE_LISTENING.set(1)

    def heard(self, message: bytes) -> None:
        """Drop what a message says; the own ones have done so before they were sent.

        One that can't be read may have said anything: it counts as a subscription that was cut.
        """
        try:
            said = _decoder.decode(message[:_MESSAGE_MAX_BYTES])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            CACHE_INVALIDATIONS.labels("unreadable").inc()
            self._end_subscription()
            self.connected()
            return
        if said.sender == self._sender:
            return
        self.invalidate(said.owner, said.tags)
        CACHE_INVALIDATIONS.labels("heard").inc()

    def lost(self) -> None:
        """Learn that messages may be missed from now on, and may have been for a moment."""
        self._end_subscription()
        CACHE_LISTENING.set(0)

    def _end_subscription(self) -> None:
        self._subscription.live = False
