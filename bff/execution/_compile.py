"""From the selections of a document to those of a plan, with graphql-core's own collection of fields."""

from collections.abc import Hashable
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    GraphQLUnionType,
    VariableNode,
    Visitor,
    is_leaf_type,
    visit,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetails,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues, get_argument_values

from bff.execution._shape import Abstract, Field, Leaf, Listed, Objects, Output, Selection, Shape
from bff.execution.description import Attribute, Batch, Decide, Denial, Describe, Native, Unsupported
from bff.execution.operation import Operation

_FIELDS_MAX = 2_000
"""A small document can select many more through fragments in fragments and for each type of an interface; what is not
met at run time is free for graphql-core, and each costs 35 µs and a kilobyte here."""

_TYPENAME = GraphQLField(GraphQLNonNull(GraphQLString))


class Outputs(dict[GraphQLLeafType, Output]):
    """The leaf types of one schema, each with what all plans have learnt of it."""

    def __init__(self, native: Native) -> None:
        super().__init__()
        self._native = native

    def __missing__(self, leaf: GraphQLLeafType) -> Output:
        output = self[leaf] = Output(leaf, self._native(leaf))
        return output


class Compiler:
    """Makes the selections of one plan.

    Attributes:
        fields: how many were planned so far.
    """

    def __init__(
        self,
        operation: Operation,
        selected: dict[str, bool],
        audience: Hashable,
        *,
        describe: Describe,
        decide: Decide,
        outputs: Outputs,
    ) -> None:
        self._operation = operation
        self._selected = VariableValues({}, dict(selected))
        self._audience = audience
        self._describe = describe
        self._decide = decide
        self._outputs = outputs
        self.fields = 0

    def root(self) -> Selection:
        """Give the selection of the operation's root.

        Raises:
            Unsupported: something in it can't be planned.
        """
        operation = self._operation
        root = operation.schema.get_root_type(operation.node.operation)
        if root is None:
            raise Unsupported("the schema has no such root")
        found = collect_fields(
            operation.schema, operation.fragments, self._selected, root, operation.node, hide_suggestions=True
        )
        return self._selection(root, found)

    def _selection(self, made: GraphQLObjectType, found: CollectedFields) -> Selection:
        if found.new_defer_usages:
            raise Unsupported("@defer")
        return Selection(made, [self._field(made, key, details) for key, details in found.grouped_field_set.items()])

    def _field(self, parent: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Field:
        self.fields += 1
        if self.fields > _FIELDS_MAX:
            raise Unsupported("too many fields")
        nodes = [each.node for each in details]
        name = nodes[0].name.value
        if name == "__typename":
            leaf = Leaf(self._outputs[GraphQLString], non_null=True)
            return Field(key, name, parent, _TYPENAME, nodes, leaf, None, None, {}, waits=False)
        definition = parent.fields.get(name)
        if definition is None:
            raise Unsupported("introspection")
        decided = self._decide(parent, name, self._audience)
        if isinstance(decided, Denial):
            empty = Leaf(self._outputs[GraphQLString], non_null=isinstance(definition.type, GraphQLNonNull))
            return Field(key, name, parent, definition, nodes, empty, decided, None, {}, waits=False)
        source = self._source(parent, name, definition)
        arguments = _constant(definition, nodes[0])
        if arguments is not None and isinstance(source, Batch):
            arguments = source.prepare(arguments)
        shape, waits = self._shape(definition.type, f"{parent}.{name}", details)
        waits = waits or isinstance(source, Batch)
        return Field(key, name, parent, definition, nodes, shape, source, decided, arguments, waits=waits)

    def _source(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Attribute | Batch:
        source = self._describe(parent, name)
        if source is None:
            raise Unsupported(f"{parent}.{name} is not described")
        if isinstance(source, Attribute) and definition.args:
            raise Unsupported(f"{parent}.{name} is an attribute with arguments")
        return source

    def _shape(
        self, kind: Any, name: str, details: list[FieldDetails], *, non_null: bool = False
    ) -> tuple[Shape, bool]:
        """Give the shape of a type's values, and whether something below has to be awaited."""
        if isinstance(kind, GraphQLNonNull):
            return self._shape(kind.of_type, name, details, non_null=True)
        if isinstance(kind, GraphQLList):
            item, waits = self._shape(kind.of_type, name, details)
            return Listed(item, name, non_null=non_null), waits
        if is_leaf_type(kind):
            return Leaf(self._outputs[kind], non_null=non_null), False
        if isinstance(kind, GraphQLObjectType):
            selection = self._below(kind, details)
            return Objects(selection, non_null=non_null), _waits(selection)
        return self._abstract(kind, details, non_null=non_null)

    def _abstract(
        self, kind: GraphQLInterfaceType | GraphQLUnionType, details: list[FieldDetails], *, non_null: bool
    ) -> tuple[Shape, bool]:
        if kind.resolve_type is None:
            raise Unsupported(f"{kind} does not tell its types")
        schema = self._operation.schema
        selections = {made.name: self._below(made, details) for made in schema.get_possible_types(kind)}
        return Abstract(schema, kind, selections, non_null=non_null), any(map(_waits, selections.values()))

    def _below(self, made: GraphQLObjectType, details: list[FieldDetails]) -> Selection:
        operation = self._operation
        found = collect_subfields(
            operation.schema, operation.fragments, self._selected, operation.node, made, details, hide_suggestions=True
        )
        return self._selection(made, found)


def _waits(selection: Selection) -> bool:
    return any(field.waits for field in selection.columns)


def _constant(definition: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
    """Give the arguments of a field, None when they depend on variables.

    Raises:
        Unsupported: they are not what the schema takes.
    """
    seen = _Variables()
    for argument in node.arguments or ():
        visit(argument, seen)
    if seen.found:
        return None
    try:
        return get_argument_values(definition, node, hide_suggestions=True)
    except GraphQLError:
        raise Unsupported("an argument is not what the schema takes") from None


class _Variables(Visitor):
    """Tells whether there is a variable."""

    found = False

    def enter_variable(self, _node: VariableNode, *_: object) -> None:
        self.found = True
