"""Changes of users: who may act for the company, as what, and how they come by their credentials.

A credential never passes here: the directory has the identity provider invite whoever becomes INVITED, and the provider
sends all other mails that lead to its pages.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from bff.context import Context
from bff.domain import given as typed
from bff.domain.change import Changed, ChangedAll
from bff.domain.customer import Customer
from bff.domain.deed import Judged
from bff.domain.deed.user import CredentialsMail, Known, NewUser, Recipient, UserAct, UserChange, UserMade
from bff.domain.error_code import ErrorCode
from bff.domain.line import LineState, MobileLine
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.domain.text import Text
from bff.domain.user import PortalUser, UserState
from bff.errors import BffError
from bff.resolvers import acting, line_reference, user
from bff.resolvers._id import decode, key_of
from bff.resolvers.given import NAME_MAX, Given

USERS_MAX = 100
"""How many users one request may name."""

_TOUCHED = ("user",)
_CREATE = acting.Doing("userCreate", System.DIRECTORY, _TOUCHED)
_WITH_LINE = {Profile.END_USER, Profile.END_USER_PURCHASER}
_LEAVING = {LineState.CEASING, LineState.CEASED}

_NAME = Text("Serve un nome di sole lettere.", "A name of letters only is needed.")
_TAX_CODE = Text("Il codice fiscale non è valido.", "The tax code is not valid.")
_EMAIL = Text("L'indirizzo e-mail non è valido.", "The e-mail address is not valid.")
_NO_EMAIL = Text("Serve l'indirizzo e-mail.", "The e-mail address is needed.")
_OWN_EMAIL = Text("L'indirizzo può cambiarlo solo l'interessato.", "Only the person can change their address.")
_NO_LINE = Text("Questo profilo richiede una linea mobile.", "This profile needs a mobile line.")
_LEFT = Text("La linea è cessata o in cessazione.", "The line has ceased, or is about to.")
_THERE = Text("Un'utenza con questo codice fiscale esiste già.", "There is a user with this tax code already.")
_UNKNOWN = Text("L'utenza non può ancora accedere.", "The user can't sign in yet.")


class AssignableProfile(Enum):
    """Profiles that user management can give."""

    ADMIN_FULL = "ADMIN_FULL"
    ADMIN_LIGHT = "ADMIN_LIGHT"
    END_USER = "END_USER"
    END_USER_PURCHASER = "END_USER_PURCHASER"


class CreateWanted(acting.Keyed, Protocol):
    """Who is to be a user, and as what."""

    first_name: str
    last_name: str
    tax_code: str
    email: str
    profile: AssignableProfile
    line_id: str | None


class Wanted(acting.Keyed, Protocol):
    """Which users, by their global ids."""

    @property
    def user_ids(self) -> Sequence[str]:
        """Global ids of users."""


class ProfileWanted(Wanted, Protocol):
    """And the profile to give them."""

    profile: AssignableProfile


class ToRegister(Protocol):
    """A user who is to be registered, with their e-mail; None takes the one known."""

    email: str | None

    @property
    def user_id(self) -> str:
        """Global id."""


class RegisterWanted(acting.Keyed, Protocol):
    """Which users, each with an e-mail."""

    @property
    def users(self) -> Sequence[ToRegister]:
        """The users."""


# --- one --------------------------------------------------------------------------------------------------------------


async def create(context: Context, wanted: CreateWanted) -> Changed:
    """Let a person act for the company. Raises BffError when it was surely not done."""
    profile = Profile(wanted.profile.value)
    line_key = None if wanted.line_id is None else key_of(context, wanted.line_id, MobileLine)

    async def prepare() -> Judged:
        new = _new(context, wanted, profile)
        await acting.judge(context, _CREATE.mutation, Customer(context.customer))
        if wanted.line_id is not None:
            await _check_line(context, line_key)
        if any(each.tax_code == new.tax_code for each in (await user.every(context)).rows):
            acting.refuse(context, ErrorCode.TAKEN, _THERE, "taxCode")
        return Judged(UserMade(profile=profile, line_key=line_key), new)

    given = {
        "names": [wanted.first_name, wanted.last_name],
        "taxCode": wanted.tax_code,
        "email": wanted.email,
        "profile": profile.value,
        "line": line_key or wanted.line_id,
    }
    return await acting.change(context, _CREATE, wanted.idempotency_key, given, prepare)


def _new(context: Context, wanted: CreateWanted, profile: Profile) -> NewUser:
    """Read who it is. Raises Refused, with all that is wrong."""
    reading = Given(context)
    new = NewUser(
        company_tax_code=context.customer,
        first_name=reading.read(_name, wanted.first_name, _NAME, "firstName"),
        last_name=reading.read(_name, wanted.last_name, _NAME, "lastName"),
        tax_code=reading.read(typed.personal_tax_code, wanted.tax_code, _TAX_CODE, "taxCode"),
        email=reading.read(typed.email, wanted.email, _EMAIL, "email"),
        language=context.language,
    )
    if profile in _WITH_LINE and wanted.line_id is None:
        reading.add(_NO_LINE, "lineId", code=ErrorCode.REQUIRED)
    reading.refuse()
    return new


def _name(text: str) -> str | None:
    return typed.name(text, longest=NAME_MAX)


async def _check_line(context: Context, line_key: str | None) -> None:
    [line] = await line_reference.mobile_by_key(context, [line_key], context.types)
    if isinstance(line, BffError):
        raise line
    if line is None:
        acting.unknown(context, "lineId")
    if line.state in _LEAVING:
        acting.refuse(context, ErrorCode.WRONG_STATE, _LEFT, "lineId")


# --- many -------------------------------------------------------------------------------------------------------------


async def register(context: Context, wanted: RegisterWanted) -> ChangedAll:
    """Invite users who are to register. Raises BffError when nothing was done."""
    doing = _doing("usersRegister", "users")
    emails = {each.user_id: each.email for each in reversed(wanted.users)}
    ids = [each.user_id for each in wanted.users]

    def deed(found: PortalUser, item: acting.Item) -> Judged:
        email = _email(context, found, emails[item.id], item)
        return _invitation(context, found, item, email)

    given = {"emails": [emails[each] for each in dict.fromkeys(ids)]}
    return await _all(context, doing, ids, wanted.idempotency_key, deed, given)


async def change_profile(context: Context, wanted: ProfileWanted) -> ChangedAll:
    """Give users another profile. Raises BffError when nothing was done."""
    profile = Profile(wanted.profile.value)

    def deed(found: PortalUser, item: acting.Item) -> Judged:
        if profile in _WITH_LINE and found.line_key is None:
            acting.refuse(context, ErrorCode.NOT_ELIGIBLE, _NO_LINE, *item.field)
        return Judged(_change(found, UserAct.PROFILE, profile), Known(found))

    doing, given = _doing("usersProfileChange"), {"profile": profile.value}
    return await _all(context, doing, wanted.user_ids, wanted.idempotency_key, deed, given)


async def reset_password(context: Context, wanted: Wanted) -> ChangedAll:
    """Have users sent to where they set a new password. Raises BffError when nothing was done."""

    def deed(found: PortalUser, item: acting.Item) -> Judged:
        return _mail(context, found, item, first=False)

    return await _all(context, _doing("usersPasswordReset"), wanted.user_ids, wanted.idempotency_key, deed)


async def send_credentials(context: Context, wanted: Wanted) -> ChangedAll:
    """Invite users, or do so again. Raises BffError when nothing was done."""

    def deed(found: PortalUser, item: acting.Item) -> Judged:
        if found.state is UserState.TO_REGISTER:
            return _invitation(context, found, item, None)
        return _mail(context, found, item, first=True)

    return await _all(context, _doing("usersCredentialsSend"), wanted.user_ids, wanted.idempotency_key, deed)


async def deactivate(context: Context, wanted: Wanted) -> ChangedAll:
    """Switch users off. Raises BffError when nothing was done."""

    def deed(found: PortalUser, _item: acting.Item) -> Judged:
        return Judged(_change(found, UserAct.DEACTIVATE), Known(found))

    return await _all(context, _doing("usersDeactivate"), wanted.user_ids, wanted.idempotency_key, deed)


async def delete(context: Context, wanted: Wanted) -> ChangedAll:
    """Let people act for the company no more. Raises BffError when nothing was done."""

    def deed(found: PortalUser, _item: acting.Item) -> Judged:
        return Judged(_change(found, UserAct.DELETE), Known(found))

    return await _all(context, _doing("usersDelete"), wanted.user_ids, wanted.idempotency_key, deed)


def _doing(mutation: str, field: str = "userIds") -> acting.DoingAll:
    """Describe a change of many users: a call for each, so that each is settled by itself."""
    return acting.DoingAll(mutation, field, USERS_MAX, 1, _TOUCHED)


async def _all(
    context: Context,
    doing: acting.DoingAll,
    ids: Sequence[str],
    key: str,
    deed: Callable[[PortalUser, acting.Item], Judged],
    given: Mapping[str, Any] = {},
) -> ChangedAll:
    async def prepare(items: Sequence[acting.Item]) -> Judged:
        things = await user.by_key(context, [tuple(str(each.key).split(" ")) for each in items])
        [found], _ = await acting.judge_each(context, doing.mutation, items, things)
        return deed(found, items[0])

    items = acting.items_of(doing, ids, lambda each: _named(context, each))
    return await acting.change_all(context, doing, key, given, items, prepare)


def _named(context: Context, text: str) -> tuple[System, str] | None:
    named = decode(context, text)
    if named is None or named.type != "PortalUser" or context.types.reach(PortalUser) is None:
        return None
    return System.DIRECTORY, " ".join(named.key)


def _change(found: PortalUser, act: UserAct, profile: Profile | None = None) -> UserChange:
    return UserChange(
        act=act,
        user_key=found.user_key,
        membership_key=found.membership_key,
        subject=found.subject,
        profile=profile,
    )


def _invitation(context: Context, found: PortalUser, item: acting.Item, email: str | None) -> Judged:
    recipient = _recipient(context, found, item, email)
    return Judged(_change(found, UserAct.INVITE), Known(found, email, recipient))


def _mail(context: Context, found: PortalUser, item: acting.Item, *, first: bool) -> Judged:
    recipient = _recipient(context, found, item, None)
    assert found.subject is not None  # noqa: S101 - or it was refused
    return Judged(CredentialsMail(subject=found.subject, first=first), recipient)


def _recipient(context: Context, found: PortalUser, item: acting.Item, email: str | None) -> Recipient:
    """Give whom a letter goes to. Raises Refused."""
    if found.subject is None:
        acting.refuse(context, ErrorCode.WRONG_STATE, _UNKNOWN, *item.field)
    address = email or found.letters_to
    if address is None:
        acting.refuse(context, ErrorCode.REQUIRED, _NO_EMAIL, *item.field)
    return Recipient(found.login, address, found.first_name, context.language)


def _email(context: Context, found: PortalUser, text: str | None, item: acting.Item) -> str | None:
    """Read the e-mail that somebody is to have; None for the one they have. Raises Refused."""
    if text is None:
        if found.letters_to is None:
            acting.refuse(context, ErrorCode.REQUIRED, _NO_EMAIL, *item.field, "email")
        return None
    email = typed.email(text)
    if email is None:
        acting.refuse(context, ErrorCode.INVALID, _EMAIL, *item.field, "email")
    if found.elsewhere:  # or one company could have the letters of another's user sent to an address of its own
        acting.refuse(context, ErrorCode.WRONG_STATE, _OWN_EMAIL, *item.field, "email")
    return None if email == found.email else email
