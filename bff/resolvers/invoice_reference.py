"""What an invoice refers to: the contract and the line that it bills, where there is just one."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from bff.context import Context
from bff.domain.contract import Contract
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine, Line, MobileLine
from bff.domain.profile import Grant
from bff.domain.system import System
from bff.errors import BffError, NotFound
from bff.loaders import Read
from bff.resolvers import line_reference, network
from bff.resolvers.line_reference import Reference

T = TypeVar("T")

TELLING_LINES = 20
"""Above this many lines on an account, a bill is not asked which of them it charges: it has a row for each."""


async def contracts(context: Context, invoices: Sequence[Invoice]) -> list[Contract | None]:
    """Give the contract that each invoice bills; None for a fixed one, and where the account has several."""
    if not any(invoice.system is System.MOBILE for invoice in invoices):
        return [None] * len(invoices)
    known = (await network.contracts_by_key(context)).values()
    shared = Counter(contract.account_key for contract in known)
    by_account = {contract.account_key: contract for contract in known if shared[contract.account_key] == 1}
    return [by_account.get(invoice.account) if invoice.system is System.MOBILE else None for invoice in invoices]


async def contract_numbers(context: Context, invoices: Sequence[Invoice]) -> list[str | None]:
    """Give the number of the contract that each invoice bills; None as for `contracts`."""
    return [contract.number if contract else None for contract in await contracts(context, invoices)]


Billed = list[Reference | BffError | None]
"""The line that each invoice bills: None when several or too many to tell, an error when it could not be read."""


async def lines(context: Context, invoices: Sequence[Invoice], grant: Grant) -> list[Line | BffError | None]:
    """Give the line that each invoice bills; None when several, too many to tell, or out of reach."""
    billed = await _billed(context, invoices)
    found = await line_reference.referred(
        context, [each if isinstance(each, Reference) else None for each in billed], grant
    )
    return [one if isinstance(one, BffError) else other for one, other in zip(billed, found, strict=True)]


async def line_numbers(context: Context, invoices: Sequence[Invoice]) -> list[str | BffError | None]:
    """Give the number of the line that each invoice bills; it belongs to the invoice, whoever's line it is."""
    found = await lines(context, invoices, line_reference.EVERY)
    return [each.number if isinstance(each, Line) else each for each in found]


async def _billed(context: Context, invoices: Sequence[Invoice]) -> Billed:
    mobile, fixed = await asyncio.gather(
        _billed_mobile(context, [each for each in invoices if each.system is System.MOBILE]),
        _billed_fixed(context, [each for each in invoices if each.system is System.FIXED]),
    )
    one, other = iter(mobile), iter(fixed)
    return [next(one) if invoice.system is System.MOBILE else next(other) for invoice in invoices]


async def _billed_mobile(context: Context, invoices: Sequence[Invoice]) -> Billed:
    """Ask the bills of small accounts which products they charge."""
    if not invoices:
        return []
    try:
        counts = await _line_counts(context)
    except BffError as error:
        return [error for _ in invoices]
    told = [counts.get(invoice.account, 0) for invoice in invoices]
    keys = [
        invoice.bill_key if isinstance(count, int) and count <= TELLING_LINES else None
        for invoice, count in zip(invoices, told, strict=True)
    ]
    asked = list(dict.fromkeys(key for key in keys if key is not None))
    reads = dict(zip(asked, await context.loaders.bill_lines.many(asked), strict=True))
    return [
        count if isinstance(count, BffError) else None if key is None else _only(reads[key], _mobile)
        for key, count in zip(keys, told, strict=True)
    ]


async def _line_counts(context: Context) -> dict[str, int | BffError]:
    """Count the lines of each mobile account, an error where they could not all be read."""
    contracts = await network.contracts_by_key(context)
    reads = await context.loaders.contract_lines.many(list(contracts))
    counts: dict[str, int | BffError] = {}
    for contract, read in zip(contracts.values(), reads, strict=True):
        if contract.account_key is None:
            continue
        counts[contract.account_key] = _added(counts.get(contract.account_key, 0), read)
    return counts


def _added(count: int | BffError, read: Read[tuple[MobileLine, ...]] | BffError) -> int | BffError:
    if isinstance(count, BffError):
        return count
    return read if isinstance(read, BffError) else count + len(read.value)


async def _billed_fixed(context: Context, invoices: Sequence[Invoice]) -> Billed:
    """Give the line that the invoice names, else the only one of its account."""
    untold = list(dict.fromkeys(invoice.account for invoice in invoices if invoice.line_key is None))
    reads = dict(zip(untold, await context.loaders.account_lines.many(untold), strict=True))
    return [
        Reference(System.FIXED, invoice.line_key)
        if invoice.line_key is not None
        else _only(reads[invoice.account], _fixed)
        for invoice in invoices
    ]


def _only(read: Read[tuple[T, ...]] | BffError, reference: Callable[[T], Reference]) -> Reference | BffError | None:
    """Refer to the line of a read that has just one."""
    if isinstance(read, BffError):
        return None if isinstance(read, NotFound) else read
    return reference(read.value[0]) if len(read.value) == 1 else None


def _mobile(key: str) -> Reference:
    return Reference(System.MOBILE, key)


def _fixed(line: FixedLine) -> Reference:
    return Reference(System.FIXED, line.key)
