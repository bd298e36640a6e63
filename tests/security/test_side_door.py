"""No side doors: whatever way a profile goes through the schema, it meets only the rows that the matrix gives it.

The ways are made from the schema (`walk`), what may be met from the world (`reach`).
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.house import House
from tests.journeys.acting import (
    PERSONAS,
    Acting,
    acting,
    fixed_lines,
    invoices,
    mobile_lines,
    orders,
    requests,
    to_pay,
    users,
)
from tests.journeys.answer import body
from tests.journeys.ident import id_of, offer_id
from tests.journeys.offered import offered
from tests.security.reach import Reach, marks_of_all, reach_of, texts, things
from tests.security.walk import NESTED_ROWS, TOP_ROWS, Document, documents, reachable

DOCUMENTS = list(documents())


class Walk(NamedTuple):
    """What a persona may meet, and what came of going through all documents."""

    persona: str
    who: Acting
    reach: Reach
    answers: list[Any]
    codes: set[str]


@pytest.fixture(scope="module")
def forbidden_marks(sandbox_of_session: Sandbox) -> dict[str, frozenset[str]]:
    """Give the marks that each persona must never meet."""
    every = marks_of_all(sandbox_of_session.world)
    return {name: every - reach_of(acting(sandbox_of_session.world, name)).marks for name in PERSONAS}


@pytest.fixture(scope="module", params=PERSONAS)
def walk(request: pytest.FixtureRequest, warm: House, sandbox_of_session: Sandbox) -> Walk:
    """Go through all documents as one persona."""
    persona: str = request.param
    who = acting(sandbox_of_session.world, persona)
    answers = [warm.ask(persona, text, variables) for text, variables in _asks(who)]
    assert {answer.status for answer in answers} == {200}
    codes = {error["extensions"]["code"] for answer in answers for error in answer.errors}
    return Walk(persona, who, reach_of(who), [answer.data for answer in answers], codes)


def _asks(who: Acting) -> Iterator[tuple[str, dict[str, str]]]:
    for document in DOCUMENTS:
        if document.target is None:
            yield document.text, {}
        for row_id in _samples(who, document):
            yield document.text, {"id": row_id}


def _samples(who: Acting, document: Document) -> list[str]:
    """Choose ids of rows to go on from: the first ones, which hold the personas' own, and the last."""
    company, colleagues = who.company, [user for user, _ in users(who)]
    rows: dict[str | None, list[object]] = {
        "Customer": [company],
        "Contract": [*company.agreements],
        "MobileLine": [*company.mobile_lines[:2], *company.mobile_lines[-1:]],
        "FixedLine": [*company.fixed_lines[:1], *company.fixed_lines[-1:]],
        "Invoice": [*company.bills[:1], *company.bills[-1:]],
        "Order": [*company.orders[:1], *company.orders[-1:]],
        "ServiceRequest": [*company.requests[:1], *company.requests[-1:]],
        "PortalUser": [*colleagues[:1], *colleagues[-1:]],
    }
    if document.target == "Offer":
        return [offer_id(each.campaign.id, each.offering.id, company) for each in offered(who)]
    return [id_of(row, company) for row in rows.get(document.target, [])]


# --- the walk ---------------------------------------------------------------------------------------------------------


def test_the_documents_go_through_every_field_of_the_schema() -> None:
    assert reachable() == frozenset().union(*(document.doors for document in DOCUMENTS))


def test_no_number_code_or_name_out_of_reach_appears(walk: Walk, forbidden_marks: dict[str, frozenset[str]]) -> None:
    assert forbidden_marks[walk.persona].isdisjoint(texts(walk.answers))


def test_no_id_out_of_reach_appears(walk: Walk) -> None:
    for thing in things(walk.answers):
        if "id" in thing:
            assert thing["id"] in walk.reach.ids[thing["__typename"]]


def test_everything_within_reach_is_met_so_that_the_walk_proves_something(walk: Walk) -> None:
    met = {thing["id"] for thing in things(walk.answers) if "id" in thing}

    assert met == walk.reach.all_ids


def test_counts_are_those_of_the_rows_within_reach(walk: Walk) -> None:
    lengths = {name: len(ids) for name, ids in walk.reach.ids.items()}
    lengths["Line"] = lengths["MobileLine"] + lengths["FixedLine"]
    uncounted = {"UsageRecordConnection"}  # its rows have no ids; those of a line that is seen may all be seen
    connections = [
        thing for thing in things(walk.answers) if "totalCount" in thing and thing["__typename"] not in uncounted
    ]

    for connection in connections:
        assert connection["totalCount"] <= lengths[connection["__typename"].removesuffix("Connection")]
        if "nodes" in connection and connection["totalCount"] <= NESTED_ROWS:
            assert len(connection["nodes"]) == connection["totalCount"]
    assert connections


def test_counts_of_the_customers_lists_are_exact(warm: House, walk: Walk) -> None:
    who = walk.who
    holdings = who.may["company.holdings"]
    fixed = "all" if holdings == "all" else "no"
    due = {
        "lines": _counted(holdings, len(mobile_lines(who, holdings)) + len(fixed_lines(who, fixed))),
        "mobileLines": _counted(who.may["mobile.list"], len(who.company.mobile_lines)),
        "fixedLines": _counted(who.may["fixed.list"], len(who.company.fixed_lines)),
        "contracts": _counted(who.may["services.contract"], len(who.company.agreements)),
        "invoices": _counted(who.may["invoices.list"], len(invoices(who))),
        "invoicesToPay": _counted(who.may["invoices.topay"], len(to_pay(who))),
        "orders": _counted(who.may["orders.list"], len(orders(who, who.may["orders.list"]))),
        "requests": _counted(who.may["requests.list"], len(requests(who, who.may["requests.list"]))),
        "offers": _counted(who.may["offers.read"], len(offered(who))),
        "users": _counted(who.may["users.list"], len(users(who))),
    }

    lists = " ".join(f"{name} {{ totalCount }}" for name in due)
    answer = warm.ask(walk.persona, f"{{ customer {{ {lists} }} }}")

    assert answer.data == {"customer": due}


