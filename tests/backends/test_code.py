"""Tables of codes."""

import pytest
from structlog.typing import EventDict

from bff.backends._code import Codes, is_code

COLOURS = {"R": "red", "G": "green"}


@pytest.mark.parametrize("raw", ["R", " R ", "r", "r\t"])
def test_a_known_code_has_its_value_whatever_its_case_and_the_blanks_around_it(raw: str) -> None:
    assert Codes("colour", "unknown", COLOURS).read(raw) == "red"
    assert is_code(raw, "R")


@pytest.mark.parametrize("raw", [None, "", "RR", "NULL"])
def test_nothing_and_another_code_are_not_the_code(raw: str | None) -> None:
    assert not is_code(raw, "R")


def test_an_unknown_code_is_told_once_however_often_it_comes(told: list[EventDict]) -> None:
    codes = Codes("colour", "unknown", COLOURS)
    assert [codes.read(raw) for raw in ("X", "X", None, "x")] == ["unknown"] * 4
    assert [(line["event"], line["table"], line["value"]) for line in told] == [
        ("unknown_code", "colour", value) for value in ("X", "", "x")
    ]


def test_a_system_that_makes_codes_up_does_not_fill_the_log(told: list[EventDict]) -> None:
    codes = Codes("colour", "unknown", COLOURS)
    for number in range(1_000):
        codes.read(str(number))
    assert len(told) == 100


def test_a_value_may_be_false(told: list[EventDict]) -> None:
    assert Codes("flag", unknown=True, known={"no": False}).read("no") is False
    assert told == []
