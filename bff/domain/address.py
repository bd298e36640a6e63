"""Postal addresses in Italy."""

import unicodedata

import msgspec


class Address(msgspec.Struct, frozen=True, gc=False):
    """A postal address: street with number, 5-digit postcode, town, 2-letter province."""

    street: str
    postcode: str
    town: str
    province: str


def likeness(address: Address) -> tuple[str, ...]:
    """Give what two writings of one address have in common: letters without accents in capitals, and digits.

    Systems write them padded, in capitals, and `à` as `a'` (spec, legacy.md, quirk 11).
    """
    return tuple(map(_plain, msgspec.structs.astuple(address)))


def _plain(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKD", text).upper() if letter.isalnum())
