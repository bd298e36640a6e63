"""The states of a delivery in their order, for a stepper that shows all of them."""

from collections.abc import Mapping
from datetime import datetime

from bff.domain.order import ShipmentState, ShipmentStep

_COURSE = (
    ShipmentState.PREPARING,
    ShipmentState.SHIPPED,
    ShipmentState.IN_TRANSIT,
    ShipmentState.OUT_FOR_DELIVERY,
)


def steps(reached: Mapping[ShipmentState, datetime | None]) -> tuple[ShipmentStep, ...]:
    """Give every state of a delivery with when it was reached, None for the ones not reached.

    A failed delivery ends with FAILED where DELIVERED would stand.
    """
    end = ShipmentState.FAILED if ShipmentState.FAILED in reached else ShipmentState.DELIVERED
    return tuple(ShipmentStep(state, reached.get(state)) for state in (*_COURSE, end))
