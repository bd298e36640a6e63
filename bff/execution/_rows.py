"""The generated function that makes all rows of a level in one comprehension.

Its text holds attribute names and numbers only; nothing that a client wrote is ever part of it. A row whose plain
values are not what the schema promises is handed to `miss` instead of made; a value that can't be written raises.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from keyword import iskeyword
from types import CodeType
from typing import Any, NamedTuple, TypeAlias

import msgspec
from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)

Build: TypeAlias = Callable[..., list[Any]]
"""(rows, miss, *columns) → the row of each, or what `miss` gave for it."""

_CODES_MAX = 1000

_TESTS: dict[GraphQLLeafType, str] = {
    GraphQLString: "{value}.__class__ is str",
    GraphQLID: "{value}.__class__ is str",
    GraphQLBoolean: "{value}.__class__ is bool",
    GraphQLInt: "{value}.__class__ is int and -2147483649 < {name} < 2147483648",
    GraphQLFloat: "{value}.__class__ is float and {name} - {name} == 0.0",  # neither infinite nor no number
}
"""What tells that a value is written as it is; others of these types are written by the schema's function."""


class Constant(NamedTuple):
    """The same in every row."""

    value: str | None


class Column(NamedTuple):
    """Made before the rows."""


class Read(NamedTuple):
    """Read from the parent and checked.

    Attributes:
        native: a class whose values the encoder writes as the type does; None: there is none.
        names: the names of an enum's values; None for a scalar.
        writers: by class of value, for a scalar that is not of the standard.
    """

    attribute: str
    leaf: GraphQLLeafType
    native: type | None
    names: Mapping[Any, Any] | None
    writers: Mapping[type, Callable[[Any], Any]]
    non_null: bool


Cell: TypeAlias = Constant | Column | Read
COLUMN = Column()


def compiled(view: type[msgspec.Struct], cells: list[Cell]) -> Build:
    """Make the function that makes rows of `view`."""
    scope: dict[str, Any] = {"View": view, "Undefined": Undefined}
    values: list[str] = []
    checks: list[str] = []
    columns: list[str] = []
    for index, cell in enumerate(cells):
        name = f"v{index}"
        values.append(name)
        if isinstance(cell, Column):
            columns.append(name)
        elif isinstance(cell, Constant):
            scope[name] = cell.value
        else:
            checks.append(_check(cell, index))
            scope[f"w{index}"] = cell.writers if cell.names is None else cell.names
            scope[f"n{index}"] = cell.native
    exec(_code(_text(values, checks, columns)), scope)  # noqa: S102 - generated from attribute names and numbers only
    build: Build = scope["build"]
    return build


def _text(values: list[str], checks: list[str], columns: list[str]) -> str:
    parameters = "".join(f", c{name}" for name in columns)
    loop = f"for row, {', '.join(columns)} in zip(rows{parameters})" if columns else "for row in rows"
    condition = f" if {' and '.join(checks)} else miss(row)" if checks else ""
    return f"def build(rows, miss{parameters}):\n    return [View({', '.join(values)}){condition} {loop}]\n"


@lru_cache(_CODES_MAX)
def _code(text: str) -> CodeType:
    return compile(text, "<rows>", "exec")


def _check(cell: Read, index: int) -> str:
    """Give the expression that reads a value, names it, and tells whether it may stand in the row."""
    if not cell.attribute.isidentifier() or iskeyword(cell.attribute):
        raise ValueError(f"{cell.attribute!r} is no attribute")
    name = f"v{index}"
    read = f"({name} := row.{cell.attribute})"
    test = _TESTS.get(cell.leaf) if cell.native is None else f"{{value}}.__class__ is n{index}"
    if test is not None:
        right = f"({test.format(value=read, name=name)})"
        return right if cell.non_null else f"({right} or {name} is None)"
    writer = f"w{index}[{name}]" if cell.names is not None else f"w{index}[{name}.__class__]({name})"
    written = f"({name} := {writer}) is not None and {name} is not Undefined"
    present = f"{read} is not None and {written}"
    return f"({present})" if cell.non_null else f"({read} is None or {written})"
