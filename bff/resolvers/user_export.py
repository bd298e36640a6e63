"""The users of the company as a spreadsheet: the link to it, and what it holds when the link is opened."""

from typing import Protocol, TypeVar

import msgspec

from bff.context import Context
from bff.domain.change import ChangeStatus
from bff.domain.document import Document, FileKind, UsersExported
from bff.domain.profile import Profile, Reach
from bff.domain.system import System
from bff.domain.text import Text
from bff.domain.user import PortalUser, UserState
from bff.domain.user_sheet import Sheet, of_users
from bff.errors import NotFound
from bff.resolvers import document, user
from bff.resolvers.user import UserFilter
from bff.state.links import Link

T = TypeVar("T")

_FILE_NAME = Text("utenze", "users")
_SEALED = "UserFilter"
"""What is searched for may be somebody's name or tax code: a link keeps it for nobody else to read."""


class _Criteria(msgspec.Struct, omit_defaults=True):
    """A filter as a link keeps it."""

    states: list[UserState] | None = None
    profiles: list[Profile] | None = None
    search: str | None = None


class Wanted(Protocol):
    """Which users."""

    filter: UserFilter | None


async def mint(context: Context, wanted: Wanted) -> UsersExported:
    """Mint a link to a spreadsheet of the users that a filter asks for; who they are is read when it is opened.

    Raises:
        BadRequest: the filter is longer than any use of it.
        StateUnavailable: the link can't be kept.
    """
    chosen = wanted.filter
    user.matching(chosen)
    criteria = _Criteria() if chosen is None else _Criteria(_each(chosen.states), _each(chosen.profiles), chosen.search)
    sealed = context.ids.encode(_SEALED, None, (msgspec.json.encode(criteria).decode(),), context.principal.person_key)
    name = f"{_FILE_NAME.told(context.language)}-{context.today.isoformat()}.xlsx"
    file = Document(FileKind.USERS, System.DIRECTORY, (sealed,), name, ready=True)
    return UsersExported(ChangeStatus.DONE, link=await document.mint(context, file))


def _each(values: list[T] | None) -> list[T] | None:
    """Give each value once."""
    return None if values is None else list(dict.fromkeys(values))


async def sheet(context: Context, link: Link) -> Sheet:
    """Give what the spreadsheet of a link holds, sorted by name, in the language that the link was asked for in.

    Raises:
        NotFound: the person may not see users any more, or the link was sealed with a key that is gone.
        BffError: the users can't be read.
    """
    if context.types.reach(PortalUser) is not Reach.ALL:
        raise NotFound
    criteria = context.ids.decode(link.key[0], context.principal.person_key).key[0]
    wanted = msgspec.json.decode(criteria, type=_Criteria)
    users = filter(user.matching(wanted), (await user.every(context)).rows)
    return of_users(sorted(users, key=user.by_name), link.language)
