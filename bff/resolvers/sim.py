"""Blocking and releasing SIMs: what is judged before, and what is read after."""

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

from bff.context import Context
from bff.domain.change import ChangeStatus, SimBlocked, SimUnblocked, UserError
from bff.domain.deed import SimOrder
from bff.domain.line import MobileLine
from bff.domain.profile import Grant
from bff.errors import BffError, NotFound
from bff.resolvers import acting, line_reference, network
from bff.resolvers._id import key_of

Ordered = tuple[ChangeStatus, tuple[UserError, ...], str | None, str | None]
"""Status, what to put right, the key of the request, the key of the line."""

_TOUCHED = ("line", "sim", "request")


class SimBlockReason(Enum):
    """Why a SIM is blocked."""

    LOST = "LOST"
    STOLEN = "STOLEN"
    OTHER = "OTHER"


class Wanted(Protocol):
    """A line by its global id, and the client's idempotency key."""

    @property
    def line_id(self) -> str:
        """Global id of a mobile line."""

    @property
    def idempotency_key(self) -> str:
        """Chosen by the client."""


async def block(context: Context, wanted: Wanted, reason: SimBlockReason) -> SimBlocked:
    """Block a SIM. Raises BffError when it was surely not done."""
    return SimBlocked(*await _ordered(context, "simBlock", wanted, reason))


async def unblock(context: Context, wanted: Wanted) -> SimUnblocked:
    """Release a blocked SIM. Raises BffError when it was surely not done."""
    return SimUnblocked(*await _ordered(context, "simUnblock", wanted, None))


async def _ordered(context: Context, mutation: str, wanted: Wanted, reason: SimBlockReason | None) -> Ordered:
    line_key = key_of(context, wanted.line_id, MobileLine)
    told_reason = None if reason is None else reason.value

    async def prepare() -> SimOrder:
        line = await _line(context, line_key)
        if line is None:
            acting.unknown(context, "lineId")
        await acting.judge(context, mutation, line, "lineId")
        party = await network.party(context, context.customer, context.principal.profile)
        if party is None or not party.customer_keys:
            raise NotFound("no customer of the mobile network")
        return SimOrder(
            line_key=line.key,
            customer_key=party.customer_keys[0],
            person_key=context.principal.person_key,
            block=reason is not None,
            reason=told_reason,
        )

    context.loaders.anew(_TOUCHED)
    given = {"line": line_key, "reason": told_reason}
    status, errors, told = await acting.perform(context, mutation, wanted.idempotency_key, given, prepare)
    context.loaders.anew(_TOUCHED)
    return status, errors, told.request_key, line_key


async def lines(
    context: Context, changes: Sequence[SimBlocked | SimUnblocked], grant: Grant
) -> list[MobileLine | BffError | None]:
    """Give the lines as they are after the change."""
    return await line_reference.mobile_by_key(context, [each.line_key for each in changes], grant)


async def _line(context: Context, line_key: str | None) -> MobileLine | None:
    """Read a line within reach as it is now. Raises BffError."""
    [found] = await line_reference.mobile_by_key(context, [line_key], context.types)
    if isinstance(found, BffError):
        raise found
    return found
