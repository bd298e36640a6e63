"""Random documents: what is counted without expanding is what counting the expanded document gives."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bff.execution.cost import cost
from bff.execution.limits import Limits, check, comparisons
from tests.limits.parts import SDL, expanded, first_operation, schema_of

SEEDS = st.integers(0, 2**32)
"""Drawn instead of the documents' parts, which takes ten times as long."""

SCHEMA: GraphQLSchema = schema_of(SDL)
_NONE = dict.fromkeys(("depth", "introspection_depth", "aliases", "directives", "root_fields", "breadth", "fields"), 0)
_LENIENT = replace(Limits(comparisons=1_000_000), **dict.fromkeys(_NONE, 1_000_000))


# --- shape ------------------------------------------------------------------------------------------------------------


def shape(random: Random, *, cyclic: bool = False) -> str:
    """Make a document of one operation and up to four fragments, each spreading later ones, or any of them."""
    count = random.randint(0, 4)

    def directives() -> str:
        return "@d" * random.randint(0, 2)

    def selections(first: int, depth: int) -> str:
        return "".join(selection(first, depth) for _ in range(random.randint(1, 3)))

    def selection(first: int, depth: int) -> str:
        kinds = ["leaf", *(["field", "inline"] if depth else []), *(["spread"] if first < count else [])]
        match random.choice(kinds):
            case "spread":
                return f"...F{random.randint(first, count - 1)}{directives()} "
            case "inline":
                return f"...{directives()}{{{selections(first, depth - 1)}}}"
            case kind:
                name = random.choice(["a", "b", "x:a", "__schema", "__type", "y:__type"])
                below = f"{{{selections(first, depth - 1)}}}" if kind == "field" else " "
                return f"{name}{directives()}{below}"

    fragments = (f"fragment F{n} on T{directives()}{{{selections(0 if cyclic else n + 1, 2)}}}" for n in range(count))
    return f"query($v:Int{directives()}){directives()}{{{selections(0, 3)}}}{''.join(fragments)}"


def counted_naively(text: str) -> dict[str, int]:
    """Count the expanded document, selection by selection, as the limits are defined."""
    operation = first_operation(expanded(text))
    counted = dict(_NONE)
    counted["directives"] = len(operation.directives or ()) + sum(
        len(each.directives or ()) for each in operation.variable_definitions or ()
    )

    def flat(selection_set: SelectionSetNode) -> Iterator[FieldNode]:
        for each in selection_set.selections:
            counted["directives"] += len(each.directives or ())
            if isinstance(each, InlineFragmentNode):
                yield from flat(each.selection_set)
            elif isinstance(each, FieldNode):
                yield each

    def count(selection_set: SelectionSetNode, depth: int, introspection_depth: int) -> int:
        fields = list(flat(selection_set))
        counted["breadth"] = max(counted["breadth"], len(fields))
        counted["fields"] += len(fields)
        for each in fields:
            counted["aliases"] += each.alias is not None
            inside = introspection_depth > 0 or each.name.value in {"__schema", "__type"}
            below = (depth, introspection_depth + 1) if inside else (depth + 1, 0)
            counted["depth"] = max(counted["depth"], 0 if inside else depth + 1)
            counted["introspection_depth"] = max(counted["introspection_depth"], below[1])
            if each.selection_set:
                count(each.selection_set, *below)
        return len(fields)

    counted["root_fields"] = count(operation.selection_set, 0, 0)
    return counted


@settings(max_examples=200)
@given(SEEDS)
def test_a_document_counts_as_its_expansion(seed: int) -> None:
    text = shape(Random(seed))  # noqa: S311
    document = parse(text)
    naive = counted_naively(text)

    for limit, found in naive.items():
        assert check(document, replace(_LENIENT, **{limit: found})) == []
        refused = check(document, replace(_LENIENT, **{limit: found - 1}))
        assert [each.message.rpartition(";")[2] for each in refused] == [f" at most {found - 1:,}."], limit
        assert f" {found:,} " in refused[0].message


@settings(max_examples=300)
@given(SEEDS)
def test_a_cycle_is_named_exactly_where_a_fragment_reaches_itself(seed: int) -> None:
    text = shape(Random(seed), cyclic=True)  # noqa: S311
    spread = {part[:2]: set(re.findall(r"\.\.\.(F\d)", part)) for part in text.split("fragment ")[1:]}
    for _ in spread:  # each round follows one spread more
        spread = {name: names.union(*(spread[inner] for inner in names)) for name, names in spread.items()}
    cyclic = {f"Fragment `{name}` spreads itself." for name, names in spread.items() if name in names}
    told = {each.message for each in check(parse(text), _LENIENT)}

    assert told <= cyclic
    assert bool(told) == bool(cyclic)


