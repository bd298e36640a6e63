"""Offers beyond the matrix: when campaigns end, what pages and ids give, what is shared, and bad days of each part."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.clock import DEFAULT_NOW, ROME
from sandbox.server import Sandbox
from sandbox.world.offer import recommended
from tests.house import House, house
from tests.journeys import offered
from tests.journeys.acting import Acting, acting
from tests.journeys.answer import bad_request, told
from tests.journeys.ident import campaign_id, offer_id
from tests.plan.cost import spent

NAMES = "{ customer { offers { totalCount freshness { state system } nodes { name campaign { name } } } } }"
LINES = "{ customer { offers { nodes { name eligibleLines(first: 50) { totalCount nodes { number } } } } } }"
OF_CAMPAIGN = "query ($id: ID) { offers(campaignId: $id) { totalCount nodes { name } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Offer { name campaign { name } } } }"
PARTS = ("GET /queryProductRecommendation", "GET /productOffering", "GET /promotion")
FRESH = [{"state": "FRESH", "system": "MOBILE"}]
NOT_OURS = "The cursor is not one of this list in this order; start again without a cursor."


@pytest.fixture
def legal(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "legal")


@pytest.fixture
def timed(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that goes by the sandbox's clock."""
    with house(sandbox) as opened:
        yield opened


def names(who: Acting, now: datetime = DEFAULT_NOW) -> list[dict[str, object]]:
    return [
        {"name": each.offering.name, "campaign": {"name": each.campaign.name}} for each in offered.offered(who, now)
    ]


def page(who: Acting, now: datetime = DEFAULT_NOW) -> dict[str, object]:
    rows = names(who, now)
    return {"customer": {"offers": {"totalCount": len(rows), "freshness": FRESH, "nodes": rows}}}


# --- campaigns and who is in them -------------------------------------------------------------------------------------


def test_a_campaign_ends_by_itself_at_romes_midnight_whatever_is_cached(
    timed: House, sandbox: Sandbox, legal: Acting
) -> None:
    midnight = datetime(2026, 11, 23, tzinfo=ROME)
    sandbox.clock.set(midnight - timedelta(minutes=1))
    before = timed.ask("legal", NAMES)
    sandbox.clock.set(midnight)
    after = timed.ask("legal", NAMES)

    assert before.data == page(legal, midnight - timedelta(minutes=1))
    assert after.data == page(legal, midnight)
    ended = [row for row in names(legal) if row not in names(legal, midnight)]
    assert {row["campaign"]["name"] for row in ended} == {"Autunno in rete"}  # type: ignore[index]
    assert set(after.calls) <= {"directory GET /Users"}


def test_a_campaign_begins_by_itself(timed: House, sandbox: Sandbox, legal: Acting) -> None:
    start = datetime(2026, 12, 1, tzinfo=ROME)
    sandbox.clock.set(start)

    answer = timed.ask("legal", NAMES)

    assert answer.data == page(legal, start)
    assert "Anno nuovo 5G" in {row["campaign"]["name"] for row in names(legal, start)}  # type: ignore[index]
    assert "Anno nuovo 5G" not in {row["campaign"]["name"] for row in names(legal)}  # type: ignore[index]


@pytest.mark.parametrize(("persona", "campaigns", "offers"), [("legal", 3, 5), ("big", 1, 2), ("mobile", 1, 1)])
def test_companies_are_in_several_campaigns_or_in_one(
    warm: House, sandbox: Sandbox, persona: str, campaigns: int, offers: int
) -> None:
    who = acting(sandbox.world, persona)

    answer = warm.ask(persona, NAMES)

    assert answer.data == page(who)
    assert (len({each.campaign.id for each in offered.offered(who)}), len(names(who))) == (campaigns, offers)


def test_a_company_that_is_not_on_the_mobile_network_has_no_offers_and_none_is_asked_for(bff: House) -> None:
    answer = bff.ask("fixed", NAMES)

    assert answer.data == {"customer": {"offers": {"totalCount": 0, "freshness": [], "nodes": []}}}
    assert answer.calls == Counter({"directory GET /Users": 1, "mobile GET /organization": 1})


def test_a_withdrawn_offering_and_a_campaign_that_is_prepared_are_not_shown(sandbox: Sandbox, legal: Acting) -> None:
    hidden = {"OFR-2009", "OFR-2010"}
    assert hidden <= {each.offering_id for each in recommended(legal.company)}
    assert hidden.isdisjoint(each.offering.id for each in offered.offered(legal))


