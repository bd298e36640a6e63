"""What is asked for that becomes a request, and the answer that is due: for the cells of the matrix."""

from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.world.model import Bill
from tests.journeys.acting import Acting, invoices, is_fixed, to_pay
from tests.journeys.ident import id_of

Asked = Sequence[tuple[dict[str, Any], dict[str, Any]]]

PAYMENT = {"paidOn": "2026-11-20", "amount": "12.20", "method": "BANK_TRANSFER", "reference": "CRO 123"}
REPORT = (
    "mutation ($id: ID!, $payment: PaymentMadeInput!, $key: ID!) {"
    "  invoicePaymentReport(input: { invoiceId: $id, payment: $payment, idempotencyKey: $key }) {"
    "  status userErrors { code field } request { kind state } invoice { number state } } }"
)
MERGE = (
    "mutation ($first: ID!, $second: ID!, $key: ID!) {"
    "  invoicesMerge(input: { firstInvoiceId: $first, secondInvoiceId: $second, idempotencyKey: $key }) {"
    "  status userErrors { code field } request { kind state document { id } } } }"
)


def reports(who: Acting, _reach: str) -> Asked:
    """Report the payment of an unpaid invoice of each network that the company has."""
    unpaid = [bill for bill in to_pay(who) if not bill.credit_note]
    of_network = {is_fixed(bill, who.company): bill for bill in unpaid}
    reads_requests = who.may["requests.detail"] != "no"
    return [
        (
            {"id": id_of(bill, who.company), "payment": PAYMENT, "key": f"report-{who.membership.id}-{bill.id}"},
            {
                "invoicePaymentReport": {
                    "status": "ACCEPTED",
                    "userErrors": [],
                    "request": {"kind": "PAYMENT_REPORT", "state": "RECEIVED"} if reads_requests else None,
                    "invoice": {"number": bill.number, "state": "BEING_VERIFIED"},
                }
            },
        )
        for bill in of_network.values()
    ]


def merges(who: Acting, _reach: str) -> Asked:
    """Merge two invoices of a bimester."""
    first, second = next(pairs(who))
    asked = {"first": id_of(first, who.company), "second": id_of(second, who.company)}
    request = {"kind": "INVOICE_MERGE", "state": "RECEIVED", "document": None}
    due = {"status": "ACCEPTED", "userErrors": [], "request": request}
    return [({**asked, "key": f"merge-{who.membership.id}"}, {"invoicesMerge": due})]


def pairs(who: Acting) -> Iterator[tuple[Bill, Bill]]:
    """Give pairs of invoices that can be merged, none of which an open request is merging; no invoice twice."""
    open_ = {
        bill.id for each in who.company.requests if each.state in {"RECEIVED", "IN_PROGRESS"} for bill in each.merged
    }
    left: dict[object, Bill] = {}
    for bill in invoices(who):
        if not is_fixed(bill, who.company) or bill.single or bill.credit_note or bill.id in open_:
            continue
        bimester = (bill.period_from.year, (bill.period_from.month + 1) // 2, bill.account)
        if (other := left.pop(bimester, None)) is None:
            left[bimester] = bill
        else:
            yield other, bill
