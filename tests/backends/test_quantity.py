"""Amounts of traffic in every unit, exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends._batch import Unreadable
from bff.backends._quantity import euros, is_money, quantity
from bff.backends._shape import Number
from bff.domain.usage import Long, Quantity, QuantityUnit

BYTES, SECONDS, MESSAGES = QuantityUnit.BYTES, QuantityUnit.SECONDS, QuantityUnit.MESSAGES


@pytest.mark.parametrize(
    ("amount", "units", "value", "unit"),
    [
        (17, "B", 17, BYTES),
        (2, "KB", 2_000, BYTES),
        (2, "kb", 2_000, BYTES),
        (Number("1.5"), "MB", 1_500_000, BYTES),
        (Number("12.345678901"), "GB", 12_345_678_901, BYTES),
        (Number("12.299999999999999"), "GB", 12_300_000_000, BYTES),
        (3, "TB", 3_000_000_000_000, BYTES),
        (1, "KiB", 1_024, BYTES),
        (Number("0.5"), "GiB", 536_870_912, BYTES),
        (" 1.234,5 ", "MB", 1_234_500_000, BYTES),
        (90, "s", 90, SECONDS),
        (Number("1.5"), "min", 90, SECONDS),
        (Number("0.333"), "min", 20, SECONDS),
        (2, " H ", 7_200, SECONDS),
        (200, "msg", 200, MESSAGES),
        ("4", "SMS", 4, MESSAGES),
        (0, "GB", 0, BYTES),
    ],
)
def test_an_amount_is_whole_bytes_seconds_or_messages(
    amount: object, units: str, value: int, unit: QuantityUnit
) -> None:
    assert quantity(amount, units) == Quantity(Long(value), unit)


@pytest.mark.parametrize(
    ("amount", "units"),
    [(1, "furlong"), (1, None), (None, "GB"), ("", "GB"), (-1, "GB"), (2**53, "B"), (10**6, "TB"), ("1.234", "GB")],
)
def test_what_is_no_amount_of_traffic_is_unreadable(amount: object, units: str | None) -> None:
    with pytest.raises(Unreadable):
        quantity(amount, units)


@given(st.integers(0, 9 * 10**6))
def test_a_gigabyte_is_a_thousand_megabytes_to_the_byte(megabytes: int) -> None:
    assert quantity(Number(f"{Decimal(megabytes) / 1000:f}"), "GB") == quantity(megabytes, "MB")


def test_cents_and_euros_are_the_same_money() -> None:
    assert euros(1230, "EURCENT") == euros(Number("12.30"), "eur") == Decimal("12.30")
    assert is_money(" eurcent ")
    assert not is_money("GB")
    assert not is_money(None)


@pytest.mark.parametrize(("amount", "units"), [(1, "USD"), (1, None), (None, "EUR")])
def test_what_is_no_amount_of_euros_is_unreadable(amount: object, units: str | None) -> None:
    with pytest.raises(Unreadable):
        euros(amount, units)
