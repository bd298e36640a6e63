"""Profiles, which rows a grant covers, which networks a profile reads from."""

from collections.abc import Mapping
from enum import Enum

import msgspec

from bff.domain.system import System


class Profile(Enum):
    """What a person may do for a customer."""

    LEGAL_REPRESENTATIVE = "LEGAL_REPRESENTATIVE"
    ADMIN_FULL = "ADMIN_FULL"
    ADMIN_LIGHT = "ADMIN_LIGHT"
    END_USER = "END_USER"
    END_USER_PURCHASER = "END_USER_PURCHASER"
    CEASED_CUSTOMER = "CEASED_CUSTOMER"


class Reach(Enum):
    """Which rows a grant covers: the whole customer's, or only the person's own."""

    ALL = "all"
    OWN = "own"


class Grant(msgspec.Struct, frozen=True):
    """Which rows a field may give, by class of record; a class that is missing may not be read at all.

    A field that gives one class of record has one entry; one that gives an interface, an entry per class allowed.
    """

    rows: Mapping[type, Reach]

    def reach(self, record: type) -> Reach | None:
        """Say which rows of a class may be read; None is none."""
        return self.rows.get(record)


# Few profiles, few reads: who never needs a system never waits for it.
SYSTEMS: Mapping[Profile, frozenset[System]] = {
    Profile.LEGAL_REPRESENTATIVE: frozenset({System.MOBILE, System.FIXED}),
    Profile.ADMIN_FULL: frozenset({System.MOBILE, System.FIXED}),
    Profile.ADMIN_LIGHT: frozenset({System.MOBILE, System.FIXED}),
    Profile.END_USER: frozenset({System.MOBILE}),
    Profile.END_USER_PURCHASER: frozenset({System.MOBILE}),
    Profile.CEASED_CUSTOMER: frozenset({System.FIXED}),
}
