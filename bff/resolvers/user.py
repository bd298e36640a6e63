"""Users of the company, as its user management shows them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.customer import Customer
from bff.domain.line import MobileLine
from bff.domain.page import Listing, Page, SortDirection, Sorting
from bff.domain.profile import Grant, Profile
from bff.domain.system import System
from bff.domain.user import PortalUser, UserSortField, UserState
from bff.errors import BffError
from bff.loaders import Read
from bff.resolvers import line_reference, network
from bff.resolvers._filter import among, bare, searched
from bff.resolvers.freshness import joined, part
from bff.resolvers.page import Slice, Sort, cut


class UserFilter(Protocol):
    """Which users; conditions add up, None is no condition."""

    states: list[UserState] | None
    profiles: list[Profile] | None
    search: str | None


_ORDER: dict[UserSortField, Callable[[PortalUser], str]] = {
    UserSortField.NAME: lambda user: f"{bare(user.last_name)}\n{bare(user.first_name)}",
    UserSortField.PROFILE: lambda user: user.profile.value if user.profile else "",
    UserSortField.STATE: lambda user: user.state.value,
}


async def managed(
    context: Context,
    customers: Sequence[Customer],
    grant: Grant,
    wanted_rows: UserFilter | None,
    sort: Sort[UserSortField] | None,
    wanted: Slice,
) -> list[Page[PortalUser]]:
    """Give a page of the customer's users, sorted by name unless asked otherwise."""
    network.whole(grant, PortalUser)
    listing = await every(context)
    rows = list(filter(matching(wanted_rows), listing.rows))
    field = sort.field if sort else UserSortField.NAME
    order = Sorting(field.value, _ORDER[field], sort.direction if sort else SortDirection.ASC)
    page = cut(context, Listing(rows, listing.freshness), order, wanted, list_name="users")
    return [page for _ in customers]


async def by_key(context: Context, keys: Sequence[tuple[str, ...]]) -> list[PortalUser | BffError | None]:
    """Give users by their own and their membership's key; None for who is no user of the company."""
    (read,) = await _all(context)
    if isinstance(read, BffError):
        return [read for _ in keys]
    found = {(user.user_key, user.membership_key): user for user in read.value}
    return [found.get((key[0], key[1])) for key in keys]


async def made(context: Context, changes: Sequence[Changed]) -> list[PortalUser | BffError | None]:
    """Give the users that were made; None when none was, and for one that no list shows yet."""
    keys = [tuple((each.made_key or " ").split(" ")) for each in changes]
    return await by_key(context, keys) if any(each.made_key for each in changes) else [None] * len(keys)


async def lines(context: Context, users: Sequence[PortalUser], grant: Grant) -> list[MobileLine | BffError | None]:
    """Give the line of each user's own; None without one, and for one that is not the company's."""
    return await line_reference.mobile_by_key(context, [user.line_key for user in users], grant)


def matching(wanted: UserFilter | None) -> Callable[[PortalUser], bool]:
    """Make the test of a filter.

    Raises:
        BadRequest: the filter is longer than any use of it.
    """
    if wanted is None:
        return lambda _user: True
    states, profiles = among("states", wanted.states), among("profiles", wanted.profiles)
    text = searched(wanted.search)
    return lambda user: (
        (states is None or user.state in states)
        and (profiles is None or user.profile in profiles)
        and (not text or text in _searched(user))
    )


def by_name(user: PortalUser) -> tuple[str, str]:
    """Give what users are sorted by unless asked otherwise."""
    return _ORDER[UserSortField.NAME](user), user.key


async def every(context: Context) -> Listing[PortalUser]:
    """Give all users of the company.

    Raises:
        BffError: they can't be read.
    """
    return joined([await part(System.DIRECTORY, _all, context)])


def _searched(user: PortalUser) -> str:
    """Give what a search looks through: the name in either order, e-mail and username, each on a line."""
    first, last = user.first_name, user.last_name
    return bare(f"{first} {last}\n{last} {first}\n{user.email or ''}\n{user.username or ''}")


async def _all(context: Context) -> Sequence[Read[tuple[PortalUser, ...]] | BffError]:
    return await context.loaders.company_users.many([context.customer])
