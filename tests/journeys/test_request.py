"""Requests of both networks: one list and single ones, what they cost, and what is left of them on bad days."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import ServiceRequest
from tests.house import Answer, House, house
from tests.journeys.acting import Acting, acting, request_key, requests
from tests.journeys.ident import id_of

LIST = """query ($filter: RequestFilter, $orderBy: RequestSort, $first: Int = 100, $after: String) {
  customer { requests(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } freshness { state system } nodes { id reference ticket { number } }
  } }
}"""
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on ServiceRequest { reference } } }"
ONE = "query ($id: ID!) { request(id: $id) { reference } }"

PARTY = ("mobile GET /organization", "mobile GET /customer")
MOBILE = ("mobile GET /serviceOrder", "mobile GET /troubleTicket")
FIXED = ("fixed FindCustomersByTaxCode", "fixed FindRequestsByCustomer")
PERSON = ("directory GET /Users",)


@pytest.fixture
def legal(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "legal")


def references(answer: Answer) -> list[str]:
    return [each["reference"] for each in answer.data["customer"]["requests"]["nodes"]]


def ids(rows: Sequence[ServiceRequest]) -> list[str]:
    return [row.id for row in rows]


def strike(sandbox: Sandbox, quirk: Quirk, system: Any, operation: str) -> None:
    sandbox.faults.set(Rule(quirk=quirk, system=system, operation=operation, parameters=Parameters()))


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_filters_add_up(warm: House, legal: Acting) -> None:
    answer = warm.ask("legal", LIST, {"filter": {"kinds": ["BILLING", "SERVICE"], "states": ["DONE"]}})

    kinds = {"SERVICE", "DIRECT_DEBIT", "PAPERLESS", "DELIVERY_ADDRESS"}
    due = [row for row in requests(legal, "all") if row.kind in kinds and row.state == "DONE"]
    assert {row.network for row in due} == {"mobile", "fixed"}
    assert references(answer) == ids(due)


@pytest.mark.parametrize("network", ["mobile", "fixed"])
def test_a_line_filters_its_requests(warm: House, legal: Acting, network: str) -> None:
    line_id = next(row.line_id for row in requests(legal, "all") if row.network == network and row.line_id)
    company = legal.company
    line = next(
        line
        for line in (*company.mobile_lines, *company.fixed_lines)
        if line_id in {getattr(line, "product_id", None), getattr(line, "id", None)}
    )

    answer = warm.ask("legal", LIST, {"filter": {"lineId": id_of(line, company)}})

    assert references(answer) == ids([row for row in requests(legal, "all") if row.line_id == line_id])


def test_pages_by_cursor_give_every_request_once_in_the_order_asked_for(warm: House, legal: Acting) -> None:
    found: list[str] = []
    variables: dict[str, Any] = {"orderBy": {"field": "KIND", "direction": "DESC"}, "first": 7}
    more = True
    while more:
        answer = warm.ask("legal", LIST, variables)
        found += references(answer)
        info = answer.data["customer"]["requests"]["pageInfo"]
        more, variables["after"] = info["hasNextPage"], info["endCursor"]

    shown = {"SIM_UNBLOCK": "SIM_BLOCK", "CESSATION_REVOKED": "CESSATION"} | dict.fromkeys(
        ("DIRECT_DEBIT", "PAPERLESS", "DELIVERY_ADDRESS"), "BILLING"
    )
    by_key = sorted(requests(legal, "all"), key=request_key)
    assert found == ids(sorted(by_key, key=lambda row: shown.get(row.kind, row.kind), reverse=True))


def test_the_ticket_of_a_service_order_is_no_request_of_its_own(warm: House, legal: Acting) -> None:
    """Neither one that names its order, nor one that only has the same request id: the same request, seen twice."""
    nodes = warm.ask("legal", LIST).data["customer"]["requests"]["nodes"]

    opened = {row.id: row.ticket for row in requests(legal, "all") if row.is_order and row.ticket}
    assert {ticket.names_order for ticket in opened.values()} == {True, False}
    shown = {node["reference"]: node["ticket"] for node in nodes}
    assert {id_: shown[id_] for id_ in opened} == {id_: {"number": ticket.id} for id_, ticket in opened.items()}
    assert shown.keys().isdisjoint(ticket.id for ticket in opened.values())


def test_a_request_is_a_node(warm: House, legal: Acting) -> None:
    rows = [next(row for row in requests(legal, "all") if row.network == network) for network in ("mobile", "fixed")]
    asked = {"ids": [id_of(row, legal.company) for row in rows]}

    answer = warm.ask("legal", NODES, asked)

    assert answer.data["nodes"] == [
        {"id": id_, "reference": row.id} for id_, row in zip(asked["ids"], rows, strict=True)
    ]


@pytest.mark.parametrize("network", ["mobile", "fixed"])
def test_one_that_is_too_old_or_of_another_company_is_not_there(
    warm: House, sandbox: Sandbox, legal: Acting, network: str
) -> None:
    shown = ids(requests(legal, "all"))
    old = next(row for row in legal.company.requests if row.network == network and row.id not in shown)
    strangers = (row for company in sandbox.world.companies[1:] for row in company.requests if row.network == network)

    for row in (old, next(row for row in strangers if row.made_at > sandbox.world.now - timedelta(days=30))):
        answer = warm.ask("legal", ONE, {"id": id_of(row, legal.company)})

        assert (answer.data, answer.errors) == ({"request": None}, [])


def test_an_administrator_sees_of_the_fixed_network_what_they_asked_for(warm: House, sandbox: Sandbox) -> None:
    light = acting(sandbox.world, "light")
    fixed = [row for row in requests(light, "own") if row.network == "fixed"]

    assert fixed
    assert set(ids(fixed)) <= set(references(warm.ask("light", LIST)))


def test_nothing_that_is_read_for_one_person_is_shown_to_another(warm: House, sandbox: Sandbox) -> None:
    for persona in ("user", "light", "purchaser", "user"):
        who = acting(sandbox.world, persona)
        assert references(warm.ask(persona, LIST)) == ids(requests(who, "own"))


# --- what it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persona", "cold"),
    [
        ("legal", PARTY + MOBILE + FIXED),
        ("light", PARTY + MOBILE * 2 + FIXED),
        ("user", PARTY + MOBILE * 2),
    ],
)
def test_a_list_costs_a_call_for_each_resource_and_none_when_it_is_warm(
    bff: House, persona: str, cold: tuple[str, ...]
) -> None:
    assert bff.ask(persona, LIST).calls == Counter(PERSON + cold)
    assert bff.ask(persona, LIST, {"filter": {"states": ["DONE"]}}).calls == Counter()


@pytest.mark.parametrize(
    ("network", "cold"),
    [("mobile", PARTY + MOBILE), ("fixed", ("fixed FindCustomersByTaxCode", "fixed FindRequestsByProtocol"))],
)
def test_one_request_asks_only_its_own_network(bff: House, legal: Acting, network: str, cold: tuple[str, ...]) -> None:
    row = next(row for row in requests(legal, "all") if row.network == network)
    variables = {"id": id_of(row, legal.company)}

    assert bff.ask("legal", ONE, variables).calls == Counter(PERSON + cold)
    assert bff.ask("legal", ONE, variables).calls == Counter()


# --- bad days ---------------------------------------------------------------------------------------------------------

PLACES = [
    ("mobile", "GET /troubleTicket", "fixed"),
    ("mobile", "GET /serviceOrder", "fixed"),
    ("fixed", "FindRequestsByCustomer", "mobile"),
]
FAILURES = {
    Quirk.NO_ANSWER: "TIMEOUT",
    Quirk.NIGHT_WINDOW: "UNAVAILABLE",
    Quirk.TRUNCATED: "BAD_DATA",
}


@pytest.mark.parametrize(("system", "operation", "left"), PLACES)
@pytest.mark.parametrize("quirk", FAILURES)
def test_a_network_that_fails_costs_its_requests_and_is_told(
    bff: House, sandbox: Sandbox, legal: Acting, system: str, operation: str, left: str, quirk: Quirk
) -> None:
    strike(sandbox, quirk, system, operation)

    answer = bff.ask("legal", LIST)

    page = answer.data["customer"]["requests"]
    assert references(answer) == ids([row for row in requests(legal, "all") if row.network == left])
    assert page["totalCount"] is None
    assert {each["system"]: each["state"] for each in page["freshness"]} == {
        system.upper(): "UNAVAILABLE",
        left.upper(): "FRESH",
    }
    assert answer.codes == [(FAILURES[quirk], "customer.requests.totalCount")]


def test_an_old_copy_stands_in_for_an_hour(sandbox: Sandbox, legal: Acting) -> None:
    with house(sandbox) as bff:
        bff.ask("legal", LIST)
        strike(sandbox, Quirk.NIGHT_WINDOW, "fixed", "FindRequestsByCustomer")
        sandbox.clock.advance(5 * 60)

        answer = bff.ask("legal", LIST)

    assert references(answer) == ids(requests(legal, "all"))
    states = {each["system"]: each["state"] for each in answer.data["customer"]["requests"]["freshness"]}
    assert states == {"MOBILE": "FRESH", "FIXED": "STALE"}


def test_one_that_can_not_be_looked_for_is_an_error(bff: House, sandbox: Sandbox, legal: Acting) -> None:
    strike(sandbox, Quirk.NIGHT_WINDOW, "mobile", "GET /troubleTicket")
    row = next(row for row in requests(legal, "all") if row.network == "mobile")

    answer = bff.ask("legal", ONE, {"id": id_of(row, legal.company)})

    assert (answer.data, answer.codes) == ({"request": None}, [("UNAVAILABLE", "request")])
