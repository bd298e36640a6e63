"""Deeds on the users of a company: ids and codes; names, tax codes and e-mails go beside them."""

from enum import Enum
from typing import NamedTuple

import msgspec

from bff.domain.profile import Profile
from bff.domain.user import PortalUser


class UserAct(Enum):
    """What is done to a user's membership."""

    PROFILE = "PROFILE"
    INVITE = "INVITE"
    DEACTIVATE = "DEACTIVATE"
    DELETE = "DELETE"


class UserMade(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="user-made", tag_field="deed"):
    """To let a person act for a company, as a new user or as one who acts for others already."""

    profile: Profile
    line_key: str | None


class UserChange(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="user-change", tag_field="deed"):
    """To change what a user is in a company; `profile` is the one to give, None for other acts.

    `subject` is the one of their tokens, None for who has none yet.
    """

    act: UserAct
    user_key: str
    membership_key: str
    subject: str | None
    profile: Profile | None = None


class CredentialsMail(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="credentials-mail", tag_field="deed"):
    """To send a letter that leads to the identity provider's page: to set a first password, or a new one."""

    subject: str
    first: bool


class NewUser(NamedTuple):
    """Who is to act for a company: what tells of the person, for the call alone."""

    company_tax_code: str
    first_name: str
    last_name: str
    tax_code: str
    email: str
    language: str


class Made(NamedTuple):
    """A user who was made: as whom they sign in, and where letters reach them; None for nowhere."""

    subject: str | None
    username: str | None
    email: str | None
    first_name: str


class Recipient(NamedTuple):
    """Whom a letter goes to, and in which language; without a username they have none that the provider must learn."""

    username: str | None
    email: str
    first_name: str
    language: str


class Known(NamedTuple):
    """A user as they were judged.

    `email` is the one that they are to have from now on, None for the one they have. `recipient` is who gets a letter,
    None for nobody.
    """

    user: PortalUser
    email: str | None = None
    recipient: Recipient | None = None
