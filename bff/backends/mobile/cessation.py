"""Ceasing mobile lines: TMF622 v5 `POST /productOrder`, an item a line; `POST /cancelProductOrder` calls one off.

An order is called off whole, and what became of that is read from the order: the task has no place for a request id
(TMF622 v5, CancelProductOrder), and an order that is called off already can't be so twice.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

import msgspec

from bff.backends import _halves
from bff.backends._batch import KEYS_MAX
from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._json import changed
from bff.backends._message import Answer
from bff.backends._shape import Text, reader
from bff.backends.mobile._collection import Collection
from bff.backends.mobile._made import Orders, became
from bff.backends.mobile._wire import Ref, Wire
from bff.backends.mobile.product_order import ExternalId, MadeProductOrder, document, line
from bff.domain.cessation import Cessation, CessationReason
from bff.domain.change import ChangeStatus
from bff.domain.deed import UNKNOWN, Told, together
from bff.domain.deed.line import MobileCease, MobileCeaseRevoke
from bff.domain.error_code import ErrorCode
from bff.domain.period import ROME
from bff.errors import BackendError, BackendRejected

_REASONS = {
    CessationReason.NOT_NEEDED: "Linea non più necessaria",
    CessationReason.OTHER_OPERATOR: "Passaggio ad altro operatore",
    CessationReason.COST: "Costi",
    CessationReason.QUALITY: "Qualità del servizio",
    CessationReason.CLOSURE: "Chiusura o trasferimento dell'azienda",
    CessationReason.OTHER: "Altro",
}
_TASKS = Codes(
    "TMF622 cancellation state",
    ChangeStatus.ACCEPTED,
    {
        "acknowledged": ChangeStatus.ACCEPTED,
        "inProgress": ChangeStatus.ACCEPTED,
        "done": ChangeStatus.DONE,
        "terminatedWithError": ChangeStatus.REJECTED,
    },
)
_CALLED_OFF: Codes[ChangeStatus | None] = Codes(
    "TMF622 state of an order to call off",
    None,
    {
        "assessingCancellation": ChangeStatus.ACCEPTED,
        "pendingCancellation": ChangeStatus.ACCEPTED,
        "cancelled": ChangeStatus.DONE,
        **dict.fromkeys(("draft", "acknowledged", "pending", "held", "inProgress", "inProgress.accepted"), None),
        **dict.fromkeys(("rejected", "partial", "completed", "failed"), None),
    },
)


class Item(Wire, frozen=True, gc=False):
    """An item of an order: a line."""

    state: Text | None = None
    product: Ref | None = None


class Order(Wire, frozen=True, gc=False):
    """An order as far as it tells what became of its lines."""

    id: Text
    state: Text | None = None
    external_id: tuple[ExternalId, ...] = ()
    product_order_item: tuple[Item, ...] = ()


class Cancellation(Wire, frozen=True, gc=False):
    """TMF622 v5 `/cancelProductOrder`."""

    id: Text
    state: Text | None = None
    product_order: Ref | None = None


class Cessations:
    """Orders that lines be ceased, calls such orders off, and finds out what became of either.

    `orders` are made at `path`; `cancel_path` is the task's that calls one off.
    """

    def __init__(self, http: Http, orders: Orders[MadeProductOrder], path: str, cancel_path: str) -> None:
        self._http = http
        self._made = orders
        self._orders = Collection(http, path, Order)
        self._cancel_path = cancel_path
        self._where = Operation(http.system, f"POST /{cancel_path.rpartition('/')[2]}")
        self._read = reader(Cancellation)

    async def cease(self, deed: MobileCease, request_id: str, wanted: Cessation) -> Told:
        """Order that lines be ceased: all with one order, unless that is refused for one of them.

        Raises BackendErrors; `undone` when surely none was ordered.
        """

        async def send(keys: Sequence[str], part_id: str) -> Told:
            return together(dict.fromkeys(keys, await self._made.make(_document(deed, keys, part_id, wanted), part_id)))

        return await _halves.sent(send, deed.line_keys, request_id)

    async def ceased(self, deed: MobileCease, request_id: str) -> Told | None:
        """Tell of which lines orders were made, whole or in parts; None when of none. Raises BackendErrors."""
        part_ids = _halves.request_ids(deed.line_keys, request_id)
        found: dict[str, Told] = {}
        for start in range(0, len(part_ids), KEYS_MAX):
            for row in await self._orders.find("externalId.id", part_ids[start : start + KEYS_MAX]):
                if not {each.id for each in row.external_id}.isdisjoint(part_ids):
                    found |= _of_lines(row, deed.line_keys)
        return together(found) if found else None

    async def revoke(self, deed: MobileCeaseRevoke) -> Told:
        """Call the orders of lines off, each by itself.

        Raises BackendErrors where none is known to be called off; `undone` when surely none was.
        """
        keys = list(dict.fromkeys(deed.orders.values()))
        found = dict(zip(keys, await asyncio.gather(*map(self._called_off, keys)), strict=True))
        errors = [each for each in found.values() if isinstance(each, BackendError)]
        if len(errors) == len(found):
            raise next((error for error in errors if not error.undone), errors[0])
        return together({line_key: _told(found[key]) for line_key, key in deed.orders.items()})

    async def revoked(self, deed: MobileCeaseRevoke) -> Told | None:
        """Tell which orders are called off; None when none is. Raises BackendErrors."""
        keys = list(dict.fromkeys(deed.orders.values()))
        rows = await self._orders.find("id", keys)
        states = {row.id: _CALLED_OFF.read(row.state) for row in rows if row.id in keys}
        found = {
            line_key: Told(status, order_key=key)
            for line_key, key in deed.orders.items()
            if (status := states.get(key)) is not None
        }
        return together(found) if found else None

    async def _called_off(self, order_key: str) -> Told | BackendError:
        reference = {"id": order_key, "@type": "ProductOrderRef", "@referredType": "ProductOrder"}
        wanted = {"productOrder": reference, "cancellationReason": "Revoca del cliente", "@type": "CancelProductOrder"}
        try:
            return await self._http.send(
                self._where.name,
                "POST",
                self._cancel_path,
                headers={"content-type": "application/json"},
                content=lambda: msgspec.json.encode(wanted),
                read=lambda answer: self._answered(answer, order_key),
                keys=1,
            )
        except BackendError as error:
            return error

    def _answered(self, answer: Answer, order_key: str) -> Told:
        task: Cancellation = changed(self._where, answer, self._read)
        if task.product_order is None or task.product_order.id != order_key:
            raise self._where.garbled("another order's cancellation")
        status = _TASKS.read(task.state)
        return Told(status, ErrorCode.NOT_ELIGIBLE if status is ChangeStatus.REJECTED else None, order_key=order_key)


def _document(deed: MobileCease, keys: Sequence[str], request_id: str, wanted: Cessation) -> dict[str, Any]:
    items = [line(key) for key in keys]
    written = document("cessation", deed.customer_key, deed.person_key, "delete", items, request_id)
    written["description"] = _REASONS[wanted.reason]
    if wanted.wanted_on is not None:
        written["requestedCompletionDate"] = datetime.combine(wanted.wanted_on, time.min, ROME).isoformat()
    return written


def _of_lines(row: Order, keys: Sequence[str]) -> dict[str, Told]:
    return {
        item.product.id: became(item.state or row.state, order_key=row.id)
        for item in row.product_order_item
        if item.product is not None and item.product.id in keys
    }


def _told(found: Told | BackendError) -> Told:
    if isinstance(found, Told):
        return found
    if not found.undone:
        return UNKNOWN
    rejected = isinstance(found, BackendRejected)
    return Told(ChangeStatus.REJECTED, ErrorCode.NOT_ELIGIBLE if rejected else ErrorCode(found.code))
