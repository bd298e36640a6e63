"""A mutation that may not be used refuses the whole operation, before anything of it ran.

So does one that asks for a fresh sign-in when the person's is not (RFC 9470). Of those, and of what is open to
anybody, there is one in an operation: nobody tries codes or sums by alias. What is denied inside the answer of a
mutation is null with an error, as in a query: the change may have been made.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from graphql import FieldNode, GraphQLError
from graphql.execution.collect_fields import collect_fields

from bff.context import Context
from bff.errors import BffError, Forbidden, StepUpRequired
from bff.execution import Denial, Denied
from bff.execution.operation import Operation as Selections
from bff.http.answer import Answer, Refused, denial_error
from bff.http.documents import Asked, Operation
from bff.http.operation import Executor
from bff.observability import REQUEST, logger
from bff.schema import RULES, SCHEMA
from bff.schema.rules import is_public, needs_step_up

_ONE: Final = "One change that needs a fresh sign-in, or none, at a time: send the others by themselves."

_log = logger(__name__)


class WholeMutations:
    """Runs what may be used whole by another executor."""

    def __init__(self, executor: Executor, *, step_up_s: float) -> None:
        """Stand before an executor; a sign-in is fresh for `step_up_s` seconds."""
        self._executor = executor
        self._step_up_s = step_up_s

    async def run(self, operation: Operation, asked: Asked, context: Context, root: object = None) -> Answer:
        """Run an operation, as `Executor` says.

        Raises:
            Refused: also when a root field of a mutation is denied, or asks for more than the sign-in is good for;
                nothing ran.
        """
        if operation.type == "mutation":
            self._check(list(_roots(operation, asked, context)), context)
        return await self._executor.run(operation, asked, context, root)

    def _check(self, roots: Sequence["_Root"], context: Context) -> None:
        """Refuse what is denied, then what asks for a fresher sign-in, then a second one that does."""
        if denied := [each.denied for each in roots if each.denied is not None]:
            functions = [each.error.function for each in denied if isinstance(each.error, Forbidden)]
            _note(context, "FORBIDDEN", functions=functions)
            raise RefusedChange(denied, context)
        wanting = [each for each in roots if each.needs_step_up]
        if wanting and not self._is_fresh(context):
            _note(context, StepUpRequired.code, mutations=[each.nodes[0].name.value for each in wanting])
            raise StaleSignIn(
                [Denied(StepUpRequired(), [each.key], each.nodes, 1) for each in wanting], context, self._step_up_s
            )
        sensitive = [each for each in roots if each.needs_step_up or each.is_public]
        if len(sensitive) > 1:
            nodes = [each.nodes[0] for each in sensitive[1:]]
            raise Refused([GraphQLError(_ONE, nodes)], "VALIDATION_FAILED")

    def _is_fresh(self, context: Context) -> bool:
        """Tell whether the person signed in a short time ago; what is not told is not fresh."""
        signed_in = context.principal.claims.auth_time
        return signed_in is not None and (context.now - signed_in).total_seconds() <= self._step_up_s


class RefusedChange(Refused):
    """A mutation holds what may not be used; nothing was executed."""

    def __init__(self, denied: Collection[Denied], context: Context) -> None:
        first = next(iter(denied)).error
        assert isinstance(first, BffError)  # noqa: S101 - the rules deny by nothing else
        super().__init__((), first.code)
        self.answer = Answer(errors=[denial_error(each, context.closed) for each in denied])
        self.status = first.status


class StaleSignIn(RefusedChange):
    """A mutation asks for a fresh sign-in; nothing was executed."""

    def __init__(self, denied: Collection[Denied], context: Context, step_up_s: float) -> None:
        super().__init__(denied, context)
        self.headers = {
            "WWW-Authenticate": 'Bearer error="insufficient_user_authentication",'
            f' error_description="A more recent sign-in is needed", max_age="{step_up_s:.0f}"'
        }


class _Root(NamedTuple):
    """A root field that is selected, under its key in the answer."""

    key: str
    nodes: list[FieldNode]
    denied: Denied | None
    needs_step_up: bool
    is_public: bool


def _note(context: Context, why: str, **more: Sequence[str | None]) -> None:
    request = REQUEST.get(None)
    address = None if request is None else request.address
    _log.info("change_refused", audit=True, person=context.principal.person_key, address=address, why=why, **more)


def _roots(operation: Operation, asked: Asked, context: Context) -> Iterator[_Root]:
    """Give the root fields that are selected, in the order of the document."""
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
        nodes = [each.node for each in details]
        denied = None
        if isinstance(decided, Denial) and decided.error is not None:
            denied = Denied(decided.error, [key], nodes, 1)
        yield _Root(key, nodes, denied, needs_step_up(root.fields[name]), is_public(root.fields[name]))
