"""Arguments that make no sense: a typed error with a clear text at their field, and the rest is served."""

from functools import reduce
from operator import getitem

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.house import House
from tests.journeys.acting import acting
from tests.journeys.answer import bad_request, told
from tests.journeys.ident import IDS, id_of, offer_id
from tests.security.walk import FIRST_MAX, reachable, schema

PAGED = {
    "Query": "{ %s { totalCount } id: __typename }",
    "Dashboard": "{ dashboard { %s { totalCount } id: __typename } }",
    "Customer": "{ customer { %s { totalCount } id } }",
    "Contract": "query ($contract: ID!) { contract(id: $contract) { %s { totalCount } id } }",
    "MobileLine": "query ($mobile: ID!) { line(id: $mobile) { %s { totalCount } id } }",
    "LineUsage": "query ($mobile: ID!) { line(id: $mobile) { ... on MobileLine { usage { %s { totalCount } } } id } }",
    "FixedLine": "query ($fixed: ID!) { line(id: $fixed) { %s { totalCount } id } }",
    "Offer": "query ($offer: ID!) { node(id: $offer) { ... on Offer { %s { totalCount } } id } }",
}
"""How to come to each type that has pages."""

FIELDS = sorted(
    (made, name)
    for made, name in reachable()
    if "first" in schema().type_map[made].fields[name].args  # type: ignore[attr-defined]
)
CURSORED = [(made, name) for made, name in FIELDS if "after" in schema().type_map[made].fields[name].args]  # type: ignore[attr-defined]
NUMBERED = [(made, name) for made, name in FIELDS if "offset" in schema().type_map[made].fields[name].args]  # type: ignore[attr-defined]
NOT_OURS = "The cursor is not one of this list in this order; start again without a cursor."


@pytest.fixture
def company(sandbox: Sandbox) -> Company:
    return acting(sandbox.world, "legal").company


def _refused(warm: House, company: Company, made: str, field: str, arguments: str, message: str) -> None:
    root = PAGED[made].partition("{ ")[2].partition(" ")[0].partition("(")[0]
    variables = {
        "contract": id_of(company.agreements[0], company),
        "mobile": id_of(company.mobile_lines[0], company),
        "fixed": id_of(company.fixed_lines[0], company),
        "offer": offer_id("CMP-101", "OFR-2001", company),
    }
    used = {name: value for name, value in variables.items() if f"${name}" in PAGED[made]}

    answer = warm.ask("legal", PAGED[made] % f"{field}({arguments})", used)

    assert answer.status == 200
    steps = {"Query": [], "LineUsage": [root, "usage"]}.get(made, [root])
    assert reduce(getitem, steps, answer.data)[field] is None
    assert reduce(getitem, steps[:1], answer.data)["id"]
    assert told(answer) == [bad_request(".".join([*steps, field]), message)]


def test_every_type_with_pages_has_a_way_to_it() -> None:
    assert {made for made, _ in FIELDS} == set(PAGED)


@pytest.mark.parametrize("first", [0, 101, -1, 2147483647])
@pytest.mark.parametrize(("made", "field"), FIELDS)
def test_first_must_be_1_to_100_or_fewer(warm: House, company: Company, made: str, field: str, first: int) -> None:
    _refused(
        warm,
        company,
        made,
        field,
        f"first: {first}",
        f"`first` is {first}; it must be 1 to {FIRST_MAX.get(made, 100)}.",
    )


@pytest.mark.parametrize(("made", "field"), CURSORED)
def test_a_cursor_must_be_one_of_the_list(warm: House, company: Company, made: str, field: str) -> None:
    _refused(warm, company, made, field, 'after: "never-made"', NOT_OURS)


@pytest.mark.parametrize(("made", "field"), NUMBERED)
def test_an_offset_must_not_be_negative(warm: House, company: Company, made: str, field: str) -> None:
    _refused(warm, company, made, field, "offset: -1", "`offset` is -1; it must be 0 or more.")


@pytest.mark.parametrize(
    ("field", "list_name", "value"),
    [
        ("mobileLines", "mobileLines:NUMBER:ASC", "+393"),
        ("fixedLines", "fixedLines:NUMBER:ASC", "+390"),
        ("contracts", "contracts:number:ASC", "888"),
        ("invoices", "invoices:ISSUED_ON:DESC", "2026-10-06"),
        ("invoicesToPay", "invoicesToPay:DUE_ON:ASC", "2026-10-06"),
    ],
)
def test_an_offset_and_a_cursor_exclude_each_other(
    warm: House, company: Company, field: str, list_name: str, value: str
) -> None:
    cursor = IDS.cursor((value,), ("key",), company.tax_code, list_name)

    message = "`after` and `offset` can't be used together; give one of them."
    _refused(warm, company, "Customer", field, f'after: "{cursor}", offset: 0', message)


