"""People: who may sign in, and for which companies they act with which profile."""

import unicodedata
from enum import Enum

import msgspec

from bff.domain.profile import Profile


class UserState(Enum):
    """State of a user: how far they are with their registration for one company."""

    TO_REGISTER = "TO_REGISTER"
    INVITED = "INVITED"
    REGISTERED = "REGISTERED"
    DISABLED = "DISABLED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_pending(self) -> bool:
        """True of who has yet to come in."""
        return self in {UserState.TO_REGISTER, UserState.INVITED}


class UserOrigin(Enum):
    """Where a user comes from."""

    IMPORTED_MOBILE = "IMPORTED_MOBILE"
    IMPORTED_FIXED = "IMPORTED_FIXED"
    CREATED = "CREATED"
    UNKNOWN = "UNKNOWN"


class UserSortField(Enum):
    """What users are sorted by."""

    NAME = "NAME"
    PROFILE = "PROFILE"
    STATE = "STATE"


class Membership(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """That a person acts for a company. `line_key` is the mobile line of the person's own, None without one.

    `profile` is None when the directory names one that we don't know: such a membership can't be used.
    """

    key: str
    company_tax_code: str
    profile: Profile | None
    state: UserState
    active: bool
    line_key: str | None

    @property
    def usable(self) -> bool:
        """True when the person may act under it now."""
        return self.active and self.state is UserState.REGISTERED and self.profile is not None


class User(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A person in the directory; `subject` is the `sub` of their tokens."""

    key: str
    subject: str
    active: bool
    username: str
    first_name: str
    last_name: str
    email: str
    tax_code: str | None
    mobile_number: str | None
    memberships: tuple[Membership, ...]


class PortalUser(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A person in the user management of one company, by their membership there; a second one is a second row.

    `profile` is None when the directory names one that we don't know. `line_key` is the mobile line of the person's
    own, None without one. `email` and `username` are None as long as there is none, and as long as somebody known by
    another membership has not come in by this one: a company that names a person learns nothing else of them by it.

    `subject` is the one of their tokens, None for who has none; `login` what they sign in as, also before they have
    chosen it; `letters_to` the address that letters go to, shown or not. `elsewhere` tells that they have another
    membership too. `version` is that of the person in the directory, which changes with them.
    """

    user_key: str
    membership_key: str
    subject: str | None = None
    login: str | None = None
    letters_to: str | None = None
    elsewhere: bool = False
    version: str | None = None
    first_name: str
    last_name: str
    tax_code: str | None
    email: str | None
    username: str | None
    profile: Profile | None
    state: UserState
    origin: UserOrigin
    line_key: str | None

    @property
    def key(self) -> str:
        """What tells the row from others of the company."""
        return f"{self.user_key} {self.membership_key}"


def state_shown(registration: UserState, *, active: bool) -> UserState:
    """Tell the state of a user: who is registered and switched off is deactivated, others are as far as they are."""
    return UserState.DISABLED if registration is UserState.REGISTERED and not active else registration


def letters_of(name: str) -> str:
    """Reduce a name to its letters and digits, small and without accents, as two systems may write it."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum())
