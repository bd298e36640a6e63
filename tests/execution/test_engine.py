"""What the engine promises beyond equal answers: when it asks, whom, how often, and what it refuses."""

import asyncio
import gc
import weakref
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema, parse

from bff.execution import Attribute, Batch, Ceiling, Denial, Engine, Result, Unsupported

pytestmark = pytest.mark.anyio

SDL = """
interface Thing { id: ID!, actions: [String!] }
type Line implements Thing { id: ID!, actions: [String!], number: String, invoices(last: Int = 2): [Invoice!] }
type Invoice implements Thing { id: ID!, actions: [String!], line: Line, paid: Boolean!, secret: String }
type Query { things: [Thing], lines: [Line!]!, invoices: [Invoice!], must: String!, text: String }
type Mutation { first: String, second: String!, third: String }
type Subscription { changed: Line }
"""


class Line(msgspec.Struct):
    """A row."""

    id: Any
    number: Any = "06"


class Invoice(msgspec.Struct):
    """Another row."""

    id: Any
    paid: Any = True
    line: Any = None
    secret: Any = "s"


class Lines(msgspec.Struct):
    """A root."""

    lines: Any


class Forbidden(Exception):
    """Nobody may."""


class House:
    """Answers batches from a table and writes down what it was asked."""

    def __init__(self, **values: Any) -> None:
        self.values = values
        self.asked: list[tuple[Any, ...]] = []
        self.denied: dict[str, Denial] = {}
        self.engine = self.made()

    def made(self, **options: Any) -> Engine:
        return Engine(_schema(), describe=self.describe, decide=self.decide, **options)

    def describe(self, parent: GraphQLObjectType, name: str) -> Attribute | Batch | None:
        if name == "text":
            return None
        held = {"id", "number", "paid", "line", "secret"}
        return Attribute(name) if name in held else Batch(self._batch(parent.name, name))

    def decide(self, parent: GraphQLObjectType, name: str, audience: Any) -> Any:
        return self.denied.get(name) if audience == "nobody" and name in self.denied else f"{audience}:{parent}.{name}"

    def _batch(self, parent: str, name: str) -> Any:
        async def run(rows: Sequence[Any], grant: Any, context: Any, arguments: dict[str, Any]) -> Sequence[Any]:
            self.asked.append((parent, name, len(rows), grant, context, arguments))
            await asyncio.sleep(0)
            self.asked.append(("done", name))
            value = self.values.get(name)
            if isinstance(value, Exception):
                raise value
            return [value(row) for row in rows] if callable(value) else [value] * len(rows)

        return run

    async def run(self, text: str, variables: dict[str, Any] | None = None, audience: Any = None) -> Result:
        return await self.engine.plan(parse(text), None, variables, audience).run(None, "context", variables)


def _schema() -> GraphQLSchema:
    schema = build_schema(SDL)
    schema.type_map["Thing"].resolve_type = lambda row, *_: type(row).__name__  # type: ignore[attr-defined]
    return schema


def told(result: Result) -> list[tuple[str, Any]]:
    return [(error.message, error.path) for error in result.errors]


async def test_a_batch_is_asked_once_for_all_parents_of_a_level() -> None:
    house = House(lines=[Line("a"), Line("b")], invoices=lambda row: [Invoice(f"{row.id}1"), Invoice(f"{row.id}2")])
    result = await house.run("{ lines { invoices { id } } }", audience="all")
    assert msgspec.json.encode(result.data) == (
        b'{"lines":[{"invoices":[{"id":"a1"},{"id":"a2"}]},{"invoices":[{"id":"b1"},{"id":"b2"}]}]}'
    )
    assert [each for each in house.asked if each[0] != "done"] == [
        ("Query", "lines", 1, "all:Query.lines", "context", {}),
        ("Line", "invoices", 2, "all:Line.invoices", "context", {"last": 2}),
    ]


