"""Ceasing lines of both networks in one request, and calling that off: each line by itself."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Protocol

from bff.acts import Refused
from bff.context import Context
from bff.domain.cessation import Cessation, CessationReason
from bff.domain.change import ChangedAll, ChangeStatus, UserError
from bff.domain.deed import Judged, Told
from bff.domain.deed.line import FixedCease, MobileCease, MobileCeaseRevoke
from bff.domain.error_code import ErrorCode
from bff.domain.line import FixedLine, MobileLine
from bff.domain.order import Order, OrderKind, OrderState
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import BffError
from bff.resolvers import acting, line_reference, network
from bff.resolvers._id import key_of
from bff.resolvers.given import DAY, within_a_year

LINES_MAX: Final = 50
"""Lines of one request; the fixed system takes no more in one call."""

_TOUCHED = ("line", "order", "request")
_CEASE = acting.DoingAll("linesCease", "lineIds", LINES_MAX, LINES_MAX, _TOUCHED)
_REVOKE = acting.DoingAll("linesCeaseRevoke", "lineIds", LINES_MAX, LINES_MAX, _TOUCHED)
_OPEN = {OrderState.RECEIVED, OrderState.IN_PROGRESS, OrderState.SUSPENDED}

_NO_ORDER = Text(
    "La cessazione non si può revocare da qui: chiama l'assistenza.",
    "This cessation can't be revoked here: call assistance.",
)
_TOGETHER = Text(
    "La cessazione è stata chiesta insieme a quella di altre linee: revocale insieme.",
    "This line is being ceased together with others: revoke them together.",
)


class RevokeWanted(acting.Keyed, Protocol):
    """Which lines."""

    @property
    def line_ids(self) -> Sequence[str]:
        """Global ids of lines of either network."""


class CeaseWanted(RevokeWanted, Protocol):
    """And why and when they are to be ceased."""

    @property
    def reason(self) -> CessationReason:
        """Why."""

    @property
    def wanted_on(self) -> date | None:
        """Day; None is as soon as possible."""


async def cease(context: Context, wanted: CeaseWanted) -> ChangedAll:
    """Cease lines. Raises BffError when surely none was."""
    cessation = Cessation(wanted.reason, wanted.wanted_on)
    wrong = []
    if not within_a_year(wanted.wanted_on, context.today):
        wrong = [UserError(ErrorCode.INVALID, DAY.told(context.language), ("wantedOn",))]

    async def prepare(items: Sequence[acting.Item]) -> Judged:
        lines, refused = await _judged(context, _CEASE, items)
        keys, person_key = tuple(line.key for line in lines), context.principal.person_key
        deed: MobileCease | FixedCease
        if items[0].system is System.FIXED:
            deed = FixedCease(line_keys=keys, person_key=person_key, revoke=False)
        else:
            customer_key = await network.customer_key(context)
            deed = MobileCease(line_keys=keys, customer_key=customer_key, person_key=person_key)
        return Judged(deed, cessation, keys, refused)

    given = {"reason": wanted.reason.value, "wantedOn": wanted.wanted_on and wanted.wanted_on.isoformat()}
    items = acting.items_of(_CEASE, wanted.line_ids, lambda id_: _named(context, id_))
    return await acting.change_all(context, _CEASE, wanted.idempotency_key, given, items, prepare, wrong=wrong)


async def revoke(context: Context, wanted: RevokeWanted) -> ChangedAll:
    """Call cessations off. Raises BffError when surely none was."""

    async def prepare(items: Sequence[acting.Item]) -> Judged:
        lines, refused = await _judged(context, _REVOKE, items)
        if items[0].system is System.FIXED:
            keys = tuple(line.key for line in lines)
            return Judged(
                FixedCease(line_keys=keys, person_key=context.principal.person_key, revoke=True), None, keys, refused
            )
        orders, without = await _orders(context, [each for each in items if each.key not in refused])
        if not orders:
            raise Refused((), {**refused, **without})
        return Judged(MobileCeaseRevoke(orders=orders), None, tuple(orders), {**refused, **without})

    items = acting.items_of(_REVOKE, wanted.line_ids, lambda id_: _named(context, id_))
    return await acting.change_all(context, _REVOKE, wanted.idempotency_key, {}, items, prepare)


def _named(context: Context, id_: str) -> tuple[System, str] | None:
    for system, record in ((System.MOBILE, MobileLine), (System.FIXED, FixedLine)):
        if (key := key_of(context, id_, record)) is not None:
            return system, key
    return None


async def _judged(
    context: Context, doing: acting.DoingAll, items: Sequence[acting.Item]
) -> tuple[list[Any], dict[str, Told]]:
    """Read the lines of one system as they are now, and judge each."""
    read = line_reference.fixed_by_key if items[0].system is System.FIXED else line_reference.mobile_by_key
    lines = await read(context, [each.key for each in items], context.types)
    return await acting.judge_each(context, doing.mutation, items, lines)


async def _orders(context: Context, items: Sequence[acting.Item]) -> tuple[dict[str, str], dict[str, Told]]:
    """Find the orders by which mobile lines are being ceased, and say of which lines none can be called off.

    An order is called off whole: only with all of its lines.
    """
    keys = [str(each.key) for each in items]
    party = await network.party(context, context.customer, context.principal.profile)
    customer_keys = () if party is None else party.customer_keys
    found: dict[str, str] = {}
    refused: dict[str, Told] = {}
    for item, key, read in zip(items, keys, await context.loaders.line_orders.many(keys), strict=True):
        if isinstance(read, BffError):
            refused[key] = acting.failed(context, read, item)
            continue
        order = next((each for each in read.value if each.customer_key in customer_keys and _ceases(each, key)), None)
        if order is None:
            refused[key] = _refused(context, _NO_ORDER, item)
        elif not {each.line_key for each in order.items} <= set(keys):
            refused[key] = _refused(context, _TOGETHER, item)
        else:
            found[key] = order.key
    return found, refused


def _ceases(order: Order, line_key: str) -> bool:
    is_open = order.kind is OrderKind.CESSATION and order.state in _OPEN
    return is_open and any(each.line_key == line_key for each in order.items)


def _refused(context: Context, why: Text, item: acting.Item) -> Told:
    error = UserError(ErrorCode.NOT_ELIGIBLE, why.told(context.language), item.field)
    return Told(ChangeStatus.REJECTED, errors=(error,))
