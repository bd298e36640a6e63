"""What a payload shows of a change: what to follow, and the thing that was changed, read after it."""

from collections.abc import Sequence
from typing import Any

from bff.context import Context
from bff.domain.change import Changed, ChangedItem, ChangeStatus
from bff.domain.contract import Contract
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine, MobileLine
from bff.domain.order import Order
from bff.domain.profile import Grant
from bff.domain.request import ServiceRequest
from bff.errors import BffError
from bff.resolvers import contract, line, line_reference, node, order, request


async def requests(
    context: Context, changes: Sequence[Changed], grant: Grant
) -> list[ServiceRequest | BffError | None]:
    """Give the requests to follow, as they are now; None for no request, and for one that no list shows yet."""
    asked = [
        None if each.system is None or each.request_key is None else (each.system, each.request_key) for each in changes
    ]
    found = iter(await request.by_key(context, [each for each in asked if each is not None], grant))
    return [None if each is None else next(found) for each in asked]


async def orders(context: Context, changes: Sequence[Changed], grant: Grant) -> list[Order | BffError | None]:
    """Give the orders to follow, as they are now; None for no order, and for one that no list shows yet."""
    asked = [(each.system, each.order_key) for each in changes if each.order_key is not None]
    found = iter(await order.by_key(context, asked, grant))
    return [None if each.order_key is None else next(found) for each in changes]


async def subjects(context: Context, changes: Sequence[ChangedItem], grant: Grant) -> list[Any]:
    """Give the things that were changed, whatever they are; None for an id that names nothing within reach."""
    found = iter(await node.each(context, [each.subject_id for each in changes if each.subject_id is not None], grant))
    return [None if each.subject_id is None else next(found) for each in changes]


async def contracts(context: Context, changes: Sequence[Changed]) -> list[Contract | BffError | None]:
    """Give the contracts."""
    return await contract.referred(context, [each.subject_key for each in changes])


async def invoices(context: Context, changes: Sequence[Changed], grant: Grant) -> list[Invoice | BffError | None]:
    """Give the invoices, whose keys are their global ids here: they have several parts."""
    found = iter(
        await node.each(context, [each.subject_key for each in changes if each.subject_key is not None], grant)
    )
    return [None if each.subject_key is None else next(found) for each in changes]


async def mobile_lines(
    context: Context, changes: Sequence[Changed], grant: Grant
) -> list[MobileLine | BffError | None]:
    """Give the mobile lines."""
    return await line_reference.mobile_by_key(context, [each.subject_key for each in changes], grant)


async def fixed_lines(context: Context, changes: Sequence[Changed], grant: Grant) -> list[FixedLine | BffError | None]:
    """Give the fixed lines."""
    return await line_reference.fixed_by_key(context, [each.subject_key for each in changes], grant)


async def lines_of_account(
    context: Context, changes: Sequence[Changed], grant: Grant
) -> list[list[FixedLine] | BffError | None]:
    """Give all lines of each fixed line's account; None when the change was refused."""
    keys = [None if each.status is ChangeStatus.REJECTED else each.subject_key for each in changes]
    named = await line_reference.fixed_by_key(context, keys, grant)
    codes = [each.account_code for each in named if isinstance(each, FixedLine)]
    found = iter(await line.of_accounts(context, codes, grant))
    return [next(found) if isinstance(each, FixedLine) else each for each in named]
