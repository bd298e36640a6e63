"""What one document may ask for: each limit, and that deciding costs no more than reading, whatever the document."""

import dataclasses

import pytest
from graphql import FragmentDefinitionNode, get_introspection_query, parse

from bff.execution.limits import Limits, Violation, check, check_text, comparisons
from bff.settings import Settings
from tests.limits.bombs import BOMBS, decide, nested, spread, took_ms
from tests.limits.parts import lines_run

LIMITS = Limits()


def told(text: str, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    """Give codes and messages."""
    return [(each.code, each.message) for each in check(parse(text), limits)]


# --- each limit -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "most", "one_more", "code", "message"),
    [
        ("depth", nested(12), nested(13), "DEPTH_EXCEEDED", "The operation is 13 fields deep; at most 12."),
        (
            "introspection_depth",
            "{__schema" + nested(19) + "}",
            "{__schema" + nested(20) + "}",
            "DEPTH_EXCEEDED",
            "The introspection is 21 fields deep; at most 20.",
        ),
        (
            "aliases",
            "{a{" + "b:c " * 15 + "}}",
            "{a{" + "b:c " * 16 + "}}",
            "VALIDATION_FAILED",
            "The operation has 16 aliases; at most 15.",
        ),
        (
            "directives",
            "query($v:Int@d)@d{a" + "@d" * 18 + "}",
            "query($v:Int@d)@d{a" + "@d" * 19 + "}",
            "VALIDATION_FAILED",
            "The operation has 21 directives; at most 20.",
        ),
        (
            "root_fields",
            "{" + "a " * 20 + "}",
            "{" + "a " * 21 + "}",
            "VALIDATION_FAILED",
            "The operation has 21 root fields; at most 20.",
        ),
        (
            "breadth",
            "{a{" + " ".join(f"b{n}" for n in range(100)) + "}}",
            "{a{" + " ".join(f"b{n}" for n in range(101)) + "}}",
            "VALIDATION_FAILED",
            "A selection set has 101 fields; at most 100.",
        ),
        (
            "fields",
            "{" + f"...F{'...F' * 9}" + "}fragment F on T{" + f"a{{{'b ' * 99}}}" + "}",
            "{" + f"...F{'...F' * 9} x" + "}fragment F on T{" + f"a{{{'b ' * 99}}}" + "}",
            "VALIDATION_FAILED",
            "The operation has 1,001 fields; at most 1,000.",
        ),
        (
            "operations",
            "".join(f"query Q{n}{{a}}" for n in range(10)),
            "".join(f"query Q{n}{{a}}" for n in range(11)),
            "VALIDATION_FAILED",
            "The document has 11 operations; at most 10.",
        ),
        (
            "fragments",
            "{a}" + "".join(f"fragment F{n} on T{{a}}" for n in range(50)),
            "{a}" + "".join("fragment F on T{a}" for n in range(51)),
            "VALIDATION_FAILED",
            "The document has 51 fragments; at most 50.",
        ),
        (
            "comparisons",
            "{a{" + "b " * 75 + "}}",
            "{a{" + "b " * 78 + "}}",
            "VALIDATION_FAILED",
            "More than 3,000 comparisons of fields with the same response name are needed.",
        ),
    ],
)
def test_a_document_at_a_limit_passes_and_one_above_is_refused_with_both_numbers(
    limit: str, most: str, one_more: str, code: str, message: str
) -> None:
    lenient = dataclasses.replace(LIMITS, comparisons=1_000_000) if limit == "fields" else LIMITS

    assert told(most, lenient) == []
    assert told(one_more, lenient) == [(code, message)]


@pytest.mark.parametrize("limit", [each.name for each in dataclasses.fields(Limits)])
def test_every_limit_of_a_document_is_a_setting(limit: str) -> None:
    elsewhere = {"tokens", "cost", "points_per_minute"}  # the parser's, the estimate's, the budget's
    text = "query@d{b:a b:a ...F __schema{a}}fragment F on T{c}"
    refused = check_text(text, Limits(characters=10)) if limit == "characters" else told(text, Limits(**{limit: 0}))

    assert bool(refused) == (limit not in elsewhere)


def test_every_limit_is_a_variable_of_the_environment_with_the_same_default() -> None:
    variables = {name: field.default for name, field in Settings.model_fields.items() if name.startswith("limit_")}

    assert variables == {f"limit_{each.name}": each.default for each in dataclasses.fields(Limits)}


def test_a_text_too_long_to_be_parsed_in_time_is_refused_before() -> None:
    assert check_text("{a}" + " " * 19_997, LIMITS) == []
    assert check_text("{a}" + "#" * 19_998, LIMITS) == [
        Violation("BAD_REQUEST", "The document has 20,001 characters; at most 20,000.")
    ]


