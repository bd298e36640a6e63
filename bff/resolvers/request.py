"""Requests of both networks together: of a customer, and by their keys."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bff.auth.principal import Principal
from bff.context import Context
from bff.domain.customer import Customer
from bff.domain.invoice import Invoice
from bff.domain.line import Line
from bff.domain.page import Listing, SortDirection, Sorting, WindowedPage, windowed
from bff.domain.period import orders_from, rome_day
from bff.domain.profile import Grant, Reach
from bff.domain.request import RequestKind, RequestSortField, RequestState, ServiceRequest
from bff.domain.system import System
from bff.errors import BffError, NotFound
from bff.loaders import Read
from bff.resolvers import line_reference, network
from bff.resolvers._filter import among
from bff.resolvers._id import line_keys
from bff.resolvers.freshness import joined, part
from bff.resolvers.line_reference import Reference
from bff.resolvers.page import Slice, Sort, cut

Reads = Sequence[Read[tuple[ServiceRequest, ...]] | BffError]


class RequestFilter(Protocol):
    """Which requests; conditions add up, None is no condition."""

    kinds: list[RequestKind] | None
    states: list[RequestState] | None

    @property
    def line_id(self) -> str | None:
        """Global id of a line."""


_TEXT: dict[RequestSortField, Callable[[ServiceRequest], str]] = {
    RequestSortField.MADE_AT: lambda request: f"{request.made_at.timestamp():020.6f}",
    RequestSortField.STATE: lambda request: request.state.value,
    RequestSortField.KIND: lambda request: request.kind.value,
}
_NEWEST = Sorting(RequestSortField.MADE_AT.value, _TEXT[RequestSortField.MADE_AT], SortDirection.DESC)


async def made(
    context: Context,
    customers: Sequence[Customer],
    grant: Grant,
    wanted_rows: RequestFilter | None,
    sort: Sort[RequestSortField] | None,
    wanted: Slice,
) -> list[WindowedPage[ServiceRequest]]:
    """Give a page of the requests within the grant, newest first."""
    rows = await within(context, grant.reach(ServiceRequest))
    test = _test(context, wanted_rows)
    kept = Listing([row for row in rows.rows if test(row)], rows.freshness, rows.error)
    order = Sorting(sort.field.value, _TEXT[sort.field], sort.direction) if sort else _NEWEST
    page = windowed(cut(context, kept, order, wanted, list_name="requests"), orders_from(context.today))
    return [page for _ in customers]


_BOTH = frozenset({System.MOBILE, System.FIXED})


async def within(context: Context, reach: Reach | None, systems: frozenset[System] = _BOTH) -> Listing[ServiceRequest]:
    """Give the requests of the window within a reach, of both networks or only of some."""
    rows = joined(await parts(context, reach, systems))
    # A ticket that says nothing of the person's line is told only with what they made; an old copy gives way to a new.
    told = sorted(rows.rows, key=lambda row: (row.ticket is not None, row.as_of))
    once = {(row.system, row.key): row for row in told if _is_recent(context, row)}
    return Listing(list(once.values()), rows.freshness, rows.error)


async def parts(
    context: Context, reach: Reach | None, systems: frozenset[System] = _BOTH
) -> list[Listing[ServiceRequest]]:
    """Give the requests within a reach as each network tells them, some of them older than the window or twice.

    A person's own are those that they made and those that concern their own line.
    """
    asked: list[Awaitable[Listing[ServiceRequest]]] = []
    for system, read in ((System.MOBILE, _mobile), (System.FIXED, _fixed)):
        if reach is not None and system in systems and network.asks(context.principal.profile, system):
            asked.append(part(system, read, context, reach))
    return await asyncio.gather(*asked)


async def _mobile(context: Context, reach: Reach) -> Reads:
    """Read the customer's, or what the person made and what concerns their line; these are checked to be so."""
    principal, loaders = context.principal, context.loaders
    found = await network.party(context, context.customer, principal.profile)
    keys = found.customer_keys if found else ()
    if reach is Reach.ALL:
        return await loaders.mobile_requests.many(keys)
    line_keys = [] if principal.line_key is None else [principal.line_key]
    by_person, by_line = await asyncio.gather(
        loaders.own_requests.many([principal.person_key]), loaders.line_requests.many(line_keys)
    )

    def is_theirs(row: ServiceRequest) -> bool:
        return row.customer_key in keys and _is_own(row, principal)

    return [_only(each, is_theirs) for each in (*by_person, *by_line)]


async def _fixed(context: Context, reach: Reach) -> Reads:
    """Read the customer's, and keep of them what is within reach: the system can't be asked by person."""
    customers = await network.fixed_customers(context, context.customer, context.principal.profile)
    reads = await context.loaders.fixed_requests.many([customer.customer_code for customer in customers])
    if reach is Reach.ALL:
        return reads
    return [_only(each, lambda row: _is_own(row, context.principal)) for each in reads]