@pytest.mark.parametrize(
    ("field", "order", "other"),
    [
        ("mobileLines", "orderBy: { field: NUMBER }", "orderBy: { field: ICCID }"),
        ("mobileLines", "orderBy: { field: NUMBER }", "orderBy: { field: NUMBER, direction: DESC }"),
        ("fixedLines", "orderBy: { field: STATE }", "orderBy: { field: TYPE }"),
        ("invoices", "orderBy: { field: TOTAL }", "orderBy: { field: NUMBER }"),
        ("orders", "orderBy: { field: STATE }", "orderBy: { field: PLACED_AT }"),
    ],
)
def test_a_cursor_of_another_order_is_refused(
    warm: House, company: Company, field: str, order: str, other: str
) -> None:
    cursor = _cursor(warm, f"{field}({order}, first: 1)")

    _refused(warm, company, "Customer", field, f'{other}, after: "{cursor}"', NOT_OURS)


@pytest.mark.parametrize(
    ("field", "other"), [("invoices", "invoicesToPay"), ("mobileLines", "lines"), ("orders", "invoices")]
)
def test_a_cursor_of_another_list_is_refused(warm: House, company: Company, field: str, other: str) -> None:
    _refused(warm, company, "Customer", other, f'after: "{_cursor(warm, f"{field}(first: 1)")}"', NOT_OURS)


def _cursor(warm: House, field: str) -> str:
    answer = warm.ask("legal", f"{{ customer {{ page: {field} {{ pageInfo {{ endCursor }} }} }} }}")
    cursor: str = answer.data["customer"]["page"]["pageInfo"]["endCursor"]
    return cursor


def test_fifty_ids_are_taken_and_fifty_one_are_refused(warm: House) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    fifty = warm.ask("legal", query, {"ids": ["x"] * 50})
    more = warm.ask("legal", query, {"ids": ["x"] * 51})

    assert (fifty.data, fifty.errors) == ({"nodes": [None] * 50}, [])
    assert (more.status, more.data) == (200, {"nodes": None})
    assert told(more) == [bad_request("nodes", "`ids` has 51 ids; at most 50 are allowed.")]


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($first: Int!) { customer { lines(first: $first) { totalCount } } }", {"first": 2**40}),
        ("query ($first: Int!) { customer { lines(first: $first) { totalCount } } }", {"first": "10"}),
        ("query ($first: Int!) { customer { lines(first: $first) { totalCount } } }", {"first": None}),
        (
            "query ($day: Date) { customer { invoices(filter: { issuedFrom: $day }) { totalCount } } }",
            {"day": "1/2/26"},
        ),
        (
            "query ($day: Date) { customer { invoices(filter: { issuedTo: $day }) { totalCount } } }",
            {"day": "2026-02-30"},
        ),
        ("query ($kind: LineKind) { customer { lines(filter: { kind: $kind }) { totalCount } } }", {"kind": "SAT"}),
        ("query ($id: ID!) { node(id: $id) { id } }", {"id": ["a", "b"]}),
        ("query ($id: ID!) { node(id: $id) { id } }", {}),
    ],
)
def test_values_of_the_wrong_type_are_refused_as_a_whole_before_anything_is_read(
    warm: House, query: str, variables: dict[str, object]
) -> None:
    answer = warm.ask("legal", query, variables)

    assert (answer.status, answer.data) == (400, None)
    assert {error["extensions"]["code"] for error in answer.errors} == {"VALIDATION_FAILED"}
    assert all(error["message"] for error in answer.errors)


@pytest.mark.parametrize("search", ["", " ", "%", "'; --", "\\", "*", "(?:", "é\u0000", "9" * 5000])
def test_any_text_may_be_searched_for(warm: House, search: str) -> None:
    query = (
        "query ($s: String) { customer { lines(filter: { search: $s }) { totalCount }"
        "  mobileLines(filter: { search: $s, tariffPlan: $s }) { totalCount }"
        "  fixedLines(filter: { search: $s }) { totalCount } invoices(filter: { search: $s }) { totalCount } } }"
    )

    answer = warm.ask("legal", query, {"s": search})

    assert (answer.status, answer.errors) == (200, [])


def test_a_page_that_can_not_be_is_refused_before_anything_is_read(bff: House) -> None:
    answer = bff.ask("legal", "{ customer { lines(first: 0) { totalCount } } }")

    assert answer.codes == [("BAD_REQUEST", "customer.lines")]
    assert answer.calls == {"directory GET /Users": 1}
