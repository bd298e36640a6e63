"""What all changes of the fixed legacy share: how one is sent, and how its request is found by the request id.

Some changes open a request, whose protocol number the answer tells: these are accepted, the others done. What became
of a request FindByExternalRequestId tells, by the id that it was sent under (spec, legacy.md, 'Request ids').
"""

from collections.abc import Sequence

from bff.backends._batch import Unreadable
from bff.backends._code import Codes
from bff.backends.fixed import _code
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Find, Soap
from bff.backends.fixed._value import Row
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.error_code import ErrorCode

_BY_REQUEST_ID = Find("FindByExternalRequestId", "request", str, paged=False, asked="externalRequestId")
_STATES = Codes(
    "fixed request state",
    ChangeStatus.ACCEPTED,
    {
        **dict.fromkeys(("INS", "PIC", "LAV"), ChangeStatus.ACCEPTED),
        "CHI": ChangeStatus.DONE,
        **dict.fromkeys(("RES", "ANN"), ChangeStatus.REJECTED),
    },
)


async def send(soap: Soap, operation: str, wanted: Fields, author: Author) -> Told:
    """Change something, once. Raises BackendErrors; `undone` when it surely was not changed."""
    row = await soap.change(operation, wanted, author)
    try:
        protocol = row.text("protocolNo")
        if protocol is None:
            return Told(ChangeStatus.DONE)
        return Told(ChangeStatus.ACCEPTED, request_key=_code.protocol(protocol))
    except Unreadable:
        return Told(ChangeStatus.ACCEPTED)


async def find(soap: Soap, request_id: str) -> Told | None:
    """Tell what became of the request that was made under an id; None when there is none. Raises BackendErrors."""
    mine = await made(soap, [request_id])
    return told(mine[0]) if mine else None


async def made(soap: Soap, request_ids: Sequence[str]) -> list[Row]:
    """Give the requests that were made under at most 50 ids. Raises BackendErrors."""
    found = await soap.find(_BY_REQUEST_ID, request_ids)
    for error in found.errors.values():
        raise error
    try:
        named = [(row, row.text("externalRequestId")) for row in found.rows]
    except Unreadable as error:
        raise soap.where(_BY_REQUEST_ID).garbled(str(error)) from error
    mine = [row for row, request_id in named if request_id in request_ids]
    is_stray = found.astray or any(request_id is None for _, request_id in named)
    if (found.rows and not mine) or (is_stray and not (mine and len(request_ids) == 1)):
        raise soap.where(_BY_REQUEST_ID).garbled("a row that is not of the request, or does not tell whose it is")
    return mine


def told(row: Row) -> Told:
    """Tell what became of a request."""
    status = _STATES.read(row.text("state"))
    why = ErrorCode.NOT_ELIGIBLE if status is ChangeStatus.REJECTED else None
    return Told(status, why, request_key=row.code("protocolNo", _code.protocol))
