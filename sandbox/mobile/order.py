"""Orders and their deliveries: TMF622 v5 product orders with milestones, TMF700 shipping orders.

The order's `category` carries its kind. A milestone names a macro-phase of one item; one not reached has no date.
A shipping order's `note`s are its history: `text` is the state, `date` when it was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sandbox._deeds import ended
from sandbox.mobile._render import Document, instant
from sandbox.mobile.collection import Collection, index
from sandbox.world.change import Changes
from sandbox.world.model import Delivery, Order, OrderItem, Phase, World

_KINDS = {
    "ACTIVATION": "activation",
    "EXTENSION": "extension",
    "OFFER": "offer",
    "OPTION": "option",
    "SIM_CHANGE": "simChange",
    "CESSATION": "cessation",
}
_STATES = {
    "RECEIVED": "acknowledged",
    "IN_PROGRESS": "inProgress",
    "SUSPENDED": "held",
    "COMPLETED": "completed",
    "FAILED": "failed",
    "CANCELLED": "cancelled",
}
_DELIVERY_STATES = {
    "PREPARING": "preparing",
    "SHIPPED": "shipped",
    "IN_TRANSIT": "inTransit",
    "OUT_FOR_DELIVERY": "outForDelivery",
    "DELIVERED": "delivered",
    "FAILED": "failed",
}
_ACTIONS = {"ACTIVATION": "add", "OFFER": "add", "OPTION": "add", "CESSATION": "delete"}


def _mobile_orders(world: World) -> list[Order]:
    return [order for company in world.companies for order in company.orders if order.network == "mobile"]


class Placed(NamedTuple):
    """What was ordered since the world was built: the orders, and whether one of any age was called off."""

    orders: Callable[[], Iterable[Order]]
    is_cancelled: Callable[[str], bool]


def every_order(world: World, changes: Changes, placed: Placed) -> list[Order]:
    """Give all orders as they are now."""
    return [_now(order, changes, placed) for order in (*_mobile_orders(world), *placed.orders())]


def _now(order: Order, changes: Changes, placed: Placed) -> Order:
    return ended(order, "CANCELLED") if placed.is_cancelled(order.id) else changes.order(order)


def product_orders(world: World, changes: Changes, placed: Placed) -> Collection[Order]:
    """Give TMF622 v5 `/productOrder`: batched by related party (customer or requester), id, line or request id."""
    rows = _mobile_orders(world)

    def by(keys: Callable[[Order], Iterable[str | None]]) -> Callable[[str], Iterable[Order]]:
        built = index(rows, keys)
        return lambda value: [*built(value), *(row for row in placed.orders() if value in keys(row))]

    return Collection(
        rows=lambda: [*rows, *placed.orders()],
        render=lambda row: product_order(_now(row, changes, placed)),
        lookup={
            "id": by(lambda row: (row.id,)),
            "relatedParty.partyOrPartyRole.id": by(lambda row: (row.customer_code, row.requested_by)),
            "productOrderItem.product.id": by(lambda row: {item.line_id: None for item in row.items}),
            "externalId.id": by(lambda row: (row.external_id,)),
        },
        aliases={"relatedParty.id": "relatedParty.partyOrPartyRole.id"},
    )


def product_order(order: Order) -> Document:
    """Render a TMF622 product order."""
    document: Document = {
        "id": order.id,
        "state": _STATES[order.state],
        "category": _KINDS[order.kind],
        "creationDate": instant(order.placed_at),
        "relatedParty": _parties(order),
        "productOrderItem": [_item(order, item) for item in order.items],
        "productOrderMilestone": [
            _milestone(order, item, number, phase)
            for item in order.items
            for number, phase in enumerate(item.phases, start=1)
        ],
        "@type": "ProductOrder",
    }
    if order.external_id:
        document["externalId"] = [
            {
                "id": order.external_id,
                "owner": "BFF",
                "externalIdentifierType": "requestId",
                "@type": "ExternalIdentifier",
            }
        ]
    return document


def _parties(order: Order) -> list[Document]:
    parties = [_party("customer", order.customer_code, "PartyRoleRef", "Customer")]
    if order.requested_by:
        parties.append(_party("requester", order.requested_by, "PartyRef", "Individual"))
    return parties


def _party(role: str, id_: str, kind: str, referred: str) -> Document:
    return {
        "role": role,
        "partyOrPartyRole": {"id": id_, "@type": kind, "@referredType": referred},
        "@type": "RelatedPartyRefOrPartyRoleRef",
    }


def _item(order: Order, item: OrderItem) -> Document:
    document: Document = {
        "id": item.id,
        "quantity": 1,
        "action": _ACTIONS.get(order.kind, "modify"),
        "state": _STATES[item.state],
        "productOffering": {
            "id": item.offering_id or f"OFF-{_KINDS[order.kind]}",
            "name": item.name,
            "@type": "ProductOfferingRef",
        },
        "@type": "ProductOrderItem",
    }
    if item.line_id:
        document["product"] = {"id": item.line_id, "@type": "ProductRef", "@referredType": "Product"}
    return document


def _milestone(order: Order, item: OrderItem, number: int, phase: Phase) -> Document:
    document: Document = {
        "id": f"{item.id}-{number}",
        "name": phase.code,
        "description": phase.description,
        "status": "Completed" if phase.reached_at else "Yet-To-Reach",
        "productOrderItem": [
            {"productOrderId": order.id, "productOrderItemId": item.id, "@type": "ProductOrderItemRef"}
        ],
        "@type": "ProductOrderMilestone",
    }
    if phase.reached_at:
        document["milestoneDate"] = instant(phase.reached_at)
    return document


class _ShippingRow(NamedTuple):
    order: Order
    item: OrderItem
    delivery: Delivery


def shipping_orders(world: World, changes: Changes, placed: Placed) -> Collection[_ShippingRow]:
    """Give TMF700 `/shippingOrder`: batched by product order; one for each shipped item."""
    rows = _shipped(_mobile_orders(world))

    def by(key: Callable[[_ShippingRow], str]) -> Callable[[str], Iterable[_ShippingRow]]:
        built = index(rows, lambda row: (key(row),))
        return lambda value: [*built(value), *(row for row in _shipped(placed.orders()) if key(row) == value)]

    return Collection(
        rows=lambda: [*rows, *_shipped(placed.orders())],
        render=lambda row: _shipping_order(_as_now(row, changes)),
        lookup={"id": by(lambda row: row.delivery.id), "productOrder.id": by(lambda row: row.order.id)},
    )


def _shipped(orders: Iterable[Order]) -> list[_ShippingRow]:
    return [_ShippingRow(order, item, item.delivery) for order in orders for item in order.items if item.delivery]


def _as_now(row: _ShippingRow, changes: Changes) -> _ShippingRow:
    order = changes.order(row.order)
    item = next(each for each in order.items if each.id == row.item.id)
    return _ShippingRow(order, item, item.delivery or row.delivery)


def shipping_order(order: Order, item: OrderItem) -> Document | None:
    """Render the TMF700 shipping order of an item; None when nothing of it is shipped."""
    return _shipping_order(_ShippingRow(order, item, item.delivery)) if item.delivery else None


def _shipping_order(row: _ShippingRow) -> Document:
    order, item, delivery = row
    state = _DELIVERY_STATES[delivery.reached[-1][0]]
    return {
        "id": delivery.id,
        "status": state,
        "creationDate": instant(delivery.reached[0][1]),
        "lastUpdateDate": instant(delivery.reached[-1][1]),
        "productOrder": {"id": order.id, "@referredType": "ProductOrder"},
        "shippingInstruction": {"carrierId": delivery.carrier.lower(), "carrierName": delivery.carrier},
        "shippingOrderItem": [
            {
                "id": "1",
                "action": "add",
                "quantity": "1",
                "status": state,
                "productOrderItem": {"id": item.id, "productOrderId": order.id},
                "shipment": {
                    "id": f"{delivery.id}-1",
                    "state": state,
                    "shipmentTracking": {"id": delivery.tracking_code},
                },
            }
        ],
        "note": [
            {"id": str(number), "author": delivery.carrier, "date": instant(moment), "text": _DELIVERY_STATES[reached]}
            for number, (reached, moment) in enumerate(delivery.reached, start=1)
        ],
        "@type": "ShippingOrder",
    }
