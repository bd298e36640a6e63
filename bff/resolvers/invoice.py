"""Invoices of both networks together: of a customer, a contract, a line; single ones counted once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import Protocol

from bff.context import Context
from bff.domain.contract import Contract
from bff.domain.customer import Customer
from bff.domain.invoice import (
    UNSETTLED,
    Invoice,
    InvoiceKind,
    InvoiceSortField,
    InvoiceState,
    is_of_bimester,
    mergeable,
)
from bff.domain.line import FixedLine, Line, MobileLine
from bff.domain.page import Listing, SortDirection, Sorting, WindowedPage, windowed
from bff.domain.period import invoices_from, unpaid_from
from bff.domain.profile import Grant, Profile
from bff.domain.system import System
from bff.errors import BffError, Forbidden
from bff.loaders import Loader, Read
from bff.resolvers import line_reference, network
from bff.resolvers._filter import among, folded
from bff.resolvers._id import key_of
from bff.resolvers.freshness import joined, listing, part
from bff.resolvers.page import Slice, Sort, cut, of_each

Reads = Sequence[Read[tuple[Invoice, ...]] | BffError]
ByAccount = Loader[str, Read[tuple[Invoice, ...]]]


class InvoiceFilter(Protocol):
    """Which invoices; conditions add up, None is no condition."""

    kinds: list[InvoiceKind] | None
    states: list[InvoiceState] | None
    issued_from: date | None
    issued_to: date | None
    search: str | None

    @property
    def line_id(self) -> str | None:
        """Global id of a line."""

    @property
    def contract_id(self) -> str | None:
        """Global id of a contract."""


def _cents(invoice: Invoice) -> str:
    return f"{int(invoice.total.gross.amount * 100):020d}"


_TEXT: dict[InvoiceSortField, Callable[[Invoice], str]] = {
    InvoiceSortField.ISSUED_ON: lambda invoice: invoice.issued_on.isoformat(),
    InvoiceSortField.DUE_ON: lambda invoice: (invoice.due_on or date.max).isoformat(),
    InvoiceSortField.NUMBER: lambda invoice: invoice.number,
    InvoiceSortField.STATE: lambda invoice: invoice.state.value,
    InvoiceSortField.TOTAL: _cents,
}
_NEWEST = Sorting(
    InvoiceSortField.ISSUED_ON.value,
    _TEXT[InvoiceSortField.ISSUED_ON],
    SortDirection.DESC,
    attrgetter("issued_on"),
)
_SOONEST_DUE = Sorting(InvoiceSortField.DUE_ON.value, _TEXT[InvoiceSortField.DUE_ON])


# --- lists ------------------------------------------------------------------------------------------------------------


async def issued(
    context: Context,
    customers: Sequence[Customer],
    grant: Grant,
    wanted_rows: InvoiceFilter | None,
    sort: Sort[InvoiceSortField] | None,
    wanted: Slice,
) -> list[WindowedPage[Invoice]]:
    """Give a page of the invoices issued in the window of the profile, newest first."""
    network.whole(grant, Invoice)
    rows = await _filtered(context, await all_issued(context), wanted_rows)
    page = _page(context, rows, _order(sort, _NEWEST), wanted, "invoices", _issued_from(context))
    return [page for _ in customers]


async def to_pay(
    context: Context,
    customers: Sequence[Customer],
    grant: Grant,
    wanted_rows: InvoiceFilter | None,
    sort: Sort[InvoiceSortField] | None,
    wanted: Slice,
) -> list[WindowedPage[Invoice]]:
    """Give a page of the invoices still to pay in the window of the profile, the soonest due first."""
    network.whole(grant, Invoice)
    rows = await _filtered(context, await all_to_pay(context), wanted_rows)
    page = _page(context, rows, _order(sort, _SOONEST_DUE), wanted, "invoicesToPay", _unpaid_from(context))
    return [page for _ in customers]


def _page(
    context: Context,
    rows: Listing[Invoice],
    order: Sorting[Invoice],
    wanted: Slice,
    list_name: str,
    window_from: date,
) -> WindowedPage[Invoice]:
    """Cut a page out of the customer's invoices, single ones counted once."""
    return windowed(cut(context, once(rows), order, wanted, list_name=list_name, key=_key), window_from)


