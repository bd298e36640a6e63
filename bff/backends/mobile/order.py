"""Mobile orders and deliveries: TMF622 v5 product orders with milestones, TMF700 shipping orders.

A milestone is a macro-phase: its name is the telco's code; it concerns the items that it names, all of them when it
names none. Customer and requester are related parties by role (spec, legacy.md, 'Own rows'). The notes of a shipping
order are its history: the file has no other place for it.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any

from bff.backends._batch import Reading, is_since, needed
from bff.backends._code import Codes, is_code
from bff.backends._delivery import steps
from bff.backends._shape import Text
from bff.backends.mobile._wire import Ref, Wire, day, instant
from bff.domain.order import Order, OrderItem, OrderKind, OrderPhase, OrderState, Shipment, ShipmentState
from bff.domain.period import rome_day
from bff.domain.system import System

_REACHED = Codes("TMF622 milestone status", unknown=False, known={"Completed": True, "Yet-To-Reach": False})
_STATES = Codes(
    "TMF622 order state",
    OrderState.UNKNOWN,
    {
        "draft": OrderState.RECEIVED,
        "acknowledged": OrderState.RECEIVED,
        "rejected": OrderState.FAILED,
        "pending": OrderState.SUSPENDED,
        "held": OrderState.SUSPENDED,
        "inProgress": OrderState.IN_PROGRESS,
        "inProgress.accepted": OrderState.IN_PROGRESS,
        "assessingCancellation": OrderState.IN_PROGRESS,
        "pendingCancellation": OrderState.IN_PROGRESS,
        "cancelled": OrderState.CANCELLED,
        "completed": OrderState.COMPLETED,
        "partial": OrderState.FAILED,  # ended with some items failed; the items tell which
        "failed": OrderState.FAILED,
    },
)
_KINDS = Codes(
    "TMF622 order category",
    OrderKind.UNKNOWN,
    {
        "activation": OrderKind.ACTIVATION,
        "extension": OrderKind.EXTENSION,
        "offer": OrderKind.OFFER,
        "option": OrderKind.OPTION,
        "simChange": OrderKind.SIM_CHANGE,
        "cessation": OrderKind.CESSATION,
    },
)

_DELIVERIES = Codes(
    "TMF700 note",
    ShipmentState.UNKNOWN,
    {
        "preparing": ShipmentState.PREPARING,
        "shipped": ShipmentState.SHIPPED,
        "inTransit": ShipmentState.IN_TRANSIT,
        "outForDelivery": ShipmentState.OUT_FOR_DELIVERY,
        "delivered": ShipmentState.DELIVERED,
        "failed": ShipmentState.FAILED,
    },
)


class Party(Wire, frozen=True, gc=False):
    """A party in its role."""

    role: Text | None = None
    party_or_party_role: Ref | None = None


class ItemRef(Wire, frozen=True, gc=False):
    """A reference to an item of an order."""

    product_order_item_id: Text | None = None


class Milestone(Wire, frozen=True, gc=False):
    """A macro-phase and, once reached, when."""

    name: Text | None = None
    status: Text | None = None
    milestone_date: Any = None
    product_order_item: tuple[ItemRef, ...] = ()

    def concerns(self, item_key: str) -> bool:
        """Tell whether it is one of an item's."""
        return not self.product_order_item or any(
            each.product_order_item_id == item_key for each in self.product_order_item
        )

    def phase(self) -> OrderPhase:
        """Read it as a phase."""
        return OrderPhase(
            needed(self.name, "name"), instant(self.milestone_date) if _REACHED.read(self.status) else None
        )


class Offering(Wire, frozen=True, gc=False):
    """What of the catalogue an item is for."""

    id: Text | None = None
    name: Text | None = None


class ProductOrderItem(Wire, frozen=True, gc=False):
    """An item."""

    id: Text | None = None
    state: Text | None = None
    product: Ref | None = None
    product_offering: Offering | None = None


class ProductOrder(Wire, frozen=True, gc=False):
    """TMF622 v5 `/productOrder`."""

    id: Text
    state: Text | None = None
    category: Text | None = None
    creation_date: Any = None
    related_party: tuple[Party, ...] = ()
    product_order_item: tuple[ProductOrderItem, ...] = ()
    product_order_milestone: tuple[Milestone, ...] = ()

    def party_keys(self, role: str) -> list[str]:
        """Give the ids of the parties in a role."""
        return [
            each.party_or_party_role.id
            for each in self.related_party
            if each.party_or_party_role and is_code(each.role, role)
        ]


