"""What a request asks for: its text parsed and validated once, and the operation of it that is meant."""

from typing import Any, NamedTuple

import msgspec
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NameNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    ValidationRule,
    parse,
    specified_rules,
    validate,
)

from bff.cache.lru import Lru
from bff.http.answer import Refused

_TOKENS_MAX = 1000
_ERRORS_MAX = 20
_DOCUMENTS_MAX_BYTES = 64 * 1024 * 1024
_NAME_MAX = 64


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a GraphQL request."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class NotAQuery(Exception):
    """The operation changes something or goes on, where only a query may be asked for; nothing was executed."""


class Operation(NamedTuple):
    """A valid document and the operation of it that was asked for."""

    document: DocumentNode
    node: OperationDefinitionNode

    @property
    def name(self) -> str | None:
        """Name of the operation; None for an anonymous one."""
        return self.node.name.value if self.node.name else None

    @property
    def type(self) -> str:
        """`query`, `mutation` or `subscription`."""
        return self.node.operation.value


class ShortNames(ValidationRule):
    """Refuses long names: an alias stands in the answer once for each row, and in each row's errors."""

    def enter_name(self, node: NameNode, *_: object) -> None:
        """Look at one name of the document."""
        if len(node.value) > _NAME_MAX:
            self.report_error(GraphQLError(f"A name has {len(node.value)} characters; at most {_NAME_MAX}.", node))


class Documents:
    """Parses and validates documents, each text once; those used last are kept, up to a size."""

    def __init__(self, schema: GraphQLSchema, *, introspection: bool) -> None:
        self._schema = schema
        self._rules = (
            *specified_rules,
            ShortNames,
            *(() if introspection else (NoSchemaIntrospectionCustomRule,)),
        )
        self._known: Lru[str, DocumentNode] = Lru(_DOCUMENTS_MAX_BYTES)

    def operation(self, asked: Asked, *, only_query: bool = False) -> Operation:
        """Give the operation to run.

        Raises:
            Refused: the text is no GraphQL, does not fit the schema, or leaves open which operation is meant.
            NotAQuery: another operation than a query is meant, whether or not it fits the schema.
        """
        known = self._known.get(asked.query)
        document = _parsed(asked.query) if known is None else known
        node = _meant(document, asked.operation_name)
        if only_query and node is not None and node.operation is not OperationType.QUERY:
            raise NotAQuery
        if known is None:
            self._check(document)
            self._known.put(asked.query, document, _weight(asked.query, document))
        if node is None:
            raise _unclear(document, asked.operation_name)
        return Operation(document, node)

    def _check(self, document: DocumentNode) -> None:
        if errors := validate(self._schema, document, self._rules, max_errors=_ERRORS_MAX, hide_suggestions=True):
            raise Refused(errors, "VALIDATION_FAILED")


def _parsed(text: str) -> DocumentNode:
    try:
        return parse(text, max_tokens=_TOKENS_MAX)
    except GraphQLSyntaxError as error:
        raise Refused([error], "BAD_REQUEST") from None


def _weight(text: str, document: DocumentNode) -> int:
    """Estimate the bytes that a document holds: up to 4 for a character, kept twice, and its syntax tree."""
    return 1_000 + 8 * len(text) + 400 * document.token_count


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]


def _meant(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    """Find the operation of a name, or the only one; None when it is left open."""
    operations = _operations(document)
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((each for each in operations if each.name is not None and each.name.value == name), None)


def _unclear(document: DocumentNode, name: str | None) -> Refused:
    known = ", ".join(each.name.value for each in _operations(document) if each.name)
    missing = "`operationName` is missing" if name is None else "`operationName` names none of the operations"
    return Refused([GraphQLError(f"{missing}; the document has: {known or 'none'}.")], "BAD_REQUEST")
