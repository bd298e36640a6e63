"""Orders of both networks together: of a customer, of a line; items, phases, deliveries."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from bff.auth.principal import Principal
from bff.context import Context
from bff.domain.customer import Customer
from bff.domain.line import Line
from bff.domain.order import Order, OrderItem, OrderKind, OrderPhase, OrderSortField, OrderState, Shipment
from bff.domain.page import Listing, SortDirection, Sorting, WindowedPage, windowed
from bff.domain.period import orders_from, rome_day
from bff.domain.phase import phase_name
from bff.domain.profile import Grant, Reach
from bff.domain.system import System
from bff.errors import BadRequest, BffError
from bff.loaders import Read
from bff.resolvers import line_reference, network
from bff.resolvers._filter import among
from bff.resolvers._id import line_keys
from bff.resolvers.freshness import joined, part
from bff.resolvers.line_reference import Reference
from bff.resolvers.page import Slice, Sort, cut, of_each

Reads = Sequence[Read[tuple[Order, ...]] | BffError]


class OrderFilter(Protocol):
    """Which orders; conditions add up, None is no condition."""

    kinds: list[OrderKind] | None
    states: list[OrderState] | None

    @property
    def line_id(self) -> str | None:
        """Global id of a line."""


_TEXT: dict[OrderSortField, Callable[[Order], str]] = {
    OrderSortField.PLACED_AT: lambda order: f"{order.placed_at.timestamp():020.6f}",
    OrderSortField.STATE: lambda order: order.state.value,
}
_NEWEST = Sorting(OrderSortField.PLACED_AT.value, _TEXT[OrderSortField.PLACED_AT], SortDirection.DESC)


# --- lists ------------------------------------------------------------------------------------------------------------


async def placed(
    context: Context,
    customers: Sequence[Customer],
    grant: Grant,
    wanted_rows: OrderFilter | None,
    sort: Sort[OrderSortField] | None,
    wanted: Slice,
) -> list[WindowedPage[Order]]:
    """Give a page of the orders within the grant, newest first."""
    rows = _only(await within(context, grant.reach(Order)), _test(context, wanted_rows))
    order = Sorting(sort.field.value, _TEXT[sort.field], sort.direction) if sort else _NEWEST
    page = windowed(cut(context, rows, order, wanted, list_name="orders"), orders_from(context.today))
    return [page for _ in customers]


async def of_lines(
    context: Context, lines: Sequence[Line], grant: Grant, wanted: Slice
) -> list[WindowedPage[Order] | BadRequest]:
    """Give a page of the orders that concern each line, newest first."""
    rows = await within(context, grant.reach(Order))
    by_line: dict[tuple[System, str], list[Order]] = {}
    for row in rows.rows:
        for key in {item.line_key for item in row.items if item.line_key is not None}:
            by_line.setdefault((row.system, key), []).append(row)

    def page_of(line: Line) -> WindowedPage[Order]:
        own = Listing(by_line.get((line.system, line.key), []), rows.freshness, rows.error)
        page = cut(context, own, _NEWEST, wanted, list_name=f"orders:line:{line.key}")
        return windowed(page, orders_from(context.today))

    return of_each(lines, page_of)


_BOTH = frozenset({System.MOBILE, System.FIXED})


async def within(context: Context, reach: Reach | None, systems: frozenset[System] = _BOTH) -> Listing[Order]:
    """Give the orders of the window within a reach, of both networks or only of some."""
    rows = joined(await parts(context, reach, systems))
    start = orders_from(context.today)
    once = {(row.system, row.key): row for row in rows.rows if rome_day(row.placed_at) >= start}
    return Listing(list(once.values()), rows.freshness, rows.error)


async def parts(context: Context, reach: Reach | None, systems: frozenset[System] = _BOTH) -> list[Listing[Order]]:
    """Give the orders within a reach as each network tells them, some of them older than the window or twice.

    A person's own are those that they placed and those that concern their own line; all are mobile ones, because the
    profiles that reach only their own place no orders on the fixed network.
    """
    asked: list[Awaitable[Listing[Order]]] = []
    if reach is Reach.ALL:
        if System.MOBILE in systems and network.asks(context.principal.profile, System.MOBILE):
            asked.append(part(System.MOBILE, _mobile, context))
        if System.FIXED in systems and network.asks(context.principal.profile, System.FIXED):
            asked.append(part(System.FIXED, _fixed, context))
    elif reach is Reach.OWN and System.MOBILE in systems:
        asked.append(part(System.MOBILE, _own, context))
    return await asyncio.gather(*asked)


async def _mobile(context: Context) -> Reads:
    found = await network.party(context, context.customer, context.principal.profile)
    return await context.loaders.mobile_orders.many([] if found is None else found.customer_keys)


async def _fixed(context: Context) -> Reads:
    customers = await network.fixed_customers(context, context.customer, context.principal.profile)
    return await context.loaders.fixed_orders.many([customer.customer_code for customer in customers])


async def _own(context: Context) -> Reads:
    """Read what the person placed and what concerns their line; every row is checked to be so, and the company's."""
    principal = context.principal
    found = await network.party(context, context.customer, principal.profile)
    keys = frozenset(found.customer_keys) if found else frozenset()
    line_keys = [] if principal.line_key is None else [principal.line_key]
    by_person, by_line = await asyncio.gather(
        context.loaders.requested_orders.many([principal.person_key]), context.loaders.line_orders.many(line_keys)
    )
    return [
        read
        if isinstance(read, BffError)
        else Read(
            tuple(row for row in read.value if row.customer_key in keys and _is_own(row, principal)),
            read.as_of,
            read.error,
        )
        for read in (*by_person, *by_line)
    ]


