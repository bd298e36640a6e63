"""What is asked for to cease lines and to call it off, and the answers that are due: for the cells of the matrix."""

from collections.abc import Sequence
from typing import Any

from sandbox.world.model import FixedLine
from tests.journeys.acting import Acting, Line, fixed_lines, mobile_lines, number
from tests.journeys.ident import id_of

RESULTS = (
    "outcome userErrors { code field } results { status userErrors { code field }"
    " subject { ... on MobileLine { number state } ... on FixedLine { number state } }"
    " order { kind state items { lineNumber } } request { kind state lineNumber } }"
)
CEASE = (
    "mutation ($ids: [ID!]!, $key: ID!, $on: Date) {"
    f"  linesCease(input: {{ lineIds: $ids, reason: NOT_NEEDED, wantedOn: $on, idempotencyKey: $key }}) {{ {RESULTS} }}"
    "}"
)
REVOKE = (
    f"mutation ($ids: [ID!]!, $key: ID!) {{ linesCeaseRevoke(input: {{ lineIds: $ids, idempotencyKey: $key }})"
    f" {{ {RESULTS} }} }}"
)


def active(lines: Sequence[Line]) -> list[Line]:
    """Give the lines that can be ceased, blocked ones left out."""
    return [
        line
        for line in lines
        if (line.state == "ATT" if isinstance(line, FixedLine) else line.state == "active" and line.sim is not None)
    ]


def accepted(line: Line, together: Sequence[Line]) -> dict[str, Any]:
    """Give what became of a line that is being ceased with some others."""
    shown = {"status": "ACCEPTED", "userErrors": [], "subject": {"number": number(line), "state": "CEASING"}}
    if isinstance(line, FixedLine):
        request = {"kind": "CESSATION", "state": "RECEIVED", "lineNumber": number(line)}
        return {**shown, "order": None, "request": request}
    items = [{"lineNumber": number(each)} for each in together if not isinstance(each, FixedLine)]
    return {**shown, "order": {"kind": "CESSATION", "state": "RECEIVED", "items": items}, "request": None}


def rejected(code: str, place: int, line: Line | None = None, state: str | None = None) -> dict[str, Any]:
    """Give what became of a line that is refused."""
    subject = None if line is None else {"number": number(line), "state": state}
    errors = [{"code": code, "field": ["lineIds", str(place)]}]
    return {"status": "REJECTED", "userErrors": errors, "subject": subject, "order": None, "request": None}


def ceases(who: Acting, lines: Sequence[Line], name: str) -> Sequence[tuple[dict[str, Any], dict[str, Any]]]:
    """Cease some lines together."""
    asked = {"ids": [id_of(line, who.company) for line in lines], "key": f"cease-{name}-{who.membership.id}"}
    due = {"outcome": "SUCCESS", "userErrors": [], "results": [accepted(line, lines) for line in lines]}
    return [(asked, {"linesCease": due})]


def of_mobile(who: Acting, reach: str) -> Sequence[tuple[dict[str, Any], dict[str, Any]]]:
    """Cease the last two mobile lines that can be."""
    return ceases(who, active(mobile_lines(who, reach))[-2:], "mobile")


def of_fixed(who: Acting, reach: str) -> Sequence[tuple[dict[str, Any], dict[str, Any]]]:
    """Cease the last two fixed lines that can be."""
    return ceases(who, active(fixed_lines(who, reach))[-2:], "fixed")
