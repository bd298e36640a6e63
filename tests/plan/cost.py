"""What an answer costs: the calls of each operation and how many batch keys each has; and what it ought to cost.

A cost is a list of key counts, one per call, by "system operation". What is expected is derived from the world alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sandbox.clock import ROME
from sandbox.server import Sandbox
from sandbox.world.model import Bill, Company, MobileLine, Order, World
from sandbox.world.offer import recommended
from tests.house import Answer, House

Cost = Mapping[str, Sequence[int]]

KEYS_MAX = 50
MOBILE_ROWS = 500
FIXED_ROWS = 200
SIMS_BY_KEY_MAX = 200


def spent(house: House, answer: Answer) -> dict[str, list[int]]:
    """Give what an answer cost; keys in falling order."""
    return of_request(house.sandbox, answer.response.headers["x-request-id"])


def of_request(sandbox: Sandbox, request_id: str | None = None) -> dict[str, list[int]]:
    """Give what a request cost, None for all that the ledger holds; the identity provider is left out."""
    found: dict[str, list[int]] = defaultdict(list)
    for entry in sandbox.ledger.entries(request_id=request_id):
        if entry.system != "identity":
            found[f"{entry.system} {entry.operation}"].append(entry.keys)
    return {operation: sorted(keys, reverse=True) for operation, keys in found.items()}


def added(*costs: Cost) -> dict[str, list[int]]:
    """Add costs."""
    total: dict[str, list[int]] = defaultdict(list)
    for cost in costs:
        for operation, keys in cost.items():
            total[operation] += keys
    return {operation: sorted(keys, reverse=True) for operation, keys in total.items() if keys}


def batched(keys: int) -> list[int]:
    """Cut a number of keys into calls of 50."""
    return [min(KEYS_MAX, keys - start) for start in range(0, keys, KEYS_MAX)]


def mobile_pages(rows: int) -> int:
    """Count the calls that read so many rows: totals lie, so that a full page is always followed by another."""
    return rows // MOBILE_ROWS + 1


def fixed_pages(rows: int) -> int:
    """Count the calls that read so many rows; the fixed system says which page is the last."""
    return max(1, -(-rows // FIXED_ROWS))


# --- the chains that most queries go through --------------------------------------------------------------------------

PERSON: Cost = {"directory GET /Users": [1]}
PARTY: Cost = {"mobile GET /organization": [1], "mobile GET /customer": [1]}
CODES: Cost = {"fixed FindCustomersByTaxCode": [1]}
CONTRACTS = added(PARTY, {"mobile GET /agreement": [1]})


def accounts(company: Company) -> Cost:
    """Cost of a company's fixed accounts."""
    return added(CODES, {"fixed FindAccountsByCustomer": [len(company.fixed_customers)]})


def mobile_index(company: Company) -> Cost:
    """Cost of all mobile lines of a company, found by their contracts."""
    pages = mobile_pages(len(company.mobile_lines))
    return added(
        CONTRACTS,
        {"mobile GET /product": [len(company.agreements)] * pages},
        sims(company, company.mobile_lines),
    )


def sims(company: Company, lines: Sequence[MobileLine]) -> Cost:
    """Cost of the SIMs of some lines: up to 200 by their ids, more with all of the company in pages."""
    wanted, held = (sum(line.sim is not None for line in rows) for rows in (lines, company.mobile_lines))
    calls = batched(wanted) if wanted <= SIMS_BY_KEY_MAX else [1] * mobile_pages(held)
    return {"mobile GET /resource": calls}


def fixed_index(company: Company) -> Cost:
    """Cost of all fixed lines of a company, found by their accounts."""
    pages = fixed_pages(len(company.fixed_lines))
    return added(accounts(company), {"fixed FindLinesByAccount": [len(company.fixed_accounts)] * pages})


def offers(company: Company) -> Cost:
    """Cost of the offers for a company, once its party is known: a call for each part, however many there are."""
    keys = batched(len(recommended(company)))
    return {
        "mobile GET /queryProductRecommendation": [1],
        "mobile GET /productOffering": keys,
        "mobile GET /promotion": keys,
    }


# --- what the world holds ---------------------------------------------------------------------------------------------


def company_of(world: World, persona: str) -> Company:
    """Give the company of a persona with one membership."""
    return companies_of(world, persona)[0]


def companies_of(world: World, persona: str) -> list[Company]:
    """Give the companies that a persona acts for."""
    (subject,) = (each.subject for each in world.personas if each.name == persona)
    (user,) = (each for each in world.users if each.subject == subject)
    return [world.by_tax_code[membership.company_tax_code] for membership in user.memberships]


def months_before(now: datetime, months: int) -> date:
    """Give the day so many months ago; the tests' day is one that every month has."""
    today = now.astimezone(ROME).date()
    index = today.year * 12 + today.month - 1 - months
    return today.replace(year=index // 12, month=index % 12 + 1)


def issued_since(bills: Iterable[Bill], day: date) -> list[Bill]:
    """Give the bills issued on a day or later."""
    return [bill for bill in bills if bill.issued_on >= day]


def mobile_bills(company: Company) -> list[Bill]:
    """Give the bills of a company's mobile accounts."""
    keys = {account.id for account in company.mobile_accounts}
    return [bill for bill in company.bills if bill.account in keys]


def fixed_bills(company: Company) -> list[Bill]:
    """Give the bills of a company's fixed accounts."""
    codes = {account.code for account in company.fixed_accounts}
    return [bill for bill in company.bills if bill.account in codes]


def orders_since(company: Company, day: date) -> list[Order]:
    """Give a company's orders placed on a day or later, newest first."""
    placed = [order for order in company.orders if order.placed_at.astimezone(ROME).date() >= day]
    return sorted(placed, key=lambda order: order.placed_at, reverse=True)
