"""What a document would do, told without doing it."""

from enum import Enum

import msgspec

from bff.domain.system import System


class CacheScope(Enum):
    """Who may share a value that is kept."""

    PUBLIC = "PUBLIC"
    CUSTOMER = "CUSTOMER"
    PERSON = "PERSON"


class DeniedSelection(msgspec.Struct, frozen=True, gc=False):
    """A selection that a profile may not use, by its path in the document, and the function that denies it."""

    path: tuple[str, ...]
    function: str


class PlannedCall(msgspec.Struct, frozen=True, gc=False):
    """An operation of a system that may be called, with at most so many keys in one call."""

    system: System
    operation: str
    keys: int


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a document would do: what it costs in points, what is denied, what may be called, how long it keeps."""

    cost: int
    denied: tuple[DeniedSelection, ...]
    calls: tuple[PlannedCall, ...]
    max_age: int
    scope: CacheScope
