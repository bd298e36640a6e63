"""The engine of one schema: makes plans and keeps them as long as their documents are kept."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, TypeAlias, TypeVar
from weakref import ref

from graphql import DocumentNode, GraphQLSchema

from bff.execution._compile import Compiler, Outputs
from bff.execution.ceiling import Ceiling
from bff.execution.description import Decide, Describe, Native, Unsupported
from bff.execution.operation import Operation
from bff.execution.plan import Plan

_FIELDS_KEPT_MAX = 50_000
"""Of all plans together; a field of a plan takes about a kilobyte."""
_FIELDS_LEAST = 10

_CEILING: Final = Ceiling()

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
        fields_kept_max: how many fields all plans that are kept may have; the plan used longest ago is forgotten.
        ceiling: how long the lists of one answer may be together.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        describe: Describe,
        decide: Decide,
        native: Native = lambda _leaf: None,
        on_made: Callable[[], None] = lambda: None,
        fields_kept_max: int = _FIELDS_KEPT_MAX,
        ceiling: Ceiling = _CEILING,
    ) -> None:
        self._schema = schema
        self._describe = describe
        self._decide = decide
        self._outputs = Outputs(native)
        self._on_made = on_made
        self._ceiling = ceiling
        self._fields_kept_max = fields_kept_max
        self._fields_kept = 0
        self._documents: dict[int, _Planned] = {}
        self._plans: OrderedDict[_Key, tuple[Plan | Unsupported, int]] = OrderedDict()

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
        operation = _supported(self._operation(document, operation_name))
        selected = operation.selected(variables or {})
        key = (id(document), operation_name, tuple(selected.values()), audience)
        kept = self._plans.get(key)
        if kept is not None:
            self._plans.move_to_end(key)
            return _supported(kept[0])
        plan, fields = self._made(operation, selected, audience)
        self._keep(key, plan, fields)
        self._on_made()
        return _supported(plan)

    def _operation(self, document: DocumentNode, name: str | None) -> Operation | Unsupported:
        key = id(document)
        known = self._documents.get(key)
        if known is None:
            # Not by the document itself: it is compared by what it holds. Its id is its own until it goes.
            known = self._documents[key] = _Planned(ref(document, lambda _: self._forget(key)))
        if name not in known.operations:
            known.operations[name] = _tried(lambda: Operation(self._schema, document, name))
        return known.operations[name]

    def _made(
        self, operation: Operation, selected: dict[str, bool], audience: Hashable
    ) -> tuple[Plan | Unsupported, int]:
        """Give a plan, and how many fields it has."""
        compiler = Compiler(
            operation,
            selected,
            audience,
            describe=self._describe,
            decide=self._decide,
            outputs=self._outputs,
        )
        plan = _tried(lambda: Plan(operation, compiler.root(), self._ceiling))
        return plan, _FIELDS_LEAST + (0 if isinstance(plan, Unsupported) else compiler.fields)

    def _keep(self, key: "_Key", plan: Plan | Unsupported, fields: int) -> None:
        self._plans[key] = plan, fields
        self._documents[key[0]].plans.add(key)
        self._fields_kept += fields
        while self._fields_kept > self._fields_kept_max:
            oldest, (_, gone) = self._plans.popitem(last=False)
            self._documents[oldest[0]].plans.discard(oldest)
            self._fields_kept -= gone

    def _forget(self, document: int) -> None:
        """Forget a document that is gone, and its plans."""
        for key in self._documents.pop(document).plans:
            _, gone = self._plans.pop(key)
            self._fields_kept -= gone


_Key: TypeAlias = tuple[int, str | None, tuple[bool, ...], Hashable]
"""Document, operation, what is selected, audience."""


class _Planned:
    """What is known of a document: its operations by the name they were asked for by, and the keys of its plans."""

    __slots__ = ("_document", "operations", "plans")

    def __init__(self, document: "ref[DocumentNode]") -> None:
        self._document = document  # while it is held, it tells when the document goes
        self.operations: dict[str | None, Operation | Unsupported] = {}
        self.plans: set[_Key] = set()


def _tried(make: Callable[[], V]) -> V | Unsupported:
    try:
        return make()
    except Unsupported as reason:
        return reason


def _supported(made: V | Unsupported) -> V:
    if isinstance(made, Unsupported):
        raise Unsupported(*made.args)
    return made
