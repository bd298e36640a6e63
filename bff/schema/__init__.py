"""The GraphQL schema: one module per concept, views over the domain's records; put together and guarded here.

Twice: as the customers see it, and as the telco's staff do, with fields of their own and without changes. What is for
staff is so not even known to exist where a customer asks.
"""

from functools import cache
from typing import Any, Final, NamedTuple

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from bff.execution import Engine
from bff.schema._plan import CEILING, audience, engine
from bff.schema.directives import install_cost
from bff.schema.error import ErrorCode
from bff.schema.line import FixedLine, MobileLine
from bff.schema.mutation import Mutation
from bff.schema.payment import InvoicePayment, TopUpPayment
from bff.schema.query import Query
from bff.schema.rules import Rules, install, is_public, objects
from bff.schema.scalars import SCALARS
from bff.schema.staff import StaffQuery
from bff.schema.subscription import Subscription

__all__ = [
    "CEILING",
    "CUSTOMERS",
    "ENGINE",
    "PUBLIC",
    "RULES",
    "SCHEMA",
    "Made",
    "another_engine",
    "audience",
    "sdl",
    "staff",
]


class Made(NamedTuple):
    """A schema, guarded, with the rules and the engine of it."""

    strawberry: strawberry.Schema
    schema: GraphQLSchema
    rules: Rules
    engine: Engine


def _made(query: type, mutation: Any, subscription: Any, *, staff: bool = False) -> Made:
    printed = strawberry.Schema(
        query,
        mutation,
        subscription,
        types=[MobileLine, FixedLine, InvoicePayment, TopUpPayment, ErrorCode],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    schema = printed._schema  # noqa: SLF001 - graphql-core's schema has no public name there
    _install_one_of(schema)
    rules = install(schema, staff=staff)
    install_cost(schema)
    return Made(printed, schema, rules, engine(printed, schema, rules))


def _install_one_of(schema: GraphQLSchema) -> None:
    """Tell graphql-core which inputs take exactly one key: Strawberry tells it only when one is coerced, too late."""
    for made in schema.type_map.values():
        if isinstance(made, GraphQLInputObjectType):
            made.is_one_of = made.extensions["strawberry-definition"].is_one_of


CUSTOMERS = _made(Query, Mutation, Subscription)
SCHEMA: GraphQLSchema = CUSTOMERS.schema
RULES: Rules = CUSTOMERS.rules
ENGINE: Engine = CUSTOMERS.engine
PUBLIC: Final = frozenset(
    name
    for made in objects(SCHEMA)
    if made is SCHEMA.mutation_type
    for name in made.fields
    if is_public(made.fields[name])
)
"""The changes that ask for nobody to be signed in."""


@cache
def staff() -> Made:
    """Give the schema of the telco's staff, made when it is first asked for."""
    return _made(StaffQuery, None, None, staff=True)


def another_engine() -> Engine:
    """Make an engine of the customers' schema that shares no plans with the one that serves, for another thread."""
    return engine(CUSTOMERS.strawberry, SCHEMA, RULES)


def sdl() -> str:
    """Print the customers' schema as `schema.graphql` holds it."""
    return CUSTOMERS.strawberry.as_str() + "\n"
