"""Fixed orders: `Order` of the schema. A delivery's states come among the phases of an item, prefixed `SPED_`."""

from datetime import date, datetime

from bff.backends._batch import Reading, is_since, needed
from bff.backends._code import Codes
from bff.backends._delivery import steps
from bff.backends.fixed import _code
from bff.backends.fixed._value import Row, identity
from bff.domain.order import Order, OrderItem, OrderKind, OrderPhase, OrderState, Shipment, ShipmentState
from bff.domain.period import rome_day
from bff.domain.system import System

_DELIVERY = "SPED_"

_STATES = Codes(
    "fixed order state",
    OrderState.UNKNOWN,
    {
        "RIC": OrderState.RECEIVED,
        "VAL": OrderState.RECEIVED,
        "LAV": OrderState.IN_PROGRESS,
        "SOS": OrderState.SUSPENDED,
        "ESP": OrderState.COMPLETED,
        "KO": OrderState.FAILED,
        "ANN": OrderState.CANCELLED,
    },
)
_KINDS = Codes(
    "fixed order kind",
    OrderKind.UNKNOWN,
    {
        "ATTIVAZIONE": OrderKind.ACTIVATION,
        "AMPLIAMENTO": OrderKind.EXTENSION,
        "OFFERTA": OrderKind.OFFER,
        "OPZIONE": OrderKind.OPTION,
        "CESSAZIONE": OrderKind.CESSATION,
    },
)
_DELIVERIES = Codes("fixed delivery", ShipmentState.UNKNOWN, {state.value: state for state in ShipmentState})


def by_customer(as_of: datetime, placed_from: date) -> Reading[Row, Order]:
    """Read orders placed since a day, by customer code."""
    return Reading(
        identity(lambda row: row.needed("orderId")),
        lambda row: (row.needed("customerCode"),) if is_since(lambda: row.day("receivedOn"), placed_from) else (),
        lambda row, _key: _order(row, as_of),
    )


def _order(row: Row, as_of: datetime) -> Order:
    key, placed_at = row.needed("orderId"), needed(row.instant("receivedOn"), "receivedOn")
    return Order(
        key=key,
        customer_key=row.text("customerCode"),
        system=System.FIXED,
        number=key,
        kind=_KINDS.read(row.text("kind")),
        state=_STATES.read(row.text("state")),
        placed_at=placed_at,
        placed_by=row.text("enteredBy"),
        items=tuple(_item(item, key, placed_at) for item in row.rows("item")),
        as_of=as_of,
    )


def _item(row: Row, order_key: str, placed_at: datetime) -> OrderItem:
    told = [OrderPhase(phase.needed("code").upper(), phase.instant("reachedOn")) for phase in row.rows("phase")]
    reached = [phase.reached_at for phase in told if phase.reached_at is not None]
    return OrderItem(
        key=row.needed("itemId"),
        order_key=order_key,
        system=System.FIXED,
        name=row.needed("kind"),
        state=_STATES.read(row.text("state")),
        updated_on=rome_day(max(reached, default=placed_at)),
        line_key=row.code("lineId", _code.line),
        phases=tuple(phase for phase in told if not phase.code.startswith(_DELIVERY)),
        shipment=_shipment(row, [phase for phase in told if phase.code.startswith(_DELIVERY)]),
    )


def _shipment(row: Row, told: list[OrderPhase]) -> Shipment | None:
    carrier, tracking_code = row.text("carrier"), row.text("trackingNo")
    if not (told or carrier or tracking_code):
        return None
    reached = {_DELIVERIES.read(phase.code.removeprefix(_DELIVERY)): phase.reached_at for phase in told}
    return Shipment(
        item_keys=(row.needed("itemId"),), carrier=carrier, tracking_code=tracking_code, steps=steps(reached)
    )
