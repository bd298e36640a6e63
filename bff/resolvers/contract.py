"""Mobile contracts of a customer, and contracts that other things refer to."""

from collections.abc import Sequence

from bff.context import Context
from bff.domain.contract import Contract
from bff.domain.customer import Customer
from bff.domain.page import Page, Sorting
from bff.domain.profile import Grant
from bff.domain.system import System
from bff.errors import BffError
from bff.resolvers import network
from bff.resolvers.freshness import joined, part
from bff.resolvers.page import Slice, cut

_BY_NUMBER: Sorting[Contract] = Sorting("number", lambda contract: contract.number)


async def of_customers(
    context: Context, customers: Sequence[Customer], grant: Grant, wanted: Slice
) -> list[Page[Contract] | BffError]:
    """Give a page of each customer's contracts, sorted by number."""
    network.whole(grant, Contract)
    listing = joined([await part(System.MOBILE, network.contracts, context)])
    return [cut(context, listing, _BY_NUMBER, wanted, list_name="contracts") for _ in customers]


async def referred(context: Context, keys: Sequence[str | None]) -> list[Contract | BffError | None]:
    """Give the contracts that others refer to; None for no key and for one that is not the customer's."""
    if not any(keys):
        return [None] * len(keys)
    known = await network.contracts_by_key(context)
    return [known.get(key) if key is not None else None for key in keys]
