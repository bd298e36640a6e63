"""The body of an answer: data, and errors as clients are told them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from graphql import FieldNode, GraphQLError, VariableDefinitionNode

from bff.domain.closing import Closure
from bff.errors import BffError, Forbidden, FunctionClosed, Internal
from bff.execution import Denied
from bff.execution.budget import Balance
from bff.observability import DENIALS, REQUEST, logger

_log = logger(__name__)

_ERRORS_TOLD_MAX = 100
_FOUND = re.compile(r"(?:( cannot represent [\w -]*value)|[,;] found): .*", re.DOTALL)
"""How graphql-core ends what it says of a value: with the value."""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of a GraphQL answer."""

    data: Any = msgspec.UNSET
    errors: list[dict[str, Any]] = []
    extensions: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Refused(Exception):
    """The request can't be run; `errors` say why, nothing was executed.

    Attributes:
        status: for who understands that an answer of this media type may have another than 200.
        headers: what goes with it, whatever the status.
    """

    status = 400
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, errors: Sequence[GraphQLError], code: str) -> None:
        super().__init__(code)
        told = {"code": code, "retryable": False}
        self.answer = Answer(errors=[_formatted(_without_value(error), told) for error in errors])


def with_cost(answer: Answer, points: int, limit: int, balance: Balance | None) -> Answer:
    """Tell beside an answer what its operation costs, and, once it was charged, what is left of the person's points."""
    told = {"requested": points, "limit": limit}
    if balance is not None:
        told |= {"remaining": balance.remaining, "resetSeconds": balance.reset_s}
    return msgspec.structs.replace(answer, extensions={"cost": told})


def failed(error: BffError) -> Answer:
    """Tell that the whole request failed."""
    return Answer(errors=[_formatted(GraphQLError(error.message), _extensions(error))])


def field_errors(errors: Sequence[GraphQLError], closed: Mapping[str, Closure]) -> Iterator[dict[str, Any]]:
    """Tell the errors of fields, the first hundred one by one, and log how many of each kind there are.

    Args:
        errors: with a path.
        closed: until when functions are closed, by name.
    """
    for error in errors[:_ERRORS_TOLD_MAX]:
        yield _located(error, closed)
    if (left := len(errors) - _ERRORS_TOLD_MAX) > 0:
        next_one = _located(errors[_ERRORS_TOLD_MAX], closed)
        yield next_one | {"message": f"{next_one['message']} This and {left - 1} more errors are told as one."}
    kinds = Counter((_field(error), error.original_error) for error in errors)
    for (field, original), count in kinds.items():
        if isinstance(original, BffError):
            _log.info("field_error", field=field, code=original.code, detail=str(original), count=count)


def _located(error: GraphQLError, closed: Mapping[str, Closure]) -> dict[str, Any]:
    """Tell an error of a field: what is expected by its code, what is not without its text."""
    original = error.original_error
    if isinstance(original, GraphQLError) and original.nodes and not isinstance(original.nodes[0], FieldNode):
        # Of an argument, whose value has no place in the document; of a field it would be our own fault.
        return _formatted(error, {"code": "VALIDATION_FAILED", "retryable": False})
    if not isinstance(original, BffError):
        _log.error("field_failed", field=_field(error), exc_info=original or error)
        original = Internal()
    return _formatted(GraphQLError(original.message, error.nodes, path=error.path), _extensions(original, closed))


def denial_error(denied: Denied, closed: Mapping[str, Closure]) -> dict[str, Any]:
    """Tell a selection that may not be used: one error for all its occurrences; `closed` as for `field_errors`."""
    error = denied.error
    assert isinstance(error, BffError)  # noqa: S101 - the rules deny by nothing else
    if isinstance(error, Forbidden):
        DENIALS.labels(error.function).inc(denied.count)
    told = _extensions(error, closed) | {"count": denied.count}
    return _formatted(GraphQLError(error.message, denied.nodes, path=denied.path), told)


def _extensions(error: BffError, closed: Mapping[str, Closure] = MappingProxyType({})) -> dict[str, Any]:
    """Tell what a program can act upon, and when to try again, as far as that is known."""
    told: dict[str, Any] = {"code": error.code, "retryable": error.retryable}
    if error.system is not None:
        told["system"] = error.system.value
    if error.function is not None:
        told["function"] = error.function
    available_from, retry_after_s = error.available_from, error.retry_after_s
    if isinstance(error, FunctionClosed) and (closure := closed.get(error.function or "")) is not None:
        available_from, retry_after_s = closure.until, closure.wait_s
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


def _without_value(error: GraphQLError) -> GraphQLError:
    """Leave out what a variable was: an IBAN or an address is in no message, that ends in somebody's log."""
    if not error.nodes or not isinstance(error.nodes[0], VariableDefinitionNode):
        return error
    return GraphQLError(_FOUND.sub(lambda match: f"{match[1] or ''}.", error.message), error.nodes)


def _field(error: GraphQLError) -> str:
    """Name the field by the schema's word: the path has the client's aliases."""
    node = error.nodes[0] if error.nodes else None
    return node.name.value if isinstance(node, FieldNode) else ""


def codes(answer: Answer) -> Iterable[str]:
    """Name the codes of an answer's errors, for the log."""
    return sorted({str(error["extensions"].get("code")) for error in answer.errors})