def _is_own(order: Order, principal: Principal) -> bool:
    """Tell whether the person placed an order, or it concerns their line."""
    return order.placed_by == principal.person_key or (
        principal.line_key is not None and any(item.line_key == principal.line_key for item in order.items)
    )


def _test(context: Context, wanted: OrderFilter | None) -> Callable[[Order], bool]:
    if wanted is None:
        return lambda _order: True
    kinds, states = among("kinds", wanted.kinds), among("states", wanted.states)
    lines = None if wanted.line_id is None else line_keys(context, wanted.line_id)

    def test(order: Order) -> bool:
        return (
            (kinds is None or order.kind in kinds)
            and (states is None or order.state in states)
            and (lines is None or any(item.line_key and (order.system, item.line_key) in lines for item in order.items))
        )

    return test


def _only(rows: Listing[Order], test: Callable[[Order], bool]) -> Listing[Order]:
    return Listing([row for row in rows.rows if test(row)], rows.freshness, rows.error)


async def by_key(
    context: Context, keys: Sequence[tuple[System | None, str]], grant: Grant
) -> list[Order | BffError | None]:
    """Give orders by system and key, from what the profile's list shows; None for any other.

    While the list is not whole, one that isn't in it is an error: it may be there.
    """
    if not keys:
        return []
    rows = await within(context, grant.reach(Order), frozenset(system for system, _ in keys if system is not None))
    found = {(row.system, row.key): row for row in rows.rows}
    return [found.get((system, key), rows.error) if system is not None else None for system, key in keys]


# --- items ------------------------------------------------------------------------------------------------------------


def item_ids(context: Context, items: Sequence[OrderItem]) -> list[str]:
    """Give the id of each item, stable within its order."""
    return [
        context.ids.encode("OrderItem", item.system, (item.order_key, item.key), context.customer) for item in items
    ]


async def lines(context: Context, items: Sequence[OrderItem], grant: Grant) -> list[Line | BffError | None]:
    """Give the line that each item concerns; None when none yet or out of reach."""
    return await line_reference.referred(
        context,
        [Reference(item.system, item.line_key) if item.line_key else None for item in items],
        grant,
    )


async def line_numbers(context: Context, items: Sequence[OrderItem]) -> list[str | BffError | None]:
    """Give the number of the line that each item concerns; None when none yet or out of reach, like the line itself."""
    found = await lines(context, items, context.types)
    return [each.number if isinstance(each, Line) else each for each in found]


async def shipments(context: Context, items: Sequence[OrderItem]) -> list[Shipment | BffError | None]:
    """Give the delivery of each item; fixed orders carry theirs, mobile ones are asked by order."""
    orders = list(dict.fromkeys(item.order_key for item in items if item.system is System.MOBILE))
    reads = dict(zip(orders, await context.loaders.shipments.many(orders), strict=True))
    return [item.shipment if item.system is System.FIXED else _shipment(item, reads[item.order_key]) for item in items]


def _shipment(item: OrderItem, read: Read[tuple[Shipment, ...]] | BffError) -> Shipment | BffError | None:
    if isinstance(read, BffError):
        return read
    return next((each for each in read.value if item.key in each.item_keys), None)


def phase_names(context: Context, phases: Sequence[OrderPhase]) -> list[str]:
    """Give the name of each phase in the operation's language."""
    return [phase_name(phase.code, context.language) for phase in phases]
