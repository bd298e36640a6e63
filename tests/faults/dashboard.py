"""A page that needs every system but the directory, and what it must show, derived from the world.

The expected answer knows nothing of the BFF: it is the company's holdings in the schema's words, with the blocks of a
failing system taken out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from graphql import parse

from sandbox.clock import ROME
from sandbox.world.model import Bill, Company, MobileLine, Order
from tests.plan.cost import months_before

QUERY = """
{
  customer {
    company {
      name
      freshness {
        state
        system
      }
    }
    contracts(first: 100) {
      totalCount
      freshness {
        state
        system
      }
      nodes {
        number
        state
      }
    }
    mobileLines(first: 100) {
      totalCount
      freshness {
        state
        system
      }
      nodes {
        number
        state
        sim {
          iccid
        }
      }
    }
    fixedLines(first: 100) {
      totalCount
      freshness {
        state
        system
      }
      nodes {
        number
        state
      }
    }
    lines(first: 100) {
      totalCount
      freshness {
        state
        system
      }
      nodes {
        __typename
        number
      }
    }
    invoices(first: 100) {
      totalCount
      freshness {
        state
        system
      }
      nodes {
        number
        kind
        issuedOn
        total {
          gross {
            amount
          }
        }
      }
    }
    orders(first: 100) {
      totalCount
      freshness {
        state
        system
      }
      nodes {
        number
        kind
        placedAt
      }
    }
  }
}
"""

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}

MOBILE_STATES = {
    "active": "ACTIVE",
    "suspended": "SUSPENDED",
    "terminated": "CEASED",
    "pendingTerminate": "CEASING",
    "pendingActive": "ACTIVATING",
    "cancelled": "CEASED",
}
FIXED_STATES = {
    "ATT": "ACTIVE",
    "REV": "ACTIVE",
    "SOS": "SUSPENDED",
    "CIP": "CEASING",
    "CES": "CEASED",
    "ATP": "ACTIVATING",
}
CONTRACT_STATES = {"active": "ACTIVE", "suspended": "SUSPENDED", "terminated": "CEASED"}


class Blocks(NamedTuple):
    """What a failing operation takes from the page.

    `gone` blocks are null with an error. `halved` ones show the other network's rows, have no count, and say so in an
    error there.
    """

    gone: frozenset[str] = frozenset()
    halved: frozenset[str] = frozenset()


class Told(NamedTuple):
    """What the client is told of a failure."""

    code: str
    message: str
    retryable: bool


TIMEOUT = Told("TIMEOUT", "A system behind this service did not answer in time.", retryable=True)
UNAVAILABLE = Told("UNAVAILABLE", "A system behind this service is not available.", retryable=True)
REJECTED = Told("BAD_DATA", "A system behind this service did not accept the request.", retryable=False)
GARBLED = Told("BAD_DATA", "A system behind this service gave an answer that can't be used.", retryable=False)


class Place(NamedTuple):
    """Where something fails, and what that takes from the page."""

    system: str
    operation: str
    blocks: Blocks


PLACES = {
    "all of mobile": Place(
        "mobile",
        "*",
        # The company's registry is the fixed network's, which leads.
        Blocks(gone=frozenset({"contracts", "mobileLines"}), halved=frozenset({"lines", "invoices", "orders"})),
    ),
    "all of fixed": Place(
        "fixed",
        "*",
        Blocks(gone=frozenset({"company", "fixedLines"}), halved=frozenset({"lines", "invoices", "orders"})),
    ),
    "mobile lines": Place(
        "mobile", "GET /product", Blocks(gone=frozenset({"mobileLines"}), halved=frozenset({"lines"}))
    ),
    "mobile bills": Place("mobile", "GET /customerBill", Blocks(halved=frozenset({"invoices"}))),
    "fixed lines": Place(
        "fixed", "FindLinesByAccount", Blocks(gone=frozenset({"fixedLines"}), halved=frozenset({"lines"}))
    ),
    "fixed orders": Place("fixed", "FindOrdersByCustomer", Blocks(halved=frozenset({"orders"}))),
}


def whole(company: Company, now: datetime) -> dict[str, Any]:
    """Give the page of a company that has both networks, on a day when all is well."""
    return {"customer": {"company": _registry(company)} | _lists(company, now, {"MOBILE", "FIXED"})}


def broken(company: Company, now: datetime, place: Place) -> dict[str, Any]:
    """Give the page while something fails."""
    system = place.system.upper()
    shown = whole(company, now)["customer"]
    rest = _lists(company, now, {"MOBILE", "FIXED"} - {system})
    for block in place.blocks.halved:
        shown[block] = rest[block] | {"totalCount": None, "freshness": _freshness(shown[block]["freshness"], system)}
    return {"customer": shown | dict.fromkeys(place.blocks.gone)}


def errors(place: Place, told: Told, query: str = QUERY) -> list[dict[str, Any]]:
    """Give the errors of the page while something fails, sorted by path."""
    paths = [
        *(["customer", block] for block in place.blocks.gone),
        *(["customer", block, "totalCount"] for block in place.blocks.halved),
    ]
    return [error(told, place.system, path, query) for path in sorted(paths)]


def error(told: Told, system: str, path: Sequence[str | int], query: str = QUERY) -> dict[str, Any]:
    """Give one error of a field."""
    return {
        "message": told.message,
        "locations": [location(query, path)],
        "path": list(path),
        "extensions": extensions(told, system),
    }


def extensions(told: Told, system: str) -> dict[str, Any]:
    """Give what an error tells besides its text."""
    return {"code": told.code, "retryable": told.retryable, "system": system.upper(), "traceId": TRACE_ID}


def by_path(found: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Sort errors: fields end in any order."""
    return sorted(found, key=lambda each: [str(step) for step in each["path"]])


