"""Tables of codes."""

from structlog.typing import EventDict

from bff.backends._code import Codes

COLOURS = {"R": "red", "G": "green"}


def test_a_known_code_has_its_value_with_blanks_around_it_too() -> None:
    assert Codes("colour", "unknown", COLOURS).read(" R ") == "red"


def test_an_unknown_code_is_told_once_however_often_it_comes(told: list[EventDict]) -> None:
    codes = Codes("colour", "unknown", COLOURS)
    assert [codes.read(raw) for raw in ("X", "X", None, "r")] == ["unknown"] * 4
    assert [(line["event"], line["table"], line["value"]) for line in told] == [
        ("unknown_code", "colour", value) for value in ("X", "", "r")
    ]


def test_a_system_that_makes_codes_up_does_not_fill_the_log(told: list[EventDict]) -> None:
    codes = Codes("colour", "unknown", COLOURS)
    for number in range(1_000):
        codes.read(str(number))
    assert len(told) == 100


def test_a_value_may_be_false(told: list[EventDict]) -> None:
    assert Codes("flag", unknown=True, known={"no": False}).read("no") is False
    assert told == []
