"""What was told of: that something of a customer may have changed, never what is true now."""

from enum import Enum
from typing import NamedTuple

import msgspec

from bff.domain.system import System


class Topic(Enum):
    """What systems tell of as it happens; orders and requests are what customers subscribe to.

    PRODUCT is what a customer has, lines and services; OFFER what is recommended to a customer; CATALOGUE what is sold
    to all, offerings and campaigns.
    """

    ORDER = "ORDER"
    REQUEST = "REQUEST"
    PRODUCT = "PRODUCT"
    OFFER = "OFFER"
    CATALOGUE = "CATALOGUE"
    PERSON = "PERSON"
    """What a person may do: no system tells of it, we do."""
    PAYMENT = "PAYMENT"


class Hint(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """That something of a customer has changed, by whoever says so.

    `customer_key` is the mobile customer's or party's id or the fixed customer's code, empty for what is everybody's;
    `key` is that of the thing; None: any of them. Without a `system` it was changed here, and `customer_key` is the
    name that the company, or the person, has in the cache.
    """

    topic: Topic
    system: System | None
    customer_key: str
    key: str | None = None


class Thing(NamedTuple):
    """A thing by the system that knows it and its key there."""

    system: System
    key: str
