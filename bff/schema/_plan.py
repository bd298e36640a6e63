"""What the compiled executor is told about our schema: where the values of a field come from, and who may use it.

One of the few modules that touch Strawberry's insides: a field's definition tells its kind, and Strawberry's own
conversion makes the arguments of a batch.
"""

from collections.abc import Awaitable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from graphql import GraphQLLeafType, GraphQLObjectType, GraphQLSchema
from strawberry import Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from bff.context import Context
from bff.domain.profile import Grant, Profile
from bff.errors import TooManyRows
from bff.execution import Attribute, Batch, Ceiling, Denial, Engine
from bff.observability import PLANS_MADE
from bff.schema._batch import BatchField, Call
from bff.schema.rules import Rules

Audience = tuple[Profile | None, frozenset[str]]
"""A profile (None: no membership is active) and the functions that are closed: what a plan is made for."""

CEILING: Final = Ceiling(too_many=TooManyRows())
"""For any executor of the schema."""


def audience(context: Context) -> Audience:
    """Say for whom the plan of an operation is made."""
    return context.principal.profile, frozenset(context.closed)


def engine(strawberry: Schema, schema: GraphQLSchema, rules: Rules) -> Engine:
    """Make the engine of the schema, whose rules are installed."""

    def describe(parent: GraphQLObjectType, name: str) -> Attribute | Batch | None:
        definition = parent.fields[name].extensions.get("strawberry-definition")
        if isinstance(definition, BatchField):
            return _batch(strawberry, definition)
        if isinstance(definition, StrawberryField) and definition.is_basic_field:
            return Attribute(definition.python_name)
        return None

    def decide(parent: GraphQLObjectType, name: str, audience: Any) -> Grant | Denial:
        profile, closed = audience
        return rules.decide(parent, name, profile, closed)

    return Engine(schema, describe=describe, decide=decide, native=native, on_made=PLANS_MADE.inc, ceiling=CEILING)


def native(leaf: GraphQLLeafType) -> type | None:
    """Name the class whose values msgspec's encoder writes as the type does: enums, days, and amounts of cents."""
    definition = leaf.extensions.get("strawberry-definition")
    if isinstance(definition, StrawberryEnumDefinition):
        made = definition.wrapped_cls
        return made if all(value.name == value.value for value in definition.values) else None
    return _NATIVE.get(leaf.name)


_NATIVE: Final = {"Date": date, "Decimal": Decimal}
"""As JSON: 2026-11-22 and "12.30". Our decimals are cents; one with more than six places would be written otherwise."""


def _batch(strawberry: Schema, field: BatchField) -> Batch:
    """Ask a field for the parents of a level, with its arguments as Strawberry would give them."""
    arguments, scalars, config = field.arguments, strawberry.schema_converter.scalar_registry, strawberry.config

    def prepare(given: dict[str, Any]) -> dict[str, Any]:
        return convert_arguments(given, arguments, scalars, config)

    def run(rows: Sequence[Any], grant: Grant, context: Context, given: dict[str, Any]) -> Awaitable[Sequence[Any]]:
        return field.run(rows, Call(context, grant), given)

    return Batch(run, prepare)
