"""Fixed invoices: `Invoice` of the schema. `total` includes VAT; credit notes carry the sign in their kind."""

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from bff.backends._batch import Reading, Unreadable
from bff.backends._code import Codes
from bff.backends._money import money
from bff.backends.fixed import _code
from bff.backends.fixed._value import Row, identity
from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.money import Money, TaxedMoney
from bff.domain.period import UNPAID_YEARS, Period, months_after, rome_day
from bff.domain.system import System

_SETTLED = frozenset({InvoiceState.PAID, InvoiceState.CANCELLED})

_STATES = Codes(
    "fixed invoice state",
    InvoiceState.UNKNOWN,
    {
        "EM": InvoiceState.UNPAID,
        "DP": InvoiceState.UNPAID,
        "PA": InvoiceState.PAID,
        "PP": InvoiceState.PARTLY_PAID,
        "SC": InvoiceState.OVERDUE,
        "CO": InvoiceState.BEING_VERIFIED,
        "ST": InvoiceState.CANCELLED,
    },
)


class _Kind(NamedTuple):
    """What the code of an invoice tells; `credit_note` None when it tells nothing."""

    kind: InvoiceKind
    credit_note: bool | None


_KINDS = Codes(
    "fixed invoice kind",
    _Kind(InvoiceKind.UNKNOWN, credit_note=None),
    {
        "FT": _Kind(InvoiceKind.FIXED, credit_note=False),
        "NC": _Kind(InvoiceKind.FIXED, credit_note=True),
        "UN": _Kind(InvoiceKind.SINGLE, credit_note=False),
    },
)


def by_account(as_of: datetime, issued_from: date) -> Reading[Row, Invoice]:
    """Read invoices issued since a day, by account code."""
    return _by_account(as_of, lambda row: _issued_since(row, issued_from))


def unpaid_by_account(as_of: datetime) -> Reading[Row, Invoice]:
    """Read the invoices of five years that are still owed, by account code."""
    oldest = months_after(rome_day(as_of), -12 * UNPAID_YEARS)
    return _by_account(as_of, lambda row: _issued_since(row, oldest) and _is_owed(row))


def _by_account(as_of: datetime, wanted: Callable[[Row], bool]) -> Reading[Row, Invoice]:
    """Read the wanted invoices: the system may ignore what was asked of them (quirk 7)."""
    return Reading(
        identity(lambda row: f"{_number(row)} {row.needed_day('issuedOn')}"),  # numbers come again in other years
        lambda row: (_code.account(row.needed("accountCode")),) if wanted(row) else (),
        lambda row, account: _invoice(row, account, as_of),
    )


def _number(row: Row) -> str:
    return _code.invoice(row.needed("invoiceNo"))


def _issued_since(row: Row, day: date) -> bool:
    """Tell whether it was issued on a day or later; True when that can't be read, for the record to say so."""
    try:
        return row.needed_day("issuedOn") >= day
    except Unreadable:
        return True


def _is_owed(row: Row) -> bool:
    """Tell whether something is still to pay; True when that can't be read, for the record to say so."""
    try:
        outstanding, state = row.amount("outstanding"), _STATES.read(row.text("state"))
        return outstanding != 0 and state not in _SETTLED and not _credit_note(row)
    except Unreadable:
        return True


def _credit_note(row: Row) -> bool | None:
    return _KINDS.read(row.text("kind")).credit_note


def _invoice(row: Row, account: str, as_of: datetime) -> Invoice:
    number, issued_on = _number(row), row.needed_day("issuedOn")
    kind, credit_note = _KINDS.read(row.text("kind"))
    return Invoice(
        key=InvoiceKey(System.FIXED.value, account, number, issued_on),
        system=System.FIXED,
        number=number,
        kind=kind,
        credit_note=credit_note,
        state=_STATES.read(row.text("state")),
        period=Period(row.needed_day("periodFrom"), row.needed_day("periodTo")),
        issued_on=issued_on,
        due_on=None if credit_note else row.day("dueOn"),
        total=_total(row),
        remaining=_money(row, "outstanding"),
        account=account,
        line_key=row.code("lineId", _code.line),
        as_of=as_of,
    )


def _total(row: Row) -> TaxedMoney:
    gross, vat = _money(row, "total"), _money(row, "vat")
    if gross is None:
        raise Unreadable("total is missing")
    return TaxedMoney(gross) if vat is None else TaxedMoney(gross, money(gross.amount - vat.amount), vat)


def _money(row: Row, name: str) -> Money | None:
    """Read an amount without its sign, which the kind carries; one below nought must be a credit note's."""
    amount = row.amount(name)
    if amount is None:
        return None
    if amount < 0 and not _credit_note(row):
        raise Unreadable(f"{name} is below nought")
    return money(abs(amount))
