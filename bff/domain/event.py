"""What was told of: that something of a customer may have changed, never what is true now."""

from enum import Enum
from typing import NamedTuple

import msgspec

from bff.domain.system import System


class Topic(Enum):
    """What one can be told of as it happens."""

    ORDER = "ORDER"
    REQUEST = "REQUEST"


class Hint(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """That something of a customer has changed, by whoever says so.

    `customer_key` is the mobile customer's id or the fixed customer's code, `key` that of the thing; None: any of them.
    Without a `system` it was changed here, and `customer_key` is the name that the company has in the cache.
    """

    topic: Topic
    system: System | None
    customer_key: str
    key: str | None = None


class Thing(NamedTuple):
    """A thing by the system that knows it and its key there."""

    system: System
    key: str
