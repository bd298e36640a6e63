"""The engine of one schema: makes plans and keeps those used last."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Generic, TypeVar

from graphql import DocumentNode, GraphQLSchema

from bff.execution._compile import Compiler, Outputs
from bff.execution._shape import Selection
from bff.execution.description import Decide, Describe, Native, Unsupported
from bff.execution.operation import Operation
from bff.execution.plan import Plan

_PLANS_MAX = 1000

K = TypeVar("K", bound=Hashable)
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
        made: told of each plan that is made how many are kept then.
        plans_max: how many plans are kept, and how many operations.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        describe: Describe,
        decide: Decide,
        native: Native = lambda _leaf: None,
        made: Callable[[int], None] = lambda _kept: None,
        plans_max: int = _PLANS_MAX,
    ) -> None:
        self._schema = schema
        self._describe = describe
        self._decide = decide
        self._outputs = Outputs(native)
        self._made = made
        self._operations: _Kept[tuple[int, str | None], tuple[DocumentNode, Operation | Unsupported]] = _Kept(plans_max)
        self._plans: _Kept[tuple[Operation, tuple[bool, ...], Hashable], Plan | Unsupported] = _Kept(plans_max)

    def plan(
        self,
        document: DocumentNode,
        operation_name: str | None = None,
        variables: Mapping[str, Any] | None = None,
        audience: Hashable = None,
    ) -> Plan:
        """Give the plan of an operation for an audience.

        Args:
            document: valid for the schema; told by its identity, so keep and reuse it.
            operation_name: None when the document has one operation.
            variables: as the client sent them; only those of `@skip` and `@include` matter here.
            audience: what `decide` decides for.

        Raises:
            Unsupported: graphql-core has to execute it.
        """
        operation = self._operation(document, operation_name)
        selected = operation.selected(variables or {})
        key = (operation, tuple(selected.values()), audience)
        plan = self._plans.get(key)
        if plan is None:
            plan = _tried(lambda: Plan(operation, self._root(operation, selected, audience)))
            self._plans.put(key, plan)
            self._made(len(self._plans))
        return _supported(plan)

    def _operation(self, document: DocumentNode, name: str | None) -> Operation:
        key = (id(document), name)
        known = self._operations.get(key)
        if known is None:
            known = document, _tried(lambda: Operation(self._schema, document, name))
            self._operations.put(key, known)  # with the document, so that its id stays its own
        return _supported(known[1])

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


class _Kept(Generic[K, V]):
    """Values by key; of more than `most`, the one used longest ago is forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)


def _tried(make: Callable[[], V]) -> V | Unsupported:
    try:
        return make()
    except Unsupported as reason:
        return reason


def _supported(made: V | Unsupported) -> V:
    if isinstance(made, Unsupported):
        raise Unsupported(*made.args)
    return made
