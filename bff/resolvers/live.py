"""What a subscription looks at: the things within reach, as they are now, so that what has changed can be told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from bff.context import Context
from bff.domain.event import Thing, Topic
from bff.domain.order import Order
from bff.domain.page import Listing
from bff.domain.profile import Grant
from bff.domain.request import ServiceRequest
from bff.domain.system import System
from bff.resolvers import order, payment, request
from bff.resolvers._id import decode

Rows = Mapping[Thing, Any]
"""Records by what they are of, without the time when they were read."""


class Source(NamedTuple):
    """What feeds a root field.

    Attributes:
        topic: which hints concern it.
        argument: the one that names a single thing.
        types: of the things, as ids name them.
        read: gives what is within reach.
    """

    topic: Topic
    argument: str
    types: tuple[str, ...]
    read: Callable[[Context, Grant], Awaitable[Listing[Any]]]

    async def rows(self, context: Context, grant: Grant, only: str | None) -> Rows:
        """Give the things within reach, all or only the one of an id; of what fails to be read nothing is there.

        Raises:
            BffError: nothing could be read.
        """
        wanted = None if only is None else _thing(context, self.types, only)
        if only is not None and wanted is None:
            return {}  # like that of one that has ceased to be
        listing = await self.read(context, grant)
        if listing.error is not None and not listing.rows:
            raise listing.error
        rows = {Thing(row.system, row.key): row for row in listing.rows}
        return rows if wanted is None else {wanted: rows[wanted]} if wanted in rows else {}


def changed(before: Rows, now: Rows, named: Sequence[Thing]) -> list[Thing]:
    """Give what differs or is new, and of what is there as before that which was named: its parts may differ."""
    return [
        thing for thing, row in now.items() if thing in named or thing not in before or not _alike(before[thing], row)
    ]


def _alike(one: Any, other: Any) -> bool:
    return one is other or bool(replace(one, as_of=other.as_of) == other)


def _thing(context: Context, types: tuple[str, ...], text: str) -> Thing | None:
    named = decode(context, text)
    if named is None or named.type not in types or named.system is None:
        return None
    return Thing(System(named.system), named.key[0])


async def _orders(context: Context, grant: Grant) -> Listing[Order]:
    return await order.within(context, grant.reach(Order))


async def _requests(context: Context, grant: Grant) -> Listing[ServiceRequest]:
    return await request.within(context, grant.reach(ServiceRequest))


SOURCES: Final = {
    "orderUpdated": Source(Topic.ORDER, "orderId", ("Order",), _orders),
    "requestUpdated": Source(Topic.REQUEST, "requestId", ("ServiceRequest",), _requests),
    "paymentUpdated": Source(Topic.PAYMENT, "paymentId", ("InvoicePayment", "TopUpPayment"), payment.within),
}
"""By the name of the root field."""
