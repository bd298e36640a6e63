"""What is asked for of single lines, and the answers that are due: for the cells of the matrix."""

from collections.abc import Sequence
from typing import Any

from sandbox.world.identifier import iccid
from sandbox.world.model import FixedLine, MobileLine
from tests.journeys.acting import Acting, fixed_lines, mobile_lines, number
from tests.journeys.ident import id_of

Asks = Sequence[tuple[dict[str, Any], dict[str, Any]]]

NEW_ICCID = iccid(77_000_000)
TIMES = ["2026-11-20T02:30:00+01:00", "2026-11-21T03:15:00+01:00"]
PLACE = {"street": "Via Garibaldi, 4", "postcode": "20121", "town": "Milano", "province": "MI"}

SIM_CHANGE = (
    "mutation ($id: ID!, $key: ID!, $iccid: String, $to: AddressInput) {"
    "  simChange(input: { lineId: $id, newIccid: $iccid, shipTo: $to, idempotencyKey: $key }) {"
    "  status userErrors { code field } line { number }"
    "  order { kind state items { lineNumber shipment { steps { state } } } } } }"
)
MOBILE_NUISANCE = (
    "mutation ($id: ID!, $key: ID!, $caller: String, $times: [DateTime!]!, $note: String) {"
    "  mobileNuisanceReport(input: { lineId: $id, caller: $caller, times: $times, note: $note, idempotencyKey: $key })"
    "  { status userErrors { code field } request { kind state lineNumber moreInformation } } }"
)
FIXED_NUISANCE = (
    "mutation ($id: ID!, $key: ID!, $caller: String, $times: [DateTime!]!, $report: String) { fixedNuisanceReport("
    "  input: { lineId: $id, caller: $caller, times: $times, policeReport: $report, idempotencyKey: $key })"
    "  { status userErrors { code field } request { kind state lineNumber } } }"
)
RELOCATE = (
    "mutation ($id: ID!, $key: ID!, $address: AddressInput!, $phone: String!, $on: Date) { fixedLineRelocate("
    "  input: { lineId: $id, address: $address, contactPhone: $phone, wantedOn: $on, idempotencyKey: $key })"
    "  { status userErrors { code field } request { kind state lineNumber }"
    "    line { number account { billing { directDebit { holder } } } } } }"
)


def mobile(who: Acting, reach: str) -> MobileLine:
    """Give a line that a SIM can be changed of."""
    return next(line for line in mobile_lines(who, reach) if line.state == "active" and line.sim is not None)


def fixed(who: Acting) -> FixedLine:
    """Give a line whose account has a direct debit."""
    debited = {each.code for each in who.company.fixed_accounts if each.direct_debit_iban is not None}
    return next(line for line in fixed_lines(who, "all") if line.state == "ATT" and line.account_code in debited)


def _key(who: Acting, name: str) -> str:
    return f"{name}-{who.membership.id}"


def _beyond(who: Acting, reach: str) -> list[MobileLine]:
    """Give a line that is beyond what is only the person's own."""
    others = [line for line in who.company.mobile_lines if line.product_id != who.membership.line_id]
    return others[:1] if reach == "own" else []


def _refused(*shown: str) -> dict[str, Any]:
    errors = [{"code": "NOT_FOUND", "field": ["lineId"]}]
    return {"status": "REJECTED", "userErrors": errors, **dict.fromkeys(shown)}


def sim_changes(who: Acting, reach: str) -> Asks:
    """Change a SIM for one at hand, and have one shipped; a line beyond one's own is not there."""
    line = mobile(who, reach)
    items = [{"lineNumber": line.msisdn, "shipment": None}]
    order = {"kind": "SIM_CHANGE", "state": "RECEIVED", "items": items}
    at_hand = {"status": "ACCEPTED", "userErrors": [], "line": {"number": line.msisdn}, "order": order}
    asked: dict[str, Any] = {"id": id_of(line, who.company), "iccid": NEW_ICCID}
    asks = [({**asked, "key": _key(who, "sim")}, {"simChange": at_hand})]
    for other in _beyond(who, reach):
        beyond = {**asked, "id": id_of(other, who.company), "key": _key(who, "sim-beyond")}
        asks.append((beyond, {"simChange": _refused("line", "order")}))
    return asks


def mobile_reports(who: Acting, reach: str) -> Asks:
    """Report calls on a mobile line."""
    line = mobile(who, reach)
    told = "Chiamate moleste da +39061234567: 20/11/2026 02:30, 21/11/2026 03:15. Nessuno parla."
    request = {"kind": "NUISANCE_CALLS", "state": "RECEIVED", "lineNumber": line.msisdn, "moreInformation": told}
    due = {"status": "ACCEPTED", "userErrors": [], "request": request}
    asked = {"id": id_of(line, who.company), "caller": "+39 06 1234567", "times": TIMES, "note": " Nessuno parla. "}
    asks = [({**asked, "key": _key(who, "calls")}, {"mobileNuisanceReport": due})]
    for other in _beyond(who, reach):
        beyond = {**asked, "id": id_of(other, who.company), "key": _key(who, "calls-beyond")}
        asks.append((beyond, {"mobileNuisanceReport": _refused("request")}))
    return asks


def fixed_reports(who: Acting, _reach: str) -> Asks:
    """Report calls on a fixed line."""
    line = fixed(who)
    request = {"kind": "NUISANCE_CALLS", "state": "RECEIVED", "lineNumber": number(line)}
    due = {"status": "ACCEPTED", "userErrors": [], "request": request}
    asked = {"id": id_of(line, who.company), "caller": None, "times": TIMES, "key": _key(who, "fixed-calls")}
    return [(asked, {"fixedNuisanceReport": due})]


def relocations(who: Acting, _reach: str) -> Asks:
    """Have a line moved, which ends the direct debit of its account."""
    line = fixed(who)
    request = {"kind": "RELOCATION", "state": "RECEIVED", "lineNumber": number(line)}
    shown = {"number": number(line), "account": {"billing": {"directDebit": None}}}
    due = {"status": "ACCEPTED", "userErrors": [], "request": request, "line": shown}
    asked = {"id": id_of(line, who.company), "address": PLACE, "phone": "+390212345678", "key": _key(who, "move")}
    return [(asked, {"fixedLineRelocate": due})]
