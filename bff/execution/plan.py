"""A plan: what one operation does for one audience, ready to run any number of times, also at once."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from graphql import FieldNode, GraphQLError, located_error

from bff.execution._place import Path
from bff.execution._run import FAILED, Failure, Refusal, Run
from bff.execution._shape import Abstract, Field, Listed, Objects, Selection, Shape
from bff.execution.ceiling import Ceiling
from bff.execution.description import Attribute, Batch, Denial
from bff.execution.operation import Operation


class Denied(msgspec.Struct, frozen=True):
    """A selection that the audience may not use: all its occurrences.

    Attributes:
        error: that of the `Denial`.
        path: of the first occurrence.
        nodes: where the document selects it.
        count: of the occurrences.
    """

    error: Exception
    path: Path
    nodes: Sequence[FieldNode]
    count: int


class Result(NamedTuple):
    """What a run gave.

    Attributes:
        data: a tree of structs, lists and leaves, to be encoded by msgspec as it is; None when nothing is left. Leaves
            are written already but for those that are `Native`.
        errors: one for each position that is null because something failed. Without a path, and the only ones, when
            the variables are not what the operation takes.
        denials: what was selected and may not be used.
    """

    data: Any
    errors: Sequence[GraphQLError]
    denials: Sequence[Denied]


class Line(NamedTuple):
    """A line of a plan in print.

    Attributes:
        depth: how many lines it stands below.
        text: names of fields, each behind its alias, or of the type of what is below.
        field: that of the line, when it is asked in a batch, denied, or has lines below; None for all others.
    """

    depth: int
    text: str
    field: Field | None


class Plan:
    """What one operation does for one audience. As a string it shows its levels and batches."""

    __slots__ = ("__weakref__", "_ceiling", "_operation", "_root", "_serially")

    def __init__(self, operation: Operation, root: Selection, ceiling: Ceiling) -> None:
        self._ceiling = ceiling
        self._operation = operation
        self._root = root
        self._serially = operation.node.operation.value == "mutation"

    def __str__(self) -> str:
        return "\n".join(f"{'  ' * line.depth}{line.text}{_mark(line.field)}" for line in self.lines())

    def lines(self) -> Iterator[Line]:
        """Show its levels, the outermost first, and below each field what it leads to."""
        yield Line(0, str(self._root.type), None)
        yield from _lines(self._root, 1)

    async def run(self, root: Any, context: Any, variables: Mapping[str, Any] | None = None) -> Result:
        """Answer the operation; of a subscription, `root` is the value of one event.

        Args:
            root: the parent of the root fields.
            context: handed to batches, and to the schema's functions that tell types.
            variables: as the client sent them.
        """
        coerced = self._operation.coerced(variables or {})
        if isinstance(coerced, list):
            return Result(None, coerced, ())
        run = Run(self._operation, root, context, coerced, self._ceiling)
        data = await run.answer(self._root, serially=self._serially)
        data = None if data is FAILED else data
        return Result(data, _told(run.failures, data), _denied(run.refusals))


def _told(failures: Sequence[Failure], data: Any) -> list[GraphQLError]:
    """Locate one failure for each position that failures have made null: the first that made it so."""
    told: dict[tuple[str | int, ...], GraphQLError] = {}
    for failure in failures:
        null = tuple(failure.place.null(failure.index))
        if null not in told and _stands(null, data):
            path = failure.place.path(failure.index)
            told[null] = located_error(failure.error, failure.field.nodes, path)
    return list(told.values())


def _stands(null: Sequence[str | int], data: Any) -> bool:
    """Tell whether nothing above a null is null too."""
    for step in null:
        if data is None:
            return False
        data = data[step] if isinstance(step, int) else getattr(data, _attributes(type(data))[step])
    return True


def _attributes(row: type[msgspec.Struct]) -> dict[str, str]:
    return dict(zip(row.__struct_encode_fields__, row.__struct_fields__, strict=True))


def _denied(refusals: Sequence[Refusal]) -> list[Denied]:
    """Join the occurrences of each selection: those with the same path but for positions in lists."""
    joined: dict[tuple[str, ...], Denied] = {}
    for refusal in refusals:
        field = refusal.field
        assert isinstance(field.source, Denial)  # noqa: S101 - a refusal is of a denied field
        assert field.source.error is not None  # noqa: S101 - which is told
        path = [*refusal.place.path(0), field.key]
        here = Denied(field.source.error, path, field.nodes, refusal.count)
        selection = tuple(step for step in path if isinstance(step, str))
        known = joined.get(selection)
        joined[selection] = here if known is None else _together(known, here)
    return list(joined.values())


def _together(one: Denied, other: Denied) -> Denied:
    first = min(one, other, key=lambda each: _positions(each.path))
    return msgspec.structs.replace(first, count=one.count + other.count)


def _positions(path: Path) -> list[int]:
    return [step for step in path if isinstance(step, int)]


# --- in print ---------------------------------------------------------------------------------------------------------


def _lines(selection: Selection, depth: int) -> Iterator[Line]:
    """Show a level: in one line all that its rows hold as they are, then each other field with what is below it."""
    if plain := " ".join(_shown(field) for field in selection.fields if _is_plain(field)):
        yield Line(depth, plain, None)
    for field in selection.fields:
        if not _is_plain(field):
            yield Line(depth, _shown(field), field)
            yield from _lines_below(field.shape, depth + 1)


def _lines_below(shape: Shape, depth: int) -> Iterator[Line]:
    for below in _below(shape):
        if len(_below(shape)) > 1:
            yield Line(depth, f"on {below.type}", None)
            yield from _lines(below, depth + 1)
        else:
            yield from _lines(below, depth)


def _is_plain(field: Field) -> bool:
    inner = [each for below in _below(field.shape) for each in below.fields]
    return field.in_row and not isinstance(field.source, Denial) and all(map(_is_plain, inner))


def _shown(field: Field) -> str:
    name = field.name if field.key == field.name else f"{field.key}={field.name}"
    inner = [each for below in _below(field.shape) for each in below.fields]
    return f"{name} {{ {' '.join(map(_shown, inner))} }}" if inner and _is_plain(field) else name


def _mark(field: Field | None) -> str:
    if field is None or isinstance(field.source, Attribute):
        return ""
    return " ← batch" if isinstance(field.source, Batch) else " (denied)"


def _below(shape: Shape) -> Sequence[Selection]:
    if isinstance(shape, Listed):
        return _below(shape.item)
    if isinstance(shape, Objects):
        return [shape.selection]
    return list(shape.selections.values()) if isinstance(shape, Abstract) else []
