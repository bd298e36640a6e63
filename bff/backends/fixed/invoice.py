"""Fixed invoices: `Invoice` of the schema. `total` includes VAT; credit notes carry the sign in their kind."""

from datetime import date, datetime

from bff.backends._batch import Reading, Unreadable
from bff.backends._code import Codes
from bff.backends._money import money
from bff.backends.fixed._value import Row
from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.money import TaxedMoney
from bff.domain.period import Period
from bff.domain.system import System

_CREDIT_NOTE = "NC"

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
_KINDS = Codes(
    "fixed invoice kind",
    InvoiceKind.UNKNOWN,
    {"FT": InvoiceKind.FIXED, _CREDIT_NOTE: InvoiceKind.FIXED, "UN": InvoiceKind.SINGLE},
)


def by_account(as_of: datetime, issued_from: date) -> Reading[Row, Invoice]:
    """Read invoices issued since a day, by account code."""
    return unpaid_by_account(as_of)._replace(keys=lambda row: _account(row) if _issued_since(row, issued_from) else ())


def unpaid_by_account(as_of: datetime) -> Reading[Row, Invoice]:
    """Read invoices, by account code."""
    return Reading(_identity, _account, lambda row, account: _invoice(row, account, as_of))


def _identity(row: Row) -> str:
    """Tell invoices of one account apart: numbers come again in other years."""
    return f"{row.text('invoiceNo')} {row.text('issuedOn')}"


def _account(row: Row) -> tuple[str, ...]:
    return (row.text("accountCode") or "",)


def _issued_since(row: Row, day: date) -> bool:
    """Tell whether it was issued on a day or later; True when that can't be read, for the record to say so."""
    try:
        return row.needed_day("issuedOn") >= day
    except Unreadable:
        return True


def _invoice(row: Row, account: str, as_of: datetime) -> Invoice:
    number, issued_on, kind = row.needed("invoiceNo"), row.needed_day("issuedOn"), row.text("kind")
    return Invoice(
        key=InvoiceKey(System.FIXED.value, account, number, issued_on),
        system=System.FIXED,
        number=number,
        kind=_KINDS.read(kind),
        credit_note=kind == _CREDIT_NOTE,
        state=_STATES.read(row.text("state")),
        period=Period(row.needed_day("periodFrom"), row.needed_day("periodTo")),
        issued_on=issued_on,
        due_on=None if kind == _CREDIT_NOTE else row.day("dueOn"),
        total=_total(row),
        remaining=row.money("outstanding"),
        account=account,
        line_key=row.text("lineId"),
        as_of=as_of,
    )


def _total(row: Row) -> TaxedMoney:
    gross, vat = row.money("total"), row.money("vat")
    if gross is None:
        raise Unreadable("total is missing")
    return TaxedMoney(gross) if vat is None else TaxedMoney(gross, money(gross.amount - vat.amount), vat)
