"""One run of a plan: level by level, each with all its rows.

A value that failed is FAILED until the nearest position that can be null takes it; what failed and where is kept apart
and told at the end, so that a run without failures pays nothing for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Final, cast

import msgspec
from graphql import GraphQLResolveInfo
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import Path as InfoPath
from graphql.pyutils import Undefined, is_awaitable

from bff.execution._place import Chosen, Items, Place, Root, Under
from bff.execution._shape import Abstract, Field, Leaf, Listed, Objects, Selection, Shape
from bff.execution.ceiling import Ceiling
from bff.execution.description import Attribute, Batch, Denial
from bff.execution.operation import Operation

FAILED: Final = object()
"""Stands where a failure has left nothing, and null is not allowed."""


class Failure(msgspec.Struct, frozen=True):
    """Why a position has no value."""

    error: Exception
    field: Field
    place: Place
    index: int


class Refusal(msgspec.Struct, frozen=True):
    """A denied field of one level: null in `count` rows."""

    field: Field
    place: Place
    count: int


class Run:
    """What one run knows.

    Attributes:
        failures: in the order in which they were met.
        refusals: one for each level and denied field.
    """

    __slots__ = ("_ceiling", "_context", "_items", "_operation", "_root", "_variables", "failures", "refusals")

    def __init__(
        self, operation: Operation, root: Any, context: Any, variables: VariableValues, ceiling: Ceiling
    ) -> None:
        self._ceiling = ceiling
        self._items = 0
        self._operation = operation
        self._root = root
        self._context = context
        self._variables = variables
        self.failures: list[Failure] = []
        self.refusals: list[Refusal] = []

    async def answer(self, selection: Selection, *, serially: bool) -> Any:
        """Give the root's row, or FAILED."""
        rows, place = [self._root], Root()
        columns = await (self._in_turn if serially else self._columns)(selection, rows, place)
        return self._rows(selection, rows, columns, place)[0]

    # --- levels -------------------------------------------------------------------------------------------------------

    async def _level(self, selection: Selection, rows: Sequence[Any], place: Place) -> list[Any]:
        """Give the rows of the answer for objects of one type; FAILED for one that lacks what it must have."""
        return self._rows(selection, rows, await self._columns(selection, rows, place), place)

    async def _columns(self, selection: Selection, rows: Sequence[Any], place: Place) -> Sequence[list[Any]]:
        """Make the columns; those that wait do so together, so that loaders join what they ask."""
        fields = selection.columns
        if not selection.joins:
            return [await self._column(field, rows, place) for field in fields]
        return await asyncio.gather(*(self._column(field, rows, place) for field in fields))

    async def _in_turn(self, selection: Selection, rows: Sequence[Any], place: Place) -> Sequence[list[Any]]:
        """Make the columns of a mutation one after the other; after one that fails the whole answer, no more."""
        columns: list[list[Any]] = []
        for field in selection.columns:
            failed = bool(columns) and columns[-1][0] is FAILED
            columns.append([FAILED] if failed else await self._column(field, rows, place))
        return columns

    async def _column(self, field: Field, rows: Sequence[Any], place: Place) -> list[Any]:
        """Give one field's completed value for every row."""
        return await self._completed(field, field.shape, await self._values(field, rows), _under(place, field))

    async def _values(self, field: Field, rows: Sequence[Any]) -> Sequence[Any]:
        """Give what a field's source has for every row: a value, None or an exception."""
        source = field.source
        if isinstance(source, Attribute):
            return _read(source.name, rows)
        if isinstance(source, Denial):
            return [source.error] * len(rows)
        assert isinstance(source, Batch)  # noqa: S101 - __typename is never a column
        try:
            return await self._asked(field, source, rows)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the field's
            return [error] * len(rows)

    async def _asked(self, field: Field, source: Batch, rows: Sequence[Any]) -> Sequence[Any]:
        arguments = field.arguments
        if arguments is None:
            coerced = get_argument_values(field.definition, field.nodes[0], self._variables, hide_suggestions=True)
            arguments = source.prepare(coerced)
        values = await source.run(rows, field.grant, self._context, arguments)
        if len(values) != len(rows):
            raise RuntimeError(f"{field.parent}.{field.name} gave {len(values)} values for {len(rows)} parents")
        return values

    # --- values -------------------------------------------------------------------------------------------------------

    async def _completed(self, field: Field, shape: Shape, values: Sequence[Any], place: Place) -> list[Any]:
        """Give what stands in the answer for each value; FAILED only where null is not allowed."""
        if shape.clean.issuperset(map(type, values)):
            made = await self._finished(field, shape, values, place)
        else:
            made = await self._sifted(field, shape, values, place)
        if not shape.non_null and self.failures:
            return [None if each is FAILED else each for each in made]
        return made

    async def _sifted(self, field: Field, shape: Shape, values: Sequence[Any], place: Place) -> list[Any]:
        """Complete values of which some may be None, exceptions, or of a class not met before."""
        made: list[Any] = [None] * len(values)
        prepared: list[Any] = []
        indices: list[int] = []
        for index, value in enumerate(values):
            ready = self._prepared(field, shape, value, place, index)
            if ready is None or ready is FAILED:
                made[index] = ready
            else:
                prepared.append(ready)
                indices.append(index)
        everywhere = len(indices) == len(values)
        finished = await self._finished(field, shape, prepared, place if everywhere else Chosen(place, indices))
        for index, each in zip(indices, finished, strict=True):
            made[index] = each
        return made

    def _prepared(self, field: Field, shape: Shape, value: Any, place: Place, index: int) -> Any:
        """Give a value ready to be finished; None only where that is allowed, FAILED for what is no value."""
        if value.__class__ in shape.clean:
            return value
        if isinstance(value, Exception):  # not raised: one that is shared would gather a traceback each time
            return self._fail(value, field, place, index)
        if value is None or value is Undefined:
            if not shape.non_null:
                return None
            missing = TypeError(f"Cannot return null for non-nullable field {field.parent}.{field.name}.")
            return self._fail(missing, field, place, index)
        try:
            return shape.prepare(value, lambda: self._info(field))
        except Exception as error:  # noqa: BLE001 - whatever it is, it fails its position
            return self._fail(error, field, place, index)

    async def _finished(self, field: Field, shape: Shape, values: Sequence[Any], place: Place) -> list[Any]:
        """Complete values that need no look."""
        if isinstance(shape, Leaf) or not values:
            return list(values)
        if isinstance(shape, Objects):
            return await self._level(shape.selection, values, place)
        if isinstance(shape, Listed):
            return await self._lists(field, shape, values, place)
        assert isinstance(shape, Abstract)  # noqa: S101 - there is no other
        return await self._of_types(shape, values, place)

    async def _lists(self, field: Field, shape: Listed, values: Sequence[Any], place: Place) -> list[Any]:
        """Complete the items of all lists together."""
        lengths = list(map(len, values))
        self._items += sum(lengths)
        if self._items > self._ceiling.rows_max:
            return [self._fail(self._ceiling.too_many, field, place, index) for index in range(len(values))]
        flat = list(chain.from_iterable(values))
        items = (
            await self._completed(field, shape.item, flat, Items(place, lengths, non_null=shape.item.non_null))
            if flat
            else flat
        )
        made: list[Any] = []
        start = 0
        for length in lengths:
            made.append(items[start : start + length])
            start += length
        if shape.item.non_null and self.failures:
            return [FAILED if FAILED in each else each for each in made]
        return made

    async def _of_types(self, shape: Abstract, values: Sequence[Any], place: Place) -> list[Any]:
        """Complete objects of several types: a level for each."""
        selections = [shape.by_class[type(value)] for value in values]
        kinds = list(dict.fromkeys(selections))
        if len(kinds) == 1:
            return await self._level(kinds[0], values, place)
        chosen = [[index for index, each in enumerate(selections) if each is kind] for kind in kinds]
        levels = await asyncio.gather(
            *(
                self._level(kind, [values[index] for index in indices], Chosen(place, indices))
                for kind, indices in zip(kinds, chosen, strict=True)
            )
        )
        made: list[Any] = [None] * len(values)
        for indices, rows in zip(chosen, levels, strict=True):
            for index, row in zip(indices, rows, strict=True):
                made[index] = row
        return made

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _rows(
        self, selection: Selection, rows: Sequence[Any], columns: Sequence[Sequence[Any]], place: Place
    ) -> list[Any]:
        """Make the rows of a level whose columns are made."""
        for field in selection.denied:
            self.refusals.append(Refusal(field, place, len(rows)))
        missed: list[Any] = []
        try:
            made = selection.build(rows, missed.append, *columns)
        except Exception:  # noqa: BLE001 - one value that can't be written; the careful way finds it
            made = [_one(selection, row, cells) for row, *cells in zip(rows, *columns, strict=True)]
            missed.append(None)
        if missed:
            for index, row in enumerate(made):
                if row is None:
                    made[index] = self._careful(selection, rows[index], [each[index] for each in columns], place, index)
        if self.failures:
            _fail_rows(made, selection, columns)
        return made

    def _careful(self, selection: Selection, row: Any, cells: list[Any], place: Place, index: int) -> Any:
        """Make one row value by value, and tell which of them fail."""
        column = iter(cells)
        values = [self._cell(field, row, place, index) if field.in_row else next(column) for field in selection.fields]
        return FAILED if FAILED in values else selection.view(*values)

    def _cell(self, field: Field, row: Any, place: Place, index: int) -> Any:
        if not isinstance(field.source, Attribute):
            return field.parent.name if field.source is None else None
        shape, under = field.shape, _under(place, field)
        [value] = _read(field.source.name, [row])
        ready = self._prepared(field, shape, value, under, index)
        if isinstance(shape, Objects) and ready is not None and ready is not FAILED:
            [ready] = self._rows(shape.selection, [ready], (), Chosen(under, [index]))
        return None if ready is FAILED and not shape.non_null else ready

    # --- failures -----------------------------------------------------------------------------------------------------

    def _fail(self, error: Exception, field: Field, place: Place, index: int) -> object:
        self.failures.append(Failure(error, field, place, index))
        return FAILED

    def _info(self, field: Field) -> GraphQLResolveInfo[Any]:
        """Give what the schema's functions that tell types want to know; the path is the field's key alone."""
        operation = self._operation
        return GraphQLResolveInfo(
            field_name=field.name,
            field_nodes=field.nodes,
            return_type=field.definition.type,
            parent_type=field.parent,
            path=InfoPath(None, field.key, field.parent.name),
            schema=operation.schema,
            fragments={name: each.definition for name, each in operation.fragments.items()},
            root_value=self._root,
            operation=operation.node,
            variable_values=self._variables,
            context=self._context,
            is_awaitable=is_awaitable,
            abort_signal=None,
            async_helpers=cast("Any", None),  # they help what waits
        )


def _under(place: Place, field: Field) -> Place:
    return Under(place, field.key, non_null=field.shape.non_null)


def _read(name: str, rows: Sequence[Any]) -> list[Any]:
    """Give an attribute of every row, or the exception that reading it raised."""
    try:
        return list(map(attrgetter(name), rows))
    except Exception:  # noqa: BLE001 - one row is to blame; each by itself
        return [_attribute(name, row) for row in rows]


def _attribute(name: str, row: Any) -> Any:
    try:
        return getattr(row, name)
    except Exception as error:  # noqa: BLE001 - the row's own
        return error


def _one(selection: Selection, row: Any, cells: Sequence[Any]) -> Any:
    """Make one row; None when that takes care."""
    try:
        return selection.build((row,), _nothing, *((cell,) for cell in cells))[0]
    except Exception:  # noqa: BLE001 - see the caller
        return None


def _fail_rows(made: list[Any], selection: Selection, columns: Sequence[Sequence[Any]]) -> None:
    """Give up each row of which a value failed that it must have."""
    for field, column in zip(selection.columns, columns, strict=True):
        if field.shape.non_null:
            for index, value in enumerate(column):
                if value is FAILED:
                    made[index] = FAILED


def _nothing(_row: Any) -> None:
    return None