def location(query: str, path: Sequence[str | int]) -> dict[str, int]:
    """Find where a field stands in a query without fragments and aliases."""
    node: Any = parse(query).definitions[0]
    for step in path:
        if isinstance(step, str):
            node = next(each for each in node.selection_set.selections if each.name.value == step)
    return {"line": node.loc.start_token.line, "column": node.loc.start_token.column}


# --- the world in the schema's words ----------------------------------------------------------------------------------


def _registry(company: Company) -> dict[str, Any]:
    return {"name": company.name, "freshness": {"state": "FRESH", "system": "FIXED"}}


def _lists(company: Company, now: datetime, systems: set[str]) -> dict[str, Any]:
    mobile = company.mobile_lines if "MOBILE" in systems else ()
    fixed = company.fixed_lines if "FIXED" in systems else ()
    lines = [("MobileLine", line.msisdn) for line in mobile] + [("FixedLine", f"+39{line.id}") for line in fixed]
    both = ["MOBILE", "FIXED"]
    return {
        "contracts": _page(
            ["MOBILE"],
            [
                {"number": agreement.number, "state": CONTRACT_STATES[agreement.state]}
                for agreement in sorted(company.agreements, key=lambda each: each.number)
            ],
        ),
        "mobileLines": _page(["MOBILE"], [mobile_line(line) for line in sorted(mobile, key=lambda each: each.msisdn)]),
        "fixedLines": _page(
            ["FIXED"],
            [
                {"number": f"+39{line.id}", "state": FIXED_STATES[line.state]}
                for line in sorted(fixed, key=lambda each: each.id)
            ],
        ),
        "lines": _page(
            both, [{"__typename": kind, "number": number} for kind, number in sorted(lines, key=lambda each: each[1])]
        ),
        "invoices": _page(both, [_invoice(company, bill) for bill in _bills(company, now, systems)]),
        "orders": _page(both, [_order(order) for order in _orders(company, now, systems)]),
    }


def _page(systems: Sequence[str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "totalCount": len(rows),
        "freshness": [{"state": "FRESH", "system": system} for system in systems],
        "nodes": rows,
    }


def _freshness(entries: Iterable[Mapping[str, str]], failed: str) -> list[dict[str, str]]:
    return [{**entry, "state": "UNAVAILABLE" if entry["system"] == failed else "FRESH"} for entry in entries]


def mobile_line(line: MobileLine) -> dict[str, Any]:
    """Give a mobile line as the page shows it."""
    blocked = line.sim is not None and line.sim.blocked and line.state == "active"
    return {
        "number": line.msisdn,
        "state": "BLOCKED" if blocked else MOBILE_STATES[line.state],
        "sim": {"iccid": line.sim.iccid} if line.sim else None,
    }


def _invoice(company: Company, bill: Bill) -> dict[str, Any]:
    kind = "SINGLE" if bill.single else _network(company, bill)
    return {
        "number": bill.number,
        "kind": kind,
        "issuedOn": bill.issued_on.isoformat(),
        "total": {"gross": {"amount": f"{bill.gross:.2f}"}},
    }


def _network(company: Company, bill: Bill) -> str:
    return "MOBILE" if bill.account in {account.id for account in company.mobile_accounts} else "FIXED"


def _bills(company: Company, now: datetime, systems: set[str]) -> list[Bill]:
    """Give the bills of twelve months, newest first; one that both networks know counts once, as the fixed one's."""
    shown = [
        bill
        for bill in company.bills
        if _network(company, bill) in systems and bill.issued_on >= months_before(now, 12)
    ]
    fixed = {(bill.number, bill.issued_on) for bill in shown if bill.single and _network(company, bill) == "FIXED"}
    once = [
        bill
        for bill in shown
        if not bill.single or _network(company, bill) == "FIXED" or (bill.number, bill.issued_on) not in fixed
    ]
    return _newest(
        once, lambda bill: bill.issued_on, lambda bill: f"{_network(company, bill)}/{bill.account}/{bill.number}"
    )


def _orders(company: Company, now: datetime, systems: set[str]) -> list[Order]:
    shown = [
        order
        for order in company.orders
        if order.network.upper() in systems and order.placed_at.astimezone(ROME).date() >= months_before(now, 6)
    ]
    return _newest(shown, lambda order: order.placed_at, lambda order: order.id)


def _order(order: Order) -> dict[str, Any]:
    return {"number": order.id, "kind": order.kind, "placedAt": order.placed_at.astimezone(ROME).isoformat()}


def _newest(rows: Iterable[Any], at: Callable[[Any], Any], key: Callable[[Any], str]) -> list[Any]:
    return sorted(sorted(rows, key=key), key=at, reverse=True)