def test_all_limits_passed_by_an_operation_are_told_with_the_operation() -> None:
    document = parse("query A{a}query B{a:b}query C{c:d{e:f}}")
    violations = check(document, Limits(aliases=0, depth=1))

    assert [each.message for each in violations] == [
        "The operation has 1 aliases; at most 0.",
        "The operation is 2 fields deep; at most 1.",
        "The operation has 2 aliases; at most 0.",
    ]
    assert [each.node for each in violations] == [document.definitions[n] for n in (1, 2, 2)]


# --- fragments --------------------------------------------------------------------------------------------------------


def test_what_a_fragment_holds_counts_wherever_it_is_spread() -> None:
    text = "{x{...F} y{...F ...{...F}}}fragment F on T@d{a:b@d{c}}"

    assert told(text, Limits(aliases=0, directives=0, breadth=0, depth=0, fields=0, root_fields=0)) == [
        ("DEPTH_EXCEEDED", "The operation is 3 fields deep; at most 0."),
        ("VALIDATION_FAILED", "The operation has 3 aliases; at most 0."),
        ("VALIDATION_FAILED", "The operation has 6 directives; at most 0."),
        ("VALIDATION_FAILED", "The operation has 2 root fields; at most 0."),
        ("VALIDATION_FAILED", "A selection set has 2 fields; at most 0."),
        ("VALIDATION_FAILED", "The operation has 8 fields; at most 0."),
    ]


@pytest.mark.parametrize(
    "text", ["{...A}fragment A on T{a ...A}", "{...A}fragment A on T{...B}fragment B on T{b{...A}}"]
)
def test_a_fragment_that_spreads_itself_is_refused_by_name(text: str) -> None:
    assert told(text) == [("VALIDATION_FAILED", "Fragment `A` spreads itself.")]


def test_a_fragment_that_is_not_defined_adds_nothing() -> None:
    assert told("{a ...Missing}") == []


def test_depth_below_introspection_counts_by_itself_also_through_fragments() -> None:
    text = "{__schema{types{...T}}}fragment T on __Type{fields{type{...U}}}fragment U on __Type{name ofType{name}}"

    assert told(text, Limits(depth=0)) == []
    assert told(text, Limits(introspection_depth=5)) == [
        ("DEPTH_EXCEEDED", "The introspection is 6 fields deep; at most 5.")
    ]


def test_the_introspection_that_tools_send_passes() -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )

    assert told(query) == []
    assert check_text(query, LIMITS) == []


# --- bombs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_counted_in_steps_that_grow_with_its_text_alone(name: str) -> None:
    document = parse(BOMBS[name])

    assert lines_run(lambda: check(document, LIMITS), "bff.execution") <= 25 * document.token_count + 20_000


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_that_passes_is_validated_in_bounded_steps(name: str) -> None:
    assert lines_run(lambda: decide(BOMBS[name]), "bff.execution", "graphql") <= 600_000


def test_twice_the_fragments_take_twice_the_steps() -> None:
    lenient = dataclasses.replace(LIMITS, fragments=1_000)
    once, twice = (parse("{...F0}" + spread(count, 4)) for count in (100, 200))

    steps = lines_run(lambda: check(once, lenient), "bff.execution")

    assert lines_run(lambda: check(twice, lenient), "bff.execution") <= 2.1 * steps


@pytest.mark.parametrize(("around", "most"), [("...F{n} ...F{n}", 50), ("a{{...F{n}}} b{{...F{n}}}", 200)])
def test_comparisons_are_counted_once_for_all_ways_to_the_same_fields(around: str, most: int) -> None:
    inner = "".join(f"fragment F{n} on T{{{around.format(n=n + 1)}}}" for n in range(16))
    document = parse(f"{{...F0}}{inner}fragment F16 on T{{c}}")
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}

    found = comparisons([*fragments.values()][:1], fragments, most=1_000_000)

    assert 16 < found < most, "not 2 to the power of 16"


def test_a_count_stops_at_a_million() -> None:
    lenient = dataclasses.replace(LIMITS, root_fields=999_999, breadth=10**9, fields=10**9)

    assert told("{...F0}" + spread(20, 15), lenient) == [
        ("VALIDATION_FAILED", "The operation has 1,000,000 or more root fields; at most 999,999.")
    ]


def test_no_bomb_takes_long() -> None:
    slow = {name: took for name, text in BOMBS.items() if (took := took_ms(text)) > 250}
    assert slow == {}, "ten times what the goal says, for machines that are busy"
