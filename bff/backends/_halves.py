"""One change of many things that one of them may spoil for all: sent whole and, where surely refused whole, in halves.

Each part has a request id of its own, made of the whole's: a system takes one of an id but once (spec, legacy.md,
quirk 14). What nobody can tell the end of is not sent again.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from bff.domain.change import ChangeStatus
from bff.domain.deed import UNKNOWN, Told, together
from bff.domain.error_code import ErrorCode
from bff.errors import BackendError, BackendRejected

Send = Callable[[Sequence[str], str], Awaitable[Told]]
"""Sends a change of some things, by their keys, under a request id; gives what became of each."""

_REFUSED = Told(ChangeStatus.REJECTED, ErrorCode.NOT_ELIGIBLE)


async def sent(send: Send, keys: Sequence[str], request_id: str) -> Told:
    """Send a change of many things. Raises BackendErrors of the whole, unless it was surely refused and has parts."""
    try:
        return await send(keys, request_id)
    except BackendRejected as error:
        if not error.undone or len(keys) == 1:
            raise
    found = await asyncio.gather(*(_part(send, *half) for half in _halves(keys, request_id)))
    return together(dict(chain.from_iterable(each.items() for each in found)))


def request_ids(keys: Sequence[str], request_id: str) -> list[str]:
    """Give the ids of all requests that may have been made of a change, that of the whole first."""
    parts = [] if len(keys) == 1 else _halves(keys, request_id)
    return [request_id, *chain.from_iterable(request_ids(*part) for part in parts)]


async def _part(send: Send, keys: Sequence[str], request_id: str) -> dict[str, Told]:
    try:
        told = await sent(send, keys, request_id)
    except BackendRejected as error:
        told = _REFUSED if error.undone else UNKNOWN
    except BackendError as error:
        told = Told(ChangeStatus.REJECTED, ErrorCode(error.code)) if error.undone else UNKNOWN
    return {key: told.items.get(key, UNKNOWN) if told.items else told for key in keys}


def _halves(keys: Sequence[str], request_id: str) -> list[tuple[Sequence[str], str]]:
    middle = (len(keys) + 1) // 2
    return [(part, str(uuid.uuid5(uuid.UUID(request_id), " ".join(part)))) for part in (keys[:middle], keys[middle:])]
