"""Orders that change something, of TMF641 and TMF622: made under a request id, and found again by it.

The request id travels as `externalId`: the system takes one of an id but once, and gives the order that it made of it
again (spec, legacy.md, 'Request ids' and quirk 14). Accepted is not done: only a completed order is. What is written
into an order is the modules' of the two resources.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._json import changed
from bff.backends._message import Answer
from bff.backends._shape import reader
from bff.backends.mobile._collection import Collection
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.error_code import ErrorCode
from bff.errors import BackendRejected

_CONFLICT = 409
_STATES = Codes(
    "TMF641 or TMF622 order state",
    ChangeStatus.ACCEPTED,
    {
        **dict.fromkeys(("draft", "acknowledged", "pending", "held"), ChangeStatus.ACCEPTED),
        **dict.fromkeys(("inProgress", "inProgress.accepted", "partial"), ChangeStatus.ACCEPTED),
        **dict.fromkeys(("assessingCancellation", "pendingCancellation"), ChangeStatus.ACCEPTED),
        "completed": ChangeStatus.DONE,
        "rejected": ChangeStatus.REJECTED,
        "failed": ChangeStatus.REJECTED,
        "cancelled": ChangeStatus.REJECTED,
    },
)


class Made(Protocol):
    """An order as far as it tells what became of it."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def request_ids(self) -> Sequence[str]:
        """Of the requests that it was made of."""

    def told(self) -> Told:
        """Tell what became of it."""


M = TypeVar("M", bound=Made)


def became(state: str | None, *, request_key: str | None = None, order_key: str | None = None) -> Told:
    """Tell what became of an order that is in a state, and the key by which it is followed."""
    status = _STATES.read(state)
    why = ErrorCode.NOT_ELIGIBLE if status is ChangeStatus.REJECTED else None
    return Told(status, why, request_key=request_key, order_key=order_key)


class Orders(Generic[M]):
    """Makes orders and finds them again.

    Args:
        http: to the system.
        path: of the resource.
        wire: what to read of an order.
        attribute: what orders are found by: that of their request ids.
    """

    def __init__(self, http: Http, path: str, wire: type[M], attribute: str) -> None:
        self._http = http
        self._path = path
        self._where = Operation(http.system, f"POST /{path.rpartition('/')[2]}")
        self._attribute = attribute
        self._made = Collection(http, path, wire)
        self._read = reader(wire)

    async def make(self, document: Mapping[str, Any], request_id: str) -> Told:
        """Make an order that bears a request id. Raises BackendErrors; `undone` when it surely was not made."""
        return await self._http.send(
            self._where.name,
            "POST",
            self._path,
            headers={"content-type": "application/json"},
            content=lambda: msgspec.json.encode(document),
            read=lambda answer: self._answered(answer, request_id),
            keys=1,
        )

    async def find(self, request_id: str) -> Told | None:
        """Tell what became of a request; None when the system knows of no order made of it. Raises BackendErrors."""
        rows = await self._made.find(self._attribute, [request_id])
        mine = next((row for row in rows if request_id in row.request_ids), None)
        if mine is None and not all(row.request_ids for row in rows):
            raise self._made.where.garbled("a row that does not tell whose it is")
        return None if mine is None else mine.told()

    def _answered(self, answer: Answer, request_id: str) -> Told:
        try:
            made = changed(self._where, answer, self._read)
        except BackendRejected as error:
            error.conflict = answer.status == _CONFLICT
            raise
        if request_id not in made.request_ids:
            raise self._where.garbled("another order's answer")
        return made.told()
