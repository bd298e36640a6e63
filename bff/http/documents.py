"""What a request asks for: its text held against the limits and validated once, and the operation that is meant.

The limits are `bff.execution.limits`; what the operation costs with the variables is asked by the endpoint.
"""

from collections.abc import Sequence
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
from bff.execution.cost import Price
from bff.execution.limits import Limits, Violation, check, check_text
from bff.http.answer import Refused

_ERRORS_MAX = 20
_DOCUMENTS_MAX_BYTES = 64 * 1024 * 1024
_NAME_MAX = 64
_PRICE_BYTES = 16_000


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a GraphQL request."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class NotAQuery(Exception):
    """The operation changes something or goes on, where only a query may be asked for; nothing was executed."""


class Operation(NamedTuple):
    """A valid document and the operation of it that was asked for: the same objects for the same text, while kept."""

    document: DocumentNode
    node: OperationDefinitionNode
    price: Price

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


class _Known(NamedTuple):
    """A valid document, and those of its operations that were asked for, by the name they were asked for by."""

    document: DocumentNode
    operations: dict[str | None, Operation]


class Documents:
    """Parses and validates documents, each text once; those used last are kept, up to a size.

    What is refused is not kept. Everything is checked in the order in which one check bounds the next one's time.
    """

    def __init__(self, schema: GraphQLSchema, *, limits: Limits, introspection: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._rules = (
            *specified_rules,
            ShortNames,
            *(() if introspection else (NoSchemaIntrospectionCustomRule,)),
        )
        self._known: Lru[str, _Known] = Lru(_DOCUMENTS_MAX_BYTES)

    def operation(self, asked: Asked, *, only_query: bool = False) -> Operation:
        """Give the operation to run.

        Raises:
            Refused: the text is no GraphQL, passes a limit, does not fit the schema, or leaves open which operation is
                meant.
            NotAQuery: another operation than a query is meant, whether or not it fits the schema.
        """
        known = self._known.get(asked.query)
        operation = None if known is None else known.operations.get(asked.operation_name)
        if operation is None:
            return self._read(asked, known, only_query=only_query)
        if only_query and operation.node.operation is not OperationType.QUERY:
            raise NotAQuery
        return operation

    def _read(self, asked: Asked, known: _Known | None, *, only_query: bool) -> Operation:
        """Find an operation that was not asked for before, in a document that may not be known either."""
        document = self._parsed(asked.query) if known is None else known.document
        node = _meant(document, asked.operation_name)
        if only_query and node is not None and node.operation is not OperationType.QUERY:
            raise NotAQuery
        if known is None:
            known = self._validated(asked.query, document)
        if node is None:
            raise _unclear(document, asked.operation_name)
        operation = Operation(document, node, Price(self._schema, document, node))
        known.operations[asked.operation_name] = operation
        return operation

    def _parsed(self, text: str) -> DocumentNode:
        """Parse a text that is not too long into a document within the limits."""
        if violations := check_text(text, self._limits):
            raise beyond(violations)
        try:
            document = parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            raise Refused([error], "BAD_REQUEST") from None
        if violations := check(document, self._limits):
            raise beyond(violations)
        return document

    def _validated(self, text: str, document: DocumentNode) -> _Known:
        if errors := validate(self._schema, document, self._rules, max_errors=_ERRORS_MAX, hide_suggestions=True):
            raise Refused(errors, "VALIDATION_FAILED")
        known = _Known(document, {})
        self._known.put(text, known, _weight(text, document))
        return known


def beyond(violations: Sequence[Violation]) -> Refused:
    """Refuse by the limits that are passed; the first one's code speaks for all."""
    return Refused([GraphQLError(each.message, each.node) for each in violations], violations[0].code)


def _weight(text: str, document: DocumentNode) -> int:
    """Estimate the bytes that a document holds: up to 4 for a character, kept twice, its syntax tree, its prices."""
    return 1_000 + 8 * len(text) + 400 * document.token_count + _PRICE_BYTES * len(_operations(document))


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
