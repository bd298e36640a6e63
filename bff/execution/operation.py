"""One operation of a document: its fragments, its variables, and which of them decide what is selected."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    VariableNode,
    Visitor,
    get_variable_values,
    value_from_ast_untyped,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from bff.execution.description import Unsupported

_COERCION_ERRORS_MAX = 50
_PLAIN: dict[object, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


class Operation:
    """An operation of a valid document.

    Attributes:
        switches: variables of `@skip` and `@include` and what they are when not given (None: no default).
    """

    __slots__ = ("_plain", "fragments", "node", "schema", "switches")

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> None:
        """Find the operation.

        Raises:
            Unsupported: no operation, or not one only, is meant; a fragment has variables of its own.
        """
        self.schema = schema
        self.node = _chosen(document, name)
        self.fragments = _fragments(document)
        self._plain = _plain(schema, self.node)
        defaults = {
            each.variable.name.value: None if each.default_value is None else value_from_ast_untyped(each.default_value)
            for each in self.node.variable_definitions or ()
        }
        switches = _Switches()
        visit(document, switches)
        self.switches = {name: defaults[name] for name in switches.names if name in defaults}

    def selected(self, variables: Mapping[str, Any]) -> dict[str, bool]:
        """Give the values of the variables that decide what is selected.

        Raises:
            Unsupported: one of them is neither true nor false.
        """
        if not self.switches:
            return {}
        values = {name: variables.get(name, default) for name, default in self.switches.items()}
        if not all(isinstance(value, bool) for value in values.values()):
            raise Unsupported("a condition is neither true nor false")
        return values

    def coerced(self, variables: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """Give the variables as the schema takes them, or why they are not what it takes."""
        if (as_sent := self._as_sent(variables)) is not None:
            return as_sent
        definitions = self.node.variable_definitions or ()
        return get_variable_values(
            self.schema, definitions, dict(variables), max_errors=_COERCION_ERRORS_MAX, hide_suggestions=True
        )

    def _as_sent(self, variables: Mapping[str, Any]) -> VariableValues | None:
        """Give the variables when all are what coercion would leave as they are; None when it has to look."""
        if self._plain is None:
            return None
        made = VariableValues({}, {})
        for name, cls, signature in self._plain:
            if (value := variables.get(name)).__class__ is not cls:
                return None
            made.sources[name] = VariableValueSource(signature, value)
            made.coerced[name] = value
        return made


def _plain(
    schema: GraphQLSchema, node: OperationDefinitionNode
) -> list[tuple[str, type, GraphQLVariableSignature]] | None:
    """Tell the variables when each is a string, id or boolean that must be given; None otherwise."""
    plain: list[tuple[str, type, GraphQLVariableSignature]] = []
    for each in node.variable_definitions or ():
        signature = get_variable_signature(schema, each)
        kind = None if isinstance(signature, GraphQLError) else signature.type
        cls = _PLAIN.get(kind.of_type) if isinstance(kind, GraphQLNonNull) else None
        if cls is None or isinstance(signature, GraphQLError):
            return None
        plain.append((signature.name, cls, signature))
    return plain


class _Switches(Visitor):
    """Names the variables of `@skip` and `@include`."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in {"skip", "include"}:
            for argument in node.arguments or ():
                if isinstance(argument.value, VariableNode):
                    self.names[argument.value.name.value] = None


def _chosen(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    meant = [each for each in operations if name is None or (each.name is not None and each.name.value == name)]
    if len(meant) != 1:
        raise Unsupported("not one operation is meant")
    return meant[0]


def _fragments(document: DocumentNode) -> dict[str, FragmentDetails]:
    fragments = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
    if any(each.variable_definitions for each in fragments):
        raise Unsupported("a fragment has variables")
    return {each.name.value: FragmentDetails(each) for each in fragments}
