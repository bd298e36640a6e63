"""One GraphQL operation: from the text to data and errors, whatever carries it.

Executed by graphql-core; what the profile may not use is null and told apart in `errors`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from inspect import isawaitable
from typing import Any, NamedTuple

import msgspec
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NameNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    ValidationRule,
    execute,
    parse,
    specified_rules,
    validate,
)

from bff.cache.lru import Lru
from bff.context import Context, Denial
from bff.errors import BffError, Internal
from bff.observability import DENIALS, REQUEST, logger

_log = logger(__name__)

_TOKENS_MAX = 1000
_ERRORS_MAX = 20
_DOCUMENTS_MAX_BYTES = 64 * 1024 * 1024
_NAME_MAX = 64
_ERRORS_TOLD_MAX = 100


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a GraphQL request."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a GraphQL answer."""

    data: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET
    errors: list[dict[str, Any]] = []


class Refused(Exception):
    """The request can't be run; `errors` say why, nothing was executed."""

    def __init__(self, errors: Sequence[GraphQLError], code: str) -> None:
        super().__init__(code)
        self.answer = Answer(errors=[_formatted(error, {"code": code, "retryable": False}) for error in errors])


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


async def run(schema: GraphQLSchema, operation: Operation, asked: Asked, context: Context) -> Answer:
    """Execute an operation and give data and errors; a denied selection has one error, at its first place.

    Raises:
        Refused: the variables do not fit the operation.
    """
    result = execute(
        schema,
        operation.document,
        context_value=context,
        variable_values=asked.variables,
        operation_name=operation.name,
        hide_suggestions=True,
    )
    executed: Any = await result if isawaitable(result) else result
    assert isinstance(executed, ExecutionResult)  # noqa: S101 - no @defer in the schema
    if executed.data is None and executed.errors and all(error.path is None for error in executed.errors):
        raise Refused(executed.errors, "VALIDATION_FAILED")
    return Answer(
        data=executed.data,
        errors=[*_told(executed.errors or ()), *map(_denied, context.denials.values())],
    )


def failed(error: BffError) -> Answer:
    """Tell that the whole request failed."""
    return Answer(errors=[_formatted(GraphQLError(error.message), _extensions(error))])


def _told(errors: Sequence[GraphQLError]) -> Iterator[dict[str, Any]]:
    """Tell the errors of fields, the first hundred one by one, and log how many of each kind there are."""
    yield from map(_located, errors[:_ERRORS_TOLD_MAX])
    if (left := len(errors) - _ERRORS_TOLD_MAX) > 0:
        next_one = _located(errors[_ERRORS_TOLD_MAX])
        yield next_one | {"message": f"{next_one['message']} This and {left - 1} more errors are told as one."}
    kinds = Counter((_field(error), error.original_error) for error in errors)
    for (field, original), count in kinds.items():
        if isinstance(original, BffError):
            _log.info("field_error", field=field, code=original.code, detail=str(original), count=count)


def _located(error: GraphQLError) -> dict[str, Any]:
    """Tell an error of a field: what is expected by its code, what is not without its text."""
    original = error.original_error
    if isinstance(original, GraphQLError) and original.nodes:  # of an argument: a value has no place in the document
        return _formatted(error, {"code": "VALIDATION_FAILED", "retryable": False})
    if not isinstance(original, BffError):
        _log.error("field_failed", field=_field(error), exc_info=original or error)
        original = Internal()
    return _formatted(GraphQLError(original.message, error.nodes, path=error.path), _extensions(original))


def _denied(denial: Denial) -> dict[str, Any]:
    told: dict[str, Any] = {"code": denial.code, "retryable": denial.closure is not None, "count": denial.count}
    if denial.function is not None:
        told["function"] = denial.function
    if denial.closure is not None:
        told |= _opening(denial.closure.until, denial.closure.wait_s)
    elif denial.function is not None:
        DENIALS.labels(denial.function).inc(denial.count)
    return _formatted(GraphQLError(denial.message, denial.nodes, path=denial.path), told)


def _extensions(error: BffError) -> dict[str, Any]:
    told: dict[str, Any] = {"code": error.code, "retryable": error.retryable}
    if error.system is not None:
        told["system"] = error.system.value
    return told | _opening(error.available_from, error.retry_after_s)


def _opening(available_from: datetime | None, retry_after_s: float | None) -> dict[str, Any]:
    """Tell when to try again, as far as that is known."""
    told: dict[str, Any] = {}
    if available_from is not None:
        told["availableFrom"] = available_from.isoformat()
    if retry_after_s is not None:
        told["retryAfterSeconds"] = retry_after_s
    return told


def _formatted(error: GraphQLError, extensions: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {**error.formatted, "extensions": extensions}
    if (request := REQUEST.get(None)) is not None:
        told["extensions"] = {**extensions, "traceId": request.trace_id}
    return told


def _field(error: GraphQLError) -> str:
    """Name the field by the schema's word: the path has the client's aliases."""
    node = error.nodes[0] if error.nodes else None
    return node.name.value if isinstance(node, FieldNode) else ""


def codes(answer: Answer) -> Iterable[str]:
    """Name the codes of an answer's errors, for the log."""
    return sorted({str(error["extensions"].get("code")) for error in answer.errors})