# --- pages and ids ----------------------------------------------------------------------------------------------------


def test_pages_go_on_from_each_other(warm: House, legal: Acting) -> None:
    query = (
        "query ($after: String) { offers(first: 2, after: $after) {"
        " totalCount pageInfo { endCursor hasNextPage } nodes { name campaign { name } } } }"
    )
    rows, after = [], None
    for _ in range(3):
        answer = warm.ask("legal", query, {"after": after}).data["offers"]
        rows += answer["nodes"]
        after = answer["pageInfo"]["endCursor"]
        assert answer["totalCount"] == len(names(legal))
    assert (rows, answer["pageInfo"]["hasNextPage"]) == (names(legal), False)


def test_the_offers_of_one_campaign_are_its_own(warm: House, legal: Acting) -> None:
    for key in {each.campaign.id for each in offered.offered(legal)}:
        due = [{"name": each.offering.name} for each in offered.offered(legal) if each.campaign.id == key]
        answer = warm.ask("legal", OF_CAMPAIGN, {"id": campaign_id(key, legal.company)})
        assert answer.data == {"offers": {"totalCount": len(due), "nodes": due}}
    assert warm.ask("legal", OF_CAMPAIGN, {"id": None}).data["offers"]["totalCount"] == len(names(legal))


def test_a_campaign_that_is_over_or_another_customers_has_no_offers(
    warm: House, sandbox: Sandbox, legal: Acting
) -> None:
    other = acting(sandbox.world, "mobile").company
    for id_ in (campaign_id("CMP-105", legal.company), campaign_id("CMP-102", other), "never-made"):
        answer = warm.ask("legal", OF_CAMPAIGN, {"id": id_})
        assert (answer.data, answer.errors) == ({"offers": {"totalCount": 0, "nodes": []}}, [])


def test_a_cursor_of_all_offers_is_none_of_a_campaigns(warm: House, legal: Acting) -> None:
    cursor = warm.ask("legal", "{ offers(first: 1) { pageInfo { endCursor } } }").data["offers"]["pageInfo"]
    query = "query ($id: ID, $after: String) { offers(campaignId: $id, after: $after) { totalCount } }"

    answer = warm.ask("legal", query, {"id": campaign_id("CMP-101", legal.company), "after": cursor["endCursor"]})

    assert answer.data == {"offers": None}
    assert told(answer) == [bad_request("offers", NOT_OURS)]


def test_an_offer_is_found_by_its_id_while_it_is_one_of_the_customers(
    warm: House, sandbox: Sandbox, legal: Acting
) -> None:
    shown = offered.offered(legal)
    other = acting(sandbox.world, "mobile").company
    ids = [offer_id(each.campaign.id, each.offering.id, legal.company) for each in shown]
    gone = [
        offer_id("CMP-105", "OFR-2007", legal.company),  # over
        offer_id("CMP-102", "OFR-2005", legal.company),  # recommended to others
        offer_id("CMP-103", "OFR-2006", other),
    ]

    answer = warm.ask("legal", NODES, {"ids": [*ids, *gone]})

    assert answer.errors == []
    assert answer.data["nodes"][: len(ids)] == [{"id": id_, **row} for id_, row in zip(ids, names(legal), strict=True)]
    assert answer.data["nodes"][len(ids) :] == [None, None, None]


def test_who_may_not_see_offers_finds_none_by_id_and_none_is_asked_for(bff: House, sandbox: Sandbox) -> None:
    company = acting(sandbox.world, "ceased").company

    answer = bff.ask("ceased", NODES, {"ids": [offer_id("CMP-101", "OFR-2001", company)]})

    assert (answer.data, answer.errors) == ({"nodes": [None]}, [])
    assert set(answer.calls) == {"directory GET /Users"}


# --- buttons ----------------------------------------------------------------------------------------------------------

BUTTONS = "{ customer { offers { nodes { actions { name state } } } } }"


@pytest.mark.parametrize("persona", ["legal", "admin", "light", "user", "purchaser"])
def test_who_may_buy_has_the_button_for_what_is_theirs_to_buy(warm: House, sandbox: Sandbox, persona: str) -> None:
    who = acting(sandbox.world, persona)

    shown = warm.ask(persona, BUTTONS).data["customer"]["offers"]["nodes"]

    may = who.may["offers.buy"]
    own = [each.offering.for_lines and who.membership.line_id in each.line_ids for each in offered.offered(who)]
    assert [[button["name"] for button in row["actions"]] for row in shown] == [["offerBuy"]] * len(own)
    enabled = [row["actions"][0]["state"] == "ENABLED" for row in shown]
    assert enabled == [may == "all" or (may == "own" and is_own) for is_own in own]


