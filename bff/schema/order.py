"""Orders: items, macro-phases, deliveries."""

from collections.abc import Sequence
from datetime import date, datetime

import strawberry

from bff.domain import line as line_record
from bff.domain import order as record
from bff.domain import page as page_record
from bff.resolvers import order
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, plain, view
from bff.schema.directives import assumed
from bff.schema.line import Line
from bff.schema.page import WindowedConnection
from bff.schema.shared import Node, freshness_field

described(
    record.OrderKind,
    ACTIVATION="Activation.",
    EXTENSION="Extension of what is active.",
    OFFER="Offer.",
    OPTION="Option.",
    SIM_CHANGE="Change of SIM.",
    CESSATION="Cessation or its revocation.",
    UNKNOWN="Not known to us.",
)
described(
    record.OrderState,
    RECEIVED="Received.",
    IN_PROGRESS="Being worked on.",
    SUSPENDED="Waits for something.",
    COMPLETED="Completed.",
    FAILED="Failed.",
    CANCELLED="Cancelled.",
    UNKNOWN="Not known to us.",
)
described(
    record.ShipmentState,
    PREPARING="Being prepared.",
    SHIPPED="Handed to the carrier.",
    IN_TRANSIT="On its way.",
    OUT_FOR_DELIVERY="Out for delivery.",
    DELIVERED="Delivered.",
    FAILED="Not delivered.",
    UNKNOWN="Not known to us.",
)
described(record.OrderSortField, PLACED_AT="When they were placed.", STATE="State.")


@view(record.OrderPhase, rule=PARENT)
class OrderPhase:
    """A macro-phase."""

    @batch(str, rule=PARENT)
    @staticmethod
    async def name(phases: Sequence[record.OrderPhase], call: Call) -> Each[str]:
        """Name in the language of Accept-Language."""
        return order.phase_names(call.context, phases)

    reached_at: datetime | None = plain("When it was reached; null when not yet.")


@view(record.ShipmentStep, rule=PARENT)
class ShipmentStep:
    """A state of a delivery."""

    state: record.ShipmentState = plain("Which one.")
    reached_at: datetime | None = plain("When it was reached; null when not yet.")


@view(record.Shipment, rule=PARENT)
class Shipment:
    """A delivery."""

    carrier: str | None = plain("Carrier; null when not known yet.")
    tracking_code: str | None = plain("Carrier's tracking code; null when not known yet.")
    steps: list[ShipmentStep] = plain("All states of the delivery, in their order.", counts=assumed(6))


@view(record.OrderItem, rule=PARENT)
class OrderItem:
    """A child order."""

    @batch(strawberry.ID, rule=PARENT)
    @staticmethod
    async def id(items: Sequence[record.OrderItem], call: Call) -> Each[str]:
        """Opaque id, stable within the order."""
        return order.item_ids(call.context, items)

    name: str = plain("What it is for, as shown.")
    state: record.OrderState = plain("State.")
    updated_on: date = plain("Day of its last change, Europe/Rome.")
    phases: list[OrderPhase] = plain("Macro-phases of this kind of order, in their order.", counts=assumed(6))

    @batch(Line | None, rule=PARENT, reference=True)
    @staticmethod
    async def line(items: Sequence[record.OrderItem], call: Call) -> Each[line_record.Line | None]:
        """Line concerned; null when none yet or out of reach."""
        return await order.lines(call.context, items, call.grant)

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def line_number(items: Sequence[record.OrderItem], call: Call) -> Each[str | None]:
        """Number of the line concerned; null when none yet or out of reach."""
        return await order.line_numbers(call.context, items)

    @batch(Shipment | None, rule=PARENT)
    @staticmethod
    async def shipment(items: Sequence[record.OrderItem], call: Call) -> Each[record.Shipment | None]:
        """Delivery; null when nothing is shipped."""
        return await order.shipments(call.context, items)


@view(record.Order, rule="orders.detail")
class Order(Node):
    """An order and its items."""

    number: str = plain("Number.")
    kind: record.OrderKind = plain("What it is for.")
    state: record.OrderState = plain("State of the whole.")
    placed_at: datetime = plain("When it was placed.")
    items: list[OrderItem] = plain("Child orders.", counts=assumed(5))
    freshness = freshness_field()


@view(page_record.WindowedPage, rule=PARENT)
class OrderConnection(WindowedConnection[Order]):
    """A page of orders."""


@strawberry.input(description="Which orders; conditions add up.")
class OrderFilter:
    """See `bff.resolvers.order.OrderFilter`."""

    kinds: list[record.OrderKind] | None = optional("Only these kinds.")
    states: list[record.OrderState] | None = optional("Only these states.")
    line_id: strawberry.ID | None = optional("Only this line.")


@strawberry.input(description="How to sort orders.")
class OrderSort:
    """See `bff.resolvers.page.Sort`."""

    field: record.OrderSortField = strawberry.field(description="What to sort by.")
    direction: page_record.SortDirection = strawberry.field(
        description="Direction.", default=page_record.SortDirection.ASC
    )
