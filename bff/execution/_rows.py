"""The generated function that makes all rows of a level in one comprehension.

Its text holds attribute names and numbers only; nothing that a client wrote is ever part of it. A row whose plain
values are not what the schema promises is handed to `miss` instead of made; a value that can't be written raises.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import count
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


class Nested(NamedTuple):
    """Another row, of an object that the parent holds.

    Attributes:
        clean: the classes of object that need no look.
    """

    attribute: str
    clean: AbstractSet[type]
    view: type[msgspec.Struct]
    cells: "Sequence[Cell]"
    non_null: bool


Cell: TypeAlias = Constant | Column | Read | Nested
COLUMN = Column()


def compiled(view: type[msgspec.Struct], cells: Sequence[Cell]) -> Build:
    """Make the function that makes rows of `view`."""
    writer = _Writer()
    value, checks = writer.row(view, cells, "row")
    exec(_code(writer.text(value, checks)), writer.scope)  # noqa: S102 - of attribute names and numbers only
    build: Build = writer.scope["build"]
    return build


class _Writer:
    """Writes the text of one function, and gathers what its names stand for."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {"Undefined": Undefined}
        self._columns: list[str] = []
        self._names = map("v{}".format, count())

    def text(self, value: str, checks: Sequence[str]) -> str:
        """Write the function whose rows are `value` where all checks hold."""
        columns = self._columns
        parameters = "".join(f", c{name}" for name in columns)
        loop = f"for row, {', '.join(columns)} in zip(rows{parameters})" if columns else "for row in rows"
        condition = f" if {' and '.join(checks)} else miss(row)" if checks else ""
        return f"def build(rows, miss{parameters}):\n    return [{value}{condition} {loop}]\n"

    def row(self, view: type[msgspec.Struct], cells: Sequence[Cell], source: str) -> tuple[str, list[str]]:
        """Write a row of `view` made from `source`, and its checks."""
        made = [self._cell(cell, source) for cell in cells]
        values = ", ".join(value for value, _ in made)
        return f"{self._held(view)}({values})", [check for _, check in made if check]

    def _cell(self, cell: Cell, source: str) -> tuple[str, str]:
        if isinstance(cell, Constant):
            return self._held(cell.value), ""
        name = next(self._names)
        if isinstance(cell, Column):
            self._columns.append(name)
            return name, ""
        if not cell.attribute.isidentifier() or iskeyword(cell.attribute):
            raise ValueError(f"{cell.attribute!r} is no attribute")
        read = f"({name} := {source}.{cell.attribute})"
        return (name, self._check(cell, name, read)) if isinstance(cell, Read) else self._nested(cell, name, read)

    def _nested(self, cell: Nested, name: str, read: str) -> tuple[str, str]:
        value, below = self.row(cell.view, cell.cells, name)
        if cell.non_null:
            return value, " and ".join([f"{read}.__class__ in {self._held(cell.clean)}", *below])
        checks = " and ".join([f"{name}.__class__ in {self._held(cell.clean)}", *below])
        return f"(None if {name} is None else {value})", f"({read} is None or {checks})"

    def _check(self, cell: Read, name: str, read: str) -> str:
        """Write what reads a value, names it, and tells whether it may stand in the row."""
        test = _TESTS.get(cell.leaf) if cell.native is None else f"{{value}}.__class__ is {self._held(cell.native)}"
        if test is not None:
            right = f"({test.format(value=read, name=name)})"
            return right if cell.non_null else f"({right} or {name} is None)"
        writers = self._held(cell.writers if cell.names is None else cell.names)
        writer = f"{writers}[{name}]" if cell.names is not None else f"{writers}[{name}.__class__]({name})"
        written = f"({name} := {writer}) is not None and {name} is not Undefined"
        present = f"{read} is not None and {written}"
        return f"({present})" if cell.non_null else f"({read} is None or {written})"

    def _held(self, thing: object) -> str:
        """Name a thing that the text can't hold."""
        name = f"h{len(self.scope)}"
        self.scope[name] = thing
        return name


@lru_cache(_CODES_MAX)
def _code(text: str) -> CodeType:
    return compile(text, "<rows>", "exec")
