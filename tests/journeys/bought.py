"""What is asked for to buy offers, and the answer that is due: for the cells of the matrix."""

from typing import Any

from bff.domain.phase import phase_name
from sandbox.world.model import MobileLine
from sandbox.world.order import PHASES
from tests.journeys.acting import Acting, mobile_lines
from tests.journeys.ident import id_of, offer_id
from tests.journeys.offered import Offered, eligible, offered
from tests.journeys.served import Asked

BUY = (
    "mutation ($offer: ID!, $lines: [ID!], $key: ID!) {"
    "  offerBuy(input: { offerId: $offer, lineIds: $lines, idempotencyKey: $key }) {"
    "  status userErrors { code message field }"
    "  order { kind state items { name state line { number } phases { name } } } } }"
)


def for_lines(who: Acting) -> Offered:
    """Give the first offer that can be bought for a line within reach."""
    return next(each for each in offered(who) if each.offering.for_lines and takers(each, who))


def for_all(who: Acting) -> Offered:
    """Give the first offer that is for the whole customer."""
    return next(each for each in offered(who) if not each.offering.for_lines)


def takers(of: Offered, who: Acting) -> list[MobileLine]:
    """Give the lines within reach that an offer can be bought for."""
    return [line for line in mobile_lines(who, who.may["mobile.detail"]) if line.msisdn in eligible(of, who)]


def buys(who: Acting, reach: str) -> Asked:
    """Buy an offer for a line within reach, and one for the whole customer; a colleague's line is out of reach."""
    of = for_lines(who)
    line = takers(of, who)[0]
    asked = [(variables(who, of, line), answer(of, [line.msisdn]))]
    if reach == "all":
        whole = for_all(who)
        return [*asked, (variables(who, whole), answer(whole, [None]))]
    beyond = next(each for each in who.company.mobile_lines if each.product_id != who.membership.line_id)
    missing = refused("NOT_FOUND", "L'elemento non esiste o non è tuo.", "lineIds", "0")
    denied = refused("FORBIDDEN", "Il tuo profilo non consente questa operazione.", "offerId")
    return [*asked, (variables(who, of, beyond), missing), (variables(who, for_all(who)), denied)]


def variables(who: Acting, of: Offered, *lines: MobileLine, key: str = "") -> dict[str, Any]:
    """Ask for an offer for some lines, each time under the same key unless one is given."""
    ids = [id_of(line, who.company) for line in lines]
    named = "-".join([who.membership.id, of.offering.id, *(line.product_id for line in lines)])
    return {"offer": offer_id(of.campaign.id, of.offering.id, who.company), "lines": ids, "key": key or named}


def answer(of: Offered, numbers: list[str | None]) -> dict[str, Any]:
    """Show the order that is made: received, with all that is still to come."""
    items = [
        {
            "name": of.offering.name,
            "state": "RECEIVED",
            "line": None if number is None else {"number": number},
            "phases": [{"name": phase_name(code, "it")} for code, _ in PHASES["OFFER"]],
        }
        for number in numbers
    ]
    return {
        "offerBuy": {
            "status": "ACCEPTED",
            "userErrors": [],
            "order": {"kind": "OFFER", "state": "RECEIVED", "items": items},
        }
    }


def refused(code: str, message: str, *field: str) -> dict[str, Any]:
    """Show a refusal for one reason."""
    error = {"code": code, "message": message, "field": list(field)}
    return {"offerBuy": {"status": "REJECTED", "userErrors": [error], "order": None}}
