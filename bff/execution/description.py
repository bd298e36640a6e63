"""What the engine is told about a schema: where a field's values come from, and who may use it."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLLeafType, GraphQLObjectType


class Attribute(NamedTuple):
    """A field that the parent already holds, under this attribute; reading it has no effect and gives no awaitable."""

    name: str


def _as_they_are(arguments: dict[str, Any]) -> dict[str, Any]:
    return arguments


class Batch(NamedTuple):
    """A field that is asked for all parents of a level at once.

    `run(rows, grant, context, arguments)` gives a value or an exception per parent, in their order. It is awaited once
    per level and concrete type, never without parents. What it raises fails the field for every parent.

    `prepare` makes what `run` takes as arguments out of the coerced ones, once for a plan where they hold no variable:
    they are shared among runs and must not be changed.
    """

    run: Callable[[Sequence[Any], Any, Any, Any], Awaitable[Sequence[Any]]]
    prepare: Callable[[dict[str, Any]], Any] = _as_they_are


class Denial(NamedTuple):
    """The decision that an audience may not use a field.

    The field is null, and `error` is told once for all its occurrences; None tells nothing. A field that can't be null
    fails with `error` wherever it is met.
    """

    error: Exception | None


class Unsupported(Exception):
    """The engine can't plan this operation; nothing has run. The text names the reason, without the client's words."""


Describe: TypeAlias = Callable[[GraphQLObjectType, str], Attribute | Batch | None]
"""(parent, field's name) → where its values come from; None: the engine can't know."""

Native: TypeAlias = Callable[[GraphQLLeafType], type | None]
"""(scalar or enum) → a class whose values the encoder of the answer writes as the type does; None: there is none."""

Decide: TypeAlias = Callable[[GraphQLObjectType, str, Hashable], Any]
"""(parent, field's name, audience) → a `Denial`, or a grant that is handed to the field's `Batch` as it is."""
