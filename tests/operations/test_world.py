"""What is kept of pages, held against the world: rows as `tests.journeys.shown` reads them, in their order.

A kept answer was made by the BFF; this is what keeps a review of it from being a matter of trust.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.journeys import shown
from tests.journeys.acting import (
    Acting,
    acting,
    fixed_lines,
    holdings,
    invoices,
    mobile_lines,
    orders,
    requests,
    to_pay,
)
from tests.operations.answer import reviewable, stored
from tests.operations.asked import PERSONAS

Rows = Callable[[Acting], Sequence[Any]]

LISTS: Mapping[tuple[str, str], Rows] = {
    ("dashboard/CompanyPage", "customer.lines"): lambda who: _each(
        shown.line, _within(holdings, who, "company.holdings")
    ),
    ("app/AppLines", "customer.lines"): lambda who: _each(shown.line, _within(holdings, who, "company.holdings")),
    ("dashboard/MobileLinesPage", "customer.mobileLines"): lambda who: [
        shown.mobile(line, who.company) for line in _within(mobile_lines, who, "mobile.list")
    ],
    ("dashboard/FixedLinesPage", "customer.fixedLines"): lambda who: _each(
        shown.fixed, _within(fixed_lines, who, "fixed.list")
    ),
    ("dashboard/InvoicesPage", "customer.invoices"): lambda who: [shown.invoice(bill, who) for bill in invoices(who)],
    ("app/AppInvoices", "customer.invoices"): lambda who: [shown.invoice(bill, who) for bill in invoices(who)],
    ("dashboard/InvoicesToPayPage", "customer.invoicesToPay"): lambda who: [
        shown.invoice(bill, who) for bill in to_pay(who)
    ],
    ("dashboard/OrdersPage", "customer.orders"): lambda who: _each(shown.order, _within(orders, who, "orders.list")),
    ("app/AppTracking", "customer.orders"): lambda who: [
        shown.order_detail(order, who) for order in _within(orders, who, "orders.list")
    ],
    ("dashboard/RequestsPage", "customer.requests"): lambda who: [
        shown.request_detail(request, who) for request in _within(requests, who, "requests.list")
    ],
    ("app/AppTracking", "customer.requests"): lambda who: [
        shown.request_detail(request, who) for request in _within(requests, who, "requests.list")
    ],
}
"""By page and list: all rows that a person may read, as the world has them."""


def _within(rows: Callable[[Acting, str], Sequence[Any]], who: Acting, function: str) -> Sequence[Any]:
    return rows(who, who.may[function])


def _each(show: Callable[[Any], Any], rows: Sequence[Any]) -> list[Any]:
    return [show(row) for row in rows]


@pytest.mark.parametrize("profile", PERSONAS)
@pytest.mark.parametrize(("page", "place"), LISTS)
def test_the_rows_that_are_kept_are_those_of_the_world(sandbox: Sandbox, page: str, place: str, profile: str) -> None:
    answer = stored(page)[profile]
    found: Any = answer["data"]
    for step in place.split("."):
        found = found[step]

    if found is None:
        assert place in [error["path"] for error in answer["errors"] if error["code"] == "FORBIDDEN"]
        return
    who = acting(sandbox.world, PERSONAS[profile])
    due = reviewable(LISTS[page, place](who), who.company)
    assert found["totalCount"] == len(due)
    assert len(found["nodes"]) == min(3, len(due))
    for node, row in zip(found["nodes"], due, strict=False):
        assert list(_differing(node, row)) == []
        assert node.keys() & row.keys() >= {"state"}


def _differing(node: Any, row: Any, path: str = "") -> Iterator[str]:
    """Name what both tell and tell differently."""
    if isinstance(node, dict) and isinstance(row, dict):
        for key in node.keys() & row.keys():
            yield from _differing(node[key], row[key], f"{path}.{key}")
    elif isinstance(node, list) and isinstance(row, list) and len(node) == len(row):
        for index, (each, other) in enumerate(zip(node, row, strict=True)):
            yield from _differing(each, other, f"{path}.{index}")
    elif node != row:
        yield f"{path}: {node!r}, not {row!r}"
