"""GraphQL types as views over records: never instantiated, only described.

One of the few modules that touch Strawberry's insides: it gives `is_type_of` and `resolve_type`, so that the types of
records, which are no Strawberry objects, are told by their class.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import strawberry
from graphql import GraphQLAbstractType, GraphQLResolveInfo

from bff.schema.directives import Staff, guard

T = TypeVar("T", bound=type)

PARENT: Final = "the parent's"
"""The rule of a part: who may read the thing that it is part of may read it."""

STAFF: Final = "the staff's"
"""The rule of what only the telco's staff may use, whatever the profile."""

_NAMES: dict[type, str] = {}


def view(record: type, *, rule: str) -> Callable[[T], T]:
    """Declare a GraphQL type whose fields are read from `record`; the docstring is its description.

    Args:
        record: the class whose instances the executor meets; its attributes are the type's plain fields.
        rule: a function of the profile matrix, or PARENT for a part of another type.
    """

    def declare(cls: T) -> T:
        _NAMES[record] = cls.__name__
        cls.is_type_of = staticmethod(lambda row, _info: isinstance(row, record))  # type: ignore[attr-defined]
        made: T = strawberry.type(cls, description=inspect.getdoc(cls), directives=guarded_by(rule))
        made.__record__ = record  # type: ignore[attr-defined]
        return made

    return declare


def interface(*, name: str | None = None) -> Callable[[T], T]:
    """Declare an interface, resolved by the class of the record; the docstring is its description."""

    def declare(cls: T) -> T:
        cls.resolve_type = staticmethod(type_of)  # type: ignore[attr-defined]
        made: T = strawberry.interface(cls, name=name, description=inspect.getdoc(cls))
        return made

    return declare


def type_of(row: object, _info: GraphQLResolveInfo[Any], _abstract: GraphQLAbstractType) -> str:
    """Name the GraphQL type of a record."""
    return _NAMES[type(row)]


def plain(description: str, *, rule: str = PARENT, name: str | None = None, counts: Sequence[object] = ()) -> Any:
    """Describe a field that the record already holds.

    Args:
        description: of the field.
        rule: guards it beyond its type.
        name: the GraphQL name, when Python's can't be it.
        counts: directives of the cost estimate.
    """
    return strawberry.field(description=description, name=name, directives=[*guarded_by(rule), *counts])


def optional(description: str) -> Any:
    """Describe a field of an input that may be left out; None then."""
    return strawberry.field(description=description)


def guarded_by(*rules: str) -> list[object]:
    """Give the directives of rules, all of which must allow."""
    return [Staff() if rule is STAFF else guard(rule) for rule in rules if rule is not PARENT]
