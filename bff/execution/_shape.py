"""The parts of a plan: selections of fields, and the shapes of the fields' values.

A shape tells which classes of value need no look (`clean`: learnt where a type is told by its class) and prepares a
value of any other. Plans are read by many runs at once; only what is learnt about classes is added later.
"""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import msgspec
from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import UndefinedType, inspect, is_iterable

from bff.execution._rows import COLUMN, Build, Cell, Constant, Nested, Read, compiled
from bff.execution.description import Attribute, Batch, Denial

Ask = Callable[[], GraphQLResolveInfo[Any]]
"""Gives what the schema's own functions want to know; made only when one is asked."""

_NESTING_MAX = 8
"""Python's parser has an end to nesting, and so has what is gained by it."""

_NO_VALUES = (Exception, UndefinedType)
_AS_THEY_ARE: dict[GraphQLLeafType, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


class Output:
    """How values of one leaf type are written: the schema's own way, remembered where that is safe.

    Attributes:
        type: the scalar or enum.
        native: a class whose values the encoder writes as the type does; None: there is none.
        names: of an enum, the values met so far and their names.
        writers: of a scalar, by class of value: the schema's function, or for an exception one that raises it.
    """

    __slots__ = ("names", "native", "type", "writers")

    def __init__(self, leaf: GraphQLLeafType, native: type | None) -> None:
        self.type = leaf
        self.native = native
        self.names: dict[Any, Any] | None = _Names(self.write) if isinstance(leaf, GraphQLEnumType) else None
        self.writers: dict[type, Callable[[Any], Any]] = _Writers(leaf.coerce_output_value)

    def write(self, value: Any) -> Any:
        """Give what stands in the answer for a value that is not None.

        Raises:
            Exception: the value itself when it is one, or what the schema's function says of it.
        """
        if isinstance(value, Exception):
            raise value
        written = self.type.coerce_output_value(value)
        if written is None or written is Undefined:
            raise TypeError(
                f"Expected `{self.type}.coerce_output_value({inspect(value)})` to return non-nullable value,"
                f" returned: {inspect(written)}"
            )
        return written


class _Names(dict[Any, Any]):
    """Values of an enum → their names; what is no value of it raises, and is not kept."""

    def __init__(self, write: Callable[[Any], Any]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: Any) -> Any:
        name = self[value] = self._write(value)
        return name


class _Writers(dict[type, Callable[[Any], Any]]):
    """Classes of value → what writes them."""

    def __init__(self, write: Callable[[Any], Any]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, cls: type) -> Callable[[Any], Any]:
        writer = self[cls] = _raised if issubclass(cls, _NO_VALUES) else self._write
        return writer


def _raised(value: Any) -> Any:
    """Leave the value to the careful way, which tells what it is."""
    raise TypeError(value)


class Shape:
    """What values of a field look like.

    Attributes:
        non_null: a null here fails what holds it.
        clean: classes of values that are neither None nor an exception and need no preparation.
    """

    __slots__ = ("clean", "non_null")

    def __init__(self, *, non_null: bool, clean: set[type]) -> None:
        self.non_null = non_null
        self.clean = clean

    def prepare(self, value: Any, ask: Ask) -> Any:
        """Give a value as the rest of the level takes it, or raise why it can't be taken.

        Neither None nor an exception comes in; None never goes out.
        """
        raise NotImplementedError


class Leaf(Shape):
    """Scalars and enums; prepared is written."""

    __slots__ = ("output",)

    def __init__(self, output: Output, *, non_null: bool) -> None:
        as_it_is = output.native or _AS_THEY_ARE.get(output.type)
        super().__init__(non_null=non_null, clean=set() if as_it_is is None else {as_it_is})
        self.output = output

    def prepare(self, value: Any, ask: Ask) -> Any:
        """Write the value."""
        del ask
        return self.output.write(value)


class Listed(Shape):
    """Lists of another shape."""

    __slots__ = ("_name", "item")

    def __init__(self, item: Shape, name: str, *, non_null: bool) -> None:
        super().__init__(non_null=non_null, clean={list, tuple})
        self.item = item
        self._name = name

    def prepare(self, value: Any, ask: Ask) -> Any:
        """Take the items out of whatever holds them."""
        del ask
        if not is_iterable(value):
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{self._name}'.")
        return list(value)


class Objects(Shape):
    """Objects of one type; a class that `is_type_of` lets through once is let through always."""

    __slots__ = ("selection",)

    def __init__(self, selection: "Selection", *, non_null: bool) -> None:
        super().__init__(non_null=non_null, clean=set())
        self.selection = selection

    def prepare(self, value: Any, ask: Ask) -> Any:
        """Let the object through, or raise why not."""
        _admit(self.selection.type, value, ask)
        self.clean.add(type(value))
        return value


class Abstract(Shape):
    """Objects of several types, told by their class.

    Attributes:
        type: the interface or union.
        selections: by name of the object type.
        by_class: the selection of each class met so far.
    """

    __slots__ = ("_schema", "by_class", "selections", "type")

    def __init__(
        self,
        schema: GraphQLSchema,
        abstract: GraphQLAbstractType,
        selections: dict[str, "Selection"],
        *,
        non_null: bool,
    ) -> None:
        super().__init__(non_null=non_null, clean=set())
        self._schema = schema
        self.type = abstract
        self.selections = selections
        self.by_class: dict[type, Selection] = {}

    def prepare(self, value: Any, ask: Ask) -> Any:
        """Find the object's type and let it through, or raise why not."""
        selection = self._selection(value, ask())
        _admit(selection.type, value, ask)
        self.by_class[type(value)] = selection
        self.clean.add(type(value))
        return value

    def _selection(self, value: Any, info: GraphQLResolveInfo[Any]) -> "Selection":
        assert self.type.resolve_type is not None  # noqa: S101 - the compiler has looked
        name = _settled(self.type.resolve_type(value, info, self.type))
        if isinstance(name, str) and (selection := self.selections.get(name)) is not None:
            return selection
        raise GraphQLError(_unresolved(self._schema, self.type, value, name, info), info.field_nodes)


def _unresolved(
    schema: GraphQLSchema, abstract: GraphQLAbstractType, value: Any, name: Any, info: GraphQLResolveInfo[Any]
) -> str:
    """Say in graphql-core's words why a name is not that of a possible type."""
    must = f"Abstract type '{abstract}' must resolve to an Object type at runtime for field "
    place = f"'{info.parent_type}.{info.field_name}'"
    if name is None:
        return (
            f"{must}{place}. Either the '{abstract}' type should provide a 'resolve_type' function"
            " or each possible type should provide an 'is_type_of' function."
        )
    if not isinstance(name, str):
        return (
            f"{must}{place} with value {inspect(value)}, received '{inspect(name)}',"
            " which is not a valid Object type name."
        )
    known = schema.get_type(name)
    if known is None:
        return f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist inside the schema."
    if not isinstance(known, GraphQLObjectType):
        return f"Abstract type '{abstract}' was resolved to a non-object type '{name}'."
    return f"Runtime Object type '{name}' is not a possible type for '{abstract}'."


def _admit(made: GraphQLObjectType, value: Any, ask: Ask) -> None:
    if made.is_type_of is not None:
        info = ask()
        if not _settled(made.is_type_of(value, info)):
            raise GraphQLError(f"Expected value of type '{made}' but got: {inspect(value)}.", info.field_nodes)


def _settled(answer: Any) -> Any:
    if isawaitable(answer):
        raise TypeError("A type is told by a record's class, at once; this function wants to be awaited")
    return answer


class Field(msgspec.Struct, eq=False):
    """One response key of a selection.

    Attributes:
        source: where its values come from; None is `__typename`.
        grant: what `decide` gave for it.
        arguments: prepared, where they need no variable; None when they have to be made for each run.
        waits: it, or something below it, has to be awaited.
    """

    key: str
    name: str
    parent: GraphQLObjectType
    definition: GraphQLField
    nodes: list[FieldNode]
    shape: Shape
    source: Attribute | Batch | Denial | None
    grant: Any
    arguments: Any
    waits: bool

    @property
    def in_row(self) -> bool:
        """Made by the row's own expression, without a column: leaves, and objects of nothing else."""
        if isinstance(self.source, Attribute):
            return isinstance(self.shape, Leaf) or 0 < _nesting(self.shape) < _NESTING_MAX
        return self.source is None or (isinstance(self.source, Denial) and not self.shape.non_null)


def _nesting(shape: Shape) -> int:
    """Tell how deep objects stand in the rows of a shape; 0 when they can't stand in another row."""
    return shape.selection.nesting if isinstance(shape, Objects) else 0


class Selection:
    """The fields chosen of one object type.

    Attributes:
        fields: in the order of the answer.
        columns: those whose values are made for all rows before the rows are.
        joins: several columns wait.
        denied: those that are null for this audience, and told.
        nesting: how deep objects stand in its rows, 1 for leaves only; 0 when a row of it can't stand in another.
    """

    __slots__ = ("_build", "_view", "columns", "denied", "fields", "joins", "nesting", "type")

    def __init__(self, made: GraphQLObjectType, fields: list[Field]) -> None:
        self.type = made
        self.fields = fields
        self.columns = [field for field in fields if not field.in_row]
        self.joins = sum(field.waits for field in fields) > 1
        self.denied = [
            field
            for field in fields
            if field.in_row and isinstance(field.source, Denial) and field.source.error is not None
        ]
        deepest = max((_nesting(field.shape) for field in fields), default=0)
        self.nesting: int = 0 if self.columns or self.denied else 1 + deepest
        self._view: type[msgspec.Struct] | None = None
        self._build: Build | None = None

    @property
    def view(self) -> type[msgspec.Struct]:
        """The class of its rows in the answer, made when the first one is."""
        if self._view is None:
            self._view = msgspec.defstruct(
                "Row",
                [(f"f{index}", Any) for index in range(len(self.fields))],
                rename={f"f{index}": field.key for index, field in enumerate(self.fields)},
                eq=False,
                gc=False,
            )
        return self._view

    @property
    def build(self) -> Build:
        """The function that makes all rows of a level, generated when the first level is."""
        if self._build is None:
            self._build = compiled(self.view, self.cells())
        return self._build

    def cells(self) -> list[Cell]:
        """Tell how the values of a row are made."""
        return [_cell(field) for field in self.fields]


def _cell(field: Field) -> Cell:
    if not field.in_row:
        return COLUMN
    shape = field.shape
    if isinstance(field.source, Attribute) and isinstance(shape, Leaf):
        output = shape.output
        return Read(
            field.source.name, output.type, output.native, output.names, output.writers, non_null=shape.non_null
        )
    if isinstance(field.source, Attribute) and isinstance(shape, Objects):
        below = shape.selection
        return Nested(field.source.name, shape.clean, below.view, below.cells(), non_null=shape.non_null)
    return Constant(field.parent.name if field.source is None else None)
