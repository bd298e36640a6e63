"""Mobile invoices: TMF678 customer bills, and which products a bill charges.

The API has no state for overdue (derived from the due date) and sends no events (spec, legacy.md, 'TM Forum facts').
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from bff.backends._batch import Reading, is_since, needed
from bff.backends._code import Codes
from bff.backends._invoice import MAYBE_UNPAID, UNKNOWN, Kind, period, rest, unsigned
from bff.backends._shape import Text
from bff.backends.mobile._wire import Amount, Ref, TimePeriod, Wire, day
from bff.domain.invoice import UNSETTLED, Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.money import Money, TaxedMoney
from bff.domain.period import Period
from bff.domain.system import System

_STATE_BY_CODE = {
    "new": InvoiceState.UNPAID,
    "validated": InvoiceState.UNPAID,
    "sent": InvoiceState.UNPAID,
    "onHold": InvoiceState.BEING_VERIFIED,
    "partiallyPaid": InvoiceState.PARTLY_PAID,
    "settled": InvoiceState.PAID,
}
_STATES = Codes("TMF678 bill state", InvoiceState.UNKNOWN, _STATE_BY_CODE)
UNPAID_CODES = tuple(code for code, state in _STATE_BY_CODE.items() if state in UNSETTLED)


_CATEGORIES = Codes(
    "TMF678 bill category",
    UNKNOWN,
    {
        "normal": Kind(InvoiceKind.MOBILE),
        "single": Kind(InvoiceKind.SINGLE),
        "creditNote": Kind(InvoiceKind.MOBILE, credit_note=True),
    },
)


class Attachment(Wire, frozen=True, gc=False):
    """A file that belongs to a bill, by reference."""

    url: Text | None = None


class CustomerBill(Wire, frozen=True, gc=False):
    """TMF678 `/customerBill`."""

    id: Text
    bill_no: Text | None = None
    bill_date: Any = None
    billing_period: TimePeriod | None = None
    payment_due_date: Any = None
    tax_excluded_amount: Amount | None = None
    tax_included_amount: Amount | None = None
    remaining_amount: Amount | None = None
    state: Text | None = None
    category: Text | None = None
    billing_account: Ref | None = None
    bill_document: tuple[Attachment, ...] = ()


class AppliedRate(Wire, frozen=True, gc=False):
    """TMF678 `/appliedCustomerBillingRate`: what a bill charges for one product."""

    id: Text
    bill: Ref | None = None
    product: Ref | None = None


def by_account(as_of: datetime, issued_from: date) -> Reading[CustomerBill, Invoice]:
    """Read bills issued since a day, by billing account."""

    def accounts(row: CustomerBill) -> Collection[str]:
        account = row.billing_account
        return () if account is None or not is_since(lambda: day(row.bill_date), issued_from) else (account.id,)

    return Reading(lambda row: row.id, accounts, lambda row, account: _invoice(row, account, as_of))


def unpaid_by_account(as_of: datetime, issued_from: date) -> Reading[CustomerBill, Invoice]:
    """Read bills issued since a day that are not settled, by billing account."""
    reading = by_account(as_of, issued_from)
    return reading._replace(keys=lambda row: reading.keys(row) if _STATES.read(row.state) in MAYBE_UNPAID else ())


def address_of_document() -> Reading[CustomerBill, str]:
    """Read where the file of a bill is, by bill."""

    def address(row: CustomerBill, _bill_key: str) -> str:
        return needed(next((each.url for each in row.bill_document if each.url), None), "billDocument")

    return Reading(lambda row: row.id, lambda row: (row.id,), address)


def products_by_bill() -> Reading[AppliedRate, str]:
    """Read product ids, by bill."""

    def record(row: AppliedRate, _bill_key: str) -> str:
        product: Ref = needed(row.product, "product")
        return product.id

    return Reading(lambda row: row.id, lambda row: () if row.bill is None else (row.bill.id,), record)


def _invoice(row: CustomerBill, account: str, as_of: datetime) -> Invoice:
    number = needed(row.bill_no, "billNo")
    issued_on = needed(day(row.bill_date), "billDate")
    kind, credit_note = _CATEGORIES.read(row.category)
    return Invoice(
        key=InvoiceKey(System.MOBILE.value, account, number, issued_on),
        system=System.MOBILE,
        number=number,
        kind=kind,
        credit_note=credit_note,
        state=_STATES.read(row.state),
        period=_period(needed(row.billing_period, "billingPeriod")),
        issued_on=issued_on,
        due_on=None if credit_note else day(row.payment_due_date),
        total=_total(row, credit_note=credit_note),
        remaining=_money(row.remaining_amount, credit_note=credit_note),
        account=account,
        bill_key=row.id,
        has_document=any(each.url for each in row.bill_document),
        as_of=as_of,
    )


def _period(row: TimePeriod) -> Period:
    return period(needed(day(row.start_date_time), "startDateTime"), needed(day(row.end_date_time), "endDateTime"))


def _total(row: CustomerBill, *, credit_note: bool | None) -> TaxedMoney:
    gross = needed(_money(row.tax_included_amount, credit_note=credit_note), "taxIncludedAmount")
    net = _money(row.tax_excluded_amount, credit_note=credit_note)
    return TaxedMoney(gross) if net is None else TaxedMoney(gross, net, rest(gross, net))


def _money(told: Amount | None, *, credit_note: bool | None) -> Money | None:
    return None if told is None else unsigned(told.euros(), credit_note=credit_note)
