"""What growth is measured with: its documents, and its patience."""

import pytest
from graphql import OperationDefinitionNode, parse

from benchmarks.growth import leaves, repeated, whole
from benchmarks.run import text_of


def test_a_dashboard_repeated_is_one_document_with_so_many_lists() -> None:
    [operation] = parse(repeated(text_of("dashboard"), 3)).definitions
    assert isinstance(operation, OperationDefinitionNode)
    [customer] = operation.selection_set.selections
    lists = customer.selection_set.selections  # type: ignore[attr-defined]
    assert [(each.alias.value, each.name.value) for each in lists] == [
        ("list0", "mobileLines"),
        ("list1", "mobileLines"),
        ("list2", "mobileLines"),
    ]
    assert len({str(each.selection_set.to_dict(locations=False)) for each in lists}) == 1


def test_leaves_are_the_values_of_an_answer_nulls_among_them() -> None:
    assert leaves({"a": [{"b": 1, "c": None}, {"b": 2, "c": "x"}], "d": []}) == 4


_LATE = b'{"data": {"customer": null}, "errors": [{"message": "late"}]}'
_WHOLE = b'{"data": {"customer": {}}}'


def test_a_page_is_asked_for_until_it_comes_and_the_attempts_are_counted() -> None:
    answers = iter([_LATE, _LATE, _WHOLE, _LATE])
    assert whole(lambda: next(answers), 4) == (3, {"customer": {}})


def test_a_page_that_never_comes_is_an_error_that_says_why() -> None:
    with pytest.raises(ValueError, match="late"):
        whole(lambda: _LATE, 2)
