"""One operation, executed; what the profile may not use is null and told apart in `errors`.

By the compiled executor, and by graphql-core what that one can't plan, introspection for one. Both answer alike.
"""

from collections.abc import Collection, Sequence
from inspect import isawaitable
from typing import Any, Protocol

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute

from bff.context import Context
from bff.execution import BoundedExecutor, Ceiling, Denied, Engine, Unsupported
from bff.http.answer import Answer, Refused, denial_error, field_errors
from bff.http.documents import Asked, Operation
from bff.observability import FALLBACKS
from bff.schema import CEILING, audience


class Executor(Protocol):
    """Runs operations of one schema."""

    async def run(self, operation: Operation, asked: Asked, context: Context, root: object = None) -> Answer:
        """Run an operation and give data and errors; a denied selection has one error, at its first place.

        Args:
            operation: a query, a mutation, or one event of a subscription.
            asked: with its variables.
            context: of this run alone.
            root: of a subscription, the value of the event.

        Raises:
            Refused: the variables do not fit the operation.
        """
        ...


class CompiledExecutor:
    """Runs plans; what can't be planned goes to another executor before anything has run, and is counted."""

    def __init__(self, engine: Engine, fallback: Executor) -> None:
        self._engine = engine
        self._fallback = fallback

    async def run(self, operation: Operation, asked: Asked, context: Context, root: object = None) -> Answer:
        """Run an operation, as `Executor` says."""
        variables = asked.variables
        try:
            plan = self._engine.plan(operation.document, operation.name, variables, audience(context))
        except Unsupported as unsupported:
            FALLBACKS.labels(str(unsupported)).inc()
            return await self._fallback.run(operation, asked, context, root)
        data, errors, denials = await plan.run(root, context, variables)
        return _answer(data, errors, denials, context)


class CoreExecutor:
    """Runs everything by graphql-core."""

    def __init__(self, schema: GraphQLSchema, *, ceiling: Ceiling = CEILING) -> None:
        self._schema = schema
        self._ceiling = ceiling

    async def run(self, operation: Operation, asked: Asked, context: Context, root: object = None) -> Answer:
        """Run an operation, as `Executor` says."""
        result = execute(
            self._schema,
            operation.document,
            root,
            context_value=context,
            variable_values=asked.variables,
            operation_name=operation.name,
            hide_suggestions=True,
            executor_class=BoundedExecutor,
            ceiling=self._ceiling,
        )
        executed: Any = await result if isawaitable(result) else result
        assert isinstance(executed, ExecutionResult)  # noqa: S101 - no @defer in the schema
        return _answer(executed.data, executed.errors or (), context.denials.values(), context)


def _answer(data: Any, errors: Sequence[GraphQLError], denials: Collection[Denied], context: Context) -> Answer:
    if data is None and errors and all(error.path is None for error in errors):
        raise Refused(errors, "VALIDATION_FAILED")
    if not errors and not denials:
        return Answer(data=data)
    in_document = sorted(denials, key=_position)
    told = [*field_errors(errors, context.closed), *(denial_error(each, context.closed) for each in in_document)]
    return Answer(data=data, errors=told)


def _position(denied: Denied) -> tuple[int, list[str]]:
    """Tell where in the document a selection stands: the order of denials must not depend on who executes."""
    place = denied.nodes[0].loc
    return 0 if place is None else place.start, [str(step) for step in denied.path]
