"""What an operation costs before it runs, and that the estimate is linear."""

from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    parse,
    validate,
)

from bff.execution.cost import LIST_SIZE, Price, cost
from bff.execution.limits import Limits
from bff.schema import SCHEMA as OURS
from tests.limits.parts import SDL, first_operation, lines_run, schema_of

SCHEMA = schema_of(SDL)
ROOT = Path(__file__).parents[2]


def points(text: str, **variables: Any) -> int:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    return cost(SCHEMA, document, first_operation(document), variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{shop{name}}", 1),
        ("{shop{name shop{name}}}", 2),
        ("{__typename shop{__typename}}", 1),
        ("{price}", 7),
        ("{shop{tags}}", 1),
        ("{shop{branches{name}}}", 1 + 3),
        ("{shop{branches{branches{name}}}}", 1 + 3 * (1 + 3)),
        ("{shop{unsized{name}}}", 1 + 1),
        ("{shop{stamps{shop{name}}}}", 1 + 2 * (5 + 1)),
        ("{shop{goods{total}}}", 1 + 2),
        ("{shop{goods{nodes{name}}}}", 1 + 2 + 10),
        ("{shop{goods(first:4){nodes{name}}}}", 1 + 2 + 4),
        ("{shop{goods(first:0){nodes{name}}}}", 1 + 2),
        ("{shop{goods(last:40){nodes{name}}}}", 1 + 2 + 40),
        ("{shop{goods(first:30 last:4){nodes{name}}}}", 1 + 2 + 30),
        ("{shop{goods{edges{name}}}}", 1 + 2 + 1),
        ("{shop{parcels(first:3){nodes{shop{name}} edges{name} total}}}", 1 + 1 + 3 * 2 + 3),
        ("{shop{goods(first:4){nodes{goods(first:5){nodes{name}}}}}}", 1 + 2 + 4 * (1 + 2 + 5)),
        ('{shops(ids:["a" "b" "c"]){shop{name}}}', 3 * 2),
        ('{shops(ids:"a"){name}}', 1),
        ("{a:shop{name} b:shop{name}}", 2),
        ("{shop{goods(first:4){a:nodes{name} b:nodes{name}}}}", 1 + 2 + 8),
        ("{shop{...{shop{name}} ...on Thing{shop{name}} ...on Shop{shop{name}}}}", 1 + 3),
    ],
)
def test_an_operation_costs_its_weights_times_the_sizes_of_its_lists(text: str, expected: int) -> None:
    assert points(text) == expected


def test_a_fragment_is_sized_by_the_place_where_it_is_spread() -> None:
    text = "{shop{...S} b:shop{parcels(first:5){...G ...G}}}fragment S on Shop{parcels(first:2){...G}}"

    assert points(text + "fragment G on Goods{...N edges{name}}fragment N on Goods{nodes{name shop{name}}}") == (
        (1 + 1 + 2 * (2 + 1)) + (1 + 1 + 2 * 5 * (2 + 1))
    )


@pytest.mark.parametrize(
    ("declared", "given", "rows"),
    [
        ("$n:Int!", {"n": 7}, 7),
        ("$n:Int!", {"n": 7.0}, 7),
        ("$n:Int=6", {}, 6),
        ("$n:Int=6", {"n": 7}, 7),
        ("$n:Int", {}, 10),
        ("$n:Int", {"n": None}, 10),
        ("$n:Int", {"n": "7"}, 10),
        ("$n:Int!", {"n": -7}, 0),
    ],
)
def test_a_variable_sizes_a_list_as_it_was_sent(declared: str, given: dict[str, Any], rows: int) -> None:
    assert points(f"query({declared}){{shop{{goods(first:$n){{nodes{{name}}}}}}}}", **given) == 1 + 2 + rows


def test_a_variable_that_is_a_list_counts_its_length() -> None:
    assert points("query($ids:[ID!]!){shops(ids:$ids){name}}", ids=["a"] * 5) == 5


def test_numbers_stop_at_a_million() -> None:
    text = "query($n:Int!){shop{goods(first:$n){nodes{goods(first:$n){nodes{name}}}}}}"

    assert points(text, n=2**31 - 1) == 1_000_000
    assert points(text, n=1e300) == 1_000_000


def test_a_price_is_worked_out_once_for_the_same_sizes() -> None:
    document = parse("query($n:Int!$x:ID!){shop{goods(first:$n){nodes{name}}} shops(ids:[$x]){name}}")
    price = Price(SCHEMA, document, first_operation(document))
    price.of({"n": 7, "x": "a"})

    again = lines_run(lambda: price.of({"n": 7, "x": "b"}), "bff.execution")
    other = lines_run(lambda: price.of({"n": 8, "x": "b"}), "bff.execution")

    assert price.of({"n": 7, "x": "b"}) == 1 + 2 + 7 + 1
    assert again < 20 < other


def test_twice_the_fragments_take_twice_the_steps() -> None:
    def steps(count: int) -> int:
        inner = "".join(f"fragment F{n} on Shop{{branches{{...F{n + 1}}} shop{{...F{n + 1}}}}}" for n in range(count))
        document = parse(f"{{shop{{...F0}}}}{inner}fragment F{count} on Shop{{name}}")
        return lines_run(lambda: cost(SCHEMA, document, first_operation(document), {}), "bff.execution")

    assert steps(60) <= 2.1 * steps(30)


# --- our schema -------------------------------------------------------------------------------------------------------


def test_every_list_of_objects_in_our_schema_has_a_length() -> None:
    by_parent = {"nodes", "edges"}
    endless = [
        f"{made.name}.{name}"
        for made in OURS.type_map.values()
        if isinstance(made, GraphQLObjectType | GraphQLInterfaceType) and not made.name.startswith("__")
        for name, field in made.fields.items()
        if is_composite_type(named := get_named_type(field.type))
        and LIST_SIZE not in field.extensions
        and (
            (_is_list(field.type) and not (made.name.endswith("Connection") and name in by_parent))
            or named.name.endswith("Connection")
        )
    ]
    assert endless == []
    customer = OURS.type_map["Customer"]
    assert isinstance(customer, GraphQLObjectType)
    assert customer.fields["lines"].extensions[LIST_SIZE].sized_fields == ["nodes", "edges"]


def _is_list(made: object) -> bool:
    return isinstance(made.of_type if isinstance(made, GraphQLNonNull) else made, GraphQLList)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ((ROOT / "operations/first.graphql").read_text(encoding="utf-8"), 1 + 2 + 8 + 12 + 8),
        ("{customer{lines(first:100){nodes{number}}}}", 1 + 2 + 100),
        ("{customer{lines(first:100){nodes{invoices(first:100){nodes{number}}}}}}", 1 + 2 + 100 * (1 + 1 + 100)),
        ("{viewer{memberships{companyName}}}", 1 + 5),
        ("{customer{lines(first:20){nodes{invoices(first:6){nodes{number}}}}}}", 163),  # told in docs/limits.md
    ],
)
def test_our_operations_cost_so_much(text: str, expected: int) -> None:
    document = parse(text)
    assert cost(OURS, document, first_operation(document), {}) == expected


def test_the_largest_page_of_a_list_costs_less_than_one_operation_may() -> None:
    document = parse("{customer{invoices(first:100){nodes{total{net{amount}vat{amount}gross{amount}}period{from}}}}}")
    assert cost(OURS, document, first_operation(document), {}) < Limits().cost