async def test_a_batch_of_an_interface_is_asked_once_for_each_type_and_at_the_same_time() -> None:
    house = House(things=[Line(1), Invoice(2), None, Line(3)], actions=lambda row: [f"pay {row.id}"])
    result = await house.run("{ things { actions __typename } }")
    assert msgspec.to_builtins(result.data) == {
        "things": [
            {"actions": ["pay 1"], "__typename": "Line"},
            {"actions": ["pay 2"], "__typename": "Invoice"},
            None,
            {"actions": ["pay 3"], "__typename": "Line"},
        ]
    }
    assert [each[:3] for each in house.asked[2:]] == [
        ("Line", "actions", 2),
        ("Invoice", "actions", 1),
        ("done", "actions"),
        ("done", "actions"),
    ]


async def test_values_of_a_native_class_are_left_to_the_encoder_and_others_are_written_by_their_type() -> None:
    engine = Engine(
        _schema(),
        describe=lambda _parent, name: Attribute(name),
        decide=lambda *_: None,
        native=lambda leaf: bytes if leaf.name == "String" else None,
    )
    plan = engine.plan(parse("{ lines { number } }"))
    rows = [Line("1", number=b"n"), Line("2", number="text"), Line("3", number=None), Line("4", number=ValueError())]
    result = await plan.run(Lines(rows), None)
    assert msgspec.to_builtins(result.data, builtin_types=(bytes,)) == {
        "lines": [{"number": b"n"}, {"number": "text"}, {"number": None}, {"number": None}]
    }
    assert [path for _, path in told(result)] == [["lines", 3, "number"]]


class Box(msgspec.Struct):
    """A row that holds another."""

    name: Any
    box: Any = None


@pytest.mark.parametrize("depth", [1, 7, 8, 9, 30])
async def test_objects_in_objects_are_read_however_deep_and_fail_where_they_are(depth: int) -> None:
    engine = Engine(
        build_schema("type Box { name: String!, box: Box } type Query { box: Box }"),
        describe=lambda _parent, name: Attribute(name),
        decide=lambda *_: None,
    )
    plan = engine.plan(parse("{" + "box { name " * (depth + 1) + "}" * (depth + 2)))
    innermost = Box("right")
    root = innermost
    for number in range(depth):
        root = Box(str(number), root)
    expected: dict[str, Any] = {"box": {"name": "right"}}
    for number in range(depth):
        expected = {"box": {"name": str(number), **expected}}
    for _ in range(2):
        result = await plan.run(Box("root", root), None)
        assert (msgspec.to_builtins(result.data), told(result)) == (expected, [])
    innermost.name = None
    result = await plan.run(Box("root", root), None)
    assert [path for _, path in told(result)] == [["box"] * (depth + 1) + ["name"]]


async def test_an_empty_list_asks_nothing_below() -> None:
    house = House(lines=[])
    assert msgspec.to_builtins((await house.run("{ lines { invoices { id } } }")).data) == {"lines": []}
    assert [each[1] for each in house.asked] == ["lines", "lines"]


async def test_a_batch_that_gives_too_few_values_fails_its_field_for_every_parent() -> None:
    def describe(_parent: GraphQLObjectType, name: str) -> Attribute | Batch:
        return Batch(_too_few) if name == "invoices" else Attribute(name)

    engine = Engine(_schema(), describe=describe, decide=lambda *_: None)
    result = await engine.plan(parse("{ lines { invoices { id } } }")).run(_Root([Line("a"), Line("b")]), None)
    message = "Line.invoices gave 1 values for 2 parents"
    assert told(result) == [(message, ["lines", 0, "invoices"]), (message, ["lines", 1, "invoices"])]


class _Root(msgspec.Struct):
    lines: list[Line]


async def _too_few(rows: Sequence[Any], *_: Any) -> Sequence[Any]:
    return rows[1:]


