"""People: who may sign in, and for which companies they act with which profile."""

from enum import Enum

import msgspec

from bff.domain.profile import Profile


class RegistrationState(Enum):
    """How far a person is with their registration for one company."""

    TO_REGISTER = "TO_REGISTER"
    INVITED = "INVITED"
    REGISTERED = "REGISTERED"
    DISABLED = "DISABLED"
    UNKNOWN = "UNKNOWN"


class Membership(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """That a person acts for a company. `line_key` is the mobile line of the person's own, None without one.

    `profile` is None when the directory names one that we don't know: such a membership can't be used.
    """

    key: str
    company_tax_code: str
    profile: Profile | None
    state: RegistrationState
    active: bool
    line_key: str | None

    @property
    def usable(self) -> bool:
        """True when the person may act under it now."""
        return self.active and self.state is RegistrationState.REGISTERED and self.profile is not None


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
