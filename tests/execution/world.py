"""Random schemas for the fuzz, their records, and each field told to graphql-core and to the engine.

A record holds what each of its fields gives, whichever way the field is read: as an attribute, or as the row's part of
a batch. Whatever goes wrong with a value is drawn with the data.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from enum import Enum
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    is_abstract_type,
    is_leaf_type,
)

from bff.execution import Attribute, Batch, Denial

DEPTH_MAX = 2


class Boom(Exception):
    """What a field may fail with."""


class Raises:
    """Held by a record in place of a value: reading the attribute raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Record:
    """A row; a class of its own for each type."""

    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if value.__class__ is Raises:
            raise value.error
        return value


class Color(Enum):
    """Values of an enum that are no strings."""

    RED = 1
    BLUE = 2


def _odd(value: Any) -> Any:
    if not isinstance(value, tuple):
        raise TypeError(f"no pair: {type(value).__name__}")
    return None if value == (0, 0) else list(value)


COLOR = GraphQLEnumType("Color", Color)
PAIR = GraphQLScalarType("Pair", coerce_output_value=_odd)
LEAVES: list[Any] = [GraphQLString, GraphQLID, GraphQLInt, GraphQLFloat, GraphQLBoolean, COLOR, PAIR]
CHOICE = GraphQLInputObjectType(
    "Choice",
    {
        "first": GraphQLInputField(GraphQLInt, default_value=2),
        "tags": GraphQLInputField(GraphQLList(GraphQLNonNull(GraphQLString))),
    },
)
ARGUMENTS: dict[str, Any] = {"n": GraphQLInt, "must": GraphQLNonNull(GraphQLInt), "choice": CHOICE, "color": COLOR}