def _counted(reach: str, rows: int) -> dict[str, int] | None:
    return None if reach == "no" else {"totalCount": rows}


def test_the_walk_meets_no_error_but_refusals(walk: Walk) -> None:
    assert walk.codes <= {"FORBIDDEN"}


# --- ids, all of them -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_id_of_the_company_gives_the_row_within_reach_and_null_otherwise(
    warm: House, sandbox: Sandbox, persona: str
) -> None:
    who = acting(sandbox.world, persona)
    company = who.company
    rows = [company, *company.agreements, *company.mobile_lines, *company.fixed_lines, *company.bills, *company.orders]
    rows += [*company.requests, *(user for user, _ in users(who))]
    ids = [id_of(row, company) for row in rows]
    within = reach_of(who).all_ids

    met = []
    for start in range(0, len(ids), 50):
        answer = warm.ask(persona, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids[start : start + 50]})
        assert answer.errors == []
        met += answer.data["nodes"]

    assert met == [{"id": each} if each in within else None for each in ids]


# --- filters and cursors ----------------------------------------------------------------------------------------------

FILTERED = [
    "invoices(filter: { lineId: $id }, first: 100)",
    "invoices(filter: { contractId: $id }, first: 100)",
    "invoicesToPay(filter: { lineId: $id }, first: 100)",
    "invoicesToPay(filter: { contractId: $id }, first: 100)",
    "orders(filter: { lineId: $id }, first: 100)",
    "requests(filter: { lineId: $id }, first: 100)",
    "mobileLines(filter: { contractIds: [$id] }, first: 100)",
]


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("filtered", FILTERED)
def test_a_filter_by_any_id_gives_rows_within_reach_only(
    warm: House, sandbox: Sandbox, persona: str, filtered: str
) -> None:
    who = acting(sandbox.world, persona)
    reach = reach_of(who)
    query = f"query ($id: ID!) {{ customer {{ rows: {filtered} {{ totalCount nodes {{ id __typename }} }} }} }}"

    for row in _owned(who.company):
        answer = warm.ask(persona, query, {"id": id_of(row, who.company)})

        assert {error["extensions"]["code"] for error in answer.errors} <= {"FORBIDDEN"}
        rows = answer.data["customer"]["rows"]
        assert rows is None or rows["totalCount"] == len(rows["nodes"])
        assert {node["id"] for node in (rows or {"nodes": []})["nodes"]} <= reach.all_ids


def _owned(company: Company) -> list[object]:
    return [*company.agreements[:1], *company.mobile_lines[:3], *company.fixed_lines[:1]]


@pytest.mark.parametrize("persona", ["light", "ceased"])
@pytest.mark.parametrize("field", ["invoices", "invoicesToPay"])
def test_a_filter_by_a_line_out_of_reach_tells_nothing_of_it(
    warm: House, sandbox: Sandbox, persona: str, field: str
) -> None:
    who = acting(sandbox.world, persona)
    query = f"query ($id: ID!) {{ customer {{ {field}(filter: {{ lineId: $id }}) {{ totalCount }} }} }}"

    answer = warm.ask(persona, query, {"id": id_of(who.company.fixed_lines[0], who.company)})

    assert (answer.data, answer.errors) == ({"customer": {field: {"totalCount": 0}}}, [])


LISTS = (
    "lines",
    "mobileLines",
    "fixedLines",
    "contracts",
    "invoices",
    "invoicesToPay",
    "orders",
    "requests",
    "offers",
    "users",
)


@pytest.mark.parametrize("field", LISTS)
def test_a_cursor_of_who_sees_all_leads_others_to_their_own_rows_only(
    warm: House, sandbox: Sandbox, field: str
) -> None:
    start = f"{{ customer {{ {field}(first: 1) {{ edges {{ cursor }} }} }} }}"
    cursor = warm.ask("legal", start).data["customer"][field]["edges"][0]["cursor"]
    query = (
        f"query ($after: String) {{ customer {{ {field}(first: {TOP_ROWS}, after: $after)"
        "  { totalCount pageInfo { hasNextPage } nodes { id __typename } } } }"
    )

    for persona in PERSONAS[1:5]:
        who = acting(sandbox.world, persona)
        answer = warm.ask(persona, query, {"after": cursor})

        rows = answer.data["customer"][field]
        assert {error["extensions"]["code"] for error in answer.errors} == (set() if rows else {"FORBIDDEN"})
        assert {node["id"] for node in (rows or {"nodes": []})["nodes"]} <= reach_of(who).all_ids


@pytest.mark.parametrize("field", LISTS)
def test_a_cursor_of_another_company_is_refused_as_one_that_was_never_made(warm: House, field: str) -> None:
    start = f"{{ customer {{ {field}(first: 1) {{ edges {{ cursor }} }} }} }}"
    query = f"query ($after: String) {{ customer {{ {field}(after: $after) {{ totalCount }} }} }}"
    cursor = warm.ask("legal", start).data["customer"][field]["edges"][0]["cursor"]

    foreign = warm.ask("mobile", query, {"after": cursor})
    unknown = warm.ask("mobile", query, {"after": "never-made"})

    assert foreign.data == {"customer": {field: None}}
    assert [error["extensions"]["code"] for error in foreign.errors] == ["BAD_REQUEST"]
    assert body(foreign) == body(unknown)
