"""Fixed invoices: `Invoice` of the schema. `total` includes VAT; credit notes carry the sign in their kind."""

from collections.abc import Callable
from datetime import date, datetime

from bff.backends._batch import Reading, Unreadable, is_since, needed
from bff.backends._code import Codes
from bff.backends._invoice import MAYBE_UNPAID, UNKNOWN, Kind, period, rest, unsigned
from bff.backends.fixed import _code
from bff.backends.fixed._value import Row, identity
from bff.domain.invoice import Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.money import TaxedMoney
from bff.domain.period import UNPAID_YEARS, months_after, rome_day
from bff.domain.system import System

_SYSTEM = System.FIXED.value
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
    UNKNOWN,
    {
        "FT": Kind(InvoiceKind.FIXED),
        "NC": Kind(InvoiceKind.FIXED, credit_note=True),
        "UN": Kind(InvoiceKind.SINGLE),
    },
)


def by_account(as_of: datetime, issued_from: date) -> Reading[Row, Invoice]:
    """Read invoices issued since a day, by account code."""
    return _by_account(as_of, lambda row: _is_since(row, issued_from))


def unpaid_by_account(as_of: datetime) -> Reading[Row, Invoice]:
    """Read the invoices of five years that are still owed, by account code."""
    oldest = months_after(rome_day(as_of), -12 * UNPAID_YEARS)
    return _by_account(as_of, lambda row: _is_since(row, oldest) and _is_owed(row))


def _by_account(as_of: datetime, wanted: Callable[[Row], bool]) -> Reading[Row, Invoice]:
    """Read the wanted invoices: the system may ignore what was asked of them (quirk 7)."""
    return Reading(
        identity(lambda row: f"{_number(row)} {_issued_on(row)}"),  # numbers come again in other years
        lambda row: (_code.account(row.needed("accountCode")),) if wanted(row) else (),
        lambda row, account: _invoice(row, account, as_of),
    )


def record(row: Row, as_of: datetime) -> Invoice:
    """Read an invoice, whoever's it is; raises Unreadable."""
    return _invoice(row, _code.account(row.needed("accountCode")), as_of)


def _number(row: Row) -> str:
    return _code.invoice(row.needed("invoiceNo"))


def _issued_on(row: Row) -> date:
    return row.needed_day("issuedOn")


def _is_since(row: Row, first: date) -> bool:
    return is_since(lambda: row.day("issuedOn"), first)


def _is_owed(row: Row) -> bool:
    """Tell whether something is still to pay; True when that can't be read, for the record to say so."""
    try:
        outstanding, state = row.amount("outstanding"), _STATES.read(row.text("state"))
        return outstanding != 0 and state in MAYBE_UNPAID and not _kind(row).credit_note
    except Unreadable:
        return True


def _kind(row: Row) -> Kind:
    return _KINDS.read(row.text("kind"))


def _invoice(row: Row, account: str, as_of: datetime) -> Invoice:
    number, issued_on = _number(row), _issued_on(row)
    kind, credit_note = _kind(row)
    return Invoice(
        key=InvoiceKey(_SYSTEM, account, number, issued_on),
        system=System.FIXED,
        number=number,
        kind=kind,
        credit_note=credit_note,
        state=_STATES.read(row.text("state")),
        period=period(row.needed_day("periodFrom"), row.needed_day("periodTo")),
        issued_on=issued_on,
        due_on=None if credit_note else row.day("dueOn"),
        total=_total(row, credit_note=credit_note),
        remaining=unsigned(row.amount("outstanding"), credit_note=credit_note),
        account=account,
        line_key=row.code("lineId", _code.line),
        has_document=row.flag("pdfAvailable") is not False,
        as_of=as_of,
    )


def _total(row: Row, *, credit_note: bool | None) -> TaxedMoney:
    gross = needed(unsigned(row.amount("total"), credit_note=credit_note), "total")
    vat = unsigned(row.amount("vat"), credit_note=credit_note)
    return TaxedMoney(gross) if vat is None else TaxedMoney(gross, rest(gross, vat), vat)
