"""What each page is asked with: variables that a person would give, of their own company."""

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from sandbox.world.model import Company, World
from tests.journeys.acting import Acting, acting, invoices, orders, requests
from tests.journeys.ident import document_id, id_of

PERSONAS = {
    "LEGAL_REPRESENTATIVE": "legal",
    "ADMIN_FULL": "admin",
    "ADMIN_LIGHT": "light",
    "END_USER": "user",
    "END_USER_PURCHASER": "purchaser",
    "CEASED_CUSTOMER": "ceased",
}
"""Who shows each profile, in the order of the matrix."""

_FEW = {"first": 3}


def _line(who: Acting) -> Mapping[str, Any]:
    """Ask for the person's own line; who has none, the full administrator for a mobile one, the others for a fixed."""
    mobile = who.company.mobile_lines
    own = [line for line in mobile if line.product_id == who.membership.line_id]
    lines = own or (mobile if who.profile == "ADMIN_FULL" else who.company.fixed_lines)
    return {"id": id_of(lines[0], who.company)}


def _mobile_line(who: Acting) -> Mapping[str, Any]:
    """Ask for the person's own line, or for the first one that is prepaid."""
    mobile = who.company.mobile_lines
    own = [line for line in mobile if line.product_id == who.membership.line_id]
    line = next((line for line in own or mobile if line.prepaid or own), None)
    return {"id": id_of(line, who.company) if line else ""}


def _records(who: Acting) -> Mapping[str, Any]:
    """Ask for days that are over: what is made of today grows."""
    return {**_mobile_line(who), **_FEW, "filter": {"from": "2026-11-18", "to": "2026-11-20"}}


def _contract(who: Acting) -> Mapping[str, Any]:
    row = next(iter(who.company.agreements), None)
    return {"id": id_of(row, who.company) if row else "", **_FEW}


def _invoice(who: Acting) -> Mapping[str, Any]:
    return {"id": id_of(invoices(who)[0], who.company)}


def _download(who: Acting) -> Mapping[str, Any]:
    return {"input": {"documentId": document_id(invoices(who)[0], who.company)}}


def _order(who: Acting) -> Mapping[str, Any]:
    """Ask for an order that is shipped; of an end user, for their own."""
    rows = orders(who, "own" if who.membership.line_id else "all")
    row = next((row for row in rows if any(item.delivery for item in row.items)), None)
    return {"id": id_of(row, who.company) if row else ""}


def _request(who: Acting) -> Mapping[str, Any]:
    """Ask for a request with a ticket, the full administrator for one with a file; of an end user, for their own."""
    rows = requests(who, "own" if who.membership.line_id else "all")
    is_wanted = attrgetter("merged" if who.profile == "ADMIN_FULL" else "ticket")
    row = next((row for row in rows if is_wanted(row) and row.state == "DONE"), None)
    return {"id": id_of(row, who.company) if row else ""}


ASKED: Mapping[str, Callable[[Acting], Mapping[str, Any]]] = {
    "LinePage": _line,
    "AppLine": _line,
    "LineServicesPage": _line,
    "UsagePage": _mobile_line,
    "UsageRecordsPage": _records,
    "AssistancePage": lambda _who: {"topic": "INVOICES", "search": "paga"},
    "ContractPage": _contract,
    "InvoicePage": _invoice,
    "InvoiceDownload": _download,
    "UsersDownload": lambda _who: {"input": {"filter": {"states": ["REGISTERED"]}}},
    "OrderPage": _order,
    "RequestPage": _request,
}
"""By page; a page that is not here needs none, and is asked for few rows where it takes a number of them."""


def variables(page: str, text: str, world: World, profile: str) -> dict[str, Any]:
    """Give the variables that a page is asked with."""
    who = acting(world, PERSONAS[profile])
    if page in ASKED:
        return dict(ASKED[page](who))
    return dict(_FEW) if "$first" in text else {}


def company_of(world: World, profile: str) -> Company:
    """Give the company that a profile's persona acts for."""
    return acting(world, PERSONAS[profile]).company
