"""A page costs the same whoever asks: with the index warm nothing at all, for 50 lines as for 5,800."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.house import Answer, House, house
from tests.plan.cost import PERSON, added, fixed_index, mobile_index, spent

PERSONAS = ("legal", "big")
FIRST_PAGE = "{ customer { lines(first: 100) { totalCount pageInfo { endCursor } nodes { number } } } }"
PAGE_AFTER = """
query($after: String) {
  customer { lines(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { number } } }
}
"""
BESIDE_A_PAGE = """
{
  customer {
    mobileLines(first: 20) { nodes { invoices(first: 1) { totalCount } orders(first: 1) { totalCount } } }
    fixedLines(first: 20) { nodes { invoices(first: 1) { totalCount } orders(first: 1) { totalCount } } }
  }
}
"""
BESIDE_CALLS = (
    "mobile GET /customerBill",
    "mobile GET /productOrder",
    "fixed FindInvoicesByAccount",
    "fixed FindOrdersByCustomer",
)
MOBILE_FILTERS = ("states: [BLOCKED]", 'tariffPlan: "Business Plus 150 GB"', 'search: "777"', "contractIds: []")
FIXED_FILTERS = ("states: [SUSPENDED, CEASING]", "types: [FTTH]", 'search: "via"')
FILTERS = ("kind: MOBILE", "kind: FIXED", "states: [ACTIVE]", 'search: "12"')
MOBILE_FIELDS = ("NUMBER", "CONTRACT", "ICCID", "STATE", "TARIFF_PLAN")
FIXED_FIELDS = ("NUMBER", "STATE", "TYPE", "LOCATION")
DIRECTIONS = ("ASC", "DESC")


def in_order(field: str, by: str, direction: str) -> str:
    return (
        f"{{ customer {{ {field}(first: 100, orderBy: {{field: {by}, direction: {direction}}}) {{ totalCount }} }} }}"
    )


def filtered(field: str, condition: str) -> str:
    return f"{{ customer {{ {field}(first: 100, filter: {{{condition}}}) {{ totalCount nodes {{ number }} }} }} }}"


OTHER_PAGES = (
    *(in_order("mobileLines", *how) for how in product(MOBILE_FIELDS, DIRECTIONS)),
    *(in_order("fixedLines", *how) for how in product(FIXED_FIELDS, DIRECTIONS)),
    *(filtered("mobileLines", condition) for condition in MOBILE_FILTERS),
    *(filtered("fixedLines", condition) for condition in FIXED_FILTERS),
    *(filtered("lines", condition) for condition in FILTERS),
    "{ customer { mobileLines(first: 100, offset: 20) { nodes { number } } } }",
    "{ customer { contracts(first: 100) { nodes { lines(first: 100) { totalCount } } } } }",
)


@pytest.fixture(scope="module")
def warm(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a BFF that has all lines of both companies."""
    with house(sandbox_of_session) as opened:
        for persona in PERSONAS:
            opened.ask(persona, FIRST_PAGE)
        yield opened


def test_a_cold_page_costs_the_index_a_call_for_every_page_of_rows(bff: House, big: Company) -> None:
    answer = bff.ask("big", FIRST_PAGE)
    assert (answer.errors, answer.data["customer"]["lines"]["totalCount"]) == ([], 5800)
    assert spent(bff, answer) == added(PERSON, mobile_index(big), fixed_index(big))


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_warm_page_costs_no_call(warm: House, persona: str) -> None:
    assert cost_of_nothing(warm.ask(persona, FIRST_PAGE))


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("document", OTHER_PAGES)
def test_any_order_filter_and_offset_of_a_warm_list_costs_no_call(warm: House, persona: str, document: str) -> None:
    assert cost_of_nothing(warm.ask(persona, document))


def test_all_pages_of_5800_lines_give_each_line_once_in_order_and_cost_no_call(warm: House, big: Company) -> None:
    numbers: list[str] = []
    info: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while info["hasNextPage"]:
        answer = warm.ask("big", PAGE_AFTER, {"after": info["endCursor"]})
        assert cost_of_nothing(answer)
        page = answer.data["customer"]["lines"]
        numbers += [line["number"] for line in page["nodes"]]
        info = page["pageInfo"]
    assert numbers == sorted([line.msisdn for line in big.mobile_lines] + [f"+39{line.id}" for line in big.fixed_lines])


def test_what_stands_beside_the_lines_of_a_page_costs_as_many_calls_for_50_lines_as_for_5800(warm: House) -> None:
    costs = {persona: warm.ask(persona, BESIDE_A_PAGE).calls for persona in PERSONAS}
    assert costs["big"] == costs["legal"] == dict.fromkeys(BESIDE_CALLS, 1)


def cost_of_nothing(answer: Answer) -> bool:
    """Tell whether an answer is whole and no system was called for it."""
    return (answer.status, answer.errors, sum(answer.calls.values())) == (200, [], 0)


@pytest.mark.parametrize(
    ("outer", "inner", "selected"),
    [
        ("contracts", "invoices", "number"),
        ("contracts", "lines", "number"),
        ("mobileLines", "orders", "number"),
        ("mobileLines", "invoices", "number"),
    ],
)
def test_a_cursor_in_a_list_of_lists_costs_only_the_lists_that_it_is_not_of(
    bff: House, outer: str, inner: str, selected: str
) -> None:
    def nodes(rest: str) -> list[dict[str, Any]]:
        query = f"{{ customer {{ {outer}(first: 9) {{ nodes {{ {inner}(first: 1 {rest}) {{ totalCount nodes"
        answer = bff.ask("legal", f"{query} {{ {selected} }} pageInfo {{ endCursor hasNextPage }} }} }} }} }} }}")
        found: list[dict[str, Any]] = answer.data["customer"][outer]["nodes"]
        told.append(answer.codes)
        return found

    told: list[list[tuple[str, str]]] = []
    whole = nodes("")
    index = next(at for at, each in enumerate(whole) if each[inner]["pageInfo"]["hasNextPage"])
    cursor = whole[index][inner]["pageInfo"]["endCursor"]
    second = nodes(f'after: "{cursor}"')
    assert [at for at, each in enumerate(second) if each[inner] is not None] == [index]
    assert second[index][inner]["nodes"] != whole[index][inner]["nodes"]
    others = [at for at in range(len(whole)) if at != index]
    assert told[1] == [("BAD_REQUEST", f"customer.{outer}.nodes.{at}.{inner}") for at in others]
