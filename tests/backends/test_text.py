"""Numbers and codes that lost something: had back where that is certain, else nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from bff.backends._text import (
    has_luhn_digit,
    iccid,
    phone_number,
    postcode,
    recipient_code,
    tax_code,
    tidy,
    vat_number,
)

ICCID = "8939100000100100015"


@pytest.mark.parametrize("text", ["", "  ", "\t", "NULL", " NULL ", "8.93901E+18", "8E+18", "3.93203e+11"])
def test_null_in_any_shape_and_lost_digits_are_nothing(text: str) -> None:
    assert tidy(text) is None


@pytest.mark.parametrize("text", ["Null", "null", "NULLA", "E+18", "12E18", "UNIVERSITA'", "1E", "0"])
def test_what_only_looks_like_it_is_kept_as_it_came(text: str) -> None:
    assert tidy(f"  {text} ") == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("01955920481", "01955920481"),
        ("1955920481", "01955920481"),
        ("rssmra80a01h501u", "RSSMRA80A01H501U"),
        ("1955920482", "1955920482"),  # the check digit says that it lost more than zeros
        ("019559204810", "019559204810"),
    ],
)
def test_a_tax_code_gets_its_zeros_back_if_its_check_digit_agrees(text: str, code: str) -> None:
    assert tax_code(text) == code


@pytest.mark.parametrize("text", ["1955920482", "RSSMRA80A01H501U", "0195592048", "", "IT01955920481"])
def test_what_is_no_vat_number_is_none(text: str) -> None:
    assert vat_number(text) is None


def test_a_vat_number_gets_its_zeros_back() -> None:
    assert vat_number("1955920481") == "01955920481"


@pytest.mark.parametrize(("text", "code"), [("00187", "00187"), ("187", "00187"), ("10", "00010"), ("20121", "20121")])
def test_a_postcode_gets_its_zeros_back(text: str, code: str) -> None:
    assert postcode(text) == code


@pytest.mark.parametrize("text", ["", "1", "201211", "2012A", "²²²²²"])
def test_what_is_no_postcode_is_none(text: str) -> None:
    assert postcode(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("75SMEET", "75SMEET"),
        ("0000000", "0000000"),
        ("dwrjfgp", "DWRJFGP"),
        ("UFAB12", "UFAB12"),
        ("0UFAB1", "0UFAB1"),
    ],
)
def test_a_recipient_code_is_seven_characters_or_six_with_a_letter(text: str, code: str) -> None:
    assert recipient_code(text) == code


@pytest.mark.parametrize("text", ["", "0", "000000", "123456", "75SME", "75SMEET0", "75SMEE-", "²5SMEET", "ßMEETA"])
def test_what_may_be_another_recipient_code_or_certified_mail_is_none(text: str) -> None:
    assert recipient_code(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+393331234567", "+393331234567"),
        ("393331234567", "+393331234567"),
        ("39333123456", "+39333123456"),
        ("+390254124040", "+390254124040"),
    ],
)
def test_a_mobile_number_gets_its_plus_back(text: str, number: str) -> None:
    assert phone_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "3931234567", "3331234567", "0254124040", "390254124040", "+39", "+3933312345678901"]
)
def test_a_number_that_may_be_another_ones_is_none(text: str) -> None:
    assert phone_number(text) is None


@pytest.mark.parametrize("text", [ICCID, ICCID + "F", ICCID + "f"])
def test_an_iccid_is_its_nineteen_digits(text: str) -> None:
    assert iccid(text) == ICCID


@pytest.mark.parametrize("text", ["", ICCID[:-1], ICCID[:-1] + "6", ICCID + "0", "²" + ICCID[1:]])
def test_what_is_no_iccid_is_none(text: str) -> None:
    assert iccid(text) is None


@given(st.text("0123456789", min_size=1))
def test_check_digits_are_luhns(digits: str) -> None:
    assert has_luhn_digit(digits) is luhn.is_valid(digits)