class World:
    """A schema, what its fields are, and who may not use them."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311 - the same schema for the same seed
        self.ways: dict[tuple[str, str], Attribute | Batch] = {}
        self.denials: dict[tuple[str, str], Denial] = {}
        self.broken: set[tuple[str, str]] = set()
        self.closed: set[str] = set()
        self.classes = {f"T{index}": type(f"R{index}", (Record,), {}) for index in range(self.rng.randrange(2, 6))}
        self.abstract: list[Any] = self._abstract()
        self.objects = {name: self._object(name) for name in self.classes}
        self.query = self._object("Query")
        self.mutation = self._object("Mutation")
        self.subscription = self._object("Subscription")
        self.schema = GraphQLSchema(
            self.query, self.mutation, self.subscription, types=[*self.objects.values(), *self.abstract]
        )

    # --- the schema ---------------------------------------------------------------------------------------------------

    def _abstract(self) -> list[Any]:
        rng = self.rng
        self.faces = {
            f"I{index}": {f"i{index}x{number}": self._leaf() for number in range(1, 3)}
            for index in range(rng.randrange(3))
        }
        self.bears = {name: [face for face in self.faces if rng.random() < 0.6] for name in self.classes}
        faces = [
            GraphQLInterfaceType(
                name, {key: GraphQLField(kind) for key, kind in fields.items()}, resolve_type=self._type_name
            )
            for name, fields in self.faces.items()
        ]
        self._interfaces = {face.name: face for face in faces}
        members = rng.sample(list(self.classes), rng.randrange(1, len(self.classes) + 1))
        union = GraphQLUnionType("U", lambda: [self.objects[name] for name in members], resolve_type=self._type_name)
        return [*faces, union]

    def _type_name(self, value: Any, _info: GraphQLResolveInfo[Any], _abstract: Any) -> Any:
        for name, cls in self.classes.items():
            if type(value) is cls:
                return name
        return {int: None, str: "Color", list: "Nowhere"}.get(type(value), 7)

    def _object(self, name: str) -> GraphQLObjectType:
        made = GraphQLObjectType(
            name,
            lambda: self._fields(name),
            interfaces=[self._interfaces[face] for face in self.bears.get(name, ())],
            is_type_of=self._is_type_of(name) if name in self.classes and self.rng.random() < 0.5 else None,
        )
        if made.is_type_of and self.rng.random() < 0.15:
            self.closed.add(name)
        return made

    def _is_type_of(self, name: str) -> Callable[[Any, GraphQLResolveInfo[Any]], bool]:
        def is_type_of(value: Any, info: GraphQLResolveInfo[Any]) -> bool:
            assert info.context is not None
            if name in self.closed:
                raise Boom(f"{name} is closed")
            return type(value) is self.classes[name]

        return is_type_of

    def _fields(self, parent: str) -> dict[str, GraphQLField]:
        rng = self.rng
        kinds = {name: kind for face in self.bears.get(parent, ()) for name, kind in self.faces[face].items()}
        kinds |= {f"{parent.lower()}f{number}": self._kind(parent) for number in range(rng.randrange(3, 7))}
        return {name: self._field(parent, name, kind, plain=name.startswith("i")) for name, kind in kinds.items()}

    def _field(self, parent: str, name: str, kind: Any, *, plain: bool) -> GraphQLField:
        rng = self.rng
        key = (parent, name)
        batched = rng.random() < 0.4
        arguments = {}
        if batched and not plain:
            for argument in rng.sample(list(ARGUMENTS), rng.choice([0, 0, 1, 2])):
                default = {"default_value": 3} if argument == "n" and rng.random() < 0.5 else {}
                arguments[argument] = GraphQLArgument(ARGUMENTS[argument], **default)  # type: ignore[arg-type]
        self.ways[key] = Batch(self._batch(key)) if batched else Attribute(name)
        if batched and rng.random() < 0.05:
            self.broken.add(key)
        if not arguments and rng.random() < 0.1:  # of a denied field the engine does not look at the arguments
            self.denials[key] = Denial(rng.choice([Boom(f"{parent}.{name} is denied"), None]))
        return GraphQLField(kind, arguments, resolve=self._resolver(key, batched=batched))

    def _leaf(self) -> Any:
        leaf = self.rng.choice(LEAVES)
        return GraphQLNonNull(leaf) if self.rng.random() < 0.3 else leaf

    def _kind(self, parent: str) -> Any:
        rng = self.rng
        after = [name for name in self.classes if parent not in self.classes or name > parent]
        kind = rng.choice([rng.choice(LEAVES), rng.choice(self.abstract), rng.choice(list(self.objects.values()))])
        ends = is_leaf_type(kind) or kind.name in after  # so that what must be there has an end
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
            kind = GraphQLList(GraphQLNonNull(kind) if rng.random() < 0.5 else kind)
            ends = True
        return GraphQLNonNull(kind) if ends and rng.random() < 0.4 else kind

    # --- the same field, told twice -----------------------------------------------------------------------------------

    def describe(self, parent: GraphQLObjectType, name: str) -> Attribute | Batch | None:
        return self.ways[parent.name, name]

    def decide(self, parent: GraphQLObjectType, name: str, audience: Hashable) -> Any:
        denied = self.denials.get((parent.name, name)) if audience == "customer" else None
        return denied if denied is not None else (parent.name, name, audience)

    def _batch(self, key: tuple[str, str]) -> Any:
        async def run(rows: Sequence[Any], grant: Any, context: Any, arguments: dict[str, Any]) -> Sequence[Any]:
            assert grant == (*key, context.audience)
            assert rows
            await asyncio.sleep(0)
            return [self._given(key, row, arguments) for row in rows]

        return run

    def _given(self, key: tuple[str, str], row: Any, arguments: dict[str, Any]) -> Any:
        if key in self.broken:
            raise Boom(f"{key} is broken")
        try:
            value = getattr(row, key[1])
        except Exception as error:  # noqa: BLE001 - a batch gives it for its row
            return error
        return f"{value}{sorted(arguments.items())}" if isinstance(value, str) and arguments else value

    def _resolver(self, key: tuple[str, str], *, batched: bool) -> Any:
        def plain(row: Any, _info: GraphQLResolveInfo[Any]) -> Any:
            return getattr(row, key[1])

        async def asked(row: Any, arguments: dict[str, Any]) -> Any:
            await asyncio.sleep(0)
            return self._given(key, row, arguments)

        def resolve(row: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
            denial = self.denials.get(key) if info.context.audience == "customer" else None
            if denial is None:
                return asked(row, arguments) if batched else plain(row, info)
            if isinstance(info.return_type, GraphQLNonNull):
                if denial.error is not None:
                    raise denial.error
            elif denial.error is not None:
                info.context.denied.append((info.path.as_list(), str(denial.error), info.field_nodes))
            return None

        return resolve

    # --- data ---------------------------------------------------------------------------------------------------------

    def record(self, kind: GraphQLObjectType, rng: Random, fault: float, depth: int = 0) -> Any:
        row: Any = self.classes.get(kind.name, Record)()
        for name, field in kind.fields.items():
            value = self.value(field.type, rng, fault, depth)
            if isinstance(value, Boom) and rng.random() < 0.5:
                value = Raises(value)
            setattr(row, name, value)
        return row

    def value(self, kind: Any, rng: Random, fault: float, depth: int) -> Any:
        if rng.random() < fault:
            return rng.choice(
                [
                    None,
                    Boom(f"boom {rng.randrange(3)}"),
                    3,
                    "txt",
                    [1],
                    2**31,
                    -(2**31) - 1,
                    float("nan"),
                    float("-inf"),
                    object,
                    (0, 0),
                ]
            )
        if isinstance(kind, GraphQLNonNull):
            kind = kind.of_type
        elif rng.random() < 0.1:
            return None
        if isinstance(kind, GraphQLList):
            length = rng.randrange(4) if depth < DEPTH_MAX else 0
            items = [self.value(kind.of_type, rng, fault, depth + 1) for _ in range(length)]
            return rng.choice([list, list, tuple])(items)
        if is_leaf_type(kind):
            return rng.choice(VALUES[kind.name])
        if is_abstract_type(kind):
            kind = rng.choice(list(self.schema.get_possible_types(kind)) or [None])
        ended = kind is None or depth > DEPTH_MAX + 3
        return None if ended else self.record(kind, rng, fault, depth + 1)


VALUES: dict[str, list[Any]] = {
    "String": ["a", "è", "", 5, True],
    "ID": ["id", 7],
    "Int": [0, -1, 2**31 - 1, 4.0, "12", True],
    "Float": [1.5, 2, 0.0, "3.5"],
    "Boolean": [True, False, 1],
    "Color": [*Color],
    "Pair": [(1, 2), (3, 2)],
}
"""Values that the types can write, not all as they are."""
