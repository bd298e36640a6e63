"""`POST /hooks/tmf`: where systems tell of changes, as listeners of TM Forum's hubs do.

A sender signs the body: `X-Hub-Signature-256: sha256=<HMAC-SHA-256 in hexadecimal>`. An event is only a hint that a
customer's orders, requests, lines, services or offers may have changed, or what is sold to all; what it says beyond
that is not read. So it may come twice, late, out of order, of a type or a customer that nobody knows. Spec: legacy.md,
quirk 13.
"""

import hmac
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.domain.event import Hint, Topic
from bff.domain.system import System
from bff.errors import StateUnavailable
from bff.http import signed
from bff.observability import EVENTS

PATH: Final = "/hooks/tmf"
SIGNATURE: Final = "X-Hub-Signature-256"

_RETRY_S = 5
_PARTIES_MAX = 20
_KEY_MAX = 128

Tell = Callable[[str, Hint], Awaitable[bool]]
"""Tells all workers of an event, by its name; False when they know of it."""

_RESOURCES: Final = {
    "ProductOrder": ("productOrder", Topic.ORDER),
    "ShippingOrder": ("shippingOrder", Topic.ORDER),
    "ServiceOrder": ("serviceOrder", Topic.REQUEST),
    "TroubleTicket": ("troubleTicket", Topic.REQUEST),
    "ProductOffering": ("productOffering", Topic.CATALOGUE),
    "Promotion": ("promotion", Topic.CATALOGUE),
    "QueryProductRecommendation": ("queryProductRecommendation", Topic.OFFER),
    "Product": ("product", Topic.PRODUCT),
}
"""By how the type of an event begins, the first that fits: where the resource stands, and what it is to customers.

Prices of offerings are told as `ProductOfferingPrice…`: the catalogue counts as changed, whatever the resource says.
"""


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    """The envelope, as TMF630 has it."""

    event_id: str
    event_type: str
    event: dict[str, Any]


_decode = msgspec.json.Decoder(_Event).decode


class Hook:
    """Takes events.

    Args:
        keys: of senders, any of which signs.
        tell: tells the workers.
    """

    def __init__(self, keys: Sequence[bytes], tell: Tell) -> None:
        self._keys = keys
        self._tell = tell

    async def __call__(self, request: Request) -> Response:
        """Take one event; what is understood, and what never will be, is answered alike."""
        try:
            event = await signed.message(request, SIGNATURE, self._is_signed, _decode)
        except signed.NotTaken as refused:
            return refused.answered(PATH)
        try:
            verdict = await self._take(event)
        except StateUnavailable:
            EVENTS.labels("untold").inc()
            return Response(status_code=503, headers={"Retry-After": str(_RETRY_S)})
        EVENTS.labels(verdict).inc()
        return Response(status_code=204)

    async def _take(self, event: _Event) -> str:
        hints = list(_hints(event))
        if not hints:
            return "unknown"
        fresh = [await self._tell(f"{event.event_id}:{number}", hint) for number, hint in enumerate(hints)]
        return "taken" if any(fresh) else "again"

    def _is_signed(self, signature: str, body: bytes) -> bool:
        given = signature.encode("latin-1", "replace")
        due = [b"sha256=" + hmac.digest(key, body, "sha256").hex().encode() for key in self._keys]
        return any([hmac.compare_digest(given, each) for each in due])  # noqa: C419 - each is compared


def hook_routes(keys: Sequence[bytes], tell: Tell) -> list[Route]:
    """Give the route of the hook; none without keys, so that nobody can send."""
    return [Route(PATH, Hook(keys, tell).__call__, methods=["POST"])] if keys else []


def _hints(event: _Event) -> Iterator[Hint]:
    """Give a hint for each customer that an event names, or one for all; none when it is of no use."""
    kind = next((each for each in _RESOURCES if event.event_type.startswith(each)), None)
    if kind is None:
        return
    name, topic = _RESOURCES[kind]
    if topic is Topic.CATALOGUE:
        yield Hint(topic, System.MOBILE, "")
        return
    resource = event.event.get(name)
    if not isinstance(resource, dict):
        return
    for customer in _customers(resource.get("relatedParty")):
        yield Hint(topic, System.MOBILE, customer, _thing(kind, resource))


def _thing(kind: str, resource: dict[str, Any]) -> str | None:
    """Give the key of the order that a delivery is of, which is read apart; all else shows in the thing itself."""
    order = resource.get("productOrder") if kind == "ShippingOrder" else None
    key = order.get("id") if isinstance(order, dict) else None
    return key if isinstance(key, str) and 0 < len(key) <= _KEY_MAX else None


def _customers(parties: object) -> list[str]:
    """Give the ids of the customers among related parties, of version 4 or 5; a recommendation has just one party."""
    parties = [parties] if isinstance(parties, dict) else parties
    if not isinstance(parties, list):
        return []
    found: dict[str, None] = {}
    for party in parties[:_PARTIES_MAX]:
        if isinstance(party, dict) and str(party.get("role", "")).lower() == "customer":
            inner = party.get("partyOrPartyRole")
            key = (inner if isinstance(inner, dict) else party).get("id")
            if isinstance(key, str) and 0 < len(key) <= _KEY_MAX:
                found[key] = None
    return list(found)
