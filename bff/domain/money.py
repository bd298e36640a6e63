"""Amounts of money, exact."""

from decimal import Decimal
from enum import Enum

import msgspec


class Currency(Enum):
    """Currencies in use."""

    EUR = "EUR"


class Money(msgspec.Struct, frozen=True, gc=False):
    """An exact amount, two decimals."""

    amount: Decimal
    currency: Currency = Currency.EUR


class TaxedMoney(msgspec.Struct, frozen=True, gc=False):
    """An amount with its VAT; net and VAT are None when the bill does not tell them apart."""

    gross: Money
    net: Money | None = None
    vat: Money | None = None
