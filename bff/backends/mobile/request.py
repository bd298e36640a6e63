"""Mobile requests: TMF641 service orders and TMF621 trouble tickets, which together are the requests of the network.

A ticket that says which service order opened it is that order's and no request of its own. One that has an order's
request id (`externalId`) is that order's too: the same request, seen by both. Any other ticket is a request by itself.
Customer, requester and lines are related parties and entities (spec, legacy.md, 'Own rows' and 'Request ids').
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from bff.backends._batch import Reading, is_since, needed
from bff.backends._code import Codes, is_code
from bff.backends._shape import Text
from bff.backends.mobile._wire import Ref, Wire, day, instant
from bff.domain.request import TICKET, RequestKind, RequestState, ServiceRequest, Ticket
from bff.domain.system import System

_KINDS = Codes(
    "mobile request kind",
    RequestKind.UNKNOWN,
    {
        "simBlock": RequestKind.SIM_BLOCK,
        "simUnblock": RequestKind.SIM_BLOCK,
        "service": RequestKind.SERVICE,
        "nuisanceCalls": RequestKind.NUISANCE_CALLS,
        "paymentNotRecognised": RequestKind.PAYMENT_REPORT,
        "registeredOffice": RequestKind.REGISTERED_OFFICE,
        "directDebit": RequestKind.BILLING,
        "paperless": RequestKind.BILLING,
        "deliveryAddress": RequestKind.BILLING,
    },
)
_ORDER_STATES = Codes(
    "TMF641 order state",
    RequestState.UNKNOWN,
    {
        "acknowledged": RequestState.RECEIVED,
        "rejected": RequestState.REJECTED,
        "pending": RequestState.IN_PROGRESS,
        "held": RequestState.IN_PROGRESS,
        "inProgress": RequestState.IN_PROGRESS,
        "assessingCancellation": RequestState.IN_PROGRESS,
        "pendingCancellation": RequestState.IN_PROGRESS,
        "cancelled": RequestState.CANCELLED,
        "completed": RequestState.DONE,
        "partial": RequestState.REJECTED,  # ended without all that was asked for
        "failed": RequestState.REJECTED,
    },
)
_TICKET_STATES = Codes(
    "TMF621 ticket status",
    RequestState.UNKNOWN,
    {
        "acknowledged": RequestState.RECEIVED,
        "rejected": RequestState.REJECTED,
        "pending": RequestState.IN_PROGRESS,
        "held": RequestState.IN_PROGRESS,
        "inProgress": RequestState.IN_PROGRESS,
        "cancelled": RequestState.CANCELLED,
        "closed": RequestState.DONE,
        "resolved": RequestState.DONE,
    },
)


class Note(Wire, frozen=True, gc=False):
    """What was noted and when."""

    date: Any = None
    text: Text | None = None


class _Asked(Wire, frozen=True, gc=False):
    """What both resources have."""

    id: Text
    description: Text | None = None
    external_id: Text | None = None
    related_party: tuple[Ref, ...] = ()

    def party_keys(self, role: str) -> list[str]:
        """Give the ids of the parties in a role."""
        return [each.id for each in self.related_party if is_code(each.role, role)]


class Service(Wire, frozen=True, gc=False):
    """A service; its line is a related entity."""

    related_entity: tuple[Ref, ...] = ()


class ServiceOrderItem(Wire, frozen=True, gc=False):
    """An item of a service order."""

    service: Service | None = None


class ServiceOrder(_Asked, frozen=True, gc=False):
    """TMF641 `/serviceOrder`."""

    category: Text | None = None
    state: Text | None = None
    order_date: Any = None
    start_date: Any = None
    completion_date: Any = None
    cancellation_date: Any = None
    service_order_item: tuple[ServiceOrderItem, ...] = ()

    def line_keys(self) -> list[str]:
        """Give the lines that its items concern."""
        return [key for item in self.service_order_item if item.service for key in _products(item.service)]


class TroubleTicket(_Asked, frozen=True, gc=False):
    """TMF621 `/troubleTicket`."""

    ticket_type: Text | None = None
    status: Text | None = None
    creation_date: Any = None
    last_update: Any = None
    related_entity: tuple[Ref, ...] = ()
    note: tuple[Note, ...] = ()

    def line_keys(self) -> list[str]:
        """Give the lines that it concerns."""
        return _products(self)


class Told(NamedTuple):
    """A request as one of the resources tells it; `opened_by` is the service order that says to have opened it."""

    request: ServiceRequest
    external_id: str | None
    opened_by: str | None = None


def orders_by_party(as_of: datetime, role: str, made_from: date) -> Reading[ServiceOrder, Told]:
    """Read service orders made since a day, by the party in a role: `customer` or `requester`."""
    return _orders(as_of, made_from, lambda row: row.party_keys(role))


def orders_by_line(as_of: datetime, made_from: date) -> Reading[ServiceOrder, Told]:
    """Read service orders made since a day, by the lines that they concern."""
    return _orders(as_of, made_from, ServiceOrder.line_keys)


def tickets_by_party(as_of: datetime, role: str, made_from: date) -> Reading[TroubleTicket, Told]:
    """Read tickets opened since a day, by the party in a role: `customer` or `requester`."""
    return _tickets(as_of, made_from, lambda row: row.party_keys(role))


def tickets_by_line(as_of: datetime, made_from: date) -> Reading[TroubleTicket, Told]:
    """Read tickets opened since a day, by the lines that they concern."""
    return _tickets(as_of, made_from, TroubleTicket.line_keys)


def merged(orders: Sequence[Told], tickets: Sequence[Told]) -> list[ServiceRequest]:
    """Give each request once, service orders with the last ticket that they opened; orders first."""
    by_key = {each.request.key: each for each in orders}
    by_external_id = {each.external_id: each.request.key for each in reversed(orders) if each.external_id}
    opened: dict[str, ServiceRequest] = {}
    alone: list[ServiceRequest] = []
    for each in sorted(tickets, key=lambda told: told.request.made_at):
        key = _order_key(each.opened_by) if each.opened_by else by_external_id.get(each.external_id or "")
        if key is None:
            alone.append(each.request)
        else:
            opened[key] = each.request
    return [_with_ticket(each.request, opened.get(key)) for key, each in by_key.items()] + alone


def _with_ticket(request: ServiceRequest, opened: ServiceRequest | None) -> ServiceRequest:
    if opened is None:
        return request
    return replace(request, ticket=opened.ticket, updated_at=max(request.updated_at, opened.updated_at))


def _orders(
    as_of: datetime, made_from: date, keys: Callable[[ServiceOrder], Collection[str]]
) -> Reading[ServiceOrder, Told]:
    def wanted(row: ServiceOrder) -> Collection[str]:
        return keys(row) if is_since(lambda: day(row.order_date), made_from) else ()

    return Reading(lambda row: row.id, wanted, lambda row, _key: _told_order(row, as_of))


def _tickets(
    as_of: datetime, made_from: date, keys: Callable[[TroubleTicket], Collection[str]]
) -> Reading[TroubleTicket, Told]:
    def wanted(row: TroubleTicket) -> Collection[str]:
        return keys(row) if is_since(lambda: day(row.creation_date), made_from) else ()

    return Reading(lambda row: row.id, wanted, lambda row, _key: _told_ticket(row, as_of))


def _told_order(row: ServiceOrder, as_of: datetime) -> Told:
    made_at = needed(instant(row.order_date), "orderDate")
    changes = [instant(each) for each in (row.start_date, row.completion_date, row.cancellation_date)]
    request = ServiceRequest(
        key=_order_key(row.id),
        customer_key=next(iter(row.party_keys("customer")), None),
        system=System.MOBILE,
        reference=row.id,
        kind=_KINDS.read(row.category),
        state=_ORDER_STATES.read(row.state),
        made_at=made_at,
        updated_at=max((each for each in changes if each is not None), default=made_at),
        asked_by=next(iter(row.party_keys("requester")), None),
        line_key=_only(row.line_keys()),
        more_information=row.description,
        ticket=None,
        as_of=as_of,
    )
    return Told(request, row.external_id)


def _told_ticket(row: TroubleTicket, as_of: datetime) -> Told:
    opened_at, state = needed(instant(row.creation_date), "creationDate"), _TICKET_STATES.read(row.status)
    request = ServiceRequest(
        key=f"{TICKET}{row.id}",
        customer_key=next(iter(row.party_keys("customer")), None),
        system=System.MOBILE,
        reference=row.id,
        kind=_KINDS.read(row.ticket_type),
        state=state,
        made_at=opened_at,
        updated_at=instant(row.last_update) or opened_at,
        asked_by=next(iter(row.party_keys("requester")), None),
        line_key=_only(row.line_keys()),
        more_information=row.description,
        ticket=Ticket(number=row.id, state=state, opened_at=opened_at, note=_last_note(row.note)),
        as_of=as_of,
    )
    opened_by = (each.id for each in row.related_entity if is_code(each.referred_type, "ServiceOrder"))
    return Told(request, row.external_id, next(opened_by, None))


def _order_key(id_: str) -> str:
    """Tell a service order from a ticket of the same id."""
    return f"order/{id_}"


def _products(holder: Service | TroubleTicket) -> list[str]:
    return [each.id for each in holder.related_entity if is_code(each.referred_type, "Product")]


def _only(keys: Iterable[str]) -> str | None:
    """Give the key that is the only one; None when none or several."""
    found = set(keys)
    return found.pop() if len(found) == 1 else None


def _last_note(notes: Iterable[Note]) -> str | None:
    """Give the text of the latest note; of those that tell no time, the last."""
    told = [(instant(each.date), place, each.text) for place, each in enumerate(notes) if each.text]
    return max(told, key=lambda each: (each[0] is not None, each[0] or 0, each[1]))[2] if told else None
