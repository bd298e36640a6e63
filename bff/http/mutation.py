"""A mutation that may not be used refuses the whole operation, before anything of it ran.

What is denied inside the answer of a mutation is null with an error, as in a query: the change may have been made.
"""

from collections.abc import Collection, Iterator

from graphql.execution.collect_fields import collect_fields

from bff.context import Context
from bff.errors import BffError, Forbidden
from bff.execution import Denial, Denied
from bff.execution.operation import Operation as Selections
from bff.http.answer import Answer, Refused, denial_error
from bff.http.documents import Asked, Operation
from bff.http.operation import Executor
from bff.observability import logger
from bff.schema import RULES, SCHEMA

_log = logger(__name__)


class WholeMutations:
    """Runs what may be used whole by another executor."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    async def run(self, operation: Operation, asked: Asked, context: Context, root: object = None) -> Answer:
        """Run an operation, as `Executor` says.

        Raises:
            Refused: also when a root field of a mutation is denied; nothing ran.
        """
        if operation.type == "mutation" and (denied := list(_denied(operation, asked, context))):
            functions = [each.error.function for each in denied if isinstance(each.error, Forbidden)]
            _log.info("change_refused", person=context.principal.person_key, functions=functions)
            raise RefusedChange(denied, context)
        return await self._executor.run(operation, asked, context, root)


class RefusedChange(Refused):
    """A mutation holds what may not be used; nothing was executed."""

    def __init__(self, denied: Collection[Denied], context: Context) -> None:
        first = next(iter(denied)).error
        assert isinstance(first, BffError)  # noqa: S101 - the rules deny by nothing else
        super().__init__((), first.code)
        self.answer = Answer(errors=[denial_error(each, context.closed) for each in denied])
        self.status = first.status


def _denied(operation: Operation, asked: Asked, context: Context) -> Iterator[Denied]:
    """Give the root fields that the profile may not use, in the order of the document."""
    selections = Selections(SCHEMA, operation.document, operation.name)
    variables = selections.coerced(asked.variables or {})
    root = SCHEMA.mutation_type
    if isinstance(variables, list) or root is None:  # which the executor refuses
        return
    found = collect_fields(SCHEMA, selections.fragments, variables, root, selections.node, hide_suggestions=True)
    for key, details in found.grouped_field_set.items():
        name = details[0].node.name.value
        if name not in root.fields:  # __typename
            continue
        decided = RULES.decide(root, name, context.principal.profile, context.closed)
        if isinstance(decided, Denial) and decided.error is not None:
            yield Denied(decided.error, [key], [each.node for each in details], 1)
