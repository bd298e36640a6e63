"""TMF622 v5 `POST /productOrder`: to cease lines, to change a SIM, to buy an offer; `POST /cancelProductOrder`.

An order is taken whole or not at all: one line that it can't be done to, and the whole is refused. A cancellation is
done at once, as long as the order is open; the lines are then as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from sandbox._deeds import Deed
from sandbox._faults import Injected, Quirk
from sandbox.mobile._render import Document, instant
from sandbox.mobile.change import later_s
from sandbox.mobile.collection import BadQuery
from sandbox.mobile.order import product_order
from sandbox.stage import Problem, Sandboxed
from sandbox.world.model import Company, Delivery, MobileLine, Order, OrderItem, Phase
from sandbox.world.offer import OFFERINGS, Offering
from sandbox.world.order import PHASES

CANCELLED = "cancelled"
STATE = "state"
"""What a deed is about: an order that was called off, the state of a line."""

_OPEN = {"RECEIVED", "IN_PROGRESS", "SUSPENDED"}


class Item(NamedTuple):
    """What is ordered for a line, of the catalogue where it is bought; `shipped`: something is to be sent for it.

    Without a line it is for the whole customer.
    """

    line_id: str | None
    shipped: bool
    offering: Offering | None


class Asked(NamedTuple):
    """What is ordered."""

    category: str
    request_id: str
    customer_id: str
    requester_id: str
    items: tuple[Item, ...]


class Cancel(NamedTuple):
    """Which order is to be called off."""

    order_id: str


def read_order(body: bytes) -> Asked:
    """Read an order. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        [request_id] = [str(each["id"]) for each in told["externalId"]]
        parties = {each["role"]: str(each["partyOrPartyRole"]["id"]) for each in told["relatedParty"]}
        items = tuple(_item(each) for each in told["productOrderItem"])
        return Asked(told["category"], request_id, parties["customer"], parties["requester"], items)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise BadQuery("category, externalId, relatedParty and items with their products are due") from error


def _item(told: Any) -> Item:
    """Read an item; what is bought has an offering and may do without a product."""
    offering = None
    if "productOffering" in told:
        [offering] = [each for each in OFFERINGS if each.id == told["productOffering"]["id"]]
        if "product" not in told:
            return Item(None, shipped=False, offering=offering)
    return Item(str(told["product"]["id"]), _is_shipped(told["product"]), offering)


def _is_shipped(product: Any) -> bool:
    return any(place["role"] == "shipTo" for place in product.get("place", ()))


def read_cancel(body: bytes) -> Cancel:
    """Read a cancellation. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        return Cancel(str(told["productOrder"]["id"]))
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise BadQuery("productOrder.id is due") from error


def order(stage: Sandboxed, asked: Asked, injected: Injected) -> Document | Problem:
    """Take an order, the first time that its request id comes; give it, or why it can't be."""
    if (taken := stage.deeds.taken(asked.request_id)) is None:
        company = next((each for each in stage.world.companies if each.mobile_customer_id == asked.customer_id), None)
        held = {} if company is None else {line.product_id: line for line in company.mobile_lines}
        lines = [held.get(item.line_id) for item in asked.items if item.line_id is not None]
        change = _CHANGES.get(asked.category)
        if change is None or company is None or not asked.items or None in lines:
            return Problem("60", "product not found", 404)
        states = [stage.deeds.last(STATE, line.product_id, line.state) for line in lines if line]
        if not set(states) <= change.states:
            return Problem("70", "product in another state", 409)
        taken = _take(stage, asked, injected, change)
    assert taken.order is not None  # noqa: S101 - made by `_take`
    return product_order(taken.order)


class _Change(NamedTuple):
    """What an order changes: its kind, of lines in which states, what their state is then; None leaves it."""

    kind: str
    states: set[str]
    state: str | None


_CHANGES: Mapping[str, _Change] = {
    "cessation": _Change("CESSATION", {"active", "suspended"}, "pendingTerminate"),
    "simChange": _Change("SIM_CHANGE", {"active"}, None),
    "offer": _Change("OFFER", {"active"}, None),
}
"""By category."""


