"""Single lines: by their key, and as what invoices, orders and people refer to. Who may see which is decided here."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Sequence
from typing import NamedTuple, TypeVar

from bff.context import Context
from bff.domain.line import FixedLine, Line, MobileLine
from bff.domain.profile import Grant, Reach
from bff.domain.system import System
from bff.errors import BffError, NotFound
from bff.loaders import Read
from bff.resolvers import network
from bff.resolvers.line import Reads, all_fixed, all_mobile

L = TypeVar("L", bound=Line)

EVERY = Grant({MobileLine: Reach.ALL, FixedLine: Reach.ALL})
"""For what belongs to the thing that names a line, such as the line's number on an invoice."""


async def mobile_by_key(
    context: Context, keys: Sequence[str | None], grant: Grant
) -> list[MobileLine | BffError | None]:
    """Give mobile lines by key; None for no key, and for one that is out of reach or not the customer's.

    What is out of reach is not asked for.
    """
    own = context.principal.line_key
    reach = grant.reach(MobileLine)
    within = [key if reach is Reach.ALL or (reach is Reach.OWN and key == own) else None for key in keys]
    return await _by_key(
        within, context.loaders.mobile_lines.many, lambda: network.contracts_by_key(context), _contract_key
    )


async def fixed_by_key(context: Context, keys: Sequence[str | None], grant: Grant) -> list[FixedLine | BffError | None]:
    """Give fixed lines by key; None as for mobile ones. Nobody's own line is a fixed one."""
    within = [key if grant.reach(FixedLine) is Reach.ALL else None for key in keys]
    return await _by_key(
        within, context.loaders.fixed_lines.many, lambda: network.accounts_by_code(context), _account_code
    )


async def _by_key(
    keys: Sequence[str | None],
    read: Callable[[list[str]], Awaitable[list[Read[L] | BffError]]],
    parents: Callable[[], Awaitable[Container[str]]],
    parent: Callable[[L], str],
) -> list[L | BffError | None]:
    """Read lines and keep those whose contract or account is the customer's; an error where that can't be told."""
    wanted = list(dict.fromkeys(key for key in keys if key is not None))
    if not wanted:
        return [None] * len(keys)
    try:
        reads, known = await asyncio.gather(read(wanted), parents())
    except BffError as error:
        return [None if key is None else error for key in keys]
    found: dict[str, L | BffError | None] = {}
    for key, each in zip(wanted, reads, strict=True):
        if isinstance(each, BffError):
            found[key] = None if isinstance(each, NotFound) else each
        else:
            found[key] = each.value if parent(each.value) in known else None
    return [None if key is None else found[key] for key in keys]


def _contract_key(line: MobileLine) -> str:
    return line.contract_key


def _account_code(line: FixedLine) -> str:
    return line.account_code


class Reference(NamedTuple):
    """The line that a thing refers to: its system and its key there."""

    system: System
    key: str


async def referred(
    context: Context, references: Sequence[Reference | None], grant: Grant
) -> list[Line | BffError | None]:
    """Give the lines that others refer to; None for no reference, and for one that is out of reach.

    Who reaches all lines has them from the holdings index, which the pages of lines keep warm; who reaches only their
    own has that one by its key.
    """
    asked = {reference for reference in references if reference is not None}
    mobile_keys = [each.key for each in asked if each.system is System.MOBILE]
    fixed_keys = [each.key for each in asked if each.system is System.FIXED]
    mobile, fixed = await asyncio.gather(
        _referred_mobile(context, mobile_keys, grant), _referred_fixed(context, fixed_keys, grant)
    )
    return [
        None if reference is None else (mobile if reference.system is System.MOBILE else fixed).get(reference.key)
        for reference in references
    ]


async def _referred_mobile(
    context: Context, keys: Sequence[str], grant: Grant
) -> dict[str, MobileLine | BffError | None]:
    if keys and context.types.reach(MobileLine) is Reach.ALL and grant.reach(MobileLine) is Reach.ALL:
        return _found(keys, await all_mobile(context, Reach.ALL))
    return dict(zip(keys, await mobile_by_key(context, keys, grant), strict=True))


async def _referred_fixed(
    context: Context, keys: Sequence[str], grant: Grant
) -> dict[str, FixedLine | BffError | None]:
    if not keys or grant.reach(FixedLine) is not Reach.ALL:
        return {}
    return _found(keys, await all_fixed(context, Reach.ALL))


def _found(keys: Sequence[str], reads: Reads[L]) -> dict[str, L | BffError | None]:
    """Look keys up in an index; while it is not whole, one that isn't in it is an error: it may be there."""
    failed = next((read for read in reads if isinstance(read, BffError)), None)
    wanted = frozenset(keys)
    rows = {row.key: row for read in reads if not isinstance(read, BffError) for row in read.value if row.key in wanted}
    return {key: rows.get(key, failed) for key in keys}
