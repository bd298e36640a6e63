"""A payment that the customer says they made, and what can't be true of one."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

import msgspec

from bff.domain.period import UNPAID_YEARS, months_after
from bff.domain.text import Text, cleaned

REFERENCE_MAX: Final = 50
AMOUNT_MAX: Final = Decimal(100_000_000)

_CENTS: Final = -2
_FUTURE = Text("Il pagamento non può essere nel futuro.", "The payment can't be in the future.")
_TOO_OLD = Text("Il pagamento ha più di 5 anni.", "The payment is older than 5 years.")
_AMOUNT = Text("L'importo deve essere maggiore di zero.", "The amount must be above zero.")
_TOO_MUCH = Text("L'importo è troppo grande.", "The amount is too large.")
_DECIMALS = Text("L'importo ha al massimo due decimali.", "The amount has two decimals at most.")
_REFERENCE = Text(
    f"Il riferimento ha al massimo {REFERENCE_MAX} caratteri.",
    f"The reference has {REFERENCE_MAX} characters at most.",
)


class PaymentMethod(Enum):
    """How an invoice was paid."""

    BANK_TRANSFER = "BANK_TRANSFER"
    POSTAL_SLIP = "POSTAL_SLIP"
    ONLINE = "ONLINE"
    COUNTER = "COUNTER"
    OTHER = "OTHER"


class PaymentMade(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A payment: its day, euros, how it was made; `reference` is the receipt's, None when there is none."""

    paid_on: date
    amount: Decimal
    method: PaymentMethod
    reference: str | None = None

    def tidied(self) -> "PaymentMade":
        """Give it with a reference that can be written in one line, None when nothing is left of it."""
        reference = cleaned(self.reference or "") or None
        return msgspec.structs.replace(self, reference=reference)

    def wrong(self, today: date) -> Iterator[tuple[str, Text]]:
        """Tell what can't be true, with the name of the attribute."""
        if self.paid_on > today:
            yield "paid_on", _FUTURE
        elif self.paid_on < months_after(today, -12 * UNPAID_YEARS):
            yield "paid_on", _TOO_OLD
        if (why := wrong_amount(self.amount)) is not None:
            yield "amount", why
        if self.reference is not None and len(self.reference) > REFERENCE_MAX:
            yield "reference", _REFERENCE


def wrong_amount(amount: Decimal) -> Text | None:
    """Tell why an amount can't be one of euros that are paid; None when it can."""
    if amount <= 0:
        return _AMOUNT
    if amount >= AMOUNT_MAX:
        return _TOO_MUCH
    exponent = amount.normalize().as_tuple().exponent
    return _DECIMALS if isinstance(exponent, int) and exponent < _CENTS else None
