"""How much one document may ask for: counted before it is validated, in time that grows with its text alone.

A fragment says in a few bytes what stands in many places, so what counts is the operation with its fragments expanded.
Nothing is expanded for that: every definition is read once, and what a fragment amounts to is worked out once and added
wherever it is spread; sums stop growing at a million. graphql-core compares fields of the same response name with each
other, so the comparisons are counted first, up to their limit.

Left to others: the number of tokens is the parser's (`max_tokens`), what an operation costs with its variables is
`bff.execution.cost`, and whether the document fits the schema is graphql-core's validation.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
)

_MANY = 1_000_000
_INTROSPECTION = frozenset({"__schema", "__type"})

Definition = OperationDefinitionNode | FragmentDefinitionNode


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one document, and one operation of it with its fragments expanded, may have at the most.

    Attributes:
        characters: of the text; see `check_text`.
        tokens: of the text, comments not counted; for the parser.
        operations: in the document.
        fragments: defined in the document.
        depth: fields within fields, those below `__schema` and `__type` not counted.
        introspection_depth: fields within fields, from `__schema` or `__type` on.
        aliases: in an operation.
        directives: in an operation, those on its variables and fragments counted as well.
        root_fields: of an operation.
        breadth: fields of one selection set.
        fields: of an operation.
        comparisons: fields gathered by response name, and pairs of those that share one.
        cost: points of an operation; see `bff.execution.cost`.
        points_per_minute: of a principal; see `bff.execution.budget`.
    """

    characters: int = 20_000
    tokens: int = 1_000
    operations: int = 10
    fragments: int = 50
    depth: int = 12
    introspection_depth: int = 20
    aliases: int = 15
    directives: int = 20
    root_fields: int = 20
    breadth: int = 100
    fields: int = 1_000
    comparisons: int = 3_000
    cost: int = 5_000
    points_per_minute: int = 50_000


class Violation(NamedTuple):
    """A limit that was passed: a code of the schema's `ErrorCode`, what was wrong, and where."""

    code: str
    message: str
    node: Node | None = None


def check_text(text: str, limits: Limits) -> list[Violation]:
    """Say whether a text is too long to be parsed: comments and spaces are no tokens, and cost time as well."""
    return _over("BAD_REQUEST", "The document has {} characters", len(text), limits.characters, None)


def check_cost(points: int, operation: OperationDefinitionNode, limits: Limits) -> list[Violation]:
    """Say whether an operation costs too much with its variables."""
    return _over("COST_EXCEEDED", "The operation costs {} points", points, limits.cost, operation)


def check(document: DocumentNode, limits: Limits) -> list[Violation]:
    """Say which limits a parsed document passes in any of its operations: whichever runs, all are validated."""
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    violations = [
        *_over("VALIDATION_FAILED", "The document has {} operations", len(operations), limits.operations, None),
        *_over("VALIDATION_FAILED", "The document has {} fragments", _fragment_count(document), limits.fragments, None),
    ]
    if violations:
        return violations
    read = {name: _read(fragment) for name, fragment in fragments.items()}
    order, cyclic = _innermost_first(read)
    if cyclic is not None:
        return [Violation("VALIDATION_FAILED", f"Fragment `{cyclic}` spreads itself.", fragments[cyclic])]
    extents: dict[str, _Extent] = {}
    for name in order:
        extents[name] = _expanded(read[name], extents)
    for operation in operations:
        violations += _violations(operation, _expanded(_read(operation), extents), limits)
    return violations or list(_too_many_comparisons(document, fragments, limits.comparisons))


def _fragment_count(document: DocumentNode) -> int:
    """Count the definitions, not their names: two may have the same one, and both would be validated."""
    return sum(isinstance(each, FragmentDefinitionNode) for each in document.definitions)


# --- what a definition holds by itself --------------------------------------------------------------------------------


class _Spread(NamedTuple):
    """Where a fragment is spread: below how many fields, and below how many from `__schema` or `__type` on."""

    name: str
    depth: int
    introspection_depth: int


