"""Bills: TMF678 customer bills, and the rates that tell which lines a bill charges.

TMF678 knows neither overdue nor cancelled: an overdue bill is `sent`, a cancelled one is `settled` and its credit note
stands beside it. A disputed one is `onHold`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from sandbox.mobile._render import Document, day, euro
from sandbox.mobile.collection import Collection, index
from sandbox.world.model import Bill, World

_FRESH = timedelta(days=3)
_CENT = Decimal("0.01")


def mobile_bills(world: World) -> list[Bill]:
    """Give the bills that the mobile system knows: those of its accounts."""
    return [
        bill
        for company in world.companies
        for ours in ({account.id for account in company.mobile_accounts},)
        for bill in company.bills
        if bill.account in ours
    ]


def customer_bills(
    world: World,
    today: Callable[[], date],
    base_url: Callable[[], str],
    is_reported: Callable[[Bill], bool],
    paid: Callable[[Bill], Decimal],
) -> Collection[Bill]:
    """Give TMF678 `/customerBill`: batched by billing account or id; one whose payment is reported is disputed."""
    rows = mobile_bills(world)

    def now(bill: Bill) -> Bill:
        left = bill.outstanding - paid(bill)
        return replace(bill, outstanding=max(left, Decimal(0)), disputed=bill.disputed or is_reported(bill))

    return Collection(
        rows=lambda: rows,
        render=lambda bill: _customer_bill(now(bill), today(), base_url()),
        lookup={
            "id": index(rows, lambda row: (row.id,)),
            "billingAccount.id": index(rows, lambda row: (row.account,)),
        },
    )


def _customer_bill(bill: Bill, today: date, base_url: str) -> Document:
    return {
        "id": bill.id,
        "billNo": bill.number,
        "billDate": day(bill.issued_on),
        "category": _category(bill),
        "runType": "offCycle" if bill.credit_note else "onCycle",
        "billingPeriod": {"startDateTime": day(bill.period_from), "endDateTime": day(bill.period_to)},
        "paymentDueDate": day(bill.due_on),
        "taxExcludedAmount": euro(bill.gross - bill.vat),
        "taxIncludedAmount": euro(bill.gross),
        "amountDue": euro(bill.outstanding),
        "remainingAmount": euro(bill.outstanding),
        "state": _state(bill, today),
        "billingAccount": {"id": bill.account},
        "billDocument": [
            {
                "id": f"DOC-{bill.id}",
                "name": f"{bill.number}.pdf",
                "mimeType": "application/pdf",
                "url": f"{base_url}/documents/{bill.id}.pdf",
            }
        ],
        "@type": "CustomerBill",
    }


def _category(bill: Bill) -> str:
    if bill.credit_note:
        return "creditNote"
    return "single" if bill.single else "normal"


def _state(bill: Bill, today: date) -> str:
    if bill.disputed:
        return "onHold"
    if not bill.outstanding:
        return "settled"
    if bill.outstanding < bill.gross:
        return "partiallyPaid"
    return "validated" if today - bill.issued_on < _FRESH else "sent"


class _RateRow(NamedTuple):
    bill: Bill
    line_id: str
    number: int


def billing_rates(world: World) -> Collection[_RateRow]:
    """Give TMF678 `/appliedCustomerBillingRate`: batched by bill, a row for each line that it charges.

    Rows are made when asked for: the largest company has 180,000.
    """
    by_bill = index(bills := mobile_bills(world), lambda bill: (bill.id,))

    def of_bill(bill_id: str) -> Iterable[_RateRow]:
        return (row for bill in by_bill(bill_id) for row in _rates(bill))

    def of_id(rate_id: str) -> Iterable[_RateRow]:
        return (row for row in of_bill(rate_id.rpartition("-")[0]) if _rate_id(row) == rate_id)

    return Collection(
        rows=lambda: (row for bill in bills for row in _rates(bill)),
        render=_rate,
        lookup={"id": of_id, "bill.id": of_bill},
    )


def _rates(bill: Bill) -> Iterable[_RateRow]:
    return (_RateRow(bill, line_id, number) for number, line_id in enumerate(bill.line_ids, start=1))


def _rate_id(row: _RateRow) -> str:
    return f"{row.bill.id}-{row.number:04d}"


def _rate(row: _RateRow) -> Document:
    bill = row.bill
    share = ((bill.gross - bill.vat) / len(bill.line_ids)).quantize(_CENT)
    return {
        "id": _rate_id(row),
        "date": day(bill.issued_on),
        "isBilled": True,
        "name": "Canone e consumi",
        "type": "appliedBillingCredit" if bill.credit_note else "appliedBillingCharge",
        "bill": {"id": bill.id},
        "billingAccount": {"id": bill.account},
        "product": {"id": row.line_id},
        "periodCoverage": {"startDateTime": day(bill.period_from), "endDateTime": day(bill.period_to)},
        "taxExcludedAmount": euro(share),
        "@type": "AppliedCustomerBillingRate",
    }
