"""Another customer's invoice, by the number and the amount that are printed on it; nothing else of it is told.

Whatever is wrong, the answer is the same, after the same calls: a number that there is, with another amount, is not
there. How often a person may look is counted before it is looked.
"""

import re
from decimal import Decimal
from typing import Final, NoReturn, Protocol

from bff.context import Context
from bff.domain.error_code import ErrorCode
from bff.domain.invoice import Invoice
from bff.domain.payment_made import wrong_amount
from bff.domain.text import Text
from bff.resolvers import acting

ALLOWANCE: Final = "otherInvoice"
"""What a look counts as; see `bff.state.allowance`."""

_CENT = Decimal("0.01")
_NUMBER = re.compile(r"[0-9A-Z]{8,15}", re.ASCII)
_BAD_NUMBER = Text("Il numero ha da 8 a 15 lettere e cifre.", "A number has 8 to 15 letters and digits.")
_NO_SUCH = Text(
    "Nessuna fattura ha questo numero e questo importo.", "There is no invoice of this number and this amount."
)


class Wanted(Protocol):
    """An invoice of anybody's, as printed."""

    number: str
    amount: Decimal


def read(wrong: acting.Wrong, wanted: Wanted) -> tuple[str, Decimal]:
    """Read number and amount, and take note of what can't be right."""
    number = wanted.number.strip().upper()
    if not _NUMBER.fullmatch(number):
        wrong.add(_BAD_NUMBER, "invoice", "number")
    if (why := wrong_amount(wanted.amount)) is not None:
        wrong.add(why, "invoice", "amount")
        return number, Decimal(0)
    return number, wanted.amount.quantize(_CENT)


async def find(context: Context, number: str, amount: Decimal) -> Invoice:
    """Find an invoice.

    Raises:
        Refused: there is none of this number and amount.
        RateLimited: the person has looked too often today.
        BffError: it could not be looked for.
    """
    await context.allowances.take(ALLOWANCE, context.principal.person_key)
    found = await context.loaders.others_invoice(number, amount)
    if found is None:
        no_such(context)
    return found


def no_such(context: Context) -> NoReturn:
    """Say that there is none, whatever the reason. Raises Refused."""
    acting.refuse(context, ErrorCode.NOT_FOUND, _NO_SUCH, "invoice")
