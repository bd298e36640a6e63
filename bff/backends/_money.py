"""Amounts as exact cents."""

from decimal import Decimal

from bff.domain.money import Money

_CENT = Decimal("0.01")


def money(amount: Decimal) -> Money:
    """Give an amount with two decimals; what floats left behind the cents is rounded away."""
    return Money(amount.quantize(_CENT))
