"""How current a value is."""

from datetime import datetime
from enum import Enum

import msgspec

from bff.domain.system import System


class FreshnessState(Enum):
    """How current a value is."""

    FRESH = "FRESH"
    STALE = "STALE"
    UNAVAILABLE = "UNAVAILABLE"


class Freshness(msgspec.Struct, frozen=True, gc=False):
    """State of a value, when it was read (None when missing), and the system that it comes from."""

    state: FreshnessState
    as_of: datetime | None
    system: System
