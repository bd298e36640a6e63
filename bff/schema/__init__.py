"""The GraphQL schema: one module per concept, views over the domain's records; put together and guarded here."""

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from bff.execution import Engine
from bff.schema._plan import CEILING, audience, engine
from bff.schema.directives import install_cost
from bff.schema.error import ErrorCode
from bff.schema.line import FixedLine, MobileLine
from bff.schema.mutation import Mutation
from bff.schema.query import Query
from bff.schema.rules import Rules, install
from bff.schema.scalars import SCALARS

__all__ = ["CEILING", "ENGINE", "RULES", "SCHEMA", "audience", "sdl"]

_STRAWBERRY = strawberry.Schema(
    Query,
    Mutation,
    types=[MobileLine, FixedLine, ErrorCode],
    config=StrawberryConfig(scalar_map=SCALARS),
)
SCHEMA: GraphQLSchema = _STRAWBERRY._schema  # noqa: SLF001 - graphql-core's schema has no public name there
RULES: Rules = install(SCHEMA)
install_cost(SCHEMA)
ENGINE: Engine = engine(_STRAWBERRY, SCHEMA, RULES)


def sdl() -> str:
    """Print the schema as `schema.graphql` holds it."""
    return _STRAWBERRY.as_str() + "\n"
