"""Postal addresses in Italy."""

import msgspec


class Address(msgspec.Struct, frozen=True, gc=False):
    """A postal address: street with number, 5-digit postcode, town, 2-letter province."""

    street: str
    postcode: str
    town: str
    province: str
