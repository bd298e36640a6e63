"""Product orders that change something: TMF622 v5 `POST /productOrder`, with an item for each line.

`category` says what is ordered; the request id is an external identifier of the order. Why an offer is bought, its
campaign, is told as the channel that sold it: the file has no place for a promotion. Source: spec, legacy.md;
docs/backends/mobile.md.
"""

from collections.abc import Sequence
from typing import Any

from bff.backends._shape import Text
from bff.backends.mobile._made import became
from bff.backends.mobile._wire import Wire
from bff.domain.deed import Told
from bff.domain.deed.offer import OfferOrder
from bff.domain.deed.sim import SimChange
from bff.domain.wish import NewSim


class ExternalId(Wire, frozen=True, gc=False):
    """What others know an order by."""

    id: Text | None = None


class MadeProductOrder(Wire, frozen=True, gc=False):
    """A product order as far as it tells what became of it."""

    id: Text
    state: Text | None = None
    external_id: tuple[ExternalId, ...] = ()

    @property
    def request_ids(self) -> Sequence[str]:
        """Of the requests that it was made of."""
        return [each.id for each in self.external_id if each.id is not None]

    def told(self) -> Told:
        """Tell what became of it."""
        return became(self.state, order_key=self.id)


def of_offer(deed: OfferOrder, request_id: str) -> dict[str, Any]:
    """Write the order to buy an offer: for each of some lines, or once for the whole customer."""
    offering = {"id": deed.offering_key, "@type": "ProductOfferingRef"}
    items = [{"productOffering": offering, **line(key)} for key in deed.line_keys] or [{"productOffering": offering}]
    written = document("offer", deed.customer_key, deed.person_key, "add", items, request_id)
    campaign = {"id": deed.campaign_key, "@type": "ChannelRef", "@referredType": "Promotion"}
    return {**written, "channel": [{"role": "campaign", "channel": campaign, "@type": "RelatedChannel"}]}


def of_sim(deed: SimChange, wanted: NewSim, request_id: str) -> dict[str, Any]:
    """Write the order of another SIM for a line: the ICCID of one at hand, or the place to ship one to."""
    product: dict[str, Any] = {"id": deed.line_key, "@type": "Product"}
    if wanted.iccid is not None:
        characteristic = {"name": "iccid", "value": wanted.iccid, "@type": "StringCharacteristic"}
        product["productCharacteristic"] = [characteristic]
    if (place := wanted.ship_to) is not None:
        address = {"streetName": place.street, "postcode": place.postcode, "city": place.town}
        shipped_to = {**address, "stateOrProvince": place.province, "country": "IT", "@type": "GeographicAddress"}
        product["place"] = [{"role": "shipTo", "place": shipped_to, "@type": "RelatedPlaceRefOrValue"}]
    return document("simChange", deed.customer_key, deed.person_key, "modify", [{"product": product}], request_id)


def line(key: str) -> dict[str, Any]:
    """Write the part of an item that says which line it concerns."""
    return {"product": {"id": key, "@type": "ProductRef", "@referredType": "Product"}}


def document(
    category: str, customer_key: str, person_key: str, action: str, items: Sequence[dict[str, Any]], request_id: str
) -> dict[str, Any]:
    """Write an order, with an item for each of some parts."""
    return {
        "category": category,
        "externalId": [
            {"id": request_id, "owner": "BFF", "externalIdentifierType": "requestId", "@type": "ExternalIdentifier"}
        ],
        "relatedParty": [
            _party("customer", customer_key, "PartyRoleRef", "Customer"),
            _party("requester", person_key, "PartyRef", "Individual"),
        ],
        "productOrderItem": [
            {"id": f"{number:02d}", "quantity": 1, "action": action, **item, "@type": "ProductOrderItem"}
            for number, item in enumerate(items, start=1)
        ],
        "@type": "ProductOrder",
    }


def _party(role: str, key: str, kind: str, referred: str) -> dict[str, Any]:
    return {
        "role": role,
        "partyOrPartyRole": {"id": key, "@type": kind, "@referredType": referred},
        "@type": "RelatedPartyRefOrPartyRoleRef",
    }
