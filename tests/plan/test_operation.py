"""Each operation of the systems, in a document that needs it: N keys cost ⌈N ÷ 50⌉ calls, and nothing else is called.

Rows of lists come in pages of 500 (mobile) and 200 (fixed), which are counted apart.
"""

import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest

from bff.backends import Access, open_backends
from bff.backends import fixed as fixed_adapter
from bff.backends._call import Operation
from bff.backends._operations import OPERATIONS
from bff.backends.fixed._soap import Find
from bff.clock import RealClock
from sandbox.server import Sandbox
from sandbox.world import usage
from sandbox.world.model import Company
from tests.house import House
from tests.plan.cost import (
    CODES,
    CONTRACTS,
    PARTY,
    PERSON,
    Cost,
    accounts,
    added,
    batched,
    companies_of,
    fixed_bills,
    fixed_index,
    fixed_pages,
    issued_since,
    mobile_bills,
    mobile_index,
    mobile_pages,
    months_before,
    offers,
    orders_since,
    sims,
    spent,
)

MOBILE_IDS = "query($offset: Int!) { customer { lines: mobileLines(first: 50, offset: $offset) { nodes { id } } } }"
FIXED_IDS = "query($offset: Int!) { customer { lines: fixedLines(first: 50, offset: $offset) { nodes { id } } } }"
TWO_TIMES_FIFTY = """
query($one: [ID!]!, $other: [ID!]!) {
  one: nodes(ids: $one) { ... on Line { number } }
  other: nodes(ids: $other) { ... on Line { number } }
}
"""

LINES_OF_CONTRACT = "{ customer { contracts(first: 1, offset: %d) { nodes { lines { totalCount } } } } }"


class Case(NamedTuple):
    """A document, who sends it, and what it must cost; `expected` knows the person's companies and the time."""

    persona: str
    document: str
    expected: Callable[[list[Company], datetime], Cost]


def _invoices(companies: list[Company], now: datetime) -> Cost:
    (company,) = companies
    day = months_before(now, 12)
    mobile, fixed = (len(issued_since(bills, day)) for bills in (mobile_bills(company), fixed_bills(company)))
    return added(
        CONTRACTS,
        {"mobile GET /customerBill": [len(company.mobile_accounts)] * mobile_pages(mobile)},
        accounts(company),
        {"fixed FindInvoicesByAccount": [len(company.fixed_accounts)] * fixed_pages(fixed)},
    )


def _to_pay(companies: list[Company], now: datetime) -> Cost:
    (company,) = companies
    day = months_before(now, 5 * 12)
    mobile, fixed = (
        [bill for bill in issued_since(bills, day) if bill.outstanding and not bill.cancelled and not bill.credit_note]
        for bills in (mobile_bills(company), fixed_bills(company))
    )
    return added(
        CONTRACTS,
        {"mobile GET /customerBill": [len(company.mobile_accounts)] * mobile_pages(len(mobile))},
        accounts(company),
        {"fixed FindUnpaidInvoicesByAccount": [len(company.fixed_accounts)] * fixed_pages(len(fixed))},
    )


def _billed_lines(companies: list[Company], now: datetime) -> Cost:
    (company,) = companies
    bills = len(issued_since(mobile_bills(company), months_before(now, 12)))
    return added(
        CODES,
        mobile_index(company),
        {"mobile GET /customerBill": [len(company.mobile_accounts)]},
        {"mobile GET /appliedCustomerBillingRate": batched(bills)},
    )


def _shipments(companies: list[Company], now: datetime) -> Cost:
    (company,) = companies
    orders = orders_since(company, months_before(now, 6))
    shown = [order for order in orders[:100] if order.network == "mobile"]
    return added(
        PARTY,
        CODES,
        {"mobile GET /productOrder": [1], "fixed FindOrdersByCustomer": [len(company.fixed_customers)]},
        {"mobile GET /shippingOrder": batched(len(shown))},
    )


def _usage(companies: list[Company], _now: datetime) -> Cost:
    """A hundred lines; a task for more than 20 is looked at once more in the sandbox."""
    (company,) = companies
    shown = sorted(company.mobile_lines, key=lambda line: line.msisdn)[:100]
    return added(
        mobile_index(company),
        {"mobile GET /bucket": batched(sum(line.prepaid and line.sim is not None for line in shown))},
        {"mobile POST /queryUsageConsumption": [50, 50], "mobile GET /queryUsageConsumption/{id}": [50, 50]},
    )


def _records(companies: list[Company], now: datetime) -> Cost:
    """A week of a hundred lines: the days that records may still come to, and those that are settled."""
    (company,) = companies
    shown = sorted(company.mobile_lines, key=lambda line: line.msisdn)[:100]
    today = now.date()
    calls = [
        pages
        for half in (shown[:50], shown[50:])
        for first, last in ((today - timedelta(days=2), today), (today - timedelta(days=6), today - timedelta(days=3)))
        for pages in [50] * mobile_pages(sum(len(usage.records(line, first, last, now)) for line in half))
    ]
    return added(mobile_index(company), {"mobile GET /usage": calls})


