"""What an operation costs, estimated before it runs: the length of its lists times the weight of what is in them.

After IBM's GraphQL cost directives: an object weighs 1, scalars and enums 0, unless `@cost` says otherwise; `@listSize`
says how long a list is. The schema carries both in the `extensions` of its types and fields, under `COST` and
`LIST_SIZE`; who puts them there is not this module's matter.

It errs upwards: what `@skip` leaves out, what excludes each other by type, and what stands twice and is answered once,
all count. It is linear in the text, as a fragment is worked out once, for all places where it is spread:
only the lists of its outermost selection set depend on the place, and are kept apart until their length is known.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    is_list_type,
)

COST: Final = "cost"
"""In `extensions`: the points of one value, an int."""
LIST_SIZE: Final = "listSize"
"""In `extensions` of a field: its `ListSize`."""

_MANY = 1_000_000
_KEPT = 64


class ListSize(NamedTuple):
    """How long a list is, as `@listSize` says it.

    Attributes:
        assumed_size: when no slicing argument tells it.
        slicing_arguments: numbers of rows, or lists of what is asked for; the largest that is given counts.
        sized_fields: lists of the returned object that have this length, where it is not a list itself.
    """

    assumed_size: int | None = None
    slicing_arguments: Sequence[str] = ()
    sized_fields: Sequence[str] = ()


class Price:
    """What one operation costs, by the few variables that size its lists.

    Its document is valid and within the limits: neither is looked at again here.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._defaults = {
            each.variable.name.value: _written(each.default_value, {}) for each in operation.variable_definitions or ()
        }
        estimate = _Estimate(schema, self._fragments, {})
        estimate.of(operation)
        self._names = tuple(sorted(estimate.sizing))
        self._cost = lru_cache(_KEPT)(self._estimated)

    def of(self, variables: Mapping[str, Any]) -> int:
        """Give the points for the variables as the client sent them; a million stands for all that is above."""
        return self._cost(tuple(_size(variables.get(name, self._defaults.get(name))) for name in self._names))

    def _estimated(self, sizes: tuple[int | None, ...]) -> int:
        return _Estimate(self._schema, self._fragments, dict(zip(self._names, sizes, strict=True))).of(self._operation)


def cost(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> int:
    """Give the points of an operation once; who runs it again keeps its `Price`."""
    return Price(schema, document, operation).of(variables)


class _Points(NamedTuple):
    """A selection set: points of one object, and of one element of each list whose length its parent tells."""

    sure: int
    lists: dict[str, int]


class _Estimate:
    """One walk over an operation, for given lengths of the variables; `sizing` names those that were met."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        sizes: Mapping[str, int | None],
    ) -> None:
        self.sizing: set[str] = set()
        self._schema = schema
        self._fragments = fragments
        self._sizes = sizes
        self._known: dict[str, _Points] = {}

    def of(self, operation: OperationDefinitionNode) -> int:
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return 0
        points = self._selected(operation.selection_set, root)
        return _sum(points.sure, *points.lists.values())

    def _selected(self, selection_set: SelectionSetNode, parent: GraphQLCompositeType) -> _Points:
        sure = 0
        lists: dict[str, int] = {}
        left = [(selection_set, parent)]
        while left:
            inner, on = left.pop()
            for selection in inner.selections:
                if isinstance(selection, FieldNode):
                    name = selection.name.value
                    points, sized = self._field(selection, on)
                    if sized:
                        sure = _sum(sure, points)
                    else:
                        lists[name] = _sum(lists.get(name, 0), points)
                elif isinstance(selection, FragmentSpreadNode):
                    spread = self._spread(selection.name.value)
                    sure = _sum(sure, spread.sure)
                    for name, points in spread.lists.items():
                        lists[name] = _sum(lists.get(name, 0), points)
                elif isinstance(selection, InlineFragmentNode):
                    left.append((selection.selection_set, self._narrowed(selection.type_condition, on)))
        return _Points(sure, lists)

    def _spread(self, name: str) -> _Points:
        if name not in self._known:
            fragment = self._fragments[name]
            self._known[name] = self._selected(fragment.selection_set, self._narrowed(fragment.type_condition, None))
        return self._known[name]

    def _narrowed(self, condition: Any, otherwise: Any) -> Any:
        return otherwise if condition is None else self._schema.type_map[condition.name.value]

    def _field(self, node: FieldNode, parent: GraphQLCompositeType) -> tuple[int, bool]:
        """Give the points of a field, and whether that is all: of a list whose length is not its own, one element's."""
        field = self._schema.get_field(parent, node.name.value)
        assert field is not None  # noqa: S101 - the document is valid
        size = self._length(field, node)
        points = _weight(field)
        if node.selection_set:
            inner = self._selected(node.selection_set, cast("GraphQLCompositeType", get_named_type(field.type)))
            sized = field.extensions[LIST_SIZE].sized_fields if size is not None else ()
            each = (points * (size or 0 if name in sized else 1) for name, points in inner.lists.items())
            points = _sum(points, inner.sure, *each)
        if not is_list_type(field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type):
            return points, True
        return min(points * (1 if size is None else size), _MANY), size is not None

    def _length(self, field: GraphQLField, node: FieldNode) -> int | None:
        """Give the length that a field tells, of itself or of lists below it; None when it tells none."""
        told: ListSize | None = field.extensions.get(LIST_SIZE)
        if told is None:
            return None
        written = {each.name.value: each.value for each in node.arguments or ()}
        found = [self._sliced(field, name, written.get(name)) for name in told.slicing_arguments]
        given = [size for size in found if size is not None]
        if given:
            return max(given)
        return 1 if told.assumed_size is None else told.assumed_size

    def _sliced(self, field: GraphQLField, name: str, value: ValueNode | None) -> int | None:
        """Read a slicing argument: what is written, or the default of the argument."""
        if isinstance(value, VariableNode):
            self.sizing.add(value.name.value)
        size = _written(value, self._sizes)
        return _default(field.args[name]) if size is None else size


def _weight(field: GraphQLField) -> int:
    named = get_named_type(field.type)
    found: int | None = field.extensions.get(COST, named.extensions.get(COST))
    return int(is_composite_type(named)) if found is None else found


def _default(argument: GraphQLArgument) -> int | None:
    """Read a default, which a schema made from SDL has as it is written there."""
    if argument.default is None:
        return _size(argument.default_value)
    return _size(argument.default.value) if argument.default.literal is None else _written(argument.default.literal, {})


def _written(value: ValueNode | None, sizes: Mapping[str, int | None]) -> int | None:
    match value:
        case IntValueNode():
            return _size(int(value.value))
        case ListValueNode():
            return _size(value.values)
        case VariableNode():
            return sizes.get(value.name.value)
        case _:
            return None


def _size(value: object) -> int | None:
    """Read a length: a number of rows, where JSON's 20.0 is 20, or a list; None when it is neither."""
    if isinstance(value, int | float):
        return int(max(0, min(value, _MANY)))
    return min(len(value), _MANY) if isinstance(value, list | tuple) else None


def _sum(*points: int) -> int:
    return min(sum(points), _MANY)
