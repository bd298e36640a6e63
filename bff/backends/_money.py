"""Amounts as exact cents."""

from decimal import Decimal, InvalidOperation

from bff.backends._batch import Unreadable
from bff.domain.money import Money

_CENT = Decimal("0.01")


def money(amount: Decimal) -> Money:
    """Give an amount with two decimals; what floats left behind the cents is rounded away.

    Raises Unreadable for what is no number, or none that anyone could owe.
    """
    try:
        cents = amount.quantize(_CENT)
    except InvalidOperation as error:
        raise Unreadable("not an amount") from error
    if not cents.is_finite():
        raise Unreadable("not an amount")
    return Money(cents)