def _registry(companies: list[Company], _now: datetime) -> Cost:
    """Fixed leads; mobile is asked for the companies that fixed does not have as live customers."""
    left = [company for company in companies if all(customer.ceased_on for customer in company.fixed_customers)]
    parties = sum(company.mobile_party_id is not None for company in left)
    return added(
        {"fixed FindCustomersByTaxCode": batched(len(companies))},
        {"mobile GET /organization": batched(len(left)), "mobile GET /customer": batched(parties)},
    )


def _one_contract(offset: int) -> Callable[[list[Company], datetime], Cost]:
    def expected(companies: list[Company], _now: datetime) -> Cost:
        (company,) = companies
        contract = sorted(company.agreements, key=lambda agreement: agreement.number)[offset]
        lines = [line for line in company.mobile_lines if line.agreement_id == contract.id]
        return added(
            CONTRACTS,
            {"mobile GET /product": [1] * mobile_pages(len(lines))},
            sims(company, lines),
        )

    return expected


REQUESTS: Cost = {"mobile GET /serviceOrder": [1], "mobile GET /troubleTicket": [1]}

CASES = {
    "the person": Case("big", "{ viewer { profile } }", lambda _companies, _now: {}),
    "names of two companies": Case("double", "{ viewer { memberships { companyName } } }", _registry),
    "registry": Case("big", "{ customer { company { name } } }", _registry),
    "legal representative, mobile": Case(
        "mobile",
        "{ customer { company { legalRepresentative { lastName } } } }",
        lambda companies, now: added(_registry(companies, now), {"mobile GET /individual": [1]}),
    ),
    "contracts": Case("big", "{ customer { contracts { totalCount } } }", lambda _companies, _now: CONTRACTS),
    "settings of 24 contracts": Case(
        "big",
        "{ customer { contracts(first: 100) { nodes { billing { paperless } } } } }",
        lambda companies, _now: added(
            CONTRACTS, {"mobile GET /billingAccount": batched(len(companies[0].mobile_accounts))}
        ),
    ),
    "5,000 mobile lines": Case(
        "big", "{ customer { mobileLines { totalCount } } }", lambda companies, _now: mobile_index(companies[0])
    ),
    "400 lines of a contract": Case("big", LINES_OF_CONTRACT % 0, _one_contract(0)),
    "200 lines of a contract": Case("big", LINES_OF_CONTRACT % 2, _one_contract(2)),
    "direct debits of 24 contracts": Case(
        "big",
        "{ customer { contracts(first: 100) { nodes { billing { directDebit { iban } } } } } }",
        lambda companies, _now: added(
            CONTRACTS,
            {
                "mobile GET /billingAccount": batched(len(companies[0].mobile_accounts)),
                "mobile GET /paymentMethod": batched(len(companies[0].mobile_accounts)),
            },
        ),
    ),
    "services of 24 contracts": Case(
        "big",
        "{ customer { contracts(first: 100) { nodes { services { charitySms } } } } }",
        lambda companies, _now: added(CONTRACTS, {"mobile GET /product": batched(len(companies[0].agreements))}),
    ),
    "services of a hundred mobile lines": Case(
        "big",
        "{ customer { mobileLines(first: 100) { nodes { services { code } premium { enabled } } } } }",
        lambda companies, _now: added(mobile_index(companies[0]), {"mobile GET /product": batched(100)}),
    ),
    "services of a hundred fixed lines": Case(
        "big",
        "{ customer { fixedLines(first: 100) { nodes { services { code } tiAvviso ivr } } } }",
        lambda companies, _now: added(fixed_index(companies[0]), {"fixed FindServicesByLine": batched(100)}),
    ),
    "800 fixed lines": Case(
        "big", "{ customer { fixedLines { totalCount } } }", lambda companies, _now: fixed_index(companies[0])
    ),
    "invoices of 40 accounts": Case("big", "{ customer { invoices { totalCount } } }", _invoices),
    "invoices to pay of 40 accounts": Case("big", "{ customer { invoicesToPay { totalCount } } }", _to_pay),
    "lines that invoices bill": Case(
        "mobile", "{ customer { invoices(first: 100) { nodes { lineNumber } } } }", _billed_lines
    ),
    "orders and deliveries": Case(
        "big", "{ customer { orders(first: 100) { nodes { items { shipment { carrier } } } } } }", _shipments
    ),
    "offers": Case(
        "big", "{ customer { offers { totalCount } } }", lambda companies, _now: added(PARTY, offers(companies[0]))
    ),
    "lines that offers can be bought for": Case(
        "big",
        "{ customer { offers { nodes { eligibleLines { totalCount } } } } }",
        lambda companies, _now: added(offers(companies[0]), mobile_index(companies[0])),
    ),
    "usage of a hundred lines": Case(
        "big",
        "{ customer { mobileLines(first: 100) { nodes { usage { credit { expiresOn } extra { gross { amount } }"
        "  byOffer { name } byTrafficType { type } freshness { state } } } } } }",
        _usage,
    ),
    "records of a hundred lines": Case(
        "big",
        "{ customer { mobileLines(first: 100) { nodes { usage { records("
        '  first: 100, filter: { from: "2026-11-16" }) { totalCount } } } } } }',
        _records,
    ),
    "times for a call back": Case(
        "big",
        "{ contacts { slots { from } } }",
        lambda _companies, _now: added(PARTY, CODES, {"mobile POST /searchTimeSlot": [1]}),
    ),
    "own orders": Case(
        "user",
        "{ customer { orders { totalCount } } }",
        lambda _companies, _now: added(PARTY, {"mobile GET /productOrder": [1, 1]}),
    ),
    "requests": Case(
        "big",
        "{ customer { requests(first: 100) { nodes { reference ticket { number } } } } }",
        lambda companies, _now: added(
            PARTY, CODES, REQUESTS, {"fixed FindRequestsByCustomer": [len(companies[0].fixed_customers)]}
        ),
    ),
    "own requests of an administrator": Case(
        "light",
        "{ customer { requests { totalCount } } }",
        lambda companies, _now: added(
            PARTY, CODES, REQUESTS, REQUESTS, {"fixed FindRequestsByCustomer": [len(companies[0].fixed_customers)]}
        ),
    ),
    "own requests of an end user": Case(
        "user",
        "{ customer { requests { totalCount } } }",
        lambda _companies, _now: added(PARTY, REQUESTS, REQUESTS),
    ),
}


