"""Codes of the fixed legacy: which lost zeros come back, and which don't (spec, legacy.md, quirk 8)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends._batch import Unreadable
from bff.backends.fixed import _code


@given(st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_an_account_code_comes_back_whatever_zeros_it_lost(code: str) -> None:
    assert _code.account(code) == _code.account(code.lstrip("0") or "0") == code


@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_a_protocol_number_comes_back_whatever_zeros_it_lost(code: str) -> None:
    assert _code.protocol(code) == _code.protocol(code.lstrip("0") or "0") == code


@given(st.from_regex(r"0[1-9][0-9]{4,9}", fullmatch=True))
def test_a_line_comes_back_with_its_zero(line: str) -> None:
    assert _code.line(line) == _code.line(line[1:]) == line


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (_code.line, "0012345", "0012345"),
        (_code.invoice, "f0010103", "F0010103"),
        (_code.invoice, "00123456", "00123456"),
    ],
)
def test_a_code_that_is_whole_is_read(read: Callable[[str], str], text: str, expected: str) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (_code.account, "1234567890123"),
        (_code.account, "1.23457E+11"),
        (_code.account, "00000000000A"),
        (_code.protocol, "12345678901"),
        (_code.line, "1234"),
        (_code.line, "021234567890"),
        (_code.line, "+390212345678"),
        (_code.invoice, "1234567"),
        (_code.invoice, "1.23457E+11"),
    ],
)
def test_a_code_that_may_be_another_is_not_guessed_at(read: Callable[[str], str], text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)
