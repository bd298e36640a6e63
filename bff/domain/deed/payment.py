"""Deeds that open a payment."""

from typing import NamedTuple

import msgspec


class Checkout(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="checkout", tag_field="deed"):
    """To open a session at the payment provider; where it leads back to stands beside it, and is not kept."""

    cents: int


class Returning(NamedTuple):
    """Where the hosted page leads back to, and the language that it speaks: "it" or "en"."""

    url: str
    language: str
