"""That graphql-core ends an answer where a plan does; what a plan does stands in `test_engine.py`."""

from typing import Any

from graphql import ExecutionResult, build_schema, execute, parse

from bff.execution import BoundedExecutor, Ceiling

SCHEMA = build_schema("type Line { id: ID, invoices: [ID!] } type Query { lines: [Line] }")
ROOT = {"lines": [{"id": "a", "invoices": [1, 2]}, {"id": "b", "invoices": (3, 4)}, {"id": "c", "invoices": [5]}]}
TOO_MANY = ValueError("too many")


def answered(text: str, rows_max: int) -> ExecutionResult:
    options: dict[str, Any] = {"executor_class": BoundedExecutor, "ceiling": Ceiling(rows_max, TOO_MANY)}
    result = execute(SCHEMA, parse(text), ROOT, **options)
    assert isinstance(result, ExecutionResult)
    return result


def test_the_list_that_makes_an_answer_too_long_fails_and_so_does_each_after_it() -> None:
    result = answered("{ lines { id invoices } }", 6)
    assert result.data is not None
    assert [line["invoices"] for line in result.data["lines"]] == [["1", "2"], None, None]
    assert [(error.message, error.path) for error in result.errors or ()] == [
        ("too many", ["lines", 1, "invoices"]),
        ("too many", ["lines", 2, "invoices"]),
    ]
    assert TOO_MANY.__traceback__ is None, "the one that is kept was raised"


def test_an_answer_as_long_as_may_be_is_whole_and_the_next_one_starts_anew() -> None:
    for _ in range(2):
        assert answered("{ lines { id invoices } }", 8).errors is None


def test_what_introspection_lists_counts_too() -> None:
    result = answered("{ __schema { types { fields { name } } } }", 20)
    assert {error.message for error in result.errors or ()} == {"too many"}
