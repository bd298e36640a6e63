"""Fields that cost a call: one function for all parents of a level, which graphql-core may ask parent by parent.

One of the few modules that touch Strawberry's insides: a field whose function takes the parents as its first
parameter and the `Call` as its second, and whose result for one parent joins the others of the same turn.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import strawberry
from strawberry import UNSET
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import ReservedType, StrawberryResolver

from bff.context import Context
from bff.domain.profile import Grant
from bff.errors import BffError
from bff.loaders import ANY, Loader
from bff.schema._view import guarded_by
from bff.schema.directives import StepUp
from bff.schema.rules import granted

R = TypeVar("R")
Each = Sequence[R | BffError]
"""A value or an error per parent, in the order of the parents."""


class Call(NamedTuple):
    """What a field may use: the operation's context, and the rows that its profile may read."""

    context: Context
    grant: Grant


class _Rows(NamedTuple):
    """Tells Strawberry that the first parameter, whatever its name, holds the parents and is no argument."""

    name: str = "rows"

    def find(self, parameters: tuple[inspect.Parameter, ...], _resolver: object) -> inspect.Parameter | None:
        return parameters[0]


class _BatchResolver(StrawberryResolver[Any]):
    RESERVED_PARAMSPEC = (_Rows(), ReservedType("call", Call))


class _RootResolver(StrawberryResolver[Any]):
    RESERVED_PARAMSPEC = (ReservedType("call", Call),)


class BatchField(StrawberryField):
    """A field whose function takes all parents and gives a value or an error per parent, in order.

    Attributes:
        reference: a denied type behind it gives null without an error, as for a row out of reach.
        open: usable while no membership is active.
    """

    reference: bool = False
    open: bool = False

    async def run(self, rows: Sequence[Any], call: Call, args: dict[str, Any]) -> Sequence[Any]:
        """Give a value or an error per parent; the one entry for any executor."""
        values: Sequence[Any] = await self._function(rows, call, **args)
        if len(values) != len(rows):
            raise RuntimeError(f"{self.python_name} gave {len(values)} values for {len(rows)} parents")
        return values

    async def get_result(
        self, source: Any, info: strawberry.Info[Context, Any] | None, args: list[Any], kwargs: Any
    ) -> Any:
        """Serve one parent: join the others that ask for the same selection in the same turn of the loop."""
        del args
        assert info is not None  # noqa: S101 - Strawberry gives it to every resolver that is not a plain attribute
        context: Context = info.context
        raw = info._raw_info  # noqa: SLF001 - the executor's own, for the parent's type
        key = (self, id(raw.field_nodes[0]), raw.parent_type.name)
        level = context.levels.get(key)
        if level is None:
            call = Call(context, granted(raw, context.principal.profile))
            level = context.levels[key] = _Level(self, call, kwargs)
        return await level.value(source)

    @property
    def _function(self) -> Any:
        assert self.base_resolver is not None  # noqa: S101 - declared by `batch` or `root`
        return self.base_resolver.wrapped_func


class RootField(BatchField):
    """A field of a root: no parent, one value."""

    async def run(self, rows: Sequence[Any], call: Call, args: dict[str, Any]) -> Sequence[Any]:
        """Give the one value."""
        return [await self._function(call, **args) for _ in rows]


class _Level:
    """The parents of one selection, asked together."""

    __slots__ = ("_loader", "_rows")

    def __init__(self, field: BatchField, call: Call, args: dict[str, Any]) -> None:
        self._rows: dict[int, Any] = {}  # keeps the parents alive, so that an id stays one parent's

        async def load(ids: Sequence[int]) -> dict[int, Any]:
            return dict(zip(ids, await field.run([self._rows[i] for i in ids], call, args), strict=True))

        self._loader: Loader[int, Any] = Loader(load, limit=ANY, name=f"level:{field.python_name}")

    async def value(self, parent: Any) -> Any:
        self._rows[id(parent)] = parent
        return await self._loader.one(id(parent))


def batch(
    graphql_type: object,
    *,
    rule: str,
    counts: Sequence[object] = (),
    reference: bool = False,
    open_: bool = False,
    name: str | None = None,
) -> Callable[[Callable[..., Awaitable[Each[Any]]]], Any]:
    """Declare a field by a function `(parents, call, *, …arguments) -> a value or an error per parent`.

    Its docstring is the field's description.

    Args:
        graphql_type: the annotation of the field.
        rule: a function of the profile matrix, or PARENT.
        counts: directives of the cost estimate.
        reference: see `BatchField`.
        open_: see `BatchField`.
        name: the GraphQL name, when Python's can't be it.
    """
    directives = [*guarded_by(rule), *counts]
    return _declare(BatchField, _BatchResolver, graphql_type, directives, reference=reference, open_=open_, name=name)


def root(
    graphql_type: object,
    *,
    rule: str | tuple[str, ...],
    counts: Sequence[object] = (),
    open_: bool = False,
    step_up: bool = False,
) -> Callable[[Callable[..., Awaitable[object]]], Any]:
    """Declare a field of a root by a function `(call, *, …arguments) -> value`; arguments as for `batch`.

    All rules must allow where there are several. `step_up` asks for a fresh sign-in.
    """
    rules = (rule,) if isinstance(rule, str) else rule
    directives = [*guarded_by(*rules), *([StepUp()] if step_up else []), *counts]
    return _declare(RootField, _RootResolver, graphql_type, directives, open_=open_)


def _declare(
    field_class: type[BatchField],
    resolver_class: type[StrawberryResolver[Any]],
    graphql_type: object,
    directives: Sequence[object],
    *,
    reference: bool = False,
    open_: bool = False,
    name: str | None = None,
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    def declare(function: Callable[..., Awaitable[Any]]) -> Any:
        field = field_class(
            type_annotation=StrawberryAnnotation.from_annotation(graphql_type),
            directives=directives,
            description=inspect.getdoc(function),
            graphql_name=name,
        )
        field.reference, field.open = reference, open_
        declared = field(resolver_class(function))
        for argument in declared.arguments:
            if argument.default is None:  # what may be left out has no default in the SDL; Python's applies
                argument.default = UNSET
        return declared

    return declare
