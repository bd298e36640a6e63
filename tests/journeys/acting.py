"""Who a persona acts as, and the rows of the world that are theirs: worked out from the sandbox's data.

The windows are those of the sandbox's default day, 22 November 2026.
"""

import csv
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import NamedTuple

from sandbox.world.model import Bill, Company, FixedLine, Membership, MobileLine, Order, ServiceRequest, User, World

TODAY = date(2026, 11, 22)
INVOICES_FROM = date(2025, 11, 22)
UNPAID_FROM = date(2021, 11, 22)
CEASED_FROM = date(2025, 11, 1)  # November and December are the current bimester
ORDERS_FROM = date(2026, 5, 22)

PERSONAS = ("legal", "admin", "light", "user", "purchaser", "ceased")
"""One for each profile, in the order of the matrix."""

Line = MobileLine | FixedLine


class Acting(NamedTuple):
    """A person under one of their memberships; `people` are all of the directory."""

    user: User
    membership: Membership
    company: Company
    people: tuple[User, ...]

    @property
    def profile(self) -> str:
        """The profile held there."""
        return self.membership.profile

    @property
    def may(self) -> Mapping[str, str]:
        """What the matrix gives: `all`, `own` or `no` by function."""
        return {function: row[self.profile] for function, row in matrix().items()}


def matrix() -> dict[str, dict[str, str]]:
    """Read the rows of the profile matrix, by function."""
    with Path("bff/auth/matrix.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def acting(world: World, persona: str, *, membership: int = 0) -> Acting:
    """Find who a persona is, under one of their memberships."""
    subject = next(each.subject for each in world.personas if each.name == persona)
    user = next(each for each in world.users if each.subject == subject)
    chosen = user.memberships[membership]
    return Acting(user, chosen, world.by_tax_code[chosen.company_tax_code], world.users)


# --- rows within reach ------------------------------------------------------------------------------------------------


def users(who: Acting) -> list[tuple[User, Membership]]:
    """Give the users of the company with their memberships there, by last and first name."""
    rows = [
        (user, each)
        for user in who.people
        for each in user.memberships
        if each.company_tax_code == who.company.tax_code
    ]
    return sorted(rows, key=lambda row: (*_name(row[0]), row[0].id))


def _name(user: User) -> tuple[str, str]:
    """Give last and first name as they are sorted: without accents, whatever their case."""
    names = (user.person.last_name, user.person.first_name)
    last, first = (unicodedata.normalize("NFD", name.lower()).encode("ascii", "ignore").decode() for name in names)
    return last, first


def mobile_lines(who: Acting, reach: str) -> list[MobileLine]:
    """Give the mobile lines of a reach, by number."""
    lines = {
        "all": who.company.mobile_lines,
        "own": [line for line in who.company.mobile_lines if line.product_id == who.membership.line_id],
        "no": [],
    }[reach]
    return sorted(lines, key=number)


def fixed_lines(who: Acting, reach: str) -> list[FixedLine]:
    """Give the fixed lines of a reach, by number; nobody's own line is a fixed one."""
    return sorted(who.company.fixed_lines, key=number) if reach == "all" else []


def orders(who: Acting, reach: str) -> list[Order]:
    """Give the orders of the window, newest first: own ones were placed by the person or concern their line."""
    recent = [order for order in who.company.orders if order.placed_at.date() >= ORDERS_FROM]
    own = [order for order in recent if order.network == "mobile" and _is_own(order, who)]
    return sorted({"all": recent, "own": own, "no": []}[reach], key=lambda each: (-each.placed_at.timestamp(), each.id))


def _is_own(order: Order, who: Acting) -> bool:
    return order.requested_by == who.user.id or who.membership.line_id in {item.line_id for item in order.items}


def requests(who: Acting, reach: str) -> list[ServiceRequest]:
    """Give the requests of the window, newest first: own ones were made by the person or concern their line.

    End users never reach the fixed network.
    """
    recent = [request for request in who.company.requests if request.made_at.date() >= ORDERS_FROM]
    reached = [each for each in recent if each.network == "mobile" or not who.profile.startswith("END_USER")]
    own = [each for each in reached if each.requested_by == who.user.id or each.line_id == who.membership.line_id]
    return sorted(
        {"all": recent, "own": own, "no": []}[reach], key=lambda each: (-each.made_at.timestamp(), request_key(each))
    )


def request_key(request: ServiceRequest) -> str:
    """Give the natural key of a request: a mobile one is a service order or a ticket."""
    if request.network == "fixed":
        return request.id
    return f"{'order' if request.is_order else 'ticket'}/{request.id}"


def invoices(who: Acting) -> list[Bill]:
    """Give the invoices of the profile's window, newest first; a single one once, as the fixed network tells it."""
    start = CEASED_FROM if who.profile == "CEASED_CUSTOMER" else INVOICES_FROM
    return sorted(_since(who.company, start), key=lambda bill: (-bill.issued_on.toordinal(), _key(bill, who.company)))


def to_pay(who: Acting) -> list[Bill]:
    """Give the unpaid invoices of the profile's window, the soonest due first."""
    start = CEASED_FROM if who.profile == "CEASED_CUSTOMER" else UNPAID_FROM
    unpaid = [bill for bill in _since(who.company, start) if bill.outstanding > 0 and not bill.disputed]
    return sorted(unpaid, key=lambda bill: (bill.due_on, _key(bill, who.company)))


def _since(company: Company, start: date) -> list[Bill]:
    fixed_singles = {bill.number for bill in company.bills if bill.single and is_fixed(bill, company)}
    return [
        bill
        for bill in company.bills
        if bill.issued_on >= start
        and not (bill.single and bill.number in fixed_singles and not is_fixed(bill, company))
    ]


def is_fixed(bill: Bill, company: Company) -> bool:
    """Tell whether a bill is the fixed network's."""
    return bill.account in {account.code for account in company.fixed_accounts}


def _key(bill: Bill, company: Company) -> str:
    system = "FIXED" if is_fixed(bill, company) else "MOBILE"
    return f"{system}/{bill.account}/{bill.number}/{bill.issued_on.isoformat()}"


def number(line: Line) -> str:
    """Give the number of a line, E.164."""
    return line.msisdn if isinstance(line, MobileLine) else f"+39{line.id}"


def holdings(who: Acting, reach: str) -> list[Line]:
    """Give the lines of both networks of a reach, by number."""
    return sorted((*mobile_lines(who, reach), *fixed_lines(who, reach)), key=number)