# --- calls ------------------------------------------------------------------------------------------------------------


def test_the_catalogue_is_read_once_for_all_customers(bff: House, sandbox: Sandbox, legal: Acting) -> None:
    bff.ask("legal", NAMES)
    new = {each.offering_id for each in recommended(acting(sandbox.world, "big").company)} - {
        each.offering_id for each in recommended(legal.company)
    }
    assert new == {"OFR-2005"}

    answer = bff.ask("big", NAMES)

    assert answer.data == page(acting(sandbox.world, "big"))
    cost = spent(bff, answer)
    assert {name: cost[f"mobile {name}"] for name in PARTS} == {name: [1] for name in PARTS}


def test_offers_cost_three_calls_beside_the_party_and_none_when_warm(bff: House) -> None:
    cold, warm = bff.ask("legal", NAMES), bff.ask("legal", NAMES)

    assert cold.calls == Counter(
        [
            "directory GET /Users",
            "mobile GET /organization",
            "mobile GET /customer",
            *(f"mobile {each}" for each in PARTS),
        ]
    )
    assert warm.calls == Counter()


def test_lines_of_all_offers_are_read_together(bff: House, legal: Acting) -> None:
    bff.ask("legal", NAMES)

    answer = bff.ask("legal", LINES)

    assert answer.calls == Counter(["mobile GET /agreement", "mobile GET /product", "mobile GET /resource"])
    shown = answer.data["customer"]["offers"]["nodes"]
    assert [[line["number"] for line in row["eligibleLines"]["nodes"]] for row in shown] == [
        offered.eligible(each, legal) for each in offered.offered(legal)
    ]
    assert any(row["eligibleLines"]["totalCount"] for row in shown)


@pytest.mark.parametrize("persona", ["light", "user", "purchaser"])
def test_a_person_with_one_line_sees_of_the_lines_only_their_own(bff: House, sandbox: Sandbox, persona: str) -> None:
    who = acting(sandbox.world, persona)

    answer = bff.ask(persona, LINES)

    told_lines = [row["eligibleLines"] for row in answer.data["customer"]["offers"]["nodes"]]
    own = [offered.eligible(each, who) for each in offered.offered(who)]
    assert [[line["number"] for line in row["nodes"]] for row in told_lines] == own
    assert [row["totalCount"] for row in told_lines] == [len(lines) for lines in own]
    assert answer.calls["mobile GET /product"] == any(own), "the line alone, where an offer is for it"


def test_pages_of_lines_go_on_from_each_other(warm: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "big")
    (each,) = [each for each in offered.offered(who) if each.offering.for_lines]
    query = (
        "query ($id: ID!, $after: String) { node(id: $id) { ... on Offer { eligibleLines(first: 100, after: $after) {"
        " totalCount pageInfo { endCursor } nodes { number } } } } }"
    )
    rows, after = [], None
    for _ in range(3):
        variables = {"id": offer_id(each.campaign.id, each.offering.id, who.company), "after": after}
        found = warm.ask("big", query, variables).data["node"]["eligibleLines"]
        rows += [line["number"] for line in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
    due = offered.eligible(each, who)
    assert 200 < len(due) <= 300
    assert (rows, found["totalCount"]) == (due, len(due))


# --- bad days ---------------------------------------------------------------------------------------------------------

WITH_REST = "{ customer { offers { totalCount nodes { name } } contracts { totalCount } } }"


@pytest.mark.parametrize("operation", PARTS)
@pytest.mark.parametrize(
    ("quirk", "code"),
    [(Quirk.HTTP_ERROR, "UNAVAILABLE"), (Quirk.TRUNCATED, "BAD_DATA"), (Quirk.NO_ANSWER, "TIMEOUT")],
)
def test_without_one_of_its_parts_there_are_no_offers_and_the_rest_is_there(
    sandbox: Sandbox, legal: Acting, operation: str, quirk: Quirk, code: str
) -> None:
    sandbox.faults.set(Rule(quirk=quirk, system="mobile", operation=operation))
    with house(sandbox, backend_timeout_s="0.5", connect_timeout_s="0.5") as bff:
        answer = bff.ask("legal", WITH_REST)

    contracts = {"totalCount": len(legal.company.agreements)}
    assert answer.data == {"customer": {"offers": None, "contracts": contracts}}
    assert answer.codes == [(code, "customer.offers")]


def test_an_older_copy_stands_in_for_the_failing_system_and_says_so(
    timed: House, sandbox: Sandbox, legal: Acting
) -> None:
    timed.ask("legal", NAMES)
    sandbox.clock.advance(6 * 60)
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation=PARTS[0]))

    answer = timed.ask("legal", NAMES)

    due = page(legal)["customer"]["offers"]  # type: ignore[index]
    assert answer.errors == []
    assert answer.data["customer"]["offers"] == {**due, "freshness": [{"state": "STALE", "system": "MOBILE"}]}


