"""Enums of the schema: the domain's, with a description for every value."""

import inspect
from enum import Enum
from typing import TypeVar

import strawberry

E = TypeVar("E", bound=type[Enum])


def described(cls: E, **values: str) -> E:
    """Declare a domain enum to the schema; its class docstring describes it.

    Args:
        cls: the enum; stays the same class, so that records hold its members as they are.
        values: a description per member, none missing and none too many.

    Raises:
        TypeError: a member has no description, or a description no member.
    """
    if set(values) != set(cls.__members__):
        raise TypeError(f"{cls.__name__}: describe exactly {sorted(cls.__members__)}, not {sorted(values)}")
    strawberry.enum(cls, description=inspect.getdoc(cls))
    for value in cls.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return cls
