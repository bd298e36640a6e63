"""Amounts in every notation: the exact one, or none."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends._batch import Unreadable
from bff.backends._money import italian_amount, json_amount, money
from bff.backends._shape import Number

CENTS = st.integers(-(10**11), 10**11).map(lambda cents: Decimal(cents) / 100)
VALUES = msgspec.json.Decoder(float_hook=Number)


def read(text: str) -> Decimal | None:
    """Read JSON text as an amount, as answers are."""
    amount = json_amount(VALUES.decode(text))
    return None if amount is None else money(amount).amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.3", "12.30"),
        ("12", "12.00"),
        ("1e2", "100.00"),
        ("1.23456E+3", "1234.56"),
        ("12.299999999999999", "12.30"),
        ("0.30000000000000004", "0.30"),
        ("-12.3", "-12.30"),
        ('"12.3"', "12.30"),
        ('"1234"', "1234.00"),
        ('"1.234,56"', "1234.56"),
        ('"12.345.678,90"', "12345678.90"),
        ('"1234,5"', "1234.50"),
        ('"+12,30"', "12.30"),
        ('"-12,30"', "-12.30"),
        ('"12,30-"', "-12.30"),
        ('"12,30+"', "12.30"),
        ('"  12,30 "', "12.30"),
    ],
)
def test_a_notation_that_can_mean_one_amount_only_is_that_amount(text: str, amount: str) -> None:
    assert str(read(text)) == amount


@pytest.mark.parametrize(
    "text",
    [
        "12.345",
        "12.2999999",
        '"12,345"',
        '"12,300"',
        '"1.234"',
        '"1.234.567"',
        '"1,234.56"',
        '"1.23,45"',
        '"12,30 EUR"',
        '"-12,30-"',
        '"--12,30"',
        '"1e2"',
        '"NaN"',
        '"Infinity"',
        '"١٢"',
        "1e400",
        "1e-400",
        "1e12",
        "9" * 40,
        "1." + "0" * 5_000 + "1",
        "true",
        "{}",
        "[12.3]",
    ],
)
def test_what_may_be_two_amounts_or_none_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,56", "1234.56"),
        ("1234,5", "1234.5"),
        ("-12,30", "-12.30"),
        ("1.234.567,89", "1234567.89"),
        ("+12,30", "12.30"),
        ("12,30-", "-12.30"),
        ("12,30+", "12.30"),
        ("0,00", "0.00"),
        ("1234", "1234"),
        ("7", "7"),
    ],
)
def test_italian_amounts_are_read_exactly(text: str, expected: str) -> None:
    assert italian_amount(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    [
        *("1.234", "12.30", "12,345", "12,300", "1,234.56", "12.34,5", "1234.567,00", "1.234567,00"),
        *("", "1e3", "1E+3", "NaN", "١٢", "١٢,٣٠", "--1", "-1,00-", "+1,00-", "- 1,00", "1,", ",5", "EUR 1"),
        *("9" * 13, "9" * 5000 + ",00"),
    ],
)
def test_what_may_mean_more_than_one_amount_or_none_is_not_guessed_at(text: str) -> None:
    with pytest.raises(Unreadable):
        italian_amount(text)


@pytest.mark.parametrize("text", ["null", '""', '" "', '"NULL"'])
def test_nothing_is_no_amount(text: str) -> None:
    assert read(text) is None


@given(CENTS)
def test_an_amount_is_the_same_in_all_notations(amount: Decimal) -> None:
    italian = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    behind = f"{abs(amount):.2f}".replace(".", ",") + ("-" if amount < 0 else "")
    texts = [str(amount), *(json.dumps(text) for text in (f"{amount:.2f}", italian, behind))]
    assert {read(text) for text in texts} == {amount}


@given(st.lists(CENTS.filter(lambda cents: abs(cents) < 10**6), min_size=1, max_size=50))
def test_the_noise_of_a_sum_of_floats_is_no_other_amount(amounts: list[Decimal]) -> None:
    assert read(repr(float(sum(map(float, amounts))))) == sum(amounts)


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=6).filter(lambda exact: exact != round(exact, 2)))
def test_what_is_no_whole_number_of_cents_is_never_rounded(exact: Decimal) -> None:
    with pytest.raises(Unreadable):
        read(f"{exact:f}")


@given(st.text())
def test_any_text_is_an_amount_or_unreadable(text: str) -> None:
    for reader in (json_amount, italian_amount):
        try:
            amount: Any = reader(text)
        except Unreadable:
            continue
        assert amount is None or money(round(amount, 2))