def test_an_offering_that_can_not_be_read_is_left_out_and_the_count_says_why(
    bff: House, sandbox: Sandbox, legal: Acting
) -> None:
    poisoned = Parameters(keys=("OFR-2002",))
    sandbox.faults.set(
        Rule(quirk=Quirk.POISONED_KEY, system="mobile", operation=PARTS[1], parameters=poisoned),
    )

    answer = bff.ask("legal", NAMES)

    left = [row for row in names(legal) if row["name"] != "Mondo Business 10 GB"]
    assert len(left) == len(names(legal)) - 2
    found = answer.data["customer"]["offers"]
    assert (found["totalCount"], found["nodes"]) == (None, left)
    assert answer.codes == [("BAD_DATA", "customer.offers.totalCount")]


def test_an_offering_that_no_running_campaign_offers_is_not_missed(bff: House, sandbox: Sandbox, legal: Acting) -> None:
    over = Parameters(keys=("OFR-2007",))
    sandbox.faults.set(Rule(quirk=Quirk.POISONED_KEY, system="mobile", operation=PARTS[1], parameters=over))

    answer = bff.ask("legal", NAMES)

    assert (answer.data, answer.errors) == (page(legal), [])


def test_an_offer_that_could_not_be_read_is_not_said_to_be_gone(bff: House, sandbox: Sandbox, legal: Acting) -> None:
    poisoned = Parameters(keys=("OFR-2002",))
    sandbox.faults.set(
        Rule(quirk=Quirk.POISONED_KEY, system="mobile", operation=PARTS[1], parameters=poisoned),
    )
    ids = [offer_id("CMP-101", key, legal.company) for key in ("OFR-2001", "OFR-2002")]

    answer = bff.ask("legal", "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Offer { name } } }", {"ids": ids})

    assert answer.data == {"nodes": [{"name": "Giga Extra 100"}, None]}
    assert answer.codes == [("BAD_DATA", "nodes.1")]


def test_without_lines_offers_are_there_and_say_that_the_lines_are_not(bff: House, sandbox: Sandbox) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /product"))

    answer = bff.ask("mobile", "{ customer { offers { nodes { name eligibleLines { totalCount } } } } }")

    assert answer.data == {"customer": {"offers": {"nodes": [{"name": "eSIM gratuita", "eligibleLines": None}]}}}
    assert answer.codes == [("UNAVAILABLE", "customer.offers.nodes.0.eligibleLines")]


# --- the home page ----------------------------------------------------------------------------------------------------

BOXES = "{ dashboard { boxes { title text mediaUrl url endsAt offer { name } } } }"


@pytest.mark.parametrize(
    ("persona", "page"), [("legal", "/offers"), ("big", "/offers/campaigns/"), ("mobile", "/offers/")]
)
def test_the_home_page_leads_to_the_only_offer_the_only_campaign_or_to_all(
    warm: House, sandbox: Sandbox, persona: str, page: str
) -> None:
    (due,) = offered.box(acting(sandbox.world, persona))

    answer = warm.ask(persona, BOXES)

    assert answer.errors == []
    assert answer.data["dashboard"]["boxes"][0] == due
    assert due["url"].startswith(offered.AREA + page)


@pytest.mark.parametrize("operation", PARTS)
def test_the_home_page_has_no_box_of_offers_that_can_not_be_read(bff: House, sandbox: Sandbox, operation: str) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation=operation))

    answer = bff.ask("legal", BOXES)

    assert answer.errors == []
    assert [box["title"] for box in answer.data["dashboard"]["boxes"]] == ["Le offerte di fine anno"]
