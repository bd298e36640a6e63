"""Lines of a customer on both networks: the holdings, and pages of them.

The systems can't sort and their totals lie, so every list is cut here from all lines of its contracts or accounts,
which are cached by contract and by account: together they are the holdings index of the customer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from operator import attrgetter
from typing import Any, Protocol, TypeVar

from bff.context import Context
from bff.domain.contract import Contract
from bff.domain.customer import Customer
from bff.domain.line import (
    RUN_KEY,
    FixedLine,
    FixedLineSortField,
    FixedLineType,
    Line,
    LineKind,
    LineState,
    MobileLine,
    MobileLineSortField,
)
from bff.domain.page import Listing, Page, SortDirection, Sorting
from bff.domain.profile import Grant, Reach
from bff.domain.system import System
from bff.errors import BffError, NotFound
from bff.loaders import Read
from bff.resolvers import network
from bff.resolvers._filter import among, folded
from bff.resolvers._id import key_of
from bff.resolvers.freshness import joined, part
from bff.resolvers.freshness import listing as from_reads
from bff.resolvers.page import Slice, Sort, cut, of_each

L = TypeVar("L", bound=Line)
Reads = Sequence[Read[tuple[L, ...]] | BffError]


class LineFilter(Protocol):
    """Which lines; conditions add up, None is no condition."""

    kind: LineKind | None
    states: list[LineState] | None
    search: str | None


class MobileLineFilter(Protocol):
    """Which mobile lines; conditions add up, None is no condition."""

    states: list[LineState] | None
    tariff_plan: str | None
    search: str | None

    @property
    def contract_ids(self) -> Sequence[str] | None:
        """Global ids of contracts."""


class FixedLineFilter(Protocol):
    """Which fixed lines; conditions add up, None is no condition."""

    states: list[LineState] | None
    types: list[FixedLineType] | None
    search: str | None


_NUMBER = "NUMBER"
_BY_NUMBER: Sorting[Line] = Sorting("number", attrgetter("number"), run_key=RUN_KEY)

_MOBILE_ORDER: dict[MobileLineSortField, Callable[[MobileLine], str]] = {
    MobileLineSortField.NUMBER: attrgetter("number"),
    MobileLineSortField.CONTRACT: lambda line: line.contract_number,
    MobileLineSortField.ICCID: lambda line: line.sim.iccid if line.sim else "",
    MobileLineSortField.STATE: lambda line: line.state.value,
    MobileLineSortField.TARIFF_PLAN: lambda line: line.tariff_plan or "",
}

_FIXED_ORDER: dict[FixedLineSortField, Callable[[FixedLine], str]] = {
    FixedLineSortField.NUMBER: attrgetter("number"),
    FixedLineSortField.STATE: lambda line: line.state.value,
    FixedLineSortField.TYPE: lambda line: line.type.value,
    FixedLineSortField.LOCATION: lambda line: f"{line.location.town}, {line.location.street}" if line.location else "",
}


# --- lists ------------------------------------------------------------------------------------------------------------


async def holdings(
    context: Context, customers: Sequence[Customer], grant: Grant, wanted_rows: LineFilter | None, wanted: Slice
) -> list[Page[Line]]:
    """Give a page of all lines within the grant, both networks together, sorted by number."""
    read = await parts(context, grant, wanted_rows.kind if wanted_rows else None)
    rows: Listing[Line] = _only(joined(read), _line_test(wanted_rows))
    return [cut(context, rows, _BY_NUMBER, wanted, list_name="lines") for _ in customers]


async def parts(context: Context, grant: Grant, kind: LineKind | None = None) -> list[Listing[Any]]:
    """Give the lines within the grant as each network tells them; of one kind where one is given."""
    asked: list[Awaitable[Listing[Any]]] = []
    if kind is not LineKind.FIXED and grant.reach(MobileLine) is not None:
        asked.append(part(System.MOBILE, all_mobile, context, grant.reach(MobileLine)))
    if kind is not LineKind.MOBILE and grant.reach(FixedLine) is not None:
        asked.append(part(System.FIXED, all_fixed, context, grant.reach(FixedLine)))
    return await asyncio.gather(*asked)


async def mobile(
    context: Context,
    customers: Sequence[Customer],
    grant: Grant,
    wanted_rows: MobileLineFilter | None,
    sort: Sort[MobileLineSortField] | None,
    wanted: Slice,
) -> list[Page[MobileLine]]:
    """Give a page of the customer's mobile lines."""
    listing = joined([await part(System.MOBILE, all_mobile, context, grant.reach(MobileLine))])
    page = _mobile_page(context, listing, wanted_rows, sort, wanted, list_name="mobileLines")
    return [page for _ in customers]


async def of_contracts(
    context: Context,
    contracts: Sequence[Contract],
    grant: Grant,
    wanted_rows: MobileLineFilter | None,
    sort: Sort[MobileLineSortField] | None,
    wanted: Slice,
) -> list[Page[MobileLine] | BffError]:
    """Give a page of each contract's lines."""
    network.whole(grant, MobileLine)
    reads = await context.loaders.contract_lines.many([contract.key for contract in contracts])

    def page_of(
        asked: tuple[Contract, Read[tuple[MobileLine, ...]] | BffError],
    ) -> Page[MobileLine] | BffError:
        contract, read = asked
        if isinstance(read, BffError):
            return read
        rows, name = from_reads(System.MOBILE, [read]), f"contract:{contract.key}"
        return _mobile_page(context, rows, wanted_rows, sort, wanted, list_name=name)

    return of_each(zip(contracts, reads, strict=True), page_of)


