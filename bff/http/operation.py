"""One operation, executed by graphql-core; what the profile may not use is null and told apart in `errors`."""

from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, execute

from bff.context import Context
from bff.http.answer import Answer, Refused, denial_error, field_errors
from bff.http.documents import Asked, Operation


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
        errors=[*field_errors(executed.errors or ()), *map(denial_error, context.denials.values())],
    )
