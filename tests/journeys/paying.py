"""What is asked for to pay, and the answer that is due; and the person who pays on the provider's page."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import httpx

from sandbox.clock import DEFAULT_NOW
from sandbox.server import Sandbox
from sandbox.world.build import build_world
from sandbox.world.model import Bill, MobileLine, World
from tests.journeys.acting import Acting, is_fixed, mobile_lines, to_pay
from tests.journeys.ident import id_of

Asked = Sequence[tuple[dict[str, Any], dict[str, Any]]]
"""Variables, and the whole data that is due."""

_PAYMENT = (
    "__typename state amount { amount currency } "
    "... on InvoicePayment { invoices { number } } ... on TopUpPayment { line { number } }"
)
_ANSWER = f"status userErrors {{ code field }} payment {{ {_PAYMENT} }}"
PAY = (
    "mutation ($ids: [ID!]!, $key: ID!) { invoicesPay(input: { invoiceIds: $ids, idempotencyKey: $key }) {"
    f"  {_ANSWER} }} }}"
)
TOP_UP = (
    'mutation ($id: ID!, $key: ID!) { lineTopUp(input: { lineId: $id, amount: "20", idempotencyKey: $key }) {'
    f"  {_ANSWER} }} }}"
)
PAY_OTHER = (
    "mutation ($number: String!, $amount: Decimal!, $key: ID!) {"
    "  otherInvoicePay(input: { invoice: { number: $number, amount: $amount }, idempotencyKey: $key }) {"
    f"  {_ANSWER} }} }}"
)
PAYMENT = f"query ($id: ID!) {{ node(id: $id) {{ ... on Payment {{ id checkoutUrl expiresAt {_PAYMENT} }} }} }}"

_WORLD: Final = build_world(DEFAULT_NOW, 1)
_PROFILES = ("LEGAL_REPRESENTATIVE", "ADMIN_FULL", "ADMIN_LIGHT", "CEASED_CUSTOMER")


def invoices(who: Acting, _reach: str) -> Asked:
    """Pay one invoice of each network that the company is on, other ones for each profile."""
    chosen = payable(who)
    shown = {
        "__typename": "InvoicePayment",
        "state": "CHECKOUT",
        "amount": {"amount": money(sum((bill.outstanding for bill in chosen), Decimal(0))), "currency": "EUR"},
        "invoices": [{"number": bill.number} for bill in chosen],
    }
    asked = {"ids": [id_of(bill, who.company) for bill in chosen], "key": f"pay-{who.membership.id}"}
    return [(asked, {"invoicesPay": {"status": "ACCEPTED", "userErrors": [], "payment": shown}})]


def payable(who: Acting) -> list[Bill]:
    """Give an invoice of each network that can be paid, other ones for each profile."""
    place = _PROFILES.index(who.profile)
    rows = [bill for bill in reversed(to_pay(who)) if not bill.single]
    networks = [[bill for bill in rows if is_fixed(bill, who.company) is fixed] for fixed in (False, True)]
    return [bills[place % len(bills)] for bills in networks if bills]


def top_ups(who: Acting, reach: str) -> Asked:
    """Top up a prepaid line within reach."""
    if reach == "own":
        return _own_top_ups(who)
    line = prepaid(mobile_lines(who, reach))
    shown = {
        "__typename": "TopUpPayment",
        "state": "CHECKOUT",
        "amount": {"amount": "20.00", "currency": "EUR"},
        "line": {"number": line.msisdn},
    }
    asked = {"id": id_of(line, who.company), "key": f"top-up-{who.membership.id}"}
    return [(asked, {"lineTopUp": {"status": "ACCEPTED", "userErrors": [], "payment": shown}})]


def _own_top_ups(who: Acting) -> Asked:
    """Top up the person's own line, which is a subscription, and one of a colleague's."""
    [own] = mobile_lines(who, "own")
    assert not own.prepaid
    asked = [(own, "NOT_SUBSCRIBED"), (prepaid(who.company.mobile_lines), "NOT_FOUND")]
    return [
        (
            {"id": id_of(line, who.company), "key": f"top-up-{code}-{who.membership.id}"},
            {
                "lineTopUp": {
                    "status": "REJECTED",
                    "userErrors": [{"code": code, "field": ["lineId"]}],
                    "payment": None,
                }
            },
        )
        for line, code in asked
    ]


def prepaid(lines: Sequence[MobileLine]) -> MobileLine:
    """Give the first line that can be topped up."""
    return next(line for line in lines if line.prepaid and line.state == "active")


def another(who: Acting, _reach: str) -> Asked:
    """Pay a fixed invoice of another company by its number and amount, another one for each profile."""
    place = _PROFILES.index(who.profile) if who.profile in _PROFILES else 0
    bill = others(_WORLD, who)[place]
    shown = {
        "__typename": "InvoicePayment",
        "state": "CHECKOUT",
        "amount": {"amount": money(bill.gross), "currency": "EUR"},
        "invoices": [],
    }
    asked = {"number": bill.number, "amount": money(bill.gross), "key": f"other-{who.membership.id}"}
    return [(asked, {"otherInvoicePay": {"status": "ACCEPTED", "userErrors": [], "payment": shown}})]


def others(world: World, who: Acting) -> list[Bill]:
    """Give fixed invoices of other companies that can be paid, the newest of each first; single ones left out."""
    return [
        max(owed, key=lambda bill: bill.issued_on)
        for company in world.companies
        if company.tax_code != who.company.tax_code
        and (
            owed := [
                bill
                for bill in company.bills
                if is_fixed(bill, company) and bill.outstanding == bill.gross and not (bill.disputed or bill.single)
            ]
        )
    ]


def money(amount: Decimal) -> str:
    """Write an amount as the schema does."""
    return f"{amount:.2f}"


def decide(sandbox: Sandbox, url: str, way: str) -> httpx.Response:
    """Choose on the provider's page as a person does: `paid`, `declined` or `cancelled`."""
    with httpx.Client() as browser:
        shown = browser.get(url)
        assert shown.status_code == httpx.codes.OK
        assert f'value="{way}"' in shown.text
        return browser.post(url, data={"way": way})
