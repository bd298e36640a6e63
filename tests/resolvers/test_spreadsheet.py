"""Spreadsheets, read back with another library: text cells whatever is in them, widths, memory."""

import tracemalloc
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bff.domain.user_sheet import Sheet
from bff.resolvers.spreadsheet import pieces, xlsx

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
HEADER = ("Last name", "First name")


def read(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> Worksheet:
    book = load_workbook(BytesIO(xlsx(Sheet("Users", header, rows), NOW)))
    assert book.sheetnames == ["Users"]
    assert book.properties.created == NOW.replace(tzinfo=None)
    page = book.active
    assert isinstance(page, Worksheet)
    return page


def test_a_sheet_has_its_header_first_in_bold_and_kept_in_sight() -> None:
    page = read(("Cantù", "Niccolò"), ("D'Angelo", "Zoe"))

    assert list(page.values) == [HEADER, ("Cantù", "Niccolò"), ("D'Angelo", "Zoe")]
    assert [cell.font.b for cell in page[1]] == [True, True]
    assert [cell.font.b for cell in page[2]] == [False, False]
    assert page.freeze_panes == "A2"


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1:A9)",
        '=HYPERLINK("http://evil.example","click")',
        "=cmd|' /C calc'!A0",
        "{=1+1}",
        "http://evil.example",
        "mailto:a@b.example",
        "internal:Sheet1!A1",
        "0012",
        "1E5",
        "TRUE",
        "2026-11-22",
        "<b>&amp;</b>",
        " padded ",
        "two\nlines",
        "Łukasz 李",
    ],
)
def test_a_name_is_a_text_whatever_it_looks_like(name: str) -> None:
    page = read((name, "x"))
    cell = page["A2"]

    assert (cell.value, cell.data_type, cell.number_format, cell.hyperlink) == (name, "s", "@", None)


PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)


@settings(max_examples=30)
@given(texts=st.lists(PRINTABLE, min_size=1, max_size=20))
def test_any_texts_are_read_back_as_texts(texts: list[str]) -> None:
    page = read(*((text, "x") for text in texts))
    assert [row[0] for row in page.iter_rows(min_row=2, values_only=True)] == texts
    assert {cell.data_type for cell in page["A"]} == {"s"}


def test_an_empty_text_is_an_empty_cell_that_takes_texts() -> None:
    page = read(("", "x"))
    assert (page["A2"].value, page["A2"].number_format) == (None, "@")


@pytest.mark.parametrize("text", ["\x00\x07\x1b", "￾￿", "_x0041_", "x" * 40_000])
def test_what_no_cell_can_hold_leaves_a_file_that_opens(text: str) -> None:
    page = read((text, "after"))
    assert page["B2"].value == "after"


def test_a_column_is_as_wide_as_its_longest_text_within_reason() -> None:
    page = read(("x" * 30, "y" * 500))
    assert 30 < page.column_dimensions["A"].width < 35
    assert 55 < page.column_dimensions["B"].width < 65


def test_five_thousand_rows_take_little_memory() -> None:
    rows = [tuple(f"text {row} of {column}" for column in range(8)) for row in range(5000)]
    tracemalloc.start()
    made = xlsx(Sheet("Users", ("h",) * 8, rows), NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(made) < 1_000_000
    assert peak < 40_000_000


@pytest.mark.anyio
async def test_the_pieces_of_a_file_are_the_file() -> None:
    rows = [(f"last {row}", f"first {row}") for row in range(5000)]

    whole = [piece async for piece in pieces(Sheet("Users", HEADER, rows), NOW)]

    assert b"".join(whole) == xlsx(Sheet("Users", HEADER, rows), NOW)
    assert {len(piece) for piece in whole[:-1]} == {65_536}
