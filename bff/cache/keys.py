"""Names of cache entries: `bff:<version>:{<owner>}:<system>:<kind>:<id>`, as reliability-security.md ('Data') has them.

A name tells apart whatever must be apart (customer, system, kind, id, and for lists the reach and the window), and no
input can be made to look like another: every part is percent-encoded, so that `:` and braces stand only where they
are written here. The owner in braces keeps all of a customer on one slot of a Redis Cluster.

The owner is a keyed hash: tax codes are few enough to be found by trying them all against a plain one (docs/adr/0003).
"""

import hashlib
import hmac
import re
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import quote

from bff.domain.system import System

Id: TypeAlias = str | tuple[str, ...]
"""A natural key; a tuple has at least two parts."""

_ALL = "all"
_MAC_BYTES = 16
_MASKS = 4096  # remembered: one is made at each request
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")  # what `quote` leaves as it is, told in a tenth of its time


class Keys:
    """Makes the names of one version of the records, under one secret."""

    def __init__(self, *, version: str, secret: bytes) -> None:
        """Take the version of the records (`kinds.VERSION`) and a secret that all workers share."""
        self._version = _escape(version)
        self._secret = secret
        self._masks = lru_cache(_MASKS)(self._mask)

    def mask(self, id: Id) -> str:  # noqa: A002 - the field's word
        """Give 32 hexadecimal digits that stand for an id and do not tell it."""
        return self._masks(id)

    def record(self, owner: str, system: System, kind: str, id: Id) -> str:  # noqa: A002 - the field's word
        """Name a record; `owner` is a masked customer."""
        return f"bff:{self._version}:{{{owner}}}:{system.value.lower()}:{_escape(kind)}:{_id(id)}"

    def listing(self, owner: str, system: System, kind: str, parent: Id, scope: str | None, window: str) -> str:
        """Name a list below a parent; scope None is the whole customer's, else a person's id.

        Raises:
            ValueError: a person's id that reads as the whole customer's scope.
        """
        if scope in {"", _ALL}:
            raise ValueError("a scope must be a person's id")
        place = f"bff:{self._version}:{{{owner}}}:{system.value.lower()}:list:{_escape(kind)}:{_id(parent)}"
        return f"{place}:{_ALL if scope is None else _escape(scope)}:{_escape(window)}"

    def claim(self, place: str) -> str:
        """Name the claim of whoever is loading an entry."""
        return f"{place}:claim"

    def tag(self, owner: str, tag: str) -> str:
        """Name the version of a tag. It is of no version of the records: old and new workers run side by side."""
        return f"bff:tag:{{{owner}}}:{_escape(tag)}"

    def _mask(self, id: Id) -> str:  # noqa: A002
        mac = hmac.digest(self._secret, _id(id).encode("ascii"), hashlib.sha256)
        return mac[:_MAC_BYTES].hex()


def _id(id: Id) -> str:  # noqa: A002
    if isinstance(id, str):
        return _escape(id)
    if len(id) < 2:  # noqa: PLR2004 - one part would read as a plain id
        raise ValueError("a key of parts has at least two")
    return ",".join(map(_escape, id))


def _escape(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote(text, safe="", errors="surrogatepass")
