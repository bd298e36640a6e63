"""The budget of the home page: what all its blocks together cost the largest company, cold and warm.

A block that is also what a rule, an alert or the freshness of the page asks for is read once.
"""

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.house import House
from tests.plan.cost import (
    PERSON,
    added,
    company_of,
    fixed_bills,
    fixed_index,
    fixed_pages,
    issued_since,
    mobile_bills,
    mobile_index,
    mobile_pages,
    months_before,
    offers,
    spent,
)

PAGE = """{ dashboard {
  greeting { firstName lastName profile taxCode companyName companyTaxCode }
  alerts { severity message }
  lines { totalCount nodes { number state } }
  invoices { totalCount nodes { number total { gross { amount } } } }
  shortcuts { label url }
  boxes { title text mediaUrl url endsAt }
  orders { totalCount nodes { number state placedAt } }
  requests { totalCount nodes { kind state } }
  contacts { kind open url slots { id from to } }
  tools { label url }
  freshness { system state asOf }
} }"""
OWN_PAGE = """{ dashboard {
  greeting { companyName } alerts { message } lines { nodes { number } } traffic { name }
  shortcuts { label } boxes { title } orders { nodes { number } } requests { nodes { kind } }
  contacts { kind } tools { label } freshness { system state }
} }"""


def test_the_home_page_of_5800_lines_costs_the_index_and_eleven_calls_and_then_none(
    bff: House, sandbox: Sandbox, big: Company
) -> None:
    cold, warm = (bff.ask("big", PAGE) for _ in range(2))
    assert (cold.status, cold.errors, warm.errors) == (200, [], [])
    assert cold.data == warm.data
    assert cold.data["dashboard"]["lines"]["totalCount"] == 5800
    day = months_before(sandbox.clock.now(), 12)
    mobile, fixed = (len(issued_since(bills, day)) for bills in (mobile_bills(big), fixed_bills(big)))
    beside = {
        "mobile GET /customerBill": [len(big.mobile_accounts)] * mobile_pages(mobile),
        "fixed FindInvoicesByAccount": [len(big.fixed_accounts)] * fixed_pages(fixed),
        "mobile GET /productOrder": [1],
        "fixed FindOrdersByCustomer": [len(big.fixed_customers)],
        "mobile GET /serviceOrder": [1],
        "mobile GET /troubleTicket": [1],
        "fixed FindRequestsByCustomer": [len(big.fixed_customers)],
        "mobile POST /searchTimeSlot": [1],
        **offers(big),
    }
    index = added(mobile_index(big), fixed_index(big))
    assert spent(bff, cold) == added(PERSON, index, beside)
    assert (sum(map(len, index.values())), sum(map(len, beside.values()))) == (30, 11)
    assert spent(bff, warm) == {}


@pytest.mark.parametrize("persona", ["user", "purchaser"])
def test_the_home_page_of_a_person_with_one_line_costs_fifteen_calls_and_then_none(
    bff: House, sandbox: Sandbox, persona: str
) -> None:
    cold, warm = (bff.ask(persona, OWN_PAGE) for _ in range(2))
    assert (cold.errors, warm.errors) == ([], [])
    assert spent(bff, cold) == added(
        PERSON,
        {
            "mobile GET /organization": [1],
            "mobile GET /customer": [1],
            "mobile GET /agreement": [1],
            "mobile GET /product": [1],
            "mobile GET /resource": [1],
            "mobile GET /productOrder": [1, 1],
            "mobile GET /serviceOrder": [1, 1],
            "mobile GET /troubleTicket": [1, 1],
            "mobile POST /queryUsageConsumption": [1],
        },
        offers(company_of(sandbox.world, persona)),
    )
    assert spent(bff, warm) == {}