async def test_a_row_that_fails_costs_itself_and_only_it_is_made_again() -> None:
    house = House(invoices=[Invoice(1), Invoice(2, paid=None), Invoice(3)])
    result = await house.run("{ invoices { id paid } things { id } }")
    assert told(result) == [("Cannot return null for non-nullable field Invoice.paid.", ["invoices", 1, "paid"])]
    assert msgspec.to_builtins(result.data) == {"invoices": None, "things": None}


async def test_of_several_failures_below_one_null_the_first_that_made_it_null_is_told() -> None:
    broken = Invoice(paid=ValueError("unpaid"), line=ValueError("no line"), id=ValueError("no id"))
    result = await House(invoices=[broken, broken], must="there").run("{ invoices { line { id } paid id } must }")
    assert told(result) == [("unpaid", ["invoices", 0, "paid"])]
    (error,) = result.errors
    assert [(place.line, place.column) for place in error.locations or ()] == [(1, 26)]
    assert isinstance(error.original_error, ValueError)


async def test_a_type_is_asked_once_for_each_class_that_it_lets_through_and_each_time_for_others() -> None:
    house = House(lines=[Line(1), Line(2)], invoices=[Invoice(3)])
    asked: list[Any] = []

    def is_type_of(row: Any, info: Any) -> bool:
        asked.append((row.id, info.context))
        return isinstance(row, Line)

    house.engine._schema.type_map["Line"].is_type_of = is_type_of  # type: ignore[attr-defined]
    plan = house.engine.plan(parse("{ lines { id invoices { line { id } } } }"))
    for _ in range(2):
        assert (await plan.run(None, "context")).errors == []
    assert asked == [(1, "context")]

    house.values["lines"] = [Line(1), Invoice(4)]
    for _ in range(2):
        ((message, path),) = told(await plan.run(None, "context"))
        assert (message.partition(" but")[0], path) == ("Expected value of type 'Line'", ["lines", 1])
    assert asked[1:] == [(4, "context")] * 2


async def test_the_fields_of_a_mutation_run_one_after_the_other_until_one_fails_the_answer() -> None:
    house = House(first="1", second=ValueError("no"), third="3")
    result = await house.run("mutation { first second third }")
    assert house.asked[1] == ("done", "first")
    assert [each[1] for each in house.asked] == ["first", "first", "second", "second"]
    assert result.data is None
    assert told(result) == [("no", ["second"])]


async def test_an_event_of_a_subscription_is_the_root() -> None:
    house = House(changed=Line("a"))
    result = await house.run("subscription { changed { id } }")
    assert msgspec.to_builtins(result.data) == {"changed": {"id": "a"}}


async def test_a_denied_field_is_null_and_told_once_at_its_first_place_with_its_count() -> None:
    house = House(things=[Line(1), Invoice(2), Invoice(3)])
    house.denied = {"secret": Denial(Forbidden("not yours")), "line": Denial(None)}
    result = await house.run("{ things { ... on Invoice { secret line { id } } } }", audience="nobody")
    nothing = {"secret": None, "line": None}
    assert msgspec.to_builtins(result.data) == {"things": [{}, nothing, nothing]}
    assert result.errors == []
    (denied,) = result.denials
    assert (str(denied.error), denied.path, denied.count) == ("not yours", ["things", 1, "secret"], 2)
    assert denied.nodes[0].name.value == "secret"


async def test_a_denied_field_asks_nothing_and_its_arguments_are_not_looked_at() -> None:
    house = House(lines=[Line(1)])
    house.denied = {"invoices": Denial(Forbidden("not yours"))}
    result = await house.run("query ($n: Int) { lines { invoices(last: $n) { id } } }", {"n": 1}, audience="nobody")
    assert msgspec.to_builtins(result.data) == {"lines": [{"invoices": None}]}
    assert [each[1] for each in house.asked] == ["lines", "lines"]


