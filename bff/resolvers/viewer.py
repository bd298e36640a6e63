"""The signed-in person: who they are, for whom they may act, which line is theirs."""

from collections.abc import Sequence

from bff.auth.principal import Principal
from bff.context import Context
from bff.domain.customer import Customer, Person, Standing, Viewer
from bff.domain.line import MobileLine
from bff.domain.profile import Grant
from bff.domain.user import Membership, User
from bff.errors import BffError
from bff.resolvers import company, line_reference


def signed_in(context: Context) -> Viewer:
    """Give the signed-in person, as the directory has them."""
    return _acting(context.principal, context.principal.membership, context.principal.line_key)


def acting_for(context: Context, membership: Membership) -> Viewer:
    """Give the signed-in person as they are under another membership.

    Their line there belongs to a company that this operation does not act for: none is named.
    """
    return _acting(context.principal, membership, None)


def _acting(principal: Principal, membership: Membership | None, line_key: str | None) -> Viewer:
    user = principal.user
    return Viewer(
        profile=membership.profile if membership else None,
        person=None if principal.staff else _person(user),
        line_key=line_key,
        memberships=tuple(
            Standing(
                id=each.key,
                company_tax_code=each.company_tax_code,
                profile=each.profile,
                active=membership is not None and each.key == membership.key,
            )
            for each in user.memberships
            if each.profile is not None
        ),
    )


def _person(user: User) -> Person:
    return Person(
        first_name=user.first_name,
        last_name=user.last_name,
        tax_code=user.tax_code,
        mobile_number=user.mobile_number,
        email=user.email,
        username=user.username,
    )


def customer(context: Context) -> Customer:
    """Give the company of the active membership."""
    return Customer(context.customer)


def memberships(_context: Context, viewers: Sequence[Viewer]) -> list[tuple[Standing, ...]]:
    """Give the companies that each person may act for."""
    return [viewer.memberships for viewer in viewers]


async def company_names(context: Context, standings: Sequence[Standing]) -> list[str | BffError]:
    """Give the name of each company that the person may act for."""
    return await company.names(context, standings)


async def lines(context: Context, viewers: Sequence[Viewer], grant: Grant) -> list[MobileLine | BffError | None]:
    """Give the person's own line; None without one."""
    return await line_reference.mobile_by_key(context, [viewer.line_key for viewer in viewers], grant)
