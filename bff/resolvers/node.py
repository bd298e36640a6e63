"""Any thing by its global id, within the reach of the profile."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bff.auth.ids import GlobalId
from bff.context import Context
from bff.domain.contract import Contract
from bff.domain.customer import Customer
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine, MobileLine
from bff.domain.offer import Offer
from bff.domain.order import Order
from bff.domain.payment import InvoicePayment, TopUpPayment
from bff.domain.profile import Grant, Reach
from bff.domain.request import ServiceRequest
from bff.domain.user import PortalUser
from bff.errors import BadRequest, BffError
from bff.resolvers import contract, invoice, line_reference, offer, order, payment, request, user
from bff.resolvers._id import decode, encode

NODES_MAX = 50

Find = Callable[[Context, Sequence[GlobalId], Grant], Awaitable[Sequence[Any]]]


def ids(context: Context, rows: Sequence[object]) -> list[str]:
    """Give the global id of each record."""
    return encode(context, rows)


async def one(context: Context, id: str, grant: Grant) -> Any:  # noqa: A002 - the field's word
    """Give the thing that an id names; None when unknown or out of reach.

    Raises:
        BffError: it could not be read.
    """
    found = (await each(context, [id], grant))[0]
    if isinstance(found, BffError):
        raise found
    return found


async def many(context: Context, ids: Sequence[str], grant: Grant) -> list[Any]:
    """Give the things that ids name, in order; None where unknown or out of reach, an error where not readable.

    Raises:
        BadRequest: more than 50 ids.
    """
    if len(ids) > NODES_MAX:
        raise BadRequest(f"`ids` has {len(ids)} ids; at most {NODES_MAX} are allowed.")
    return await each(context, ids, grant)


async def each(context: Context, ids: Sequence[str], grant: Grant) -> list[Any]:
    """Give the things that ids name, as `many`, however many they are."""
    named = [decode(context, id_) for id_ in ids]
    found: list[Any] = [None] * len(ids)
    places: dict[str, list[int]] = {}
    for place, name in enumerate(named):
        if name is not None and name.type in _FIND and grant.reach(_FIND[name.type][0]) is not None:
            places.setdefault(name.type, []).append(place)

    async def fill(type_name: str, where: list[int]) -> None:
        wanted = [name for place in where if (name := named[place]) is not None]
        for place, value in zip(where, await _FIND[type_name][1](context, wanted, grant), strict=True):
            found[place] = value

    await asyncio.gather(*(fill(type_name, where) for type_name, where in places.items()))
    return found


async def _customers(context: Context, wanted: Sequence[GlobalId], _grant: Grant) -> list[Customer | None]:
    return [Customer(each.key[0]) if each.key[0] == context.customer else None for each in wanted]


async def _contracts(context: Context, wanted: Sequence[GlobalId], grant: Grant) -> Sequence[Any]:
    if grant.reach(Contract) is not Reach.ALL:
        return [None] * len(wanted)
    return await contract.referred(context, [each.key[0] for each in wanted])


async def _mobile_lines(context: Context, wanted: Sequence[GlobalId], grant: Grant) -> Sequence[Any]:
    return await line_reference.mobile_by_key(context, [each.key[0] for each in wanted], grant)


async def _fixed_lines(context: Context, wanted: Sequence[GlobalId], grant: Grant) -> Sequence[Any]:
    return await line_reference.fixed_by_key(context, [each.key[0] for each in wanted], grant)


async def _invoices(context: Context, wanted: Sequence[GlobalId], grant: Grant) -> Sequence[Any]:
    if grant.reach(Invoice) is not Reach.ALL:
        return [None] * len(wanted)
    return await invoice.by_key(context, [each.key for each in wanted])


async def _orders(context: Context, wanted: Sequence[GlobalId], grant: Grant) -> Sequence[Any]:
    return await order.by_key(context, [(each.system, each.key[0]) for each in wanted], grant)


async def _offers(context: Context, wanted: Sequence[GlobalId], _grant: Grant) -> Sequence[Any]:
    return await offer.by_key(context, [each.key for each in wanted])


async def _users(context: Context, wanted: Sequence[GlobalId], grant: Grant) -> Sequence[Any]:
    if grant.reach(PortalUser) is not Reach.ALL:
        return [None] * len(wanted)
    return await user.by_key(context, [each.key for each in wanted])


async def _requests(context: Context, wanted: Sequence[GlobalId], grant: Grant) -> Sequence[Any]:
    return await request.by_key(context, [(each.system, each.key[0]) for each in wanted], grant)


_FIND: dict[str, tuple[type, Find]] = {
    "Customer": (Customer, _customers),
    "Contract": (Contract, _contracts),
    "MobileLine": (MobileLine, _mobile_lines),
    "FixedLine": (FixedLine, _fixed_lines),
    "Invoice": (Invoice, _invoices),
    "Order": (Order, _orders),
    "Offer": (Offer, _offers),
    "InvoicePayment": (InvoicePayment, payment.by_id),
    "TopUpPayment": (TopUpPayment, payment.by_id),
    "PortalUser": (PortalUser, _users),
    "ServiceRequest": (ServiceRequest, _requests),
}
