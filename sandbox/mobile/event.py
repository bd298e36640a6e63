"""Events of TMF622, 700, 641 and 621, as the mobile network's hub sends them, signed; and how sending goes wrong.

The envelope is TMF630's, the resource is whole. `X-Hub-Signature-256` is HMAC-SHA-256 of the body. The faults are
quirk 13 of legacy.md.
"""

from __future__ import annotations

import hmac
import uuid
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import httpx
import msgspec

from sandbox.credentials import EVENT_KEY
from sandbox.mobile._render import Document, instant
from sandbox.mobile.order import product_order, shipping_order
from sandbox.mobile.request import service_order, trouble_ticket
from sandbox.world.model import Order, ServiceRequest

Fault = Literal["twice", "out_of_order", "late", "lost", "unknown_type", "stranger", "unsigned"]

_LATE = timedelta(hours=3)
_SEND_S = 5.0


class Event(NamedTuple):
    """An event before it is sent; `resource` is the name of the resource in it."""

    type: str
    resource: str
    document: Document


def of_order(order: Order) -> list[Event]:
    """Give the events of an order that has reached a phase."""
    document = product_order(order)
    return [
        Event("ProductOrderMilestoneEvent", "productOrder", document),
        Event("ProductOrderStateChangeEvent", "productOrder", document),
    ]


def of_delivery(order: Order) -> list[Event]:
    """Give the events of an order whose deliveries have changed; they name the customer, as the order does."""
    parties = [{"id": order.customer_code, "role": "customer", "@type": "RelatedParty", "@referredType": "Customer"}]
    return [
        Event("ShippingOrderStateChangeEvent", "shippingOrder", {**document, "relatedParty": parties})
        for item in order.items
        if (document := shipping_order(order, item)) is not None
    ]


def of_request(request: ServiceRequest) -> list[Event]:
    """Give the events of a request that has changed: of its service order and of its ticket."""
    events = [Event("ServiceOrderStateChangeEvent", "serviceOrder", service_order(request))] if request.is_order else []
    if (ticket := trouble_ticket(request)) is not None:
        events.append(Event("TroubleTicketStatusChangeEvent", "troubleTicket", ticket))
    return events


async def send(url: str, events: Sequence[Event], now: datetime, fault: Fault | None = None) -> list[int]:
    """Send events to a listener, perhaps wrongly; give the status of each answer."""
    if fault == "lost":
        return []
    messages = [_message(event, now - _LATE if fault == "late" else now, fault) for event in events]
    if fault == "twice":
        messages = [*messages, *messages]
    if fault == "out_of_order":
        messages.reverse()
    async with httpx.AsyncClient(timeout=_SEND_S) as client:
        return [(await client.post(url, content=each, headers=_headers(each, fault))).status_code for each in messages]


def signature(body: bytes) -> str:
    """Sign a body."""
    return "sha256=" + hmac.digest(urlsafe_b64decode(EVENT_KEY), body, "sha256").hex()


def _headers(body: bytes, fault: Fault | None) -> dict[str, str]:
    headers = {"content-type": "application/json"}
    return headers if fault == "unsigned" else {**headers, "x-hub-signature-256": signature(body)}


def _message(event: Event, at: datetime, fault: Fault | None) -> bytes:
    document = event.document
    if fault == "stranger":
        document = {**document, "id": "X-1", "relatedParty": [{"id": "CUS-999999", "role": "customer"}]}
    return msgspec.json.encode(
        {
            "eventId": str(uuid.uuid4()),
            "eventTime": instant(at),
            "eventType": "AgreementSplitEvent" if fault == "unknown_type" else event.type,
            "event": {event.resource: document},
        }
    )
