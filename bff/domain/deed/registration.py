"""The deed of who completes their registration: ids and codes; all that tells of the person goes beside it."""

from typing import NamedTuple

import msgspec

from bff.domain.profile import Profile


class PersonRegistered(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="person-registered", tag_field="deed"):
    """To let a person come in: as a new user, or as who is in the directory, there expected by this company or others.

    `subject` is the one of their tokens. `user_key` is None for a new user, `membership_key` for a new membership.
    """

    profile: Profile
    subject: str
    on_mobile: bool
    user_key: str | None = None
    membership_key: str | None = None


class Registrant(NamedTuple):
    """Who comes in, for the call alone; `version` is that of a person who is there, as they were judged."""

    company_tax_code: str
    first_name: str
    last_name: str
    tax_code: str
    mobile_number: str
    email: str
    username: str
    version: str | None