def compared_naively(sets: Sequence[SelectionSetNode]) -> int:
    """Count what is gathered and the pairs below selection sets that are answered together, without fragments."""
    by_name: dict[str, list[FieldNode]] = {}
    left, gathered = list(sets), 0
    for selection_set in left:
        gathered += len(selection_set.selections)
        for each in selection_set.selections:
            if isinstance(each, InlineFragmentNode):
                left.append(each.selection_set)
            elif isinstance(each, FieldNode):
                by_name.setdefault((each.alias or each.name).value, []).append(each)
    pairs = sum(1 for same in by_name.values() for _ in itertools.combinations(same, 2))
    below = ([each.selection_set for each in same if each.selection_set] for same in by_name.values())
    return gathered + pairs + sum(compared_naively(inner) for inner in below if inner)


@settings(max_examples=200)
@given(SEEDS)
def test_comparisons_are_those_of_the_expansion_or_fewer_where_fragments_are_shared(seed: int) -> None:
    text = shape(Random(seed))  # noqa: S311
    document = parse(text)
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    naive = compared_naively([first_operation(expanded(text)).selection_set])
    found = comparisons([first_operation(document)], fragments, most=1_000_000)

    assert found <= naive
    assert found == naive or fragments


# --- cost -------------------------------------------------------------------------------------------------------------

_FIELDS = {
    "Query": {"shop": "Shop", 'shops(ids:["a" "b"])': "Shop", "price": ""},
    "Shop": {
        "name": "",
        "tags": "",
        "shop": "Shop",
        "branches": "Shop",
        "unsized": "Shop",
        "stamps": "Stamp",
        "goods": "Goods",
        "goods(first:4)": "Goods",
        "goods(first:$n last:3)": "Goods",
        "parcels(first:$n)": "Goods",
    },
    "Goods": {"nodes": "Shop", "edges": "Shop", "total": ""},
    "Stamp": {"shop": "Shop"},
}


def order(random: Random) -> str:
    """Make a document of the tests' schema, with up to four fragments that spread later ones."""
    types = random.choices(sorted(_FIELDS), k=random.randint(0, 4))

    def selections(on: str, first: int, depth: int) -> str:
        return f"{{{''.join(selection(on, first, depth) for _ in range(random.randint(1, 3)))}}}"

    def selection(on: str, first: int, depth: int) -> str:
        spreadable = [f"...F{n} " for n in range(first, len(types)) if types[n] == on]
        below = [field for field, returned in _FIELDS[on].items() if returned]
        choices = ["__typename ", *spreadable, *([*_FIELDS[on], "..."] if depth else [])]
        chosen = random.choice(choices)
        if chosen == "...":
            return f"...on {on}{selections(on, first, depth - 1)}"
        if chosen not in below:
            return f"{chosen} "
        alias = random.choice(["", f"z{random.randint(0, 99)}:"])
        return f"{alias}{chosen}{selections(_FIELDS[on][chosen], first, depth - 1)}"

    fragments = (f"fragment F{n} on {on}{selections(on, n + 1, 3)}" for n, on in enumerate(types))
    return f"query($n:Int!=5){selections('Query', 0, 5)}{''.join(fragments)}"


def priced_naively(selection_set: SelectionSetNode, n: int, nodes: int = 1, edges: int = 1) -> int:
    """Price one object of the tests' schema by hand, from its expanded selections."""
    points = 0
    for each in selection_set.selections:
        if isinstance(each, InlineFragmentNode):
            points += priced_naively(each.selection_set, n, nodes, edges)
        elif isinstance(each, FieldNode):
            sliced = {
                a.name.value: n if isinstance(a.value, VariableNode) else int(a.value.value)  # type: ignore[attr-defined]
                for a in each.arguments or ()
                if a.name.value != "ids"
            }
            rows = max(sliced.values(), default=10)
            name = each.name.value
            times, weight, *sized = {
                "shop": (1, 1),
                "shops": (2, 1),
                "branches": (3, 1),
                "unsized": (1, 1),
                "stamps": (2, 5),
                "price": (1, 7),
                "goods": (1, 2, rows, 1),
                "parcels": (1, 1, rows, rows),
                "nodes": (nodes, 1),
                "edges": (edges, 1),
            }.get(name, (1, 0))
            below = priced_naively(each.selection_set, n, *sized) if each.selection_set else 0
            points += times * (weight + below)
    return points


@settings(max_examples=400)
@given(SEEDS, st.integers(0, 9))
def test_an_operation_costs_what_its_expansion_does(seed: int, n: int) -> None:
    text = order(Random(seed))  # noqa: S311
    document = parse(text)
    operation = first_operation(document)
    naive = priced_naively(first_operation(expanded(text)).selection_set, n)

    assert cost(SCHEMA, document, operation, {"n": n}) == min(naive, 1_000_000)
