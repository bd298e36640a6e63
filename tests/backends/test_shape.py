"""JSON in whatever shape to wire structs."""

from typing import Any

import msgspec
import pytest

from bff.backends._batch import Unreadable
from bff.backends._shape import Number, reader, rows


class Inner(msgspec.Struct, rename="camel"):
    """A part."""

    some_name: str | None = None


class Outer(msgspec.Struct, rename="camel"):
    """A whole with a part of each type."""

    id: str
    some_text: str = "default"
    flag: bool = False
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    raw: Any = None


read = reader(Outer)
NULLS = [None, "", "   ", "NULL"]


def test_a_good_document_is_read_and_what_is_not_asked_for_is_not_looked_at() -> None:
    document = {
        "id": "1",
        "someText": " a ",
        "flag": True,
        "inner": {"someName": "b", "other": [object()]},
        "many": [{"someName": "c"}, {}],
        "raw": [1],
    }
    assert read(document) == Outer("1", "a", True, Inner("b"), (Inner("c"), Inner()), [1])  # noqa: FBT003


@pytest.mark.parametrize("null", NULLS)
def test_null_in_any_shape_is_the_default(null: Any) -> None:
    assert read({"id": "1", "someText": null, "flag": null, "inner": null, "many": null}) == Outer("1")


@pytest.mark.parametrize("null", NULLS)
def test_nulls_in_a_list_are_left_out(null: Any) -> None:
    assert read({"id": "1", "many": [null, {"someName": "a"}]}).many == (Inner("a"),)


@pytest.mark.parametrize("null", [*NULLS, Number("8.9E18"), "8.9E+18"])
def test_what_has_no_default_is_needed(null: Any) -> None:
    with pytest.raises(Unreadable, match="id is missing"):
        read({"id": null})


def test_a_list_of_one_may_come_as_the_object_itself() -> None:
    assert read({"id": "1", "many": {"someName": "a"}}).many == (Inner("a"),)
    assert rows(read)({"id": "1"}) == [Outer("1")]


@pytest.mark.parametrize(
    ("value", "text"), [(12, "12"), (0, "0"), (10**18, "1" + "0" * 18), (Number("8.9E18"), "default")]
)
def test_an_integer_is_its_digits_and_another_number_has_lost_them(value: Any, text: str) -> None:
    assert read({"id": "1", "someText": value}).some_text == text


@pytest.mark.parametrize(("value", "flag"), [("true", True), ("False", False), (" TRUE ", True), (False, False)])
def test_a_boolean_may_come_by_its_name(value: Any, *, flag: bool) -> None:
    assert read({"id": "1", "flag": value}).flag is flag


@pytest.mark.parametrize(
    "change",
    [
        {"id": {}},
        {"id": True},
        {"someText": ["a"]},
        {"flag": "perhaps"},
        {"flag": 1},
        {"inner": [{}]},
        {"inner": "a"},
        {"many": "a"},
        {"many": ["a"]},
        {"many": [[]]},
        {"many": 1},
    ],
)
def test_what_fits_no_shape_is_unreadable(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read({"id": "1"} | change)


@pytest.mark.parametrize("value", [None, "", "a", 1, True, [[]], ["a"]])
def test_what_is_no_list_of_rows_is_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable):
        rows(read)(value)