@dataclass(slots=True)
class _Level:
    """One selection set with its inline fragments: how many fields, and which fragments."""

    fields: int = 0
    spreads: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Text:
    """What is written in one definition, its fragments not expanded; the first level is its outermost."""

    depth: int = 0
    introspection_depth: int = 0
    full_depth: int = 0
    aliases: int = 0
    directives: int = 0
    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    spreads: list[_Spread] = field(default_factory=list)


def _read(definition: Definition) -> _Text:
    text = _Text(directives=_directives_above(definition))
    sets = [(definition.selection_set, text.levels[0], 0, 0)]
    while sets:
        selection_set, level, depth, introspection_depth = sets.pop()
        for selection in selection_set.selections:
            text.directives += len(selection.directives or ())
            if isinstance(selection, FragmentSpreadNode):
                level.spreads.append(selection.name.value)
                text.spreads.append(_Spread(selection.name.value, depth, introspection_depth))
            elif isinstance(selection, InlineFragmentNode):
                sets.append((selection.selection_set, level, depth, introspection_depth))
            elif isinstance(selection, FieldNode):
                level.fields += 1
                inside = introspection_depth > 0 or selection.name.value in _INTROSPECTION
                within = introspection_depth + inside
                _note(text, selection, depth + 1, within)
                if selection.selection_set:
                    text.levels.append(_Level())
                    sets.append((selection.selection_set, text.levels[-1], depth + 1, within))
    return text


def _note(text: _Text, node: FieldNode, depth: int, introspection_depth: int) -> None:
    text.aliases += node.alias is not None
    text.full_depth = max(text.full_depth, depth)
    text.introspection_depth = max(text.introspection_depth, introspection_depth)
    if not introspection_depth:
        text.depth = max(text.depth, depth)


def _directives_above(definition: Definition) -> int:
    """Count the directives on a definition and on its variables."""
    return sum(len(each.directives or ()) for each in (definition, *(definition.variable_definitions or ())))


def _innermost_first(read: Mapping[str, _Text]) -> tuple[list[str], str | None]:
    """Order the fragments so that each follows those that it spreads; or name one that spreads itself."""
    order: dict[str, None] = {}
    for start in read:
        path: dict[str, Iterator[_Spread]] = {} if start in order else {start: iter(read[start].spreads)}
        while path:
            name, spreads = next(reversed(path.items()))
            inner = next((each.name for each in spreads if each.name in read and each.name not in order), None)
            if inner is None:
                order[name] = None
                del path[name]
            elif inner in path:
                return [], inner
            else:
                path[inner] = iter(read[inner].spreads)
    return list(order), None


# --- what it amounts to with its fragments expanded -------------------------------------------------------------------


class _Extent(NamedTuple):
    """The size of a definition with its fragments expanded; no number is above a million.

    Attributes:
        full_depth: fields within fields, wherever they are; what a fragment adds below `__schema`.
        root_fields: fields of the outermost selection set.
    """

    depth: int
    introspection_depth: int
    full_depth: int
    aliases: int
    directives: int
    root_fields: int
    breadth: int
    fields: int


def _expanded(text: _Text, extents: Mapping[str, _Extent]) -> _Extent:
    """Add up a definition and the fragments spread in it; one that is not defined adds nothing."""
    spread = [(each, extents[each.name]) for each in text.spreads if each.name in extents]
    widths = [
        _sum(level.fields, (extents[n].root_fields for n in level.spreads if n in extents)) for level in text.levels
    ]
    outside = [(at, inner) for at, inner in spread if not at.introspection_depth]
    return _Extent(
        depth=_most(text.depth, (at.depth + inner.depth for at, inner in outside)),
        introspection_depth=_most(
            text.introspection_depth,
            (
                at.introspection_depth + inner.full_depth if at.introspection_depth else inner.introspection_depth
                for at, inner in spread
            ),
        ),
        full_depth=_most(text.full_depth, (at.depth + inner.full_depth for at, inner in spread)),
        aliases=_sum(text.aliases, (inner.aliases for _, inner in spread)),
        directives=_sum(text.directives, (inner.directives for _, inner in spread)),
        root_fields=widths[0],
        breadth=_most(max(widths), (inner.breadth for _, inner in spread)),
        fields=_sum(sum(level.fields for level in text.levels), (inner.fields for _, inner in spread)),
    )


