"""Buying offers beyond the matrix: what stands in the way, following what was bought, and bad days."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.clock import DEFAULT_NOW
from sandbox.server import Sandbox
from sandbox.world.model import MobileLine
from sandbox.world.offer import OFFERINGS, Campaign, campaigns, recommended
from tests.house import Answer, House, house
from tests.journeys import bought
from tests.journeys.acting import Acting, acting, number
from tests.journeys.answer import body
from tests.journeys.ident import IDS, id_of
from tests.journeys.offered import Offered, offered
from tests.live.listening import advance
from tests.waiting import eventually

POST = "POST /productOrder"


@pytest.fixture
def legal(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "legal")


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


def buy(bff: House, of: Offered, *lines: MobileLine, key: str = "key-1", language: str = "it") -> Answer:
    who = acting(bff.sandbox.world, "legal")
    variables = bought.variables(who, of, *lines, key=key)
    return bff.ask("legal", bought.BUY, variables, headers={"accept-language": language})


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    return answer.data["offerBuy"]


def errors(answer: Answer) -> list[tuple[str, str]]:
    """Give the code and path of each error of what was refused without an order."""
    told = payload(answer)
    assert (told["status"], told["order"]) == ("REJECTED", None)
    assert answer.calls[f"mobile {POST}"] == 0
    return [(each["code"], ".".join(each["field"])) for each in told["userErrors"]]


def strike(bff: House, quirk: Quirk, **told: Any) -> None:
    bff.sandbox.faults.set(Rule(quirk=quirk, system="mobile", operation=POST, parameters=Parameters(**told)))


def told_of(who: Acting, campaign_id: str, offering_id: str) -> Offered:
    """Make an offer of a campaign, be it one that can be had now or not."""
    campaign: Campaign = next(each for each in campaigns(DEFAULT_NOW) if each.id == campaign_id)
    offering = next(each for each in OFFERINGS if each.id == offering_id)
    lines = [each.line_ids for each in recommended(who.company) if each.offering_id == offering_id]
    return Offered(offering, campaign, lines[0] if lines else ())


def once_only(who: Acting) -> Offered:
    """Give an offer for lines that is paid once and for all."""
    return next(
        each
        for each in offered(who)
        if each.offering.for_lines and each.offering.once is not None and each.offering.monthly is None
    )


# --- what stands in the way -------------------------------------------------------------------------------------------


def test_a_campaign_that_is_over_or_to_come_sells_nothing(bff: House, legal: Acting) -> None:
    for campaign_id, offering_id in (("CMP-105", "OFR-2001"), ("CMP-106", "OFR-2001"), ("CMP-107", "OFR-2010")):
        of = told_of(legal, campaign_id, offering_id)
        line = next(each for each in legal.company.mobile_lines if each.product_id in of.line_ids)
        assert errors(buy(bff, of, line)) == [("WINDOW_EXPIRED", "offerId")]


def test_an_offering_that_is_withdrawn_is_not_sold(bff: House, legal: Acting) -> None:
    of = told_of(legal, "CMP-101", "OFR-2009")
    line = next(each for each in legal.company.mobile_lines if each.product_id in of.line_ids)
    assert errors(buy(bff, of, line)) == [("WRONG_STATE", "offerId")]


@pytest.mark.parametrize(
    ("campaign_id", "offering_id"), [("CMP-102", "OFR-2005"), ("CMP-103", "OFR-2001"), ("CMP-101", "OFR-2003")]
)
def test_what_is_not_recommended_or_is_none_of_a_campaigns_is_no_offer(
    bff: House, legal: Acting, campaign_id: str, offering_id: str
) -> None:
    assert errors(buy(bff, told_of(legal, campaign_id, offering_id))) == [("NOT_FOUND", "offerId")]


def test_each_line_is_told_why_it_can_not_have_the_offer(bff: House, legal: Acting) -> None:
    of = bought.for_lines(legal)
    lines = legal.company.mobile_lines
    good = bought.takers(of, legal)[0]
    other = next(line for line in lines if line.product_id not in of.line_ids)
    ceased = next(line for line in lines if line.product_id in of.line_ids and line.state == "terminated")

    assert errors(buy(bff, of, good, other, ceased)) == [("NOT_ELIGIBLE", "lineIds.1"), ("WRONG_STATE", "lineIds.2")]


def test_lines_are_named_where_an_offer_is_for_lines_and_only_there(bff: House, legal: Acting) -> None:
    of = bought.for_lines(legal)
    assert errors(buy(bff, of)) == [("INVALID", "lineIds")]
    assert errors(buy(bff, bought.for_all(legal), bought.takers(of, legal)[0])) == [("INVALID", "lineIds")]


def test_a_line_is_named_once_and_at_most_a_hundred_are(bff: House, legal: Acting) -> None:
    of = bought.for_lines(legal)
    line = bought.takers(of, legal)[0]
    assert errors(buy(bff, of, line, line)) == [("INVALID", "lineIds.1")]
    many = errors(buy(bff, of, *[line] * 101))
    assert many == [("TOO_MANY_ITEMS", "lineIds"), *(("INVALID", f"lineIds.{place}") for place in range(1, 100))]


def test_a_strangers_line_answers_as_one_that_was_never_made(bff: House, legal: Acting) -> None:
    of = bought.for_lines(legal)
    variables = bought.variables(legal, of, bought.takers(of, legal)[0])
    stranger = bff.sandbox.world.companies[-1]
    foreign = id_of(stranger.mobile_lines[0], stranger)
    never_made = IDS.encode("MobileLine", None, ("none",), stranger.tax_code)
    answers = [bff.ask("legal", bought.BUY, {**variables, "lines": [each]}) for each in (foreign, never_made, "x")]

    assert len({body(answer) for answer in answers}) == 1
    assert errors(answers[0]) == [("NOT_FOUND", "lineIds.0")]
    assert [answer.calls for answer in answers[1:]] == [{}, {}]


BUTTON = "query ($id: ID!) { node(id: $id) { ... on Offer { actions { name state reason } } } }"


def button(bff: House, of: Offered, persona: str) -> tuple[str, str | None]:
    who = acting(bff.sandbox.world, persona)
    offered_id = bought.variables(who, of)["offer"]
    [shown] = bff.ask(persona, BUTTON, {"id": offered_id}).data["node"]["actions"]
    return shown["state"], shown["reason"]


def test_the_button_is_grey_when_there_is_nothing_left_to_buy_it_for(bff: House, legal: Acting) -> None:
    purchaser = acting(bff.sandbox.world, "purchaser")
    of, whole = bought.for_lines(purchaser), bought.for_all(legal)
    assert [button(bff, of, "purchaser"), button(bff, whole, "legal")] == [("ENABLED", None)] * 2

    own = bff.ask("purchaser", bought.BUY, bought.variables(purchaser, of, bought.takers(of, purchaser)[0]))
    assert own.data["offerBuy"]["status"] == buy(bff, whole).data["offerBuy"]["status"] == "ACCEPTED"

    assert button(bff, of, "purchaser") == button(bff, whole, "legal") == ("DISABLED", "IN_PROGRESS")
    assert button(bff, of, "legal") == ("ENABLED", None), "for other lines"


@pytest.mark.parametrize(
    ("language", "message"),
    [("it", "L'offerta è già stata ordinata."), ("en", "The offer has been ordered already.")],
)
def test_what_is_ordered_is_not_ordered_again(bff: House, legal: Acting, language: str, message: str) -> None:
    of = bought.for_lines(legal)
    first, second = bought.takers(of, legal)[:2]
    assert payload(buy(bff, of, first))["status"] == "ACCEPTED"
    again = buy(bff, of, second, first, key="key-2", language=language)

    assert errors(again) == [("IN_PROGRESS", "lineIds.1")]
    assert payload(again)["userErrors"][0]["message"] == message
    assert len(bff.sandbox.deeds) == 1
    assert payload(buy(bff, of, second, key="key-3"))["status"] == "ACCEPTED"


def test_what_is_for_the_whole_customer_is_not_ordered_again(bff: House, legal: Acting) -> None:
    of = bought.for_all(legal)
    assert payload(buy(bff, of))["status"] == "ACCEPTED"
    assert errors(buy(bff, of, key="key-2")) == [("IN_PROGRESS", "offerId")]


def test_what_is_active_is_not_sold_again_and_what_is_paid_once_and_for_all_is(bff: House, legal: Acting) -> None:
    lasting, once = bought.for_lines(legal), once_only(legal)
    assert lasting.offering.monthly is not None
    for of, line in ((each, bought.takers(each, legal)[0]) for each in (lasting, once)):
        payload(buy(bff, of, line, key=f"first-{of.offering.id}"))
    delivered(bff)

    assert errors(buy(bff, lasting, bought.takers(lasting, legal)[0], key="key-2")) == [("WRONG_STATE", "lineIds.0")]
    assert payload(buy(bff, once, bought.takers(once, legal)[0], key="key-3"))["status"] == "ACCEPTED"


def delivered(bff: House) -> None:
    """Let all orders that were made reach their end."""
    for order in bff.sandbox.deeds.orders("mobile", bff.sandbox.clock.now()):
        while bff.sandbox.changes.order(order).state != "COMPLETED":
            advance(bff.sandbox, f"/orders/{order.id}/advance")


def test_nobody_sells_what_may_have_been_sold_already(bff: House, legal: Acting) -> None:
    bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /productOrder"))
    of = bought.for_lines(legal)
    answer = buy(bff, of, bought.takers(of, legal)[0])

    assert (answer.data, answer.codes) == ({"offerBuy": None}, [("UNAVAILABLE", "offerBuy")])
    assert answer.calls[f"mobile {POST}"] == 0


# --- following what was bought ----------------------------------------------------------------------------------------

ORDERS = "{ customer { orders(first: 1) { nodes { kind state items { name line { number } } } } } }"


def test_an_order_has_an_item_for_each_line_and_is_followed_to_its_end(bff: House, legal: Acting) -> None:
    of = bought.for_lines(legal)
    lines = bought.takers(of, legal)[:2]
    assert bff.ask("legal", ORDERS).errors == []
    answer = buy(bff, of, *lines)

    assert answer.data == bought.answer(of, [number(line) for line in lines])
    items = [{"name": of.offering.name, "line": {"number": number(line)}} for line in lines]
    newest = {"kind": "OFFER", "state": "RECEIVED", "items": items}
    assert bff.ask("legal", ORDERS).data == {"customer": {"orders": {"nodes": [newest]}}}, "whatever was cached"
    delivered(bff)
    assert payload(buy(bff, of, *lines))["order"]["state"] == "COMPLETED"


# --- once, and on bad days --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_what_was_taken_without_an_answer_is_found_and_never_bought_twice(
    quick: House, legal: Acting, mode: Any
) -> None:
    of = bought.for_lines(legal)
    line = bought.takers(of, legal)[0]
    strike(quick, Quirk.TAKEN_UNANSWERED, mode=mode)
    first = payload(buy(quick, of, line))
    quick.sandbox.faults.clear()

    assert first["status"] == ("UNKNOWN" if mode == "silent" else "ACCEPTED")
    quick.sandbox.clock.advance(6)
    due = bought.answer(of, [number(line)])
    eventually(lambda: buy(quick, of, line).data == due, "it is not settled")
    assert len(quick.sandbox.deeds) == 1


def test_an_order_that_fails_later_says_so_and_may_be_placed_again(quick: House, legal: Acting) -> None:
    of = bought.for_lines(legal)
    line = bought.takers(of, legal)[0]
    strike(quick, Quirk.REFUSED_LATER, seconds=30)
    assert payload(buy(quick, of, line))["order"]["state"] == "RECEIVED"
    quick.sandbox.faults.clear()
    quick.sandbox.clock.advance(31)

    assert payload(buy(quick, of, line))["order"]["state"] == "FAILED"
    assert payload(buy(quick, of, line, key="key-2"))["status"] == "ACCEPTED"


def test_reads_that_lag_give_no_order_to_follow_yet(quick: House, legal: Acting) -> None:
    of = bought.for_lines(legal)
    line = bought.takers(of, legal)[0]
    strike(quick, Quirk.LATE_READS, seconds=20)
    assert payload(buy(quick, of, line)) == {"status": "ACCEPTED", "userErrors": [], "order": None}

    quick.sandbox.clock.advance(21)
    assert payload(buy(quick, of, line))["order"]["state"] == "RECEIVED"
