"""What may appear in an answer to a person: the ids and the marks (numbers, codes, names) of what is within reach."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sandbox.world.model import Agreement, Bill, Company, FixedLine, MobileLine, Order, ServiceRequest, World
from sandbox.world.service import contract_services
from tests.journeys import helped, offered
from tests.journeys.acting import Acting, fixed_lines, invoices, mobile_lines, number, orders, requests, to_pay, users
from tests.journeys.ident import campaign_id, document_id, id_of, item_id, merge_id, offer_id, slot_id
from tests.journeys.shown import charged_line

DIRECT = "0000000"
"""The recipient code of all who get their invoices by certified mail: nobody's mark."""


class Reach(NamedTuple):
    """Ids by type, and marks, that may appear."""

    ids: dict[str, frozenset[str]]
    marks: frozenset[str]

    @property
    def all_ids(self) -> frozenset[str]:
        """All ids, whatever they are of."""
        return frozenset().union(*self.ids.values())


def reach_of(who: Acting) -> Reach:
    """Work out what the matrix lets a person see."""
    company, may = who.company, who.may
    mobile, fixed = mobile_lines(who, may["mobile.detail"]), fixed_lines(who, may["fixed.detail"])
    contracts = company.agreements if may["services.contract"] == "all" else ()
    bills = _bills(who) if may["invoices.list"] == "all" else []
    placed = orders(who, may["orders.list"])
    made = requests(who, may["requests.list"])
    offers = offered.offered(who) if may["offers.read"] == "all" else []
    managed = users(who) if may["users.list"] == "all" else []
    ids = {
        "Customer": frozenset({id_of(company, company)}),
        "MobileLine": _ids(mobile, company),
        "FixedLine": _ids(fixed, company),
        "Contract": _ids(contracts, company),
        "Invoice": _ids(bills, company),
        "Document": _documents(bills, made, company) if may["invoices.pdf"] == "all" else frozenset(),
        "Order": _ids(placed, company),
        "OrderItem": frozenset(item_id(order, item.id, company) for order in placed for item in order.items),
        "ServiceRequest": _ids(made, company),
        "Offer": frozenset(offer_id(each.campaign.id, each.offering.id, company) for each in offers),
        "Campaign": frozenset(campaign_id(each.campaign.id, company) for each in offers),
        "CallSlot": frozenset(slot_id(slot, company) for slot in helped.free()),
        "PortalUser": _ids((user for user, _ in managed), company),
        "Membership": frozenset(each.id for each in who.user.memberships),
    }
    marks = [
        *_person(who),
        *(_registry(company) if may["company.read"] == "all" else []),
        *(_recipients(company) if may["company.recipient"] == "all" else []),
        *(mark for line in mobile for mark in _mobile(line, company)),
        *(mark for line in fixed for mark in _fixed(line, company)),
        *(mark for each in contracts for mark in _contract(each, company)),
        *(mark for bill in bills for mark in _bill(bill, company)),
        *(mark for order in placed for mark in _order(order)),
        *(mark for request in made for mark in _request(request)),
        *(mark for user, _ in managed for mark in (user.person.tax_code, user.person.email, user.username)),
    ]
    return Reach(ids, frozenset(marks))


def _bills(who: Acting) -> list[Bill]:
    """Give the invoices of all lists, a single one also as the mobile contract's own list tells it."""
    listed = [*invoices(who), *to_pay(who)]
    singles = {(bill.number, bill.issued_on) for bill in listed if bill.single}
    return [*listed, *(bill for bill in who.company.bills if (bill.number, bill.issued_on) in singles)]


def _documents(bills: Iterable[Bill], made: Iterable[ServiceRequest], company: Company) -> frozenset[str]:
    """Give those of invoices, and those that merges have produced."""
    merges = (each for each in made if each.merged and each.state == "DONE")
    return frozenset({*(document_id(bill, company) for bill in bills), *(merge_id(each, company) for each in merges)})


def _ids(rows: Iterable[object], company: Company) -> frozenset[str]:
    return frozenset(id_of(row, company) for row in rows)


def _person(who: Acting) -> Iterator[str]:
    person = who.user.person
    yield from (person.tax_code, person.mobile_number, person.email, who.user.username, who.company.name)
    yield who.company.tax_code


def _registry(company: Company) -> Iterator[str]:
    yield from (company.name, company.tax_code, company.vat_number or company.tax_code)
    yield from (each.contact_email for each in company.fixed_customers)


def _recipients(company: Company) -> Iterator[str]:
    yield company.mobile_customer_id or DIRECT
    yield from (code for each in company.agreements for code in (each.recipient_code, each.number))
    yield from (code for each in company.fixed_accounts for code in (each.recipient_code, each.code))
    yield from (each.code for each in company.fixed_customers)


def _mobile(line: MobileLine, company: Company) -> Iterator[str]:
    yield line.msisdn
    yield from () if line.sim is None else (line.sim.iccid,)
    yield from (each.number for each in company.agreements if each.id == line.agreement_id)


def _fixed(line: FixedLine, company: Company) -> Iterator[str]:
    yield number(line)
    yield line.account_code
    yield from (each.customer_code for each in company.fixed_accounts if each.code == line.account_code)


def _contract(contract: Agreement, company: Company) -> Iterator[str]:
    """Give its number, and those that TIMDUO joins: they belong to the contract's services, whoever sees the lines."""
    yield contract.number
    for service in contract_services(company, contract):
        yield from (value for name, value in service.details if name in {"lineNumber", "pairedNumber"})


def _bill(bill: Bill, company: Company) -> Iterator[str]:
    yield bill.number
    line = charged_line(bill, company)
    yield from () if line is None else (number(line),)
    yield from (each.number for each in company.agreements if each.account_id == bill.account)


def _order(order: Order) -> Iterator[str]:
    yield order.id
    for item in order.items:
        yield from () if item.delivery is None else (item.delivery.tracking_code,)


def _request(request: ServiceRequest) -> Iterator[str]:
    yield request.id
    yield from () if request.ticket is None else (request.ticket.id,)


def marks_of(company: Company) -> frozenset[str]:
    """Give all marks of a company."""
    found = [
        *_registry(company),
        *_recipients(company),
        *(number(line) for line in company.mobile_lines),
        *(number(line) for line in company.fixed_lines),
        *(line.sim.iccid for line in company.mobile_lines if line.sim is not None),
        *(bill.number for bill in company.bills),
        *(order.id for order in company.orders),
        *(mark for request in company.requests for mark in _request(request)),
        *(item.delivery.tracking_code for order in company.orders for item in order.items if item.delivery),
    ]
    return frozenset(found) - {DIRECT}


def marks_of_all(world: World) -> frozenset[str]:
    """Give the marks of every company and of every person."""
    people = [
        mark
        for user in world.users
        for mark in (user.person.tax_code, user.person.mobile_number, user.person.email, user.username)
    ]
    return frozenset(people).union(*(marks_of(company) for company in world.companies))


def texts(data: Any) -> Iterator[str]:
    """Give every text of an answer."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        yield from (text for each in data.values() for text in texts(each))
    elif isinstance(data, list):
        yield from (text for each in data for text in texts(each))


def things(data: Any) -> Iterator[dict[str, Any]]:
    """Give every object of an answer."""
    if isinstance(data, dict):
        yield data
    children = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    yield from (thing for each in children for thing in things(each))
