"""What an invoice refers to: the contract and the line that it bills, where there is just one."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from bff.context import Context
from bff.domain.contract import Contract
from bff.domain.invoice import Invoice
from bff.domain.line import Line
from bff.domain.profile import Grant
from bff.domain.system import System
from bff.errors import BffError, NotFound
from bff.loaders import Read
from bff.resolvers import line_reference, network
from bff.resolvers.line_reference import Reference

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


async def lines(context: Context, invoices: Sequence[Invoice], grant: Grant) -> list[Line | BffError | None]:
    """Give the line that each invoice bills; None when several, too many to tell, or out of reach."""
    return await line_reference.referred(context, await _billed(context, invoices), grant)


async def line_numbers(context: Context, invoices: Sequence[Invoice]) -> list[str | BffError | None]:
    """Give the number of the line that each invoice bills; it belongs to the invoice, whoever's line it is."""
    billed = await lines(context, invoices, line_reference.EVERY)
    return [each.number if isinstance(each, Line) else each for each in billed]


async def _billed(context: Context, invoices: Sequence[Invoice]) -> list[Reference | None]:
    """Tell which line each invoice bills; None when several or too many to tell."""
    mobile, fixed = await asyncio.gather(_billed_mobile(context, invoices), _billed_fixed(context, invoices))
    return [
        None if key is None else Reference(invoice.system, key)
        for invoice, key in zip(invoices, (one or other for one, other in zip(mobile, fixed, strict=True)), strict=True)
    ]


async def _billed_mobile(context: Context, invoices: Sequence[Invoice]) -> list[str | None]:
    """Ask the bills of small accounts which products they charge."""
    if all(invoice.bill_key is None for invoice in invoices):
        return [None] * len(invoices)
    small = await _small_accounts(context)
    keys = [
        invoice.bill_key if invoice.bill_key is not None and invoice.account in small else None for invoice in invoices
    ]
    asked = list(dict.fromkeys(key for key in keys if key is not None))
    reads = dict(zip(asked, await context.loaders.bill_lines.many(asked), strict=True))
    return [_one(reads[key]) if key is not None else None for key in keys]


def _one(read: Read[tuple[str, ...]] | BffError) -> str | None:
    if isinstance(read, NotFound):
        return None
    if isinstance(read, BffError):
        raise read
    return read.value[0] if len(read.value) == 1 else None


async def _small_accounts(context: Context) -> frozenset[str]:
    """Name the mobile accounts with so few lines that their bills can be asked which ones they charge."""
    contracts = await network.contracts_by_key(context)
    reads = await context.loaders.contract_lines.many(list(contracts))
    lines_of: Counter[str] = Counter()
    for contract, read in zip(contracts.values(), reads, strict=True):
        if contract.account_key is not None:
            lines_of[contract.account_key] += TELLING_LINES + 1 if isinstance(read, BffError) else len(read.value)
    return frozenset(account for account, count in lines_of.items() if count <= TELLING_LINES)


async def _billed_fixed(context: Context, invoices: Sequence[Invoice]) -> list[str | None]:
    """Give the line that the invoice names, else the only one of its account."""
    untold = list(dict.fromkeys(row.account for row in invoices if row.system is System.FIXED and row.line_key is None))
    reads = dict(zip(untold, await context.loaders.account_lines.many(untold), strict=True))
    only = {
        account: read.value[0].key
        for account, read in reads.items()
        if not isinstance(read, BffError) and len(read.value) == 1
    }
    return [(row.line_key or only.get(row.account)) if row.system is System.FIXED else None for row in invoices]