def _only(
    read: Read[tuple[ServiceRequest, ...]] | BffError, test: Callable[[ServiceRequest], bool]
) -> Read[tuple[ServiceRequest, ...]] | BffError:
    if isinstance(read, BffError):
        return read
    return Read(tuple(row for row in read.value if test(row)), read.as_of, read.error)


def _is_own(row: ServiceRequest, principal: Principal) -> bool:
    """Tell whether the person made a request, or it concerns their line, which is a mobile one."""
    return row.asked_by == principal.person_key or (
        principal.line_key is not None and row.system is System.MOBILE and row.line_key == principal.line_key
    )


def _is_recent(context: Context, row: ServiceRequest) -> bool:
    return rome_day(row.made_at) >= orders_from(context.today)


def _test(context: Context, wanted: RequestFilter | None) -> Callable[[ServiceRequest], bool]:
    if wanted is None:
        return lambda _request: True
    kinds, states = among("kinds", wanted.kinds), among("states", wanted.states)
    lines = None if wanted.line_id is None else line_keys(context, wanted.line_id)

    def test(row: ServiceRequest) -> bool:
        return (
            (kinds is None or row.kind in kinds)
            and (states is None or row.state in states)
            and (lines is None or (row.line_key is not None and (row.system, row.line_key) in lines))
        )

    return test


async def by_key(
    context: Context, keys: Sequence[tuple[System | None, str]], grant: Grant
) -> list[ServiceRequest | BffError | None]:
    """Give requests by system and key, from what the profile's list shows; None for any other.

    Mobile ones come from that list: while it is not whole, one that isn't in it is an error. Fixed ones are asked for
    by their protocol number.
    """
    reach = grant.reach(ServiceRequest)
    mobile = [key for system, key in keys if system is System.MOBILE]
    fixed = [key for system, key in keys if system is System.FIXED]
    of_mobile, of_fixed = await asyncio.gather(
        _mobile_by_key(context, mobile, reach), _fixed_by_key(context, fixed, reach)
    )
    found = {System.MOBILE: of_mobile, System.FIXED: of_fixed}
    return [None if system is None else found[system].get(key) for system, key in keys]


async def _mobile_by_key(
    context: Context, keys: Sequence[str], reach: Reach | None
) -> dict[str, ServiceRequest | BffError | None]:
    if not keys:
        return {}
    rows = await within(context, reach, frozenset({System.MOBILE}))
    found = {row.key: row for row in rows.rows}
    return {key: found.get(key, rows.error) for key in keys}


async def _fixed_by_key(
    context: Context, keys: Sequence[str], reach: Reach | None
) -> dict[str, ServiceRequest | BffError | None]:
    profile = context.principal.profile
    if not keys or not network.asks(profile, System.FIXED):
        return {}
    customers, reads = await asyncio.gather(
        network.fixed_customers(context, context.customer, profile), context.loaders.fixed_request.many(list(keys))
    )
    codes = {customer.customer_code for customer in customers}

    def shown(read: Read[ServiceRequest] | BffError) -> ServiceRequest | BffError | None:
        if isinstance(read, BffError):
            return None if isinstance(read, NotFound) else read
        row = read.value
        is_theirs = row.customer_key in codes and (reach is Reach.ALL or _is_own(row, context.principal))
        return row if is_theirs and _is_recent(context, row) else None

    return {key: shown(read) for key, read in zip(keys, reads, strict=True)}


async def merge(context: Context, key: str) -> ServiceRequest | None:
    """Give a merge of invoices by its key; None where it is out of reach, or the invoices are.

    Which invoice it begins with is read from a note, and is the customer's only if its account is.

    Raises:
        BffError: it could not be read.
    """
    if context.types.reach(Invoice) is not Reach.ALL or context.types.reach(ServiceRequest) is None:
        return None
    [found] = await by_key(context, [(System.FIXED, key)], context.types)
    if isinstance(found, BffError):
        raise found
    if found is None or found.merged is None:
        return found
    return found if found.merged.account in await network.accounts_by_code(context) else None


async def lines(context: Context, requests: Sequence[ServiceRequest], grant: Grant) -> list[Line | BffError | None]:
    """Give the line that each request concerns; None when none or out of reach."""
    return await line_reference.referred(
        context, [Reference(row.system, row.line_key) if row.line_key else None for row in requests], grant
    )


async def line_numbers(context: Context, requests: Sequence[ServiceRequest]) -> list[str | BffError | None]:
    """Give the number of the line that each request concerns; None when none or out of reach, like the line itself."""
    found = await lines(context, requests, context.types)
    return [each.number if isinstance(each, Line) else each for each in found]