async def of_contracts(
    context: Context, contracts: Sequence[Contract], grant: Grant, wanted: Slice
) -> list[WindowedPage[Invoice] | BffError]:
    """Give a page of each contract's invoices: those of the account that it is billed to."""
    network.whole(grant, Invoice)
    return await _of_accounts(
        context,
        [(f"contract:{contract.key}", contract.account_key, None) for contract in contracts],
        context.loaders.mobile_invoices,
        System.MOBILE,
        wanted,
    )


async def of_lines(
    context: Context, lines: Sequence[Line], grant: Grant, wanted: Slice
) -> list[WindowedPage[Invoice] | BffError]:
    """Give a page of the invoices that bill each line, alone or with others of its account."""
    network.whole(grant, Invoice)
    mobile = [each for each in lines if isinstance(each, MobileLine)]
    fixed = [each for each in lines if isinstance(each, FixedLine)]
    if not fixed:
        return await _of_mobile_lines(context, mobile, wanted)
    of_mobile, of_fixed = await asyncio.gather(
        _of_mobile_lines(context, mobile, wanted), _of_fixed_lines(context, fixed, wanted)
    )
    pages = dict(zip([each.key for each in (*mobile, *fixed)], (*of_mobile, *of_fixed), strict=True))
    return [pages[each.key] for each in lines]


async def _of_mobile_lines(
    context: Context, lines: Sequence[MobileLine], wanted: Slice
) -> list[WindowedPage[Invoice] | BffError]:
    accounts = await _accounts_of(context, lines)
    lists = [(f"line:{each.key}", account, None) for each, account in zip(lines, accounts, strict=True)]
    return await _of_accounts(context, lists, context.loaders.mobile_invoices, System.MOBILE, wanted)


async def _of_fixed_lines(
    context: Context, lines: Sequence[FixedLine], wanted: Slice
) -> list[WindowedPage[Invoice] | BffError]:
    lists = [(f"line:{each.key}", each.account_code, each.key) for each in lines]
    return await _of_accounts(context, lists, context.loaders.fixed_invoices, System.FIXED, wanted)


async def _accounts_of(context: Context, lines: Sequence[MobileLine]) -> list[str | None]:
    """Give the account that each line is billed to: its contract's, which is the customer's by the way it was read.

    What the line itself says is not asked: after a change of holder it may still name the account of the last one.
    """
    if not lines:
        return []
    contracts = await network.contracts_by_key(context)
    return [
        contract.account_key if (contract := contracts.get(each.contract_key)) is not None else None for each in lines
    ]


async def _of_accounts(
    context: Context,
    lists: Sequence[tuple[str, str | None, str | None]],
    by_account: ByAccount,
    system: System,
    wanted: Slice,
) -> list[WindowedPage[Invoice] | BffError]:
    """Give a page of an account's invoices per list name, account and line (None: whatever line they bill)."""
    accounts = list(dict.fromkeys(account for _, account, _ in lists if account is not None))
    reads, paid = await asyncio.gather(by_account.many(accounts), _paid(context))
    shown = {
        account: read if isinstance(read, BffError) else _as_shown(context, listing(system, [read]), paid)
        for account, read in zip(accounts, reads, strict=True)
    }
    alike: dict[tuple[str | None, ...], WindowedPage[Invoice]] = {}

    def page_of(asked: tuple[str, str | None, str | None]) -> WindowedPage[Invoice] | BffError:
        name, account, line_key = asked
        rows = listing(system, []) if account is None else shown[account]
        if isinstance(rows, BffError):
            return rows
        which = (account, line_key, None if wanted.after is None else name)  # a cursor fits one list only
        if which not in alike:
            alike[which] = _account_page(context, name, rows, line_key, wanted)
        return alike[which].of(_list_name(name))

    return of_each(lists, page_of)


def _account_page(
    context: Context,
    name: str,
    rows: Listing[Invoice],
    line_key: str | None,
    wanted: Slice,
) -> WindowedPage[Invoice]:
    """Give a page of the invoices of one account; of one line's where it is told."""
    billed = [row for row in rows.rows if line_key is None or row.line_key in {None, line_key}]
    page = cut(context, Listing(billed, rows.freshness), _NEWEST, wanted, list_name=_list_name(name), key=_key)
    return windowed(page, _issued_from(context))


