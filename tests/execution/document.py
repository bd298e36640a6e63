"""Random documents for a schema of the fuzz: aliases, fragments, conditions, arguments, variables."""

from random import Random
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
)

VARIABLES = "$yes: Boolean!, $no: Boolean = false, $n: Int, $must: Int = 4, $choice: Choice, $tag: String!"
"""What every operation declares, used or not."""

_VALUES = {
    "n": ["$n", "7", "null"],
    "must": ["$must", "1"],
    "choice": ["$choice", "{first: $n}", '{tags: [$tag, "b"]}', "{}"],
    "color": ["RED", "BLUE"],
}


class Writer:
    """Writes one document."""

    def __init__(self, schema: GraphQLSchema, rng: Random) -> None:
        self._schema = schema
        self._rng = rng
        self._fragments: list[str] = []

    def document(self, root: GraphQLObjectType, word: str) -> str:
        if word == "subscription":
            name = self._rng.choice(list(root.fields))
            body = f"{{ {self._field(root, name, 0)} }}"
        else:
            body = self._selection(root, 0)
        return "\n".join([f"{word} Q({VARIABLES})", body, *self._fragments])

    def _selection(self, kind: Any, depth: int) -> str:
        parts = [self._part(kind, depth) for _ in range(self._rng.randrange(1, 6 if depth == 0 else 4))]
        return f"{{ {' '.join(parts)} }}"

    def _part(self, kind: Any, depth: int) -> str:
        draw = self._rng.random()
        if draw < 0.1 or (isinstance(kind, GraphQLUnionType) and (draw < 0.3 or depth > 3)):
            return self._rng.choice(["__typename", "kind: __typename"])
        if (draw < 0.3 and depth < 4) or isinstance(kind, GraphQLUnionType):
            return self._fragment(kind, depth)
        return self._field(kind, self._rng.choice(list(kind.fields)), depth)

    def _fragment(self, kind: Any, depth: int) -> str:
        rng = self._rng
        inside: Any = kind
        if isinstance(kind, GraphQLInterfaceType | GraphQLUnionType) and (
            types := self._schema.get_possible_types(kind)
        ):
            inside = rng.choice(types)
        elif isinstance(kind, GraphQLObjectType) and kind.interfaces and rng.random() < 0.5:
            inside = rng.choice(kind.interfaces)
        selection = self._selection(inside, depth + 1)
        if rng.random() < 0.4:
            name = f"F{len(self._fragments)}"
            self._fragments.append(f"fragment {name} on {inside} {selection}")
            return f"...{name}{self._condition()}"
        on = f" on {inside}" if inside is not kind or rng.random() < 0.5 else ""
        return f"...{on}{self._condition()} {selection}"

    def _field(self, kind: Any, name: str, depth: int) -> str:
        rng = self._rng
        field = kind.fields[name]
        alias = f"a{rng.randrange(100)}: " if rng.random() < 0.3 else ""
        given = [
            f"{argument}: {rng.choice(_VALUES[argument])}"
            for argument in field.args
            if argument == "must" or rng.random() < 0.7
        ]
        arguments = f"({', '.join(given)})" if given else ""
        named = get_named_type(field.type)
        below = ""
        if not is_leaf_type(named):
            below = " { __typename }" if depth > 2 else f" {self._selection(named, depth + 1)}"
        return f"{alias}{name}{arguments}{self._condition()}{below}"

    def _condition(self) -> str:
        if self._rng.random() < 0.85:
            return ""
        word = self._rng.choice(["skip", "include"])
        return f" @{word}(if: {self._rng.choice(['$yes', '$no', 'true', 'false'])})"


def variables(rng: Random) -> dict[str, Any]:
    """Draw values for what the operation declares; sometimes one that it does not take."""
    given: dict[str, Any] = {"yes": rng.random() < 0.7, "tag": "t"}
    if rng.random() < 0.4:
        given["no"] = rng.random() < 0.5
    if rng.random() < 0.6:
        given["n"] = rng.choice([1, None, 5])
    if rng.random() < 0.4:
        given["must"] = rng.choice([9, 9, 9, None])
    if rng.random() < 0.4:
        given["choice"] = rng.choice([{"first": 1}, {"tags": ["x"]}, None, {}])
    if rng.random() < 0.02:
        given["n"] = "no number"
    return given
