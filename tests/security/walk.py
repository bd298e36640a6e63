"""Documents made from the schema that go through every door: each field of each type, from each root.

A path goes on from a type once, and the limit of depth ends it; where it comes back to a type it ends with that
type's plain fields. What is the same wherever it stands (buttons, freshness, edges) is asked for near the root only.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_leaf_type,
)

from bff.execution.limits import Limits

DEPTH_MAX = Limits().depth - 1
"""Below the root field."""
TOKENS_MAX = 600
TOP_ROWS = 100
NESTED_ROWS = 2
FIRST_MAX = {"Dashboard": 20}
"""Where fewer rows than on a page may be asked for, by the parent."""

_NEAR = 3
_EVERYWHERE = {"actions", "freshness", "pageInfo", "edges"}

Door = tuple[str, str]
"""A type and a field of it."""


class Selection(NamedTuple):
    """A part of a document, and the doors that it goes through."""

    text: str
    doors: frozenset[Door]


class Document(NamedTuple):
    """A query with the doors that it goes through; `target` is the type that it takes an id of, None for none."""

    text: str
    doors: frozenset[Door]
    target: str | None


@cache
def schema() -> GraphQLSchema:
    """Read the public schema."""
    return build_schema(Path("schema.graphql").read_text(encoding="utf-8"))


def documents() -> Iterator[Document]:
    """Give documents that go through every door, small enough to be taken; each type is walked on from one root."""
    walked_on: set[str] = set()
    for root, field in _query().fields.items():
        for target in objects(get_named_type(field.type)):
            walked = [_plain(target)] if target.name in walked_on else _parts(target, (target.name,), 1)
            walked_on.add(target.name)
            for part in walked:
                yield _document(root, field, target, part)


def _document(root: str, field: GraphQLField, target: GraphQLObjectType, part: Selection) -> Document:
    takes_id = not field.args.keys().isdisjoint({"id", "ids"})
    variables = "($id: ID!)" if takes_id else ""
    arguments = "(ids: [$id])" if "ids" in field.args else "(id: $id)" if takes_id else ""
    text = f"query{variables} {{ {root}{arguments} {{ __typename ... on {target.name} {{ {part.text} }} }} }}"
    return Document(text, part.doors | {("Query", root)}, target.name if takes_id else None)


def objects(named: GraphQLNamedType) -> list[GraphQLObjectType]:
    """Give the object types behind a type."""
    if isinstance(named, GraphQLInterfaceType):
        return list(schema().get_possible_types(named))
    assert isinstance(named, GraphQLObjectType)
    return [named]


def reachable() -> set[Door]:
    """Name every field of every type that a query can reach."""
    found: set[Door] = set()
    waiting = [_query()]
    while waiting:
        each = waiting.pop()
        new = {(each.name, name) for name in each.fields} - found
        found |= new
        waiting += [made for _, name in new for made in _behind(each, name)]
    return found


def _query() -> GraphQLObjectType:
    query = schema().query_type
    assert query is not None
    return query


def _behind(made: GraphQLObjectType, name: str) -> list[GraphQLObjectType]:
    named = get_named_type(made.fields[name].type)
    return [] if is_leaf_type(named) else objects(named)


def _parts(made: GraphQLObjectType, seen: tuple[str, ...], depth: int) -> list[Selection]:
    """Select all of a type as far as a path may go, in as many parts as documents can take."""
    whole = _deep(made, seen, depth)
    if len(re.findall(r"\w+|\.\.\.|[^\w\s.]", whole.text)) <= TOKENS_MAX:
        return [whole]
    near = [name for name in _wide(made) if name in _EVERYWHERE]
    parts = [_joined([_plain(made), *(_field(made, name, seen, depth) for name in near)])]
    for name in [name for name in _wide(made) if name not in near]:
        for each in _behind(made, name):
            inner = [_plain(each)] if each.name in seen else _parts(each, (*seen, each.name), depth + 1)
            parts += [_wrapped(made, name, depth, [_on(each, part)]) for part in inner]
    return parts


def _deep(made: GraphQLObjectType, seen: tuple[str, ...], depth: int) -> Selection:
    """Select all of a type as far as a path may go."""
    names = [name for name in _wide(made) if depth <= _NEAR or name not in _EVERYWHERE] if depth < DEPTH_MAX else []
    return _joined([_plain(made), *(_field(made, name, seen, depth) for name in names)])


def _field(made: GraphQLObjectType, name: str, seen: tuple[str, ...], depth: int) -> Selection:
    """Select one field of a type and what is behind it."""
    return _wrapped(
        made,
        name,
        depth,
        [
            _on(
                each,
                _plain(each) if each.name in seen or _is_edge(made) else _deep(each, (*seen, each.name), depth + 1),
            )
            for each in _behind(made, name)
        ],
    )


def _is_edge(made: GraphQLObjectType) -> bool:
    return "cursor" in made.fields


def _wrapped(made: GraphQLObjectType, name: str, depth: int, inner: list[Selection]) -> Selection:
    rows = FIRST_MAX.get(made.name, TOP_ROWS) if depth == 1 else NESTED_ROWS
    arguments = f"(first: {rows})" if "first" in made.fields[name].args else ""
    within = _joined(inner)
    return Selection(f"{name}{arguments} {{ {within.text} }}", within.doors | {(made.name, name)})


def _on(made: GraphQLObjectType, part: Selection) -> Selection:
    return Selection(f"... on {made.name} {{ {part.text} }}", part.doors)


def _joined(parts: list[Selection]) -> Selection:
    return Selection(" ".join(part.text for part in parts), frozenset().union(*(part.doors for part in parts)))


def _plain(made: GraphQLObjectType) -> Selection:
    """Select the plain fields of a type."""
    names = [name for name in made.fields if not _behind(made, name)]
    return Selection(" ".join(["__typename", *names]), frozenset((made.name, name) for name in names))


def _wide(made: GraphQLObjectType) -> list[str]:
    return [name for name in made.fields if _behind(made, name)]
