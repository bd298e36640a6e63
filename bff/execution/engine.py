"""The engine of one schema: makes plans and keeps them as long as their documents are kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar
from weakref import ref

from graphql import DocumentNode, GraphQLSchema

from bff.execution._compile import Compiler, Outputs
from bff.execution._shape import Selection
from bff.execution.description import Decide, Describe, Native, Unsupported
from bff.execution.operation import Operation
from bff.execution.plan import Plan

_PLANS_MAX = 32

V = TypeVar("V")


class Engine:
    """Plans the operations of one schema.

    The schema's `is_type_of` and `resolve_type` are asked once per plan and class of record that they accept: what they
    answer must depend on the class and the audience only.

    Args:
        schema: valid, and not changed any more.
        describe: where each field's values come from.
        decide: which audience may use which field.
        native: which values are left to the encoder of the answer as they are.
        on_made: told of each plan that is made.
        plans_max: how many plans of one operation are kept; of more, the one used longest ago is forgotten.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        describe: Describe,
        decide: Decide,
        native: Native = lambda _leaf: None,
        on_made: Callable[[], None] = lambda: None,
        plans_max: int = _PLANS_MAX,
    ) -> None:
        self._schema = schema
        self._describe = describe
        self._decide = decide
        self._outputs = Outputs(native)
        self._on_made = on_made
        self._plans_max = plans_max
        self._documents: dict[int, _Planned] = {}

    def plan(
        self,
        document: DocumentNode,
        operation_name: str | None = None,
        variables: Mapping[str, Any] | None = None,
        audience: Hashable = None,
    ) -> Plan:
        """Give the plan of an operation for an audience.

        Args:
            document: valid for the schema; told by its identity, so keep and reuse it. Its plans go when it goes.
            operation_name: None when the document has one operation.
            variables: as the client sent them; only those of `@skip` and `@include` matter here.
            audience: what `decide` decides for.

        Raises:
            Unsupported: graphql-core has to execute it.
        """
        planned = self._planned(document, operation_name)
        operation = _supported(planned.operation)
        selected = operation.selected(variables or {})
        key = (tuple(selected.values()), audience)
        plan = planned.plans.get(key)
        if plan is None:
            plan = planned.plans[key] = _tried(lambda: Plan(operation, self._root(operation, selected, audience)))
            if len(planned.plans) > self._plans_max:
                planned.plans.popitem(last=False)
            self._on_made()
        else:
            planned.plans.move_to_end(key)
        return _supported(plan)

    def _planned(self, document: DocumentNode, name: str | None) -> "_Operation":
        key = id(document)
        known = self._documents.get(key)
        if known is None:
            # Not by the document itself: it is compared by what it holds. Its id is its own until it goes.
            known = self._documents[key] = _Planned(ref(document, lambda _: self._documents.pop(key, None)))
        planned = known.operations.get(name)
        if planned is None:
            operation = _tried(lambda: Operation(self._schema, document, name))
            planned = known.operations[name] = _Operation(operation)
        return planned

    def _root(self, operation: Operation, selected: dict[str, bool], audience: Hashable) -> Selection:
        compiler = Compiler(
            operation,
            selected,
            audience,
            describe=self._describe,
            decide=self._decide,
            outputs=self._outputs,
        )
        return compiler.root()


class _Operation:
    """An operation and its plans, by what is selected and the audience; the one used last is at the end."""

    __slots__ = ("operation", "plans")

    def __init__(self, operation: Operation | Unsupported) -> None:
        self.operation = operation
        self.plans: OrderedDict[tuple[tuple[bool, ...], Hashable], Plan | Unsupported] = OrderedDict()


class _Planned:
    """The operations of a document that were asked for, by the name they were asked for by."""

    __slots__ = ("_document", "operations")

    def __init__(self, document: "ref[DocumentNode]") -> None:
        self._document = document  # while it is held, it tells when the document goes
        self.operations: dict[str | None, _Operation] = {}


def _tried(make: Callable[[], V]) -> V | Unsupported:
    try:
        return make()
    except Unsupported as reason:
        return reason


def _supported(made: V | Unsupported) -> V:
    if isinstance(made, Unsupported):
        raise Unsupported(*made.args)
    return made
