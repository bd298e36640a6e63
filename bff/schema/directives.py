"""Who may use a member of the schema, and what it counts in the cost estimate, as a client reads it in the SDL."""

from collections.abc import Sequence
from typing import Final

import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry import UNSET
from strawberry.schema_directive import Location

from bff.auth.profiles import MATRIX
from bff.domain.profile import Profile
from bff.execution import cost
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


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="public",
    description="Usable without being signed in; rate limited. One such change in an operation.",
)
class Public:
    """Usable by anybody."""

    function: str = strawberry.field(description="Function id in the profile matrix.")


def guard(function: str) -> Profiles | Public:
    """Name a function of the matrix that guards a member; as `profiles`."""
    return Public(function=function) if MATRIX[function].public else profiles(function)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="staff",
    description="Only for the telco's staff; absent from the schema that customers see.",
)
class Staff:
    """Only for the telco's staff."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="stepUp",
    description="Needs a sign-in not older than 5 minutes, else STEP_UP_REQUIRED; one such change in an operation.",
)
class StepUp:
    """Needs a fresh sign-in."""


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="cost",
    description="Points of one value in the cost estimate, after the IBM cost specification; "
    "a member without it has 0 for scalars and enums, 1 for objects.",
)
class Cost:
    """Points of one value."""

    weight: int = strawberry.field(description="Points per value.")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="Length of a list in the cost estimate, after the IBM cost specification; "
    "slicing arguments may all be left out.",
)
class ListSize:
    """Length of a list."""

    assumed_size: int | None = strawberry.field(
        description="Length to assume when no argument tells it.", default=UNSET
    )
    slicing_arguments: list[str] | None = strawberry.field(
        description="Arguments that limit the length; the largest counts, of a list its own length.", default=UNSET
    )
    sized_fields: list[str] | None = strawberry.field(
        description="Fields of the returned object that have this length.", default=UNSET
    )


PAGE: Final = (ListSize(slicing_arguments=["first"], sized_fields=["nodes", "edges"]),)
"""What a connection counts."""
JOINED_PAGE: Final = (Cost(weight=2), *PAGE)
"""What a connection counts whose rows come from several systems."""


def assumed(size: int) -> tuple[ListSize]:
    """Say how long a list is taken to be that has no pages."""
    return (ListSize(assumed_size=size),)


def as_long_as(argument: str) -> tuple[ListSize]:
    """Say that a list is as long as one that is given."""
    return (ListSize(slicing_arguments=[argument]),)


def install_cost(schema: GraphQLSchema) -> None:
    """Tell the cost estimate what the fields' directives say."""
    for made in schema.type_map.values():
        if isinstance(made, GraphQLObjectType | GraphQLInterfaceType):
            for field in made.fields.values():
                definition = field.extensions.get("strawberry-definition")
                field.extensions |= _counted(getattr(definition, "directives", None) or ())


def _counted(directives: Sequence[object]) -> dict[str, object]:
    counted: dict[str, object] = {}
    for each in directives:
        if isinstance(each, Cost):
            counted[cost.COST] = each.weight
        elif isinstance(each, ListSize):
            counted[cost.LIST_SIZE] = cost.ListSize(
                each.assumed_size or None, each.slicing_arguments or (), each.sized_fields or ()
            )
    return counted