async def fixed(
    context: Context,
    customers: Sequence[Customer],
    grant: Grant,
    wanted_rows: FixedLineFilter | None,
    sort: Sort[FixedLineSortField] | None,
    wanted: Slice,
) -> list[Page[FixedLine]]:
    """Give a page of the customer's fixed lines."""
    network.whole(grant, FixedLine)
    listing = _only(
        joined([await part(System.FIXED, all_fixed, context, grant.reach(FixedLine))]), _fixed_test(wanted_rows)
    )
    field = sort.field if sort else FixedLineSortField.NUMBER
    order = _order(field.value, _FIXED_ORDER[field], sort)
    return [cut(context, listing, order, wanted, list_name="fixedLines") for _ in customers]


async def of_accounts(context: Context, codes: Sequence[str], grant: Grant) -> list[list[FixedLine] | BffError]:
    """Give the lines billed to each account, sorted by number."""
    network.whole(grant, FixedLine)
    return [
        read if isinstance(read, BffError) else list(read.value)
        for read in await context.loaders.account_lines.many(codes)
    ]


async def all_mobile(context: Context, reach: Reach | None) -> Reads[MobileLine]:
    """Read the mobile lines within a reach: a read per contract, or the person's own line."""
    if reach is Reach.ALL:
        return await context.loaders.contract_lines.many(list(await network.contracts_by_key(context)))
    if reach is Reach.OWN and context.principal.line_key is not None:
        return [_as_list(read) for read in await _own(context) if not isinstance(read, NotFound)]
    return []


async def all_fixed(context: Context, reach: Reach | None) -> Reads[FixedLine]:
    """Read the fixed lines within a reach: a read per account; nobody's own line is a fixed one."""
    if reach is not Reach.ALL:
        return []
    return await context.loaders.account_lines.many(list(await network.accounts_by_code(context)))


async def _own(context: Context) -> list[Read[MobileLine] | BffError]:
    """Read the person's own line, if it is still one of the customer's."""
    reads = await context.loaders.mobile_lines.many([context.principal.line_key or ""])
    contracts = await network.contracts_by_key(context)
    return [
        read if isinstance(read, BffError) or read.value.contract_key in contracts else NotFound() for read in reads
    ]


# --- filters ----------------------------------------------------------------------------------------------------------


def _mobile_page(
    context: Context,
    listing: Listing[MobileLine],
    wanted_rows: MobileLineFilter | None,
    sort: Sort[MobileLineSortField] | None,
    wanted: Slice,
    *,
    list_name: str,
) -> Page[MobileLine]:
    field = sort.field if sort else MobileLineSortField.NUMBER
    order = _order(field.value, _MOBILE_ORDER[field], sort)
    return cut(context, _only(listing, _mobile_test(context, wanted_rows)), order, wanted, list_name=list_name)


def _order(name: str, value: Callable[[L], str], sort: Sort[Any] | None) -> Sorting[L]:
    direction = sort.direction if sort else SortDirection.ASC
    return Sorting(name, value, direction, run_key=RUN_KEY if name == _NUMBER else None)


def _line_test(wanted: LineFilter | None) -> Callable[[Line], bool] | None:
    if wanted is None:
        return None
    states, text = among("states", wanted.states), folded(wanted.search)
    return lambda line: (states is None or line.state in states) and text in line.number


def _mobile_test(context: Context, wanted: MobileLineFilter | None) -> Callable[[MobileLine], bool] | None:
    if wanted is None:
        return None
    states, text, plan = among("states", wanted.states), folded(wanted.search), wanted.tariff_plan
    ids = among("contractIds", wanted.contract_ids)
    contracts = None if ids is None else {key_of(context, each, Contract) for each in ids}

    def test(line: MobileLine) -> bool:
        return (
            (states is None or line.state in states)
            and (contracts is None or line.contract_key in contracts)
            and (plan is None or line.tariff_plan == plan)
            and (text in line.number or (line.sim is not None and text in line.sim.iccid))
        )

    return test


def _fixed_test(wanted: FixedLineFilter | None) -> Callable[[FixedLine], bool] | None:
    if wanted is None:
        return None
    states, types, text = among("states", wanted.states), among("types", wanted.types), folded(wanted.search)

    def test(line: FixedLine) -> bool:
        where = f"{line.location.street}\n{line.location.town}".casefold() if line.location else ""
        return (
            (states is None or line.state in states)
            and (types is None or line.type in types)
            and (text in line.number or text in where)
        )

    return test


def _only(listing: Listing[L], test: Callable[[L], bool] | None) -> Listing[L]:
    if test is None:
        return listing
    return Listing([row for row in listing.rows if test(row)], listing.freshness, listing.error)


def _as_list(read: Read[MobileLine] | BffError) -> Read[tuple[MobileLine, ...]] | BffError:
    return read if isinstance(read, BffError) else Read((read.value,), read.as_of, read.error)