def _sum(own: int, others: Iterable[int]) -> int:
    return min(own + sum(others), _MANY)


def _most(own: int, others: Iterable[int]) -> int:
    return max(own, *others, 0)


def _violations(operation: OperationDefinitionNode, extent: _Extent, limits: Limits) -> Iterator[Violation]:
    for code, text, found, most in (
        ("DEPTH_EXCEEDED", "The operation is {} fields deep", extent.depth, limits.depth),
        (
            "DEPTH_EXCEEDED",
            "The introspection is {} fields deep",
            extent.introspection_depth,
            limits.introspection_depth,
        ),
        ("VALIDATION_FAILED", "The operation has {} aliases", extent.aliases, limits.aliases),
        ("VALIDATION_FAILED", "The operation has {} directives", extent.directives, limits.directives),
        ("VALIDATION_FAILED", "The operation has {} root fields", extent.root_fields, limits.root_fields),
        ("VALIDATION_FAILED", "A selection set has {} fields", extent.breadth, limits.breadth),
        ("VALIDATION_FAILED", "The operation has {} fields", extent.fields, limits.fields),
    ):
        yield from _over(code, text, found, most, operation)


def _over(code: str, text: str, found: int, most: int, node: Node | None) -> list[Violation]:
    if found <= most:
        return []
    number = f"{found:,} or more" if found == _MANY else f"{found:,}"
    return [Violation(code, f"{text.format(number)}; at most {most:,}.", node)]


# --- what it costs to see whether its fields can be merged ------------------------------------------------------------


def _too_many_comparisons(
    document: DocumentNode, fragments: Mapping[str, FragmentDefinitionNode], most: int
) -> Iterator[Violation]:
    definitions = [each for each in document.definitions if isinstance(each, Definition)]
    if comparisons(definitions, fragments, most) > most:
        yield Violation(
            "VALIDATION_FAILED", f"More than {most:,} comparisons of fields with the same response name are needed."
        )


def comparisons(definitions: Sequence[Definition], fragments: Mapping[str, FragmentDefinitionNode], most: int) -> int:
    """Count the fields gathered by response name and the pairs that share one; stops soon after `most`.

    Fields of one response name are answered together, and so are the selection sets below them: those are gathered
    once, however many ways lead to the same ones.
    """
    counted = 0
    together: list[Sequence[SelectionSetNode]] = [(each.selection_set,) for each in definitions]
    seen: set[frozenset[int]] = set()
    while together and counted <= most:
        sets = together.pop()
        key = frozenset(map(id, sets))
        if key in seen:
            continue
        seen.add(key)
        by_name, gathered = _gathered(sets, fragments)
        counted += gathered
        for same in by_name.values():
            counted += len(same) * (len(same) - 1) // 2
            if below := [each.selection_set for each in same if each.selection_set]:
                together.append(below)
    return counted


def _gathered(
    sets: Sequence[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> tuple[dict[str, list[FieldNode]], int]:
    """Give the fields of selection sets answered together by response name, and how many selections were looked at."""
    by_name: dict[str, list[FieldNode]] = {}
    spread: set[str] = set()
    looked_at = 0
    left = list(sets)
    while left:
        selections = left.pop().selections
        looked_at += len(selections)
        for selection in selections:
            if isinstance(selection, FieldNode):
                by_name.setdefault((selection.alias or selection.name).value, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                left.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
                spread.add(selection.name.value)
                if selection.name.value in fragments:
                    left.append(fragments[selection.name.value].selection_set)
    return by_name, looked_at
