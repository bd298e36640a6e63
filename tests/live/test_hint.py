"""Events of what customers have and of what is sold: what was read before is read anew, and nobody else's is."""

import json
from typing import Any

import pytest

from bff.http.hook import PATH, SIGNATURE
from sandbox.mobile.event import signature
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.house import House
from tests.journeys import served
from tests.journeys.acting import acting
from tests.journeys.ident import id_of
from tests.waiting import eventually

OFFERS = "{ offers { nodes { name } } }"
SERVICES = "query ($id: ID!) { contract(id: $id) { services { charitySms } } }"


@pytest.fixture
def company(sandbox: Sandbox) -> Company:
    return acting(sandbox.world, "legal").company


def tell(bff: House, name: str, kind: str, resource: dict[str, Any]) -> None:
    """Send a signed event."""
    event = {"eventId": kind, "eventType": kind, "event": {name: resource}}
    body = json.dumps(event).encode()
    assert bff.client.post(PATH, content=body, headers={SIGNATURE: signature(body)}).status_code == 204


def calls(bff: House, query: str, company: Company) -> set[str]:
    """Name what is asked of the mobile network to answer a query."""
    contract = next(each for each in company.agreements if each.state == "active")
    variables = {"id": id_of(contract, company)} if "$id" in query else {}
    return {name.rpartition("/")[2] for name in bff.ask("legal", query, variables).calls if name.startswith("mobile")}


PARTY = [{"id": "CUST-000001", "role": "customer"}]
ORDERED = [{"role": "customer", "partyOrPartyRole": PARTY[0]}]


@pytest.mark.parametrize(
    ("query", "name", "kind", "resource", "anew"),
    [
        (SERVICES, "product", "ProductAttributeValueChangeEvent", {"relatedParty": PARTY}, {"product"}),
        (SERVICES, "productOrder", "ProductOrderStateChangeEvent", {"relatedParty": ORDERED}, {"product"}),
        (SERVICES, "serviceOrder", "ServiceOrderStateChangeEvent", {"relatedParty": PARTY}, {"product"}),
        (OFFERS, "productOffering", "ProductOfferingStateChangeEvent", {"id": "OFR-2001"}, {"productOffering"}),
        (OFFERS, "productOfferingPrice", "ProductOfferingPriceCreateEvent", {"id": "1"}, {"productOffering"}),
        (OFFERS, "promotion", "PromotionAttributeValueChangeEvent", {"id": "CMP-101"}, {"productOffering"}),
        (
            OFFERS,
            "queryProductRecommendation",
            "QueryProductRecommendationStateChangeEvent",
            {"relatedParty": {"id": "ORG-000001", "role": "customer"}},
            {"queryProductRecommendation"},
        ),
    ],
)
def test_what_an_event_is_about_is_read_anew_and_nothing_else(
    bff: House, company: Company, query: str, name: str, kind: str, resource: Any, anew: set[str]
) -> None:
    if anew == {"productOffering"}:
        anew = {"productOffering", "promotion"}  # the catalogue is one
    assert calls(bff, query, company) > anew
    assert calls(bff, query, company) == set()

    tell(bff, name, kind, resource)

    eventually(lambda: calls(bff, query, company) == anew, "what was read before is still shown")
    assert calls(bff, query, company) == set()


@pytest.mark.parametrize(
    ("name", "kind", "resource"),
    [
        ("product", "ProductStateChangeEvent", {"relatedParty": [{"id": "CUST-000002", "role": "customer"}]}),
        ("product", "ProductStateChangeEvent", {}),
        ("productSpecification", "ProductSpecificationCreateEvent", {"relatedParty": PARTY}),
        ("queryProductRecommendation", "QueryProductRecommendationCreateEvent", {"relatedParty": {"id": "ORG-000001"}}),
    ],
)
def test_an_event_of_others_or_of_nothing_we_keep_costs_no_call(
    bff: House, company: Company, name: str, kind: str, resource: Any
) -> None:
    for query in (SERVICES, OFFERS):
        calls(bff, query, company)
    tell(bff, name, kind, resource)
    tell(bff, "promotion", "PromotionCreateEvent", {})  # what comes after it has been heard, so has it

    eventually(lambda: calls(bff, OFFERS, company) == {"productOffering", "promotion"}, "nothing was heard")
    assert calls(bff, SERVICES, company) == set()


def test_the_shape_of_the_world_is_what_these_events_name(company: Company, sandbox: Sandbox) -> None:
    assert (company.mobile_customer_id, company.mobile_party_id) == ("CUST-000001", "ORG-000001")
    assert served.contract(acting(sandbox.world, "legal")).state == "active"
