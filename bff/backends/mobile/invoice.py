"""Mobile invoices: TMF678 customer bills, and which products a bill charges.

The API has no state for overdue (derived from the due date) and sends no events (spec, legacy.md, 'TM Forum facts').
"""

from collections.abc import Collection
from datetime import date, datetime

from bff.backends._batch import Reading
from bff.backends._code import Codes
from bff.backends._money import money
from bff.backends._time import day
from bff.backends.mobile._wire import Amount, Ref, TimePeriod, Wire, needed
from bff.domain.invoice import UNSETTLED, Invoice, InvoiceKey, InvoiceKind, InvoiceState
from bff.domain.money import TaxedMoney
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

_CREDIT_NOTE = "creditNote"
_KINDS = Codes(
    "TMF678 bill category",
    InvoiceKind.UNKNOWN,
    {"normal": InvoiceKind.MOBILE, _CREDIT_NOTE: InvoiceKind.MOBILE, "single": InvoiceKind.SINGLE},
)


class CustomerBill(Wire, frozen=True, gc=False):
    """TMF678 `/customerBill`."""

    id: str
    bill_no: str | None = None
    bill_date: datetime | None = None
    billing_period: TimePeriod | None = None
    payment_due_date: datetime | None = None
    tax_excluded_amount: Amount | None = None
    tax_included_amount: Amount | None = None
    remaining_amount: Amount | None = None
    state: str | None = None
    category: str | None = None
    billing_account: Ref | None = None


class AppliedRate(Wire, frozen=True, gc=False):
    """TMF678 `/appliedCustomerBillingRate`: what a bill charges for one product."""

    id: str
    bill: Ref | None = None
    product: Ref | None = None


def by_account(as_of: datetime, issued_from: date) -> Reading[CustomerBill, Invoice]:
    """Read bills issued since a day, by billing account."""

    def accounts(row: CustomerBill) -> Collection[str]:
        issued_on = day(row.bill_date)
        too_old = issued_on is not None and issued_on < issued_from
        return () if row.billing_account is None or too_old else (row.billing_account.id,)

    return Reading(lambda row: row.id, accounts, lambda row, account: _invoice(row, account, as_of))


def unpaid_by_account(as_of: datetime, issued_from: date) -> Reading[CustomerBill, Invoice]:
    """Read bills issued since a day that are not settled, by billing account."""
    reading = by_account(as_of, issued_from)
    return reading._replace(keys=lambda row: reading.keys(row) if row.state in UNPAID_CODES else ())


def products_by_bill() -> Reading[AppliedRate, str]:
    """Read product ids, by bill."""

    def record(row: AppliedRate, _bill_key: str) -> str:
        product: Ref = needed(row.product, "product")
        return product.id

    return Reading(lambda row: row.id, lambda row: () if row.bill is None else (row.bill.id,), record)


def _invoice(row: CustomerBill, account: str, as_of: datetime) -> Invoice:
    number = needed(row.bill_no, "billNo")
    issued_on = needed(day(row.bill_date), "billDate")
    return Invoice(
        key=InvoiceKey(System.MOBILE.value, account, number, issued_on),
        system=System.MOBILE,
        number=number,
        kind=_KINDS.read(row.category),
        credit_note=row.category == _CREDIT_NOTE,
        state=_STATES.read(row.state),
        period=_period(needed(row.billing_period, "billingPeriod")),
        issued_on=issued_on,
        due_on=None if row.category == _CREDIT_NOTE else day(row.payment_due_date),
        total=_total(row),
        remaining=None if row.remaining_amount is None else row.remaining_amount.money(),
        account=account,
        bill_key=row.id,
        as_of=as_of,
    )


def _period(row: TimePeriod) -> Period:
    return Period(needed(day(row.start_date_time), "startDateTime"), needed(day(row.end_date_time), "endDateTime"))


def _total(row: CustomerBill) -> TaxedMoney:
    included: Amount = needed(row.tax_included_amount, "taxIncludedAmount")
    gross = included.money()
    if row.tax_excluded_amount is None:
        return TaxedMoney(gross)
    net = row.tax_excluded_amount.money()
    return TaxedMoney(gross, net, money(gross.amount - net.amount))
