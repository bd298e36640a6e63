"""Who may use a member of the schema, as a client reads it in the SDL."""

import strawberry
from strawberry.schema_directive import Location

from bff.auth.profiles import MATRIX
from bff.domain.profile import Profile
from bff.schema._enum import described

described(
    Profile,
    LEGAL_REPRESENTATIVE="Owner or agent of the company: everything.",
    ADMIN_FULL="Administrator of all contracts and lines.",
    ADMIN_LIGHT="Administrator of invoices, services and reports; only their own line.",
    END_USER="Employee with one mobile line.",
    END_USER_PURCHASER="Employee with one mobile line who may also buy offers.",
    CEASED_CUSTOMER="Fixed customer who left less than 12 months ago.",
)


@strawberry.schema_directive(
    locations=[Location.OBJECT, Location.FIELD_DEFINITION],
    name="profiles",
    repeatable=True,
    description="Who may use the member: one function of the profile matrix and the two lists it gives. "
    "Repeated: all of them must allow. A member without it has its parent's.",
)
class Profiles:
    """Who may use the member."""

    function: str = strawberry.field(description="Function id in the profile matrix.")
    all: list[Profile] = strawberry.field(
        description="Profiles that reach the rows of the whole customer.", default_factory=list
    )
    own: list[Profile] = strawberry.field(description="Profiles that reach only their own rows.", default_factory=list)


def profiles(function: str) -> Profiles:
    """Name a function of the matrix; its profiles come from there.

    Raises:
        KeyError: the matrix has no such function; the schema does not start.
    """
    rule = MATRIX[function]
    return Profiles(function=function, all=list(rule.all), own=list(rule.own))
