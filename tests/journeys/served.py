"""What is asked for to set services of contracts and lines, and the answer that is due: for the cells of the matrix."""

from collections.abc import Sequence
from typing import Any

from sandbox.world.model import Agreement, MobileLine
from tests.journeys import shown
from tests.journeys.acting import Acting, mobile_lines
from tests.journeys.ident import id_of

Asked = Sequence[tuple[dict[str, Any], dict[str, Any]]]
"""Variables, and the whole data that is due."""

_ANSWER = "status userErrors { code message field } request { kind state }"
_CONTRACT = f"{_ANSWER} contract {{ number services {{ %s }} }}"
_LINE = f"{_ANSWER} line {{ premium {{ enabled active {{ code }} blackList }} }}"
THRESHOLDS = (
    "mutation ($id: ID!, $key: ID!, $rows: [SpendingThresholdInput!]!) {"
    "  spendingThresholdsSet(input: { contractId: $id, thresholds: $rows, idempotencyKey: $key }) {"
    f"  {_CONTRACT % 'thresholds { kind limit { amount currency } }'} }} }}"
)
TIM_DUO = (
    "mutation ($id: ID!, $key: ID!, $pairs: [TimDuoPairInput!]!) {"
    "  timDuoSet(input: { contractId: $id, pairs: $pairs, idempotencyKey: $key }) {"
    f"  {_CONTRACT % 'timDuo { line { number } lineNumber pairedNumber }'} }} }}"
)
REFERENCE = (
    "mutation ($id: ID!, $key: ID!, $reference: String) {"
    "  companyReferenceSet(input: { contractId: $id, reference: $reference, idempotencyKey: $key }) {"
    f"  {_CONTRACT % 'companyReference'} }} }}"
)
CHARITY = (
    "mutation ($id: ID!, $key: ID!, $enabled: Boolean!) {"
    "  charitySmsSet(input: { contractId: $id, enabled: $enabled, idempotencyKey: $key }) {"
    f"  {_CONTRACT % 'charitySms'} }} }}"
)
PREMIUM = (
    "mutation ($id: ID!, $key: ID!, $enabled: Boolean!, $end: [String!]!) {"
    "  premiumServicesSet(input: { lineId: $id, enabled: $enabled, end: $end, idempotencyKey: $key }) {"
    f"  {_LINE} }} }}"
)
BLACK_LIST = (
    "mutation ($id: ID!, $key: ID!, $senders: [String!]!) {"
    "  premiumBlackListSet(input: { lineId: $id, blackList: $senders, idempotencyKey: $key }) {"
    f"  {_LINE} }} }}"
)
REQUEST = {"kind": "SERVICE", "state": "DONE"}


def contract(who: Acting) -> Agreement:
    """Give the first contract, which has every service."""
    first = who.company.agreements[0]
    assert first.state == "active"
    return first


def thresholds(who: Acting, _reach: str) -> Asked:
    """Put two thresholds in the place of all."""
    rows = [{"kind": "TOTAL", "limit": "150.5"}, {"kind": "DATA", "limit": "0"}]
    due = [
        {"kind": kind, "limit": {"amount": amount, "currency": "EUR"}}
        for kind, amount in (("TOTAL", "150.50"), ("DATA", "0.00"))
    ]
    return _of_contract(who, "spendingThresholdsSet", {"rows": rows}, {"thresholds": due})


def tim_duo(who: Acting, _reach: str) -> Asked:
    """Join another line of the contract with a number, and end all other pairs."""
    line = pairable(who)[-1]
    pair = {"lineNumber": line.msisdn, "pairedNumber": "+390687654321"}
    visible = {"number": line.msisdn} if shown.sees_line(line, who) else None
    return _of_contract(who, "timDuoSet", {"pairs": [pair]}, {"timDuo": [{"line": visible, **pair}]})


def pairable(who: Acting) -> list[MobileLine]:
    """Give the lines of the contract that may be joined with a number."""
    lines = who.company.mobile_lines
    return [line for line in lines if line.agreement_id == contract(who).id and line.state == "active"]


def reference(who: Acting, _reach: str) -> Asked:
    """Set the company reference."""
    text = f"RIF {who.membership.id}"
    return _of_contract(who, "companyReferenceSet", {"reference": text}, {"companyReference": text})


def charity(who: Acting, _reach: str) -> Asked:
    """Bar charity SMS, which the first contract has."""
    return _of_contract(who, "charitySmsSet", {"enabled": False}, {"charitySms": False})


def premium(who: Acting, reach: str) -> Asked:
    """Bar premium services and end those of a line within reach; ask it of a line beyond what is one's own."""
    line = served_line(mobile_lines(who, reach))
    now = shown.mobile_services(line, who.company)["premium"]
    end = [each["code"] for each in now["active"]]
    due = {"enabled": False, "active": [], "blackList": now["blackList"]}
    asked = [_of_line(who, line, "premiumServicesSet", {"enabled": False, "end": end}, due)]
    if reach == "own":
        beyond = [line for line in who.company.mobile_lines if line.product_id != who.membership.line_id]
        asked.append(_of_line(who, served_line(beyond), "premiumServicesSet", {"enabled": False, "end": []}, None))
    return asked


def served_line(lines: Sequence[MobileLine]) -> MobileLine:
    """Give the first line whose premium services can be set."""
    return next(line for line in lines if line.state == "active" and line.sim is not None and not line.sim.blocked)


def _of_contract(who: Acting, mutation: str, given: dict[str, Any], services: dict[str, Any]) -> Asked:
    of = contract(who)
    due = {
        "status": "ACCEPTED",
        "userErrors": [],
        "request": REQUEST,
        "contract": {"number": of.number, "services": services},
    }
    return [({"id": id_of(of, who.company), "key": f"{mutation}-{who.membership.id}", **given}, {mutation: due})]


def _of_line(
    who: Acting, line: MobileLine, mutation: str, given: dict[str, Any], due: dict[str, Any] | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ask it of a line; due is nothing of one that is out of reach."""
    variables = {"id": id_of(line, who.company), "key": f"{mutation}-{who.membership.id}-{line.product_id}", **given}
    refused = {
        "code": "NOT_FOUND",
        "message": "L'elemento non esiste o non è tuo.",
        "field": ["lineId"],
    }
    answer = {
        "status": "REJECTED" if due is None else "ACCEPTED",
        "userErrors": [refused] if due is None else [],
        "request": None if due is None else REQUEST,
        "line": None if due is None else {"premium": due},
    }
    return variables, {mutation: answer}