async def test_a_denied_field_that_can_not_be_null_fails_where_it_is_met() -> None:
    house = House()
    house.denied = {"must": Denial(Forbidden("choose one"))}
    result = await house.run("{ must }", audience="nobody")
    assert (result.data, told(result), result.denials) == (None, [("choose one", ["must"])], [])


async def test_variables_that_are_not_what_the_operation_takes_run_nothing() -> None:
    house = House()
    result = await house.run("query ($n: Int!) { lines { invoices(last: $n) { id } } }", {"n": "x"})
    assert result.data is None
    assert [error.path for error in result.errors] == [None]
    assert house.asked == []


async def test_a_plan_is_kept_for_its_document_conditions_and_audience() -> None:
    engine = House().made(fields_kept_max=30)
    document = parse("query ($all: Boolean!) { lines { id number @include(if: $all) } }")
    plan = engine.plan(document, None, {"all": True}, "a")
    assert engine.plan(document, None, {"all": True, "more": 1}, "a") is plan
    assert engine.plan(document, None, {"all": False}, "a") is not plan
    assert engine.plan(document, None, {"all": True}, "b") is not plan
    assert engine.plan(document, None, {"all": True}, "a") is not plan, "two plans are kept; it was used longest ago"


def test_plans_go_with_their_document() -> None:
    engine = House().engine
    document = parse("query A { lines { id } } query B { must }")
    plans = [weakref.ref(engine.plan(document, name, None, audience)) for name in "AB" for audience in "ab"]
    assert all(plan() is not None for plan in plans)
    del document
    gc.collect()
    assert [plan() for plan in plans] == [None] * 4
    assert (engine._documents, engine._plans, engine._fields_kept) == ({}, {}, 0)


async def test_the_list_that_makes_an_answer_too_long_fails_where_it_stands() -> None:
    house = House(lines=[Line("a"), Line("b")], invoices=lambda _row: [Invoice(number) for number in range(3)])
    plan = house.made(ceiling=Ceiling(7, ValueError("too many"))).plan(parse("{ lines { id invoices { id } } }"))
    result = await plan.run(None, "context")
    assert msgspec.to_builtins(result.data) == {"lines": [{"id": "a", "invoices": None}, {"id": "b", "invoices": None}]}
    assert told(result) == [("too many", ["lines", 0, "invoices"]), ("too many", ["lines", 1, "invoices"])]
    plan = house.made(ceiling=Ceiling(8)).plan(parse("{ lines { id invoices { id } } }"))
    assert (await plan.run(None, "context")).errors == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ __schema { types { name } } }", "introspection"),
        ("{ text }", "Query.text is not described"),
        ("query A { must } query B { must }", "not one operation is meant"),
        ("query ($if: Boolean = null) { must @skip(if: $if) }", "a condition is neither true nor false"),
    ],
)
def test_what_can_not_be_planned_is_refused_each_time_before_anything_has_run(text: str, reason: str) -> None:
    house = House()
    document = parse(text)
    for _ in range(2):
        with pytest.raises(Unsupported, match=reason):
            house.engine.plan(document)
    assert house.asked == []


def test_fragments_in_fragments_do_not_make_a_plan_without_end() -> None:
    levels = (
        f"fragment F{n} on Line {{ invoices {{ line {{ ...F{n + 1} }} }} more: invoices {{ line {{ ...F{n + 1} }} }} }}"
        for n in range(16)
    )
    document = parse("{ lines { ...F0 } } fragment F16 on Line { id } " + " ".join(levels))
    with pytest.raises(Unsupported, match="too many fields"):
        House().engine.plan(document)


def test_a_plan_shows_its_levels_and_batches() -> None:
    house = House()
    house.denied = {"secret": Denial(None)}
    text = "{ lines { id n: number invoices { paid secret line { id } } } }"
    assert str(house.engine.plan(parse(text), audience="nobody")).splitlines() == [
        "Query",
        "  lines ← batch",
        "    id n=number",
        "    invoices ← batch",
        "      paid line { id }",
        "      secret (denied)",
    ]
