"""Blocking and releasing SIMs: what is judged before, and what is read after."""

from enum import Enum
from typing import Protocol

from bff.context import Context
from bff.domain.change import Changed
from bff.domain.deed import Judged
from bff.domain.deed.sim import SimOrder
from bff.domain.line import MobileLine
from bff.domain.system import System
from bff.resolvers import acting, line_reference, network
from bff.resolvers._id import key_of

_TOUCHED = ("line", "sim", "request")
_BLOCK = acting.Doing("simBlock", System.MOBILE, _TOUCHED)
_UNBLOCK = acting.Doing("simUnblock", System.MOBILE, _TOUCHED)


class SimBlockReason(Enum):
    """Why a SIM is blocked."""

    LOST = "LOST"
    STOLEN = "STOLEN"
    OTHER = "OTHER"


class BlockWanted(acting.OfLine, Protocol):
    """Why its SIM is to be blocked."""

    @property
    def reason(self) -> SimBlockReason:
        """Why."""


async def block(context: Context, wanted: BlockWanted) -> Changed:
    """Block a SIM. Raises BffError when it was surely not done."""
    return await _ordered(context, _BLOCK, wanted, wanted.reason)


async def unblock(context: Context, wanted: acting.OfLine) -> Changed:
    """Release a blocked SIM. Raises BffError when it was surely not done."""
    return await _ordered(context, _UNBLOCK, wanted, None)


async def _ordered(
    context: Context, doing: acting.Doing, wanted: acting.OfLine, reason: SimBlockReason | None
) -> Changed:
    line_key = key_of(context, wanted.line_id, MobileLine)
    told_reason = None if reason is None else reason.value

    async def prepare() -> Judged:
        [read] = await line_reference.mobile_by_key(context, [line_key], context.types)
        line = acting.found(context, read, "lineId")
        await acting.judge(context, doing.mutation, line, "lineId")
        order = SimOrder(
            line_key=line.key,
            customer_key=await network.customer_key(context),
            person_key=context.principal.person_key,
            block=reason is not None,
            reason=told_reason,
        )
        return Judged(order)

    given = {"line": line_key, "reason": told_reason}
    return await acting.change(context, doing, wanted.idempotency_key, given, prepare, subject_key=line_key)
