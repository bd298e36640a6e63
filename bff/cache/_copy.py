"""What is kept of a value: its bytes in the store, its decoded copy in the process, and how old it may get."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, cast

import msgspec

from bff.cache.kinds import Kind
from bff.errors import BackendError

V = TypeVar("V")

SKEW_S = 5.0  # clocks of two workers may differ by this; a copy from further ahead was made before a clock was set back
_DECODED = 4  # bytes of the decoded records for each byte of theirs; measured in tests/cache/test_copy.py
_COPY_BYTES = 700


class Read(msgspec.Struct, Generic[V], frozen=True):
    """A value and when its system gave it; `error` is why an old one stands in, None for one within its lifetime."""

    value: V
    as_of: datetime
    error: BackendError | None = None

    @property
    def stale(self) -> bool:
        """True when the value is older than its lifetime and its system failed to give another."""
        return self.error is not None


class Copy(msgspec.Struct, Generic[V]):
    """A decoded entry. Times are seconds since 1970; `read` is None for a key that the system does not know."""

    read: Read[V] | None
    versions: tuple[bytes, ...]
    loaded_at: float
    fresh_until: float
    refresh_at: float
    weight: int

    def fresh(self, now: float) -> bool:
        """Tell whether the copy is within its lifetime."""
        return self.loaded_at - SKEW_S <= now < self.fresh_until

    def can_stand_in(self, now: float, beyond_s: float) -> bool:
        """Tell whether the copy may be served for a failing system, `beyond_s` after its lifetime at most."""
        return self.read is not None and self.loaded_at - SKEW_S <= now < self.fresh_until + beyond_s

    def standing_in(self, error: BackendError) -> "Copy[V]":
        """Give the copy with the reason why it is served although it is old."""
        read = None if self.read is None else msgspec.structs.replace(self.read, error=error)
        return msgspec.structs.replace(self, read=read)


_Instant: TypeAlias = Annotated[float, msgspec.Meta(ge=0, lt=2**35)]
"""Seconds since 1970, within what a datetime can hold."""


class _Envelope(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the store holds, with the name that it is held under.

    `versions` are those of the tags before the load, `body` is None for an unknown key.
    """

    place: str
    loaded_at: _Instant
    fresh_until: _Instant
    versions: tuple[bytes, ...]
    body: bytes | None


_encoder = msgspec.msgpack.Encoder()
_envelope = msgspec.msgpack.Decoder(_Envelope)


@cache
def _decoder(kind: Kind[V]) -> msgspec.msgpack.Decoder[V]:
    return msgspec.msgpack.Decoder(kind.record)


def pack(
    kind: Kind[Any], place: str, value: object, *, versions: tuple[bytes, ...], now: float, shorter: float
) -> bytes:
    """Encode a value for its place in the store; None stands for a key that the system does not know.

    `shorter` is the share, 0 to 1, taken off its lifetime, so that what was loaded together does not end together.
    """
    lifetime_s = kind.negative_s if value is None else kind.lifetime_s
    body = None if value is None else _encoder.encode(value)
    return _encoder.encode(_Envelope(place, now, now + lifetime_s * (1 - shorter), versions, body))


def unpack(kind: Kind[V], place: str, blob: bytes) -> Copy[V]:
    """Decode what `pack` made for this place: a store that mixed its answers up must not mix customers up.

    Raises:
        msgspec.MsgspecError: the bytes are no entry of this kind, or another place's.
    """
    name, loaded_at, fresh_until, versions, body = msgspec.structs.astuple(_decoded(_envelope, blob))
    if name != place:
        raise msgspec.ValidationError("an entry of another place")
    read: Read[V] | None = None
    refresh_at = math.inf
    if body is not None:
        value = _decoded(_decoder(kind), body)
        if kind.run_key is not None:
            value = cast("V", tuple(sorted(cast("Iterable[Any]", value), key=kind.run_key)))
        read = Read(value, datetime.fromtimestamp(loaded_at, UTC))
        if kind.refresh_after_s is not None:
            refresh_at = fresh_until - (kind.lifetime_s - kind.refresh_after_s)
    return Copy(read, versions, loaded_at, fresh_until, refresh_at, _COPY_BYTES + _DECODED * len(blob))


def _decoded(decoder: msgspec.msgpack.Decoder[V], data: bytes) -> V:
    try:
        return decoder.decode(data)
    except UnicodeDecodeError as error:  # the library's own for a text that is none
        raise msgspec.DecodeError("a text that is no UTF-8") from error
