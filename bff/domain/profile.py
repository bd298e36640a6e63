"""Profiles, and which rows a grant covers."""

from enum import Enum


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
