"""Requests: TMF641 v4.1 service orders, TMF621 trouble tickets.

A service order's `category` and a ticket's `ticketType` carry the kind. A ticket that a service order opened has the
order's request id (`externalId`), and some name the order as a related entity too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from sandbox.mobile._render import Document, instant
from sandbox.mobile.collection import Collection, index
from sandbox.world.change import Changes
from sandbox.world.model import ServiceRequest, Ticket, World

_ORDER_KINDS = {"SIM_BLOCK": "simBlock", "SIM_UNBLOCK": "simUnblock", "SERVICE": "service"}
_TICKET_KINDS = {
    **_ORDER_KINDS,
    "NUISANCE_CALLS": "nuisanceCalls",
    "PAYMENT_REPORT": "paymentNotRecognised",
    "DIRECT_DEBIT": "directDebit",
    "PAPERLESS": "paperless",
    "DELIVERY_ADDRESS": "deliveryAddress",
    "REGISTERED_OFFICE": "registeredOffice",
}
TICKET_TYPES = {told: kind for kind, told in _TICKET_KINDS.items()}
"""The kind of request that a type of ticket stands for."""
_ORDER_STATES = {
    "RECEIVED": "acknowledged",
    "IN_PROGRESS": "inProgress",
    "DONE": "completed",
    "REJECTED": "rejected",
    "CANCELLED": "cancelled",
}
_TICKET_STATES = _ORDER_STATES | {"DONE": "resolved"}


def _mobile_requests(world: World) -> list[ServiceRequest]:
    return [request for company in world.companies for request in company.requests if request.network == "mobile"]


Made = Callable[[], Iterable[ServiceRequest]]
"""Gives what was made since the world was."""


def service_orders(world: World, changes: Changes, made: Made) -> Collection[ServiceRequest]:
    """Give TMF641 `/serviceOrder`: batched by related party (customer or requester), id, line or request id."""
    rows = [request for request in _mobile_requests(world) if request.is_order]

    def ordered() -> list[ServiceRequest]:
        return [row for row in made() if row.is_order]

    def by(keys: Callable[[ServiceRequest], Iterable[str | None]]) -> Callable[[str], Iterable[ServiceRequest]]:
        built = index(rows, keys)
        return lambda value: [*built(value), *(row for row in ordered() if value in keys(row))]

    return Collection(
        rows=lambda: [*rows, *ordered()],
        render=lambda row: service_order(changes.request(row)),
        lookup={
            "id": by(lambda row: (row.id,)),
            "relatedParty.id": by(lambda row: (row.customer_code, row.requested_by)),
            "serviceOrderItem.service.relatedEntity.id": by(lambda row: (row.line_id,)),
            "externalId": by(lambda row: (row.external_id,)),
        },
    )


class _TicketRow(NamedTuple):
    request: ServiceRequest
    ticket: Ticket


def trouble_tickets(world: World, changes: Changes, made: Made) -> Collection[_TicketRow]:
    """Give TMF621 `/troubleTicket`: batched by related party (customer or requester), id, line or request id."""
    rows = [_TicketRow(request, request.ticket) for request in _mobile_requests(world) if request.ticket]

    def opened() -> list[_TicketRow]:
        return [_TicketRow(request, request.ticket) for request in made() if request.ticket]

    def by(keys: Callable[[_TicketRow], Iterable[str | None]]) -> Callable[[str], Iterable[_TicketRow]]:
        built = index(rows, keys)
        return lambda value: [*built(value), *(row for row in opened() if value in keys(row))]

    return Collection(
        rows=lambda: [*rows, *opened()],
        render=lambda row: _trouble_ticket(_as_now(row, changes)),
        lookup={
            "id": by(lambda row: (row.ticket.id,)),
            "relatedParty.id": by(lambda row: (row.request.customer_code, row.request.requested_by)),
            "relatedEntity.id": by(lambda row: (row.request.line_id,)),
            "externalId": by(lambda row: (row.request.external_id,)),
        },
    )


def service_order(request: ServiceRequest) -> Document:
    """Render a TMF641 service order."""
    state = _ORDER_STATES[request.state]
    document: Document = {
        "id": request.id,
        "category": _ORDER_KINDS[request.kind],
        "state": state,
        "orderDate": instant(request.made_at),
        "externalId": request.external_id,
        "relatedParty": _parties(request),
        "serviceOrderItem": [
            {
                "id": "1",
                "action": "modify",
                "state": state,
                "service": {
                    "serviceType": "mobile",
                    "relatedEntity": [_subject(request)],
                    "@type": "Service",
                },
                "@type": "ServiceOrderItem",
            }
        ],
        "@type": "ServiceOrder",
    }
    if request.information:
        document["description"] = request.information
    if request.closed_at:
        document["cancellationDate" if request.state == "CANCELLED" else "completionDate"] = instant(request.closed_at)
    return document


def _subject(request: ServiceRequest) -> Document:
    if request.agreement_id is not None:
        return _entity("contract", request.agreement_id, "Agreement")
    return _entity("line", request.line_id, "Product")


def _as_now(row: _TicketRow, changes: Changes) -> _TicketRow:
    request = changes.request(row.request)
    return _TicketRow(request, request.ticket or row.ticket)


def trouble_ticket(request: ServiceRequest) -> Document | None:
    """Render the TMF621 trouble ticket of a request; None when it has none."""
    return _trouble_ticket(_TicketRow(request, request.ticket)) if request.ticket else None


def _trouble_ticket(row: _TicketRow) -> Document:
    request, ticket = row
    document: Document = {
        "id": ticket.id,
        "ticketType": _TICKET_KINDS[request.kind],
        "status": _TICKET_STATES[ticket.state],
        "severity": "Minor",
        "creationDate": instant(ticket.opened_at),
        "lastUpdate": instant(ticket.notes[-1][1]),
        "externalId": request.external_id,
        "relatedParty": _parties(request),
        "relatedEntity": _entities(request, ticket),
        "note": [
            {"id": str(number), "author": "Assistenza", "date": instant(moment), "text": text, "@type": "Note"}
            for number, (text, moment) in enumerate(ticket.notes, start=1)
        ],
        "@type": "TroubleTicket",
    }
    if request.information:
        document["description"] = request.information
    return document


def _parties(request: ServiceRequest) -> list[Document]:
    return [
        {"id": request.customer_code, "role": "customer", "@type": "RelatedParty", "@referredType": "Customer"},
        {"id": request.requested_by, "role": "requester", "@type": "RelatedParty", "@referredType": "Individual"},
    ]


def _entities(request: ServiceRequest, ticket: Ticket) -> list[Document]:
    entities = [_entity("line", request.line_id, "Product")] if request.line_id else []
    if ticket.names_order:
        entities.append(_entity("openedBy", request.id, "ServiceOrder"))
    return entities


def _entity(role: str, id_: str | None, referred: str) -> Document:
    return {"id": id_, "role": role, "@type": "RelatedEntity", "@referredType": referred}
