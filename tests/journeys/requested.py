"""What is asked for that becomes a request, and the answer that is due: for the cells of the matrix."""

from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.clock import DEFAULT_NOW
from sandbox.world.build import build_world
from sandbox.world.model import Bill
from tests.journeys.acting import ORDERS_FROM, Acting, invoices, is_fixed, to_pay
from tests.journeys.ident import id_of

Asked = Sequence[tuple[dict[str, Any], dict[str, Any]]]

PAYMENT = {"paidOn": "2026-11-20", "amount": "12.20", "method": "BANK_TRANSFER", "reference": "CRO 123"}
REPORT = (
    "mutation ($id: ID!, $payment: PaymentMadeInput!, $key: ID!) {"
    "  invoicePaymentReport(input: { invoiceId: $id, payment: $payment, idempotencyKey: $key }) {"
    "  status userErrors { code field } request { kind state } invoice { number state } } }"
)
OTHER = (
    "mutation ($invoice: OtherInvoiceInput!, $payment: PaymentMadeInput!, $key: ID!) {"
    "  otherInvoicePaymentReport(input: { invoice: $invoice, payment: $payment, idempotencyKey: $key }) {"
    "  status userErrors { code field } request { kind state } } }"
)
ADDRESS = {"street": "Via Garibaldi, 7", "postcode": "20121", "town": "Milano", "province": "MI"}
OFFICE = (
    "mutation ($address: AddressInput!, $key: ID!) {"
    "  registeredOfficeChange(input: { address: $address, idempotencyKey: $key }) {"
    "  status userErrors { code field } request { kind state } } }"
)
EMAIL = (
    "mutation ($email: String!, $key: ID!) {"
    "  communicationsEmailChange(input: { email: $email, idempotencyKey: $key }) {"
    "  status userErrors { code field } request { kind state } company { communicationsEmail } } }"
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


def other_reports(who: Acting, _reach: str) -> Asked:
    """Report the payment of an invoice of the neighbours, by its number and amount."""
    bill = others_bill(who)
    asked = {
        "invoice": {"number": bill.number, "amount": f"{bill.gross:.2f}"},
        "payment": PAYMENT,
        "key": f"other-{who.membership.id}",
    }
    request = {"kind": "PAYMENT_REPORT", "state": "RECEIVED"}
    return [(asked, {"otherInvoicePaymentReport": {"status": "ACCEPTED", "userErrors": [], "request": request}})]


def others_bill(who: Acting) -> Bill:
    """Give a fixed invoice of another company, which no other invoice has the number of."""
    world = build_world(DEFAULT_NOW)
    stranger = next(each for each in reversed(world.companies) if each.tax_code != who.company.tax_code)
    return next(bill for bill in stranger.bills if is_fixed(bill, stranger) and not bill.credit_note)


def offices(who: Acting, _reach: str) -> Asked:
    """Ask for another registered office, where that is not asked for already."""
    asked = {"address": ADDRESS, "key": f"office-{who.membership.id}"}
    if is_under_way(who, "REGISTERED_OFFICE"):
        refused = {"code": "IN_PROGRESS", "field": None}
        return [(asked, {"registeredOfficeChange": {"status": "REJECTED", "userErrors": [refused], "request": None}})]
    request = {"kind": "REGISTERED_OFFICE", "state": "RECEIVED"}
    return [(asked, {"registeredOfficeChange": {"status": "ACCEPTED", "userErrors": [], "request": request}})]


def is_under_way(who: Acting, kind: str) -> bool:
    """Tell whether a request of a kind is still to be done, of those that are shown."""
    recent = [each for each in who.company.requests if each.made_at.date() >= ORDERS_FROM]
    return any(each.kind == kind and each.state in {"RECEIVED", "IN_PROGRESS"} for each in recent)


def emails(who: Acting, _reach: str) -> Asked:
    """Change the e-mail for communications."""
    email = f"fatture-{who.membership.id.lower()}@example.it"
    asked = {"email": email, "key": f"email-{who.membership.id}"}
    request = {"kind": "COMMUNICATIONS_EMAIL", "state": "DONE"}
    due = {"status": "ACCEPTED", "userErrors": [], "request": request, "company": {"communicationsEmail": email}}
    return [(asked, {"communicationsEmailChange": due})]


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
