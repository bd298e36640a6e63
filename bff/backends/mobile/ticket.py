"""Tickets that ask for something: TMF621 `POST /troubleTicket`, and what became of one, by its request id.

The request id travels as `externalId`, as with service orders (spec, legacy.md, 'Request ids' and quirk 14). A ticket
is a request by itself. Official file: spec, tmf/TMF621.
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
from bff.domain.deed.request import MobileTicket
from bff.domain.error_code import ErrorCode
from bff.domain.request import RequestKind
from bff.errors import BackendRejected

_CLIENT_ERRORS = range(400, 500)
_SEVERITY = "Minor"
_STATES = Codes(
    "TMF621 ticket status",
    ChangeStatus.ACCEPTED,
    {
        **dict.fromkeys(("acknowledged", "pending", "held", "inProgress"), ChangeStatus.ACCEPTED),
        **dict.fromkeys(("closed", "resolved"), ChangeStatus.DONE),
        **dict.fromkeys(("rejected", "cancelled"), ChangeStatus.REJECTED),
    },
)
_TYPES = {RequestKind.PAYMENT_REPORT: "paymentNotRecognised", RequestKind.REGISTERED_OFFICE: "registeredOffice"}


class Opened(Wire, frozen=True, gc=False):
    """A ticket as far as it tells what became of it."""

    id: Text
    status: Text | None = None
    external_id: Text | None = None


class Tickets:
    """Opens tickets and finds them again."""

    def __init__(self, http: Http, path: str) -> None:
        self._http = http
        self._path = path
        self._where = Operation(http.system, f"POST /{path.rpartition('/')[2]}")
        self._opened = Collection(http, path, Opened)
        self._read = reader(Opened)

    async def open(self, deed: MobileTicket, request_id: str, description: str) -> Told:
        """Open a ticket. Raises BackendErrors; `undone` when it surely was not opened."""
        return await self._http.send(
            self._where.name,
            "POST",
            self._path,
            headers={"content-type": "application/json"},
            content=lambda: msgspec.json.encode(_document(deed, request_id, description)),
            read=lambda answer: self._answered(answer, request_id),
            keys=1,
        )

    async def find(self, request_id: str) -> Told | None:
        """Tell what became of a request; None when the system knows of no ticket of it. Raises BackendErrors."""
        rows = await self._opened.find("externalId", [request_id])
        mine = next((row for row in rows if row.external_id == request_id), None)
        return None if mine is None else _told(mine)

    def _answered(self, answer: Answer, request_id: str) -> Told:
        try:
            opened = decoded(self._where, answer, self._read)
        except BackendRejected as error:
            error.undone = answer.status in _CLIENT_ERRORS
            raise
        if opened.external_id != request_id:
            raise self._where.garbled("another ticket's answer")
        return _told(opened)


def _told(opened: Opened) -> Told:
    status = _STATES.read(opened.status)
    why = ErrorCode.NOT_ELIGIBLE if status is ChangeStatus.REJECTED else None
    return Told(status, why, request_key=f"ticket/{opened.id}")


def _document(deed: MobileTicket, request_id: str, description: str) -> dict[str, Any]:
    bill = {"id": deed.bill_key, "role": "bill", "@type": "RelatedEntity", "@referredType": "CustomerBill"}
    return {
        "description": description,
        "severity": _SEVERITY,
        "ticketType": _TYPES[deed.kind],
        "externalId": request_id,
        "relatedParty": [
            {"id": deed.customer_key, "role": "customer", "@type": "RelatedParty", "@referredType": "Customer"},
            {"id": deed.person_key, "role": "requester", "@type": "RelatedParty", "@referredType": "Individual"},
        ],
        "relatedEntity": [] if deed.bill_key is None else [bill],
        "@type": "TroubleTicket",
    }