def known_operations() -> set[str]:
    """List the operations by which the adapters read, as "system operation"."""
    nowhere = dict.fromkeys(inspect.signature(Access).parameters, "http://nowhere.invalid")
    backends = open_backends(Access(**nowhere), RealClock())
    owned = [*vars(backends.mobile).values(), backends.directory]
    told = [where for each in owned for where in (_where(each), getattr(each, "look", None))]
    named = [where for where in told if isinstance(where, Operation) and OPERATIONS[where.system][where.name].reads]
    finds = [each for each in vars(fixed_adapter).values() if isinstance(each, Find)]
    return {f"{where.system.value.lower()} {where.name}" for where in named} | {
        f"fixed {find.operation}" for find in finds
    }


def _where(each: object) -> object:
    return getattr(each, "where", None) or getattr(each, "_where", None)


@pytest.mark.parametrize("name", CASES)
def test_a_document_costs_a_call_for_every_fifty_keys_and_no_other(bff: House, sandbox: Sandbox, name: str) -> None:
    case = CASES[name]
    answer = bff.ask(case.persona, case.document)
    assert (answer.status, answer.errors) == (200, [])
    expected = case.expected(companies_of(sandbox.world, case.persona), sandbox.clock.now())
    assert spent(bff, answer) == added(PERSON, expected)


def test_a_hundred_mobile_lines_by_id_cost_two_calls_of_fifty(bff: House, guide: House, big: Company) -> None:
    answer = bff.ask("big", TWO_TIMES_FIFTY, two_times_fifty(guide, MOBILE_IDS))
    assert answer.errors == []
    by_number = {line.msisdn: line for line in big.mobile_lines}
    asked = [[by_number[line["number"]] for line in answer.data[name]] for name in ("one", "other")]
    assert spent(bff, answer) == added(
        PERSON,
        CONTRACTS,
        {
            "mobile GET /product": [50, 50],
            "mobile GET /resource": [sum(line.sim is not None for line in lines) for lines in asked],
        },
    )


def test_a_hundred_fixed_lines_by_id_cost_two_calls_of_fifty(bff: House, guide: House, big: Company) -> None:
    answer = bff.ask("big", TWO_TIMES_FIFTY, two_times_fifty(guide, FIXED_IDS))
    assert answer.errors == []
    numbers = {line["number"] for name in ("one", "other") for line in answer.data[name]}
    assert len(numbers & {f"+39{line.id}" for line in big.fixed_lines}) == 100
    assert spent(bff, answer) == added(PERSON, accounts(big), {"fixed FindLinesById": [50, 50]})


def two_times_fifty(guide: House, query: str) -> dict[str, list[str]]:
    """Give the ids of a hundred lines in two groups."""

    def ids(offset: int) -> list[str]:
        lines = guide.ask("big", query, {"offset": offset}).data["customer"]["lines"]["nodes"]
        return [line["id"] for line in lines]

    return {"one": ids(0), "other": ids(50)}


def test_every_operation_that_the_adapters_know_has_a_case(sandbox: Sandbox) -> None:
    now = sandbox.clock.now()
    planned = {
        operation
        for case in CASES.values()
        for operation in added(PERSON, case.expected(companies_of(sandbox.world, case.persona), now))
    }
    assert known_operations() - planned == {"fixed FindLinesById", "fixed FindRequestsByProtocol"}
    assert planned <= known_operations()
