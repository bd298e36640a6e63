"""What the invoices of both legacies have in common: kinds that carry the sign, and parts that must fit together.

What does not fit raises Unreadable: neither half of a contradiction can be believed (spec, legacy.md, quirk 9).
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from bff.backends._batch import Unreadable
from bff.backends._money import money
from bff.domain.invoice import UNSETTLED, InvoiceKind, InvoiceState
from bff.domain.money import Money
from bff.domain.period import Period

MAYBE_UNPAID = UNSETTLED | {InvoiceState.UNKNOWN}
"""States of what comes when the unpaid are asked for: one that nobody knows does not make an invoice paid."""


class Kind(NamedTuple):
    """What the code of a kind of invoice tells; `credit_note` None when it tells nothing."""

    kind: InvoiceKind
    credit_note: bool | None = False


UNKNOWN = Kind(InvoiceKind.UNKNOWN, credit_note=None)


def unsigned(amount: Decimal | None, *, credit_note: bool | None) -> Money | None:
    """Give an amount without its sign, which the kind carries; None for none.

    A minus fits a credit note, whose kind says the same. Turned round anywhere else it would be a wrong amount.
    """
    if amount is None:
        return None
    if amount < 0 and not credit_note:
        raise Unreadable("a negative amount on what is no credit note")
    return money(abs(amount))


def rest(total: Money, part: Money) -> Money:
    """Give what a part leaves of a total: the VAT of a net amount, or the net amount of a VAT."""
    if part.amount > total.amount:
        raise Unreadable("a part above its total")
    return money(total.amount - part.amount)


def period(start: date, end: date) -> Period:
    """Give the days from and to, both included."""
    if end < start:
        raise Unreadable("a period that ends before it starts")
    return Period(start, end)