def _list_name(of: str) -> str:
    return f"invoices:{of}"


async def all_issued(context: Context) -> Listing[Invoice]:
    """Give the customer's invoices issued in the window of the profile, single ones as each system tells them."""
    loaders = context.loaders
    return await _of_customer(context, loaders.mobile_invoices, loaders.fixed_invoices, _issued_from(context))


async def all_to_pay(context: Context) -> Listing[Invoice]:
    """Give the customer's invoices still to pay in the window of the profile, single ones as each system tells them."""
    loaders = context.loaders
    rows = await _of_customer(context, loaders.mobile_unpaid, loaders.fixed_unpaid, _unpaid_from(context))
    return Listing([row for row in rows.rows if _to_pay(row)], rows.freshness, rows.error)


async def mergeable_with(context: Context, invoices: Sequence[Invoice]) -> list[list[Invoice] | BffError]:
    """Give the invoices of the window that each can be merged with; nothing is read where none has a bimester."""
    if not any(map(is_of_bimester, invoices)):
        return [[] for _ in invoices]
    fixed, paid = await asyncio.gather(
        part(System.FIXED, _of_fixed_accounts, context, context.loaders.fixed_invoices), _paid(context)
    )
    if fixed.error is not None:
        return [fixed.error for _ in invoices]
    start = _issued_from(context)
    issued = [row for row in _as_shown(context, fixed, paid).rows if row.issued_on >= start]
    customers = {code: account.customer_code for code, account in (await network.accounts_by_code(context)).items()}
    return [*mergeable(invoices, issued, customers)]


async def _of_customer(context: Context, mobile: ByAccount, fixed: ByAccount, start: date) -> Listing[Invoice]:
    parts, paid = await asyncio.gather(_parts(context, mobile, fixed), _paid(context))
    rows = _as_shown(context, joined(parts), paid)
    return Listing([row for row in rows.rows if row.issued_on >= start], rows.freshness, rows.error)


async def issued_parts(context: Context) -> list[Listing[Invoice]]:
    """Give the invoices of the window as each network tells them, some of them older than the window."""
    return await _parts(context, context.loaders.mobile_invoices, context.loaders.fixed_invoices)


async def _parts(context: Context, mobile: ByAccount, fixed: ByAccount) -> list[Listing[Invoice]]:
    asked: list[Awaitable[Listing[Invoice]]] = []
    if network.asks(context.principal.profile, System.MOBILE):
        asked.append(part(System.MOBILE, _of_mobile_accounts, context, mobile))
    if network.asks(context.principal.profile, System.FIXED):
        asked.append(part(System.FIXED, _of_fixed_accounts, context, fixed))
    return await asyncio.gather(*asked)


async def _of_mobile_accounts(context: Context, by_account: ByAccount) -> Reads:
    contracts = await network.contracts_by_key(context)
    return await by_account.many(
        list(dict.fromkeys(each.account_key for each in contracts.values() if each.account_key is not None))
    )


async def _of_fixed_accounts(context: Context, by_account: ByAccount) -> Reads:
    return await by_account.many(list(await network.accounts_by_code(context)))


async def _paid(context: Context) -> tuple[str, ...]:
    """Give the marks of what was paid online of late; none where that can't be known. Ask together with the rows."""
    [read] = await context.loaders.paid.many([context.payments.owner(context.customer)])
    return () if isinstance(read, BffError) else read.value


def _as_shown(context: Context, rows: Listing[Invoice], paid: tuple[str, ...]) -> Listing[Invoice]:
    """Give invoices as they stand today; what was paid online counts even where its system lags (quirk 15)."""
    return Listing([row.as_on(context.today, paid) for row in rows.rows], rows.freshness, rows.error)


def once(invoices: Listing[Invoice]) -> Listing[Invoice]:
    """Keep a single invoice once: both systems tell it, with the same number, day and amount. Fixed's is kept."""
    fixed = {_same(row) for row in invoices.rows if row.kind is InvoiceKind.SINGLE and row.system is System.FIXED}
    kept = [
        row
        for row in invoices.rows
        if row.kind is not InvoiceKind.SINGLE or row.system is System.FIXED or _same(row) not in fixed
    ]
    return Listing(kept, invoices.freshness, invoices.error)


