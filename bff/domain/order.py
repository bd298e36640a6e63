"""Orders: items, macro-phases, deliveries."""

from datetime import date, datetime
from enum import Enum

import msgspec

from bff.domain.system import System


class OrderKind(Enum):
    """What an order is for."""

    ACTIVATION = "ACTIVATION"
    EXTENSION = "EXTENSION"
    OFFER = "OFFER"
    OPTION = "OPTION"
    SIM_CHANGE = "SIM_CHANGE"
    CESSATION = "CESSATION"
    UNKNOWN = "UNKNOWN"


class OrderState(Enum):
    """State of an order or item."""

    RECEIVED = "RECEIVED"
    IN_PROGRESS = "IN_PROGRESS"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class OrderSortField(Enum):
    """What orders are sorted by."""

    PLACED_AT = "PLACED_AT"
    STATE = "STATE"


class ShipmentState(Enum):
    """States of a delivery."""

    PREPARING = "PREPARING"
    SHIPPED = "SHIPPED"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class OrderPhase(msgspec.Struct, frozen=True, gc=False):
    """A macro-phase: the telco's code for it, and when it was reached (None when not yet)."""

    code: str
    reached_at: datetime | None


class ShipmentStep(msgspec.Struct, frozen=True, gc=False):
    """A state of a delivery and when it was reached (None when not yet)."""

    state: ShipmentState
    reached_at: datetime | None


class Shipment(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A delivery: all its states in their order."""

    item_keys: tuple[str, ...]
    carrier: str | None
    tracking_code: str | None
    steps: tuple[ShipmentStep, ...]


class OrderItem(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A child order. `line_key` is the line concerned, in the order's system; None when none yet.

    `offering_key` is what of the catalogue it is for, None where that is not told: fixed orders never do.
    `shipment` is set for fixed orders, whose answer carries it; mobile deliveries are read apart.
    """

    key: str
    order_key: str
    system: System
    name: str
    state: OrderState
    updated_on: date
    line_key: str | None
    phases: tuple[OrderPhase, ...]
    shipment: Shipment | None = None
    offering_key: str | None = None


class Order(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An order.

    `customer_key` is the mobile customer's id or the fixed customer's code; `placed_by` is the directory's id of the
    person who placed it. Both are None when not told.
    """

    key: str
    customer_key: str | None
    system: System
    number: str
    kind: OrderKind
    state: OrderState
    placed_at: datetime
    placed_by: str | None
    items: tuple[OrderItem, ...]
    as_of: datetime
