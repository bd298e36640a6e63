"""The documents that growth is measured with."""

from graphql import OperationDefinitionNode, parse

from benchmarks.growth import leaves, repeated
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
