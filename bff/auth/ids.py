"""Ids and cursors that clients hold: opaque, stable, and readable by their own customer only.

An id is AES-SIV (RFC 5297) over type, system and natural key. Purpose, version and customer are its associated data:
SIV authenticates them, so that another customer's id fails exactly as one that was never made, in the same work. Why
so, and how fast: docs/adr/0004-ids-and-cursors.md. Whether the thing still exists is the backends' to tell.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from bff.domain.system import System
from bff.errors import BadRequest, NotFound

SortValue = str | int | None

_ID = b"bff:id:1"
_CURSOR = b"bff:cursor:1"
_TEXT_MAX = 2048
_NEVER_MADE = bytes(32)

_Read = TypeVar("_Read")


class GlobalId(msgspec.Struct, frozen=True, array_like=True):
    """What an id names: a type of the schema, the system that knows it (None: more than one), its natural key."""

    type: str
    system: System | None
    key: tuple[str, ...]


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """A place in a list: after the row with these sort values and, among equals, this key."""

    sort_values: tuple[SortValue, ...]
    key: tuple[str, ...]


class Cipher(Protocol):
    """Deterministic authenticated encryption under one key, as cryptography's AESSIV has it."""

    def encrypt(self, data: bytes, bound_to: list[bytes], /) -> bytes: ...  # noqa: D102  # see the class

    def decrypt(self, data: bytes, bound_to: list[bytes], /) -> bytes: ...  # noqa: D102


class Ids:
    """Makes and reads ids and cursors.

    Args:
        keys: one or two, of 64 bytes; the first makes, all read.
        cipher: makes the cipher of a key.
    """

    def __init__(self, keys: Sequence[bytes], *, cipher: Callable[[bytes], Cipher] = AESSIV) -> None:
        self._ciphers = tuple(cipher(key) for key in keys)

    def encode(self, type_name: str, system: System | None, key: tuple[str, ...], customer: str) -> str:
        """Make the id of a thing for its customer: a company's tax code, or the person's key for what is their own."""
        return self._seal(GlobalId(type_name, system, key), [_ID, customer.encode()])

    def decode(self, text: str, customer: str) -> GlobalId:
        """Read an id.

        Raises:
            NotFound: malformed, another customer's, or never made; not told apart.
        """
        found = self._open(text, [_ID, customer.encode()], _READ_ID)
        if found is None:
            raise NotFound
        return found

    def cursor(self, sort_values: Sequence[SortValue], key: tuple[str, ...], customer: str, list_name: str) -> str:
        """Make the cursor of a row. `list_name` names the list and its order, so that it fits no other."""
        return self._seal(Cursor(tuple(sort_values), key), [_CURSOR, customer.encode(), list_name.encode()])

    def open_cursor(self, text: str, customer: str, list_name: str) -> Cursor:
        """Read a cursor.

        Raises:
            BadRequest: it is not one of this list in this order.
        """
        found = self._open(text, [_CURSOR, customer.encode(), list_name.encode()], _READ_CURSOR)
        if found is None:
            raise BadRequest("The cursor is not one of this list in this order; start again without a cursor.")
        return found

    def _seal(self, content: GlobalId | Cursor, bound_to: list[bytes]) -> str:
        return _pack(self._ciphers[0].encrypt(_WRITER.encode(content), bound_to))

    def _open(self, text: str, bound_to: list[bytes], reader: msgspec.msgpack.Decoder[_Read]) -> _Read | None:
        sealed = _unpack(text)
        for cipher in self._ciphers:
            try:
                return reader.decode(cipher.decrypt(sealed, bound_to))
            except (InvalidTag, msgspec.DecodeError):
                continue
        return None


def _pack(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _unpack(text: str) -> bytes:
    """Read what `_pack` wrote; anything else becomes bytes that no key opens, so that it is tried all the same."""
    try:
        sealed = b64decode(text[:_TEXT_MAX] + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return _NEVER_MADE
    return sealed if _pack(sealed) == text else _NEVER_MADE


_WRITER: Final = msgspec.msgpack.Encoder()
_READ_ID: Final = msgspec.msgpack.Decoder(GlobalId)
_READ_CURSOR: Final = msgspec.msgpack.Decoder(Cursor)