def _take(stage: Sandboxed, asked: Asked, injected: Injected, change: _Change) -> Deed:
    """Take an order: the deed of its first line has it, and each line has a deed."""
    now = stage.clock.now().replace(microsecond=0)
    shown_s, refused_s = later_s(injected, Quirk.LATE_READS), later_s(injected, Quirk.REFUSED_LATER)
    taken = [
        stage.deeds.take(
            Deed(
                request_id=f"{asked.request_id}/{item.line_id}" if place else asked.request_id,
                what=STATE,
                subject=item.line_id or asked.customer_id,
                value=change.state,
                at=now,
                shown_from=now + timedelta(seconds=shown_s or 0),
                refused_from=None if refused_s is None else now + timedelta(seconds=refused_s),
                order=None if place else _made(stage, asked, change.kind),
            )
        )
        for place, item in enumerate(asked.items)
    ]
    return taken[0]


def _made(stage: Sandboxed, asked: Asked, kind: str) -> Order:
    now = stage.clock.now().replace(microsecond=0)
    serial = int(sha256(asked.request_id.encode()).hexdigest()[:12], 16) % 10**6
    phases = tuple(
        Phase(code, description, None if place else now) for place, (code, description) in enumerate(PHASES[kind])
    )
    items = tuple(
        OrderItem(
            id=f"MO-{serial:06d}-9000-{number:02d}",
            name=item.offering.name if item.offering else _NAMES[kind],
            state="RECEIVED",
            line_id=item.line_id,
            phases=phases,
            delivery=Delivery(f"SH-{serial:06d}-{number:02d}", "BRT", f"BRT{serial:09d}", (("PREPARING", now),))
            if item.shipped
            else None,
            offering_id=item.offering.id if item.offering else None,
        )
        for number, item in enumerate(asked.items, start=1)
    )
    return Order(
        id=f"MO-{serial:06d}-9000",
        network="mobile",
        kind=kind,
        state="RECEIVED",
        placed_at=now,
        customer_code=asked.customer_id,
        requested_by=asked.requester_id,
        external_id=asked.request_id,
        items=items,
    )


_NAMES = {"CESSATION": "Cessazione", "SIM_CHANGE": "Cambio SIM"}


def cancel(stage: Sandboxed, asked: Cancel, injected: Injected, orders: Iterable[Order]) -> Document | Problem:
    """Call an order off as long as it is open; the same again changes nothing more."""
    now = stage.clock.now().replace(microsecond=0)
    found = next((each for each in orders if each.id == asked.order_id), None)
    if found is None:
        return Problem("60", "productOrder not found", 404)
    request_id = f"cancel-{found.id}"
    if stage.deeds.taken(request_id) is None:
        if found.state not in _OPEN:
            return Problem("70", "productOrder has ended", 409)
        shown_from = now + timedelta(seconds=later_s(injected, Quirk.LATE_READS) or 0)
        stage.deeds.take(Deed(request_id, CANCELLED, found.id, True, now, shown_from))  # noqa: FBT003 - the value
        for item in found.items:
            line = _line(stage, found.customer_code, item.line_id)
            if line is not None and found.kind == "CESSATION":
                state = "active" if line.state == "pendingTerminate" else line.state
                stage.deeds.take(Deed(f"{request_id}/{item.line_id}", STATE, line.product_id, state, now, shown_from))
    return {
        "id": f"CPO-{found.id}",
        "productOrder": {"id": found.id, "@type": "ProductOrderRef", "@referredType": "ProductOrder"},
        "state": "done",
        "creationDate": instant(now),
        "effectiveCancellationDate": instant(now),
        "@type": "CancelProductOrder",
    }


def _line(stage: Sandboxed, customer_id: str, line_id: str | None) -> MobileLine | None:
    companies: list[Company] = [each for each in stage.world.companies if each.mobile_customer_id == customer_id]
    return next((line for each in companies for line in each.mobile_lines if line.product_id == line_id), None)
