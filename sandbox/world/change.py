"""What has changed since the world was built: it lies over the world, which itself never changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sandbox.world.model import Order, OrderItem, Phase, ServiceRequest, Ticket

_NEXT_REQUEST = {"RECEIVED": "IN_PROGRESS", "IN_PROGRESS": "DONE"}
_OPEN_ORDER = {"RECEIVED", "IN_PROGRESS", "SUSPENDED"}
_NEXT_DELIVERY = ("PREPARING", "SHIPPED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED")
_NOTES = {"IN_PROGRESS": "In lavorazione presso il gruppo tecnico.", "DONE": "Intervento concluso."}


class Final(Exception):
    """The thing is as far as it can get."""


class Changes:
    """Orders and requests as they are now, by their ids; what is not here is as it was built."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self._requests: dict[str, ServiceRequest] = {}

    def order(self, built: Order) -> Order:
        """Give an order as it is now."""
        return self._orders.get(built.id, built)

    def request(self, built: ServiceRequest) -> ServiceRequest:
        """Give a request as it is now."""
        return self._requests.get(built.id, built)

    def advance_order(self, built: Order, now: datetime) -> Order:
        """Let the first open item reach its next phase, and the delivery of it its next state. Raises Final."""
        order = self.order(built)
        place = next((place for place, item in enumerate(order.items) if item.state in _OPEN_ORDER), None)
        if order.state not in _OPEN_ORDER or place is None:
            raise Final(f"order {order.id} is {order.state}")
        items = (*order.items[:place], _further(order.items[place], now), *order.items[place + 1 :])
        done = all(item.state not in _OPEN_ORDER for item in items)
        self._orders[order.id] = replace(order, items=items, state="COMPLETED" if done else "IN_PROGRESS")
        return self._orders[order.id]

    def advance_delivery(self, built: Order, now: datetime) -> Order:
        """Let the first delivery that is under way reach its next state; the order stays as it is. Raises Final."""
        order = self.order(built)
        for place, item in enumerate(order.items):
            if item.delivery is not None and item.delivery.reached[-1][0] in _NEXT_DELIVERY[:-1]:
                state = _NEXT_DELIVERY[_NEXT_DELIVERY.index(item.delivery.reached[-1][0]) + 1]
                delivery = replace(item.delivery, reached=(*item.delivery.reached, (state, now)))
                items = (*order.items[:place], replace(item, delivery=delivery), *order.items[place + 1 :])
                self._orders[order.id] = replace(order, items=items)
                return self._orders[order.id]
        raise Final(f"order {order.id} has no delivery under way")

    def advance_request(self, built: ServiceRequest, now: datetime) -> ServiceRequest:
        """Let a request reach its next state, and its ticket with it. Raises Final."""
        request = self.request(built)
        state = _NEXT_REQUEST.get(request.state)
        if state is None:
            raise Final(f"request {request.id} is {request.state}")
        self._requests[request.id] = replace(
            request,
            state=state,
            closed_at=now if state == "DONE" else None,
            ticket=None if request.ticket is None else _ticket(request.ticket, state, now),
        )
        return self._requests[request.id]

    def clear(self) -> None:
        """Let all be as it was built."""
        self._orders.clear()
        self._requests.clear()


def _further(item: OrderItem, now: datetime) -> OrderItem:
    place = next((place for place, phase in enumerate(item.phases) if phase.reached_at is None), None)
    phases = item.phases
    if place is not None:
        reached = Phase(phases[place].code, phases[place].description, now)
        phases = (*phases[:place], reached, *phases[place + 1 :])
    done = all(phase.reached_at is not None for phase in phases)
    return replace(item, phases=phases, state="COMPLETED" if done else "IN_PROGRESS")


def _ticket(ticket: Ticket, state: str, now: datetime) -> Ticket:
    return replace(ticket, state=state, notes=(*ticket.notes, (_NOTES[state], now)))
