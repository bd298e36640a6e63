"""JSON in whatever shape to wire structs."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bff.backends._batch import Unreadable
from bff.backends._shape import Number, Text, exact, reader, rows


class Inner(msgspec.Struct, rename="camel"):
    """A part."""

    some_name: Text | None = None


class Outer(msgspec.Struct, rename="camel"):
    """A whole with a part of each type."""

    id: Text
    some_text: Text = "default"
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


# --- at once ----------------------------------------------------------------------------------------------------------

_TEXTS = st.sampled_from(
    [
        "a",
        "a b",
        "NULL",
        "",
        " ",
        "a ",
        "\ta",
        "a\n",
        "\xa0a",
        "a\u3000",
        "\x1ca",
        "8.93901E+18",
        "1e+2",
        "è",
        "1",
        'a" ',
    ]
)
_LEAVES = _TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_ANY = st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_TEXTS, inner, max_size=2))
_INNER = st.fixed_dictionaries({}, optional={"someName": _LEAVES, "other": _ANY})
_ROW = st.fixed_dictionaries(
    {"id": st.just("1") | _LEAVES},
    optional={
        "someText": _LEAVES,
        "flag": st.booleans() | _LEAVES,
        "inner": _INNER | _LEAVES,
        "many": st.lists(_INNER | st.none(), max_size=2) | _INNER | _LEAVES,
        "raw": _ANY,
        "unread": _ANY,
    },
)
read_rows, read_at_once = rows(reader(Outer)), exact(Outer)


def typed(row: Outer) -> tuple[Outer, str]:
    """Tell a Number from a text: they are equal."""
    return row, ascii([row.raw, type(row.raw)])


@example(document=[{"id": "1", "raw": 1.5}], compact=True, ascii_only=True)
@example(document=[{"id": "1", "someText": "\x85a"}], compact=True, ascii_only=False)
@given(document=st.lists(_ROW | _LEAVES, max_size=3) | _ROW | _LEAVES, compact=st.booleans(), ascii_only=st.booleans())
def test_what_is_read_at_once_is_what_the_longer_way_reads(*, document: Any, compact: bool, ascii_only: bool) -> None:
    text = json.dumps(document, separators=(",", ":") if compact else None, ensure_ascii=ascii_only)
    found = read_at_once(text.encode())
    if found is not None:
        value = msgspec.json.Decoder(float_hook=Number).decode(text)
        assert [typed(row) for row in found] == [typed(row) for row in read_rows(value)]


def test_a_number_that_the_longer_way_refuses_is_not_skipped() -> None:
    text = b'[{"id":"1","unread":%s}]'
    assert read_at_once(text % (b"9" * 2000)) == [Outer("1")]
    for digits in (4301, 5000, 9000):
        assert read_at_once(text % (b"9" * digits)) is None


def test_a_good_page_is_read_at_once() -> None:
    text = '[{"id":"1","someText":"Università a","inner":{"someName":"b"},"many":[{}],"raw":1.5,"x":[null]}]'
    assert read_at_once(text.encode()) == [
        Outer("1", "Università a", inner=Inner("b"), many=(Inner(),), raw=Number("1.5"))
    ]


@pytest.mark.parametrize("blank", [chr(code) for code in range(0x3100) if chr(code).isspace()])
def test_a_text_with_any_blank_around_it_is_not_read_at_once(blank: str) -> None:
    for text in (f"{blank}a", f"a{blank}"):
        assert read_at_once(f'[{{"id":"1","someText":"{text}"}}]'.encode()) is None


@pytest.mark.parametrize("text", ["", "null", "[", "{}", "[null]", '[{"id":1}]', "[" * 100_000, '[{"id":"1"}] x'])
def test_what_is_no_list_of_rows_in_their_shape_is_not_read_at_once(text: str) -> None:
    assert read_at_once(text.encode()) is None