def _same(invoice: Invoice) -> tuple[object, ...]:
    return invoice.number, invoice.issued_on, invoice.total.gross.amount


def _to_pay(invoice: Invoice) -> bool:
    return (
        invoice.state in UNSETTLED
        and invoice.credit_note is False  # what may be a credit note is not asked to be paid
        and (invoice.remaining is None or invoice.remaining.amount > 0)
    )


def _issued_from(context: Context) -> date:
    return invoices_from(context.today, _profile(context))


def _unpaid_from(context: Context) -> date:
    return unpaid_from(context.today, _profile(context))


def _profile(context: Context) -> Profile:
    if (profile := context.principal.profile) is None:
        raise Forbidden
    return profile


def _key(invoice: Invoice) -> str:
    return invoice.key.text


def _order(sort: Sort[InvoiceSortField] | None, otherwise: Sorting[Invoice]) -> Sorting[Invoice]:
    return otherwise if sort is None else Sorting(sort.field.value, _TEXT[sort.field], sort.direction)


async def by_key(context: Context, keys: Sequence[tuple[str, ...]]) -> list[Invoice | BffError | None]:
    """Give invoices of the customer by key, from what the profile's lists show; None for any other.

    While a list is not whole, one that isn't in it is an error: it may be there.
    """
    issued_rows = await all_issued(context)
    found = {invoice.key.parts: invoice for invoice in issued_rows.rows}
    if all(key in found for key in keys):
        return [found[key] for key in keys]
    unpaid = await all_to_pay(context)
    found |= {invoice.key.parts: invoice for invoice in unpaid.rows}
    return [found.get(key, issued_rows.error or unpaid.error) for key in keys]


# --- filters ----------------------------------------------------------------------------------------------------------


async def _filtered(context: Context, rows: Listing[Invoice], wanted: InvoiceFilter | None) -> Listing[Invoice]:
    if wanted is None:
        return rows
    tests = [_plain_test(wanted)]
    if wanted.contract_id is not None:
        tests.append(await _contract_test(context, wanted.contract_id))
    if wanted.line_id is not None:
        tests.append(await _line_test(context, wanted.line_id))
    return Listing([row for row in rows.rows if all(test(row) for test in tests)], rows.freshness, rows.error)


def _plain_test(wanted: InvoiceFilter) -> Callable[[Invoice], bool]:
    kinds, states, text = among("kinds", wanted.kinds), among("states", wanted.states), folded(wanted.search)

    def test(invoice: Invoice) -> bool:
        return (
            (kinds is None or invoice.kind in kinds)
            and (states is None or invoice.state in states)
            and (wanted.issued_from is None or invoice.issued_on >= wanted.issued_from)
            and (wanted.issued_to is None or invoice.issued_on <= wanted.issued_to)
            and text in invoice.number.casefold()
        )

    return test


async def _contract_test(context: Context, contract_id: str) -> Callable[[Invoice], bool]:
    key = key_of(context, contract_id, Contract)
    contract = (await network.contracts_by_key(context)).get(key or "")
    account = contract.account_key if contract else None
    return lambda invoice: invoice.system is System.MOBILE and invoice.account == account


async def _line_test(context: Context, line_id: str) -> Callable[[Invoice], bool]:
    """Match what bills a line, alone or with others. An id that names no line within reach matches nothing."""
    mobile, fixed = await asyncio.gather(
        line_reference.mobile_by_key(context, [key_of(context, line_id, MobileLine)], context.types),
        line_reference.fixed_by_key(context, [key_of(context, line_id, FixedLine)], context.types),
    )
    found = mobile[0] or fixed[0]
    if isinstance(found, BffError):
        raise found
    if isinstance(found, MobileLine):
        [account] = await _accounts_of(context, [found])
        return lambda invoice: invoice.system is System.MOBILE and invoice.account == account
    if isinstance(found, FixedLine):
        code, key = found.account_code, found.key
        return lambda invoice: invoice.account == code and invoice.line_key in {None, key}
    return lambda _invoice: False