def by_party(as_of: datetime, role: str, placed_from: date) -> Reading[ProductOrder, Order]:
    """Read orders placed since a day, by the party in a role: `customer` or `requester`."""
    return _reading(as_of, placed_from, lambda row: row.party_keys(role))


def by_line(as_of: datetime, placed_from: date) -> Reading[ProductOrder, Order]:
    """Read orders placed since a day, by the lines that their items concern."""
    return _reading(as_of, placed_from, _line_keys)


def _reading(
    as_of: datetime, placed_from: date, keys: Callable[[ProductOrder], Collection[str]]
) -> Reading[ProductOrder, Order]:
    def wanted(row: ProductOrder) -> Collection[str]:
        return keys(row) if is_since(lambda: day(row.creation_date), placed_from) else ()

    return Reading(lambda row: row.id, wanted, lambda row, _key: _order(row, as_of))


def _line_keys(row: ProductOrder) -> Collection[str]:
    return [each.product.id for each in row.product_order_item if each.product is not None]


def _order(row: ProductOrder, as_of: datetime) -> Order:
    placed_at = needed(instant(row.creation_date), "creationDate")
    return Order(
        key=row.id,
        customer_key=next(iter(row.party_keys("customer")), None),
        system=System.MOBILE,
        number=row.id,
        kind=_KINDS.read(row.category),
        state=_STATES.read(row.state),
        placed_at=placed_at,
        placed_by=next(iter(row.party_keys("requester")), None),
        items=tuple(_item(row, each, placed_at) for each in row.product_order_item),
        as_of=as_of,
    )


def _item(row: ProductOrder, item: ProductOrderItem, placed_at: datetime) -> OrderItem:
    key = needed(item.id, "productOrderItem.id")
    phases = tuple(each.phase() for each in row.product_order_milestone if each.concerns(key))
    reached = [phase.reached_at for phase in phases if phase.reached_at is not None]
    return OrderItem(
        key=key,
        order_key=row.id,
        system=System.MOBILE,
        name=(item.product_offering.name if item.product_offering else None) or "",
        state=_STATES.read(item.state),
        updated_on=rome_day(max(reached, default=placed_at)),
        line_key=item.product.id if item.product else None,
        phases=phases,
        offering_key=item.product_offering.id if item.product_offering else None,
    )


class Instruction(Wire, frozen=True, gc=False):
    """How it is shipped."""

    carrier_name: Text | None = None


class Note(Wire, frozen=True, gc=False):
    """A state reached and when."""

    date: Any = None
    text: Text | None = None


class Tracking(Wire, frozen=True, gc=False):
    """What the carrier knows it by."""

    id: Text | None = None


class Parcel(Wire, frozen=True, gc=False):
    """What is on its way."""

    shipment_tracking: Tracking | None = None


class ShippingOrderItem(Wire, frozen=True, gc=False):
    """An item of a delivery."""

    product_order_item: Ref | None = None
    shipment: Parcel | None = None


class ShippingOrder(Wire, frozen=True, gc=False):
    """TMF700 `/shippingOrder`."""

    id: Text
    product_order: Ref | None = None
    shipping_instruction: Instruction | None = None
    shipping_order_item: tuple[ShippingOrderItem, ...] = ()
    note: tuple[Note, ...] = ()


def shipments() -> Reading[ShippingOrder, Shipment]:
    """Read deliveries, by order."""
    return Reading(
        lambda row: row.id, lambda row: () if row.product_order is None else (row.product_order.id,), _shipment
    )


def _shipment(row: ShippingOrder, _order_key: str) -> Shipment:
    parcels = [each.shipment for each in row.shipping_order_item if each.shipment is not None]
    tracking = (each.shipment_tracking.id for each in parcels if each.shipment_tracking is not None)
    return Shipment(
        item_keys=tuple(each.product_order_item.id for each in row.shipping_order_item if each.product_order_item),
        carrier=row.shipping_instruction.carrier_name if row.shipping_instruction else None,
        tracking_code=next(tracking, None),
        steps=steps({_DELIVERIES.read(note.text): instant(note.date) for note in row.note}),
    )
