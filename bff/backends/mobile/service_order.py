"""Service orders that change something: TMF641 `POST /serviceOrder`, and what became of one, by its request id.

The request id travels as `externalId`: the system takes one of an id but once, and gives the order that it made of it
again (spec, legacy.md, 'Request ids' and quirk 14). Accepted is not done: only a completed order is.
"""

from typing import Any

import msgspec

from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._message import Answer
from bff.backends._shape import Text, reader
from bff.backends.mobile._collection import Collection
from bff.backends.mobile._wire import Wire
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.sim import SimOrder
from bff.domain.error_code import ErrorCode
from bff.errors import BackendRejected

_CLIENT_ERRORS = range(400, 500)
_STATES = Codes(
    "TMF641 order state",
    ChangeStatus.ACCEPTED,
    {
        **dict.fromkeys(("acknowledged", "pending", "held", "inProgress", "partial"), ChangeStatus.ACCEPTED),
        **dict.fromkeys(("assessingCancellation", "pendingCancellation"), ChangeStatus.ACCEPTED),
        "completed": ChangeStatus.DONE,
        "rejected": ChangeStatus.REJECTED,
        "failed": ChangeStatus.REJECTED,
        "cancelled": ChangeStatus.REJECTED,
    },
)
_REASONS = {"LOST": "SIM smarrita", "STOLEN": "SIM rubata"}


class Made(Wire, frozen=True, gc=False):
    """A service order as far as it tells what became of it."""

    id: Text
    state: Text | None = None
    external_id: Text | None = None


class ServiceOrders:
    """Makes service orders and finds them again."""

    def __init__(self, http: Http, path: str) -> None:
        self._http = http
        self._path = path
        self._where = Operation(http.system, f"POST /{path.rpartition('/')[2]}")
        self._made = Collection(http, path, Made)
        self._read = reader(Made)

    async def make(self, deed: SimOrder, request_id: str) -> Told:
        """Order that a SIM be blocked or released. Raises BackendErrors; `undone` when it surely was not ordered."""
        return await self._http.send(
            self._where.name,
            "POST",
            self._path,
            headers={"content-type": "application/json"},
            content=lambda: msgspec.json.encode(_document(deed, request_id)),
            read=lambda answer: self._answered(answer, request_id),
            keys=1,
        )

    async def find(self, request_id: str) -> Told | None:
        """Tell what became of a request; None when the system knows of no order made of it. Raises BackendErrors."""
        rows = await self._made.find("externalId", [request_id])
        mine = next((row for row in rows if row.external_id == request_id), None)
        return None if mine is None else _told(mine)

    def _answered(self, answer: Answer, request_id: str) -> Told:
        try:
            made = decoded(self._where, answer, self._read)
        except BackendRejected as error:
            error.undone = answer.status in _CLIENT_ERRORS
            raise
        if made.external_id != request_id:
            raise self._where.garbled("another order's answer")
        return _told(made)


def _told(made: Made) -> Told:
    status = _STATES.read(made.state)
    why = ErrorCode.NOT_ELIGIBLE if status is ChangeStatus.REJECTED else None
    return Told(status, why, request_key=f"order/{made.id}")


def _document(deed: SimOrder, request_id: str) -> dict[str, Any]:
    line = {"id": deed.line_key, "role": "line", "@type": "RelatedEntity", "@referredType": "Product"}
    service = {"serviceType": "mobile", "relatedEntity": [line], "@type": "Service"}
    document: dict[str, Any] = {
        "category": "simBlock" if deed.block else "simUnblock",
        "externalId": request_id,
        "relatedParty": [
            {"id": deed.customer_key, "role": "customer", "@type": "RelatedParty", "@referredType": "Customer"},
            {"id": deed.person_key, "role": "requester", "@type": "RelatedParty", "@referredType": "Individual"},
        ],
        "serviceOrderItem": [{"id": "1", "action": "modify", "service": service, "@type": "ServiceOrderItem"}],
        "@type": "ServiceOrder",
    }
    if deed.reason in _REASONS:
        document["description"] = _REASONS[deed.reason]
    return document
