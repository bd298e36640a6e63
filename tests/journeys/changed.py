"""What is asked for to change something, and the answer that is due: for the cells of the matrix."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sandbox.world.model import MobileLine
from tests.journeys.acting import Acting, fixed_lines, mobile_lines, number
from tests.journeys.ident import id_of

BLOCK = (
    "mutation ($id: ID!, $key: ID!) { simBlock(input: { lineId: $id, reason: LOST, idempotencyKey: $key }) {"
    "  status userErrors { code field } line { state } request { kind state } } }"
)


def blocks(who: Acting, reach: str) -> Sequence[tuple[dict[str, str], dict[str, Any]]]:
    """Block the SIM of a line within reach, and of one that is beyond what is only the person's own."""
    asked: list[tuple[dict[str, str], dict[str, Any]]] = [
        (
            {"id": id_of(unblocked(mobile_lines(who, reach)), who.company), "key": f"block-{who.membership.id}-within"},
            {
                "status": "ACCEPTED",
                "userErrors": [],
                "line": {"state": "BLOCKED"},
                "request": {"kind": "SIM_BLOCK", "state": "DONE"},
            },
        )
    ]
    if reach == "own":
        beyond = [line for line in who.company.mobile_lines if line.product_id != who.membership.line_id]
        refused = {"code": "NOT_FOUND", "field": ["lineId"]}
        asked.append(
            (
                {"id": id_of(unblocked(beyond), who.company), "key": f"block-{who.membership.id}-beyond"},
                {"status": "REJECTED", "userErrors": [refused], "line": None, "request": None},
            )
        )
    return [(variables, {"simBlock": due}) for variables, due in asked]


PAPERLESS = (
    "mutation ($id: ID!, $key: ID!) {"
    "  contractPaperlessSet(input: { contractId: $id, paperless: true, idempotencyKey: $key }) {"
    "  status userErrors { code field } contract { number billing { paperless } } request { kind } } }"
)


def paperless(who: Acting, _reach: str) -> Sequence[tuple[dict[str, str], dict[str, Any]]]:
    """Turn the paperless invoice of the first contract in force on."""
    contract = next(each for each in who.company.agreements if each.state == "active")
    shown = {"number": contract.number, "billing": {"paperless": True}}
    due: dict[str, Any] = {"status": "DONE", "userErrors": [], "contract": shown, "request": None}
    asked = {"id": id_of(contract, who.company), "key": f"paperless-{who.membership.id}"}
    return [(asked, {"contractPaperlessSet": due})]


FIXED_PAPERLESS = (
    "mutation ($id: ID!, $key: ID!) {"
    "  fixedLinePaperlessSet(input: { lineId: $id, paperless: true, idempotencyKey: $key }) {"
    "  status userErrors { code field } lines { number account { billing { paperless } } } request { kind } } }"
)


def fixed_paperless(who: Acting, reach: str) -> Sequence[tuple[dict[str, str], dict[str, Any]]]:
    """Turn the paperless invoice on of an account that has paper and several lines, by one of them that is in force."""
    paper = {each.code for each in who.company.fixed_accounts if not each.paperless}
    lines = [line for line in fixed_lines(who, reach) if line.account_code in paper]
    of_account = Counter(line.account_code for line in lines)
    one = max((line for line in lines if line.state == "ATT"), key=lambda line: of_account[line.account_code])
    shown = {"account": {"billing": {"paperless": True}}}
    due: dict[str, Any] = {
        "status": "DONE",
        "userErrors": [],
        "lines": [{"number": number(line), **shown} for line in lines if line.account_code == one.account_code],
        "request": None,
    }
    asked = {"id": id_of(one, who.company), "key": f"fixed-paperless-{who.membership.id}"}
    return [(asked, {"fixedLinePaperlessSet": due})]


def unblocked(lines: Sequence[MobileLine]) -> MobileLine:
    """Give the first line whose SIM can be blocked."""
    return next(line for line in lines if line.state == "active" and line.sim is not None and not line.sim.blocked)
