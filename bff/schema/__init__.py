"""The GraphQL schema: one module per concept, views over the domain's records; put together and guarded here."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from bff.schema.line import FixedLine, MobileLine
from bff.schema.query import Query
from bff.schema.rules import Rules, install
from bff.schema.scalars import SCALARS

__all__ = ["RULES", "SCHEMA", "sdl"]

SCHEMA = strawberry.Schema(
    Query,
    types=[MobileLine, FixedLine],
    config=StrawberryConfig(scalar_map=SCALARS),
)
RULES: Rules = install(SCHEMA._schema)  # noqa: SLF001 - graphql-core's schema, which Strawberry has no public name for


def sdl() -> str:
    """Print the schema as `schema.graphql` holds it."""
    return SCHEMA.as_str() + "\n"
