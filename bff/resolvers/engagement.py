"""Engagement rules for the customer of an operation: the facts that they ask for are read, and no others.

What a fact costs, where nothing is cached yet: docs/engagement.md. What can't be read, or is out of the profile's
reach, is not known; a rule that asks for it is then not chosen, and the others are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

from bff.context import Context
from bff.domain.engagement import Fact, Facts, Rule, chosen, live, needed
from bff.domain.invoice import Invoice, InvoiceState
from bff.domain.line import FixedLine, FixedLineType, Line, LineState, MobileLine
from bff.domain.page import Listing
from bff.domain.profile import Reach
from bff.domain.system import System
from bff.errors import BackendError, DeadlineExceeded
from bff.resolvers import invoice, line, network

R = TypeVar("R", bound=Rule)

_FIBRE = (FixedLineType.FTTC, FixedLineType.FTTH)
_SUSPENDED = (LineState.SUSPENDED, LineState.BLOCKED)  # a set would hash the state of each of 5,000 lines, in Python


async def choose(context: Context, rules: Sequence[R]) -> tuple[list[R], Facts]:
    """Give the rules that hold now for who asks, and what was read of the customer for them."""
    agreed = live(rules, context.principal.profile, context.now)
    facts = await _facts(context, needed(agreed))
    return chosen(agreed, facts), facts


async def _facts(context: Context, wanted: frozenset[Fact]) -> Facts:
    """Read facts, each source once; of several sources that tell a number all must have told theirs."""
    asked = [source for source in _SOURCES if wanted & source.facts]
    told = await asyncio.gather(*(_told(context, source) for source in asked))
    known: dict[Fact, int | frozenset[str]] = {}
    for fact in wanted:
        values = [found.get(fact) for source, found in zip(asked, told, strict=True) if fact in source.facts]
        numbers = [value for value in values if isinstance(value, int)]
        if fact is Fact.SEGMENT:
            known[fact] = frozenset().union(*(value for value in values if isinstance(value, frozenset)))
        elif numbers and len(numbers) == len(values):
            known[fact] = sum(numbers)
    return known


async def _told(context: Context, source: "_Source") -> Facts:
    try:
        return await source.read(context)
    except (BackendError, DeadlineExceeded):
        return {}


async def _mobile_registry(context: Context) -> Facts:
    profile = context.principal.profile
    if not network.asks(profile, System.MOBILE):
        return {}
    found = await network.party(context, context.customer, profile)
    segments = frozenset() if found is None or found.segment is None else frozenset({found.segment})
    return {Fact.MOBILE: int(found is not None), Fact.SEGMENT: segments}


async def _fixed_registry(context: Context) -> Facts:
    profile = context.principal.profile
    if not network.asks(profile, System.FIXED):
        return {}
    customers = [each for each in await network.fixed_customers(context, context.customer, profile) if not each.ceased]
    segments = frozenset(each.segment for each in customers if each.segment is not None)
    return {Fact.FIXED: len(customers), Fact.SEGMENT: segments}


async def _mobile_lines(context: Context) -> Facts:
    if (reach := context.types.reach(MobileLine)) is None:
        return {Fact.SUSPENDED_LINES: 0}
    lines = network.rows(await line.all_mobile(context, reach))
    return {Fact.PREPAID: sum(each.prepaid is True for each in lines), Fact.SUSPENDED_LINES: _suspended(lines)}


async def _fixed_lines(context: Context) -> Facts:
    if (reach := context.types.reach(FixedLine)) is None:
        return {Fact.SUSPENDED_LINES: 0}
    lines = network.rows(await line.all_fixed(context, reach))
    return {Fact.FIBRE: sum(each.type in _FIBRE for each in lines), Fact.SUSPENDED_LINES: _suspended(lines)}


def _suspended(lines: Sequence[Line]) -> int:
    return sum(each.state in _SUSPENDED for each in lines)


async def _to_pay(context: Context) -> Facts:
    if context.types.reach(Invoice) is not Reach.ALL:
        return {}
    return {Fact.INVOICES_TO_PAY: len(_whole(await invoice.all_to_pay(context)))}


async def _overdue(context: Context) -> Facts:
    if context.types.reach(Invoice) is not Reach.ALL:
        return {}
    rows = _whole(await invoice.all_issued(context))
    return {Fact.OVERDUE_INVOICES: sum(each.state is InvoiceState.OVERDUE for each in rows)}


def _whole(rows: Listing[Invoice]) -> Sequence[Invoice]:
    """Give the invoices, single ones once; raises the error of a network whose rows are missing."""
    if rows.error is not None:
        raise rows.error
    return list(invoice.once(rows).rows)


class _Source(NamedTuple):
    """What one reading tells."""

    facts: frozenset[Fact]
    read: Callable[[Context], Awaitable[Facts]]


_SOURCES = (
    _Source(frozenset({Fact.MOBILE, Fact.SEGMENT}), _mobile_registry),
    _Source(frozenset({Fact.FIXED, Fact.SEGMENT}), _fixed_registry),
    _Source(frozenset({Fact.PREPAID, Fact.SUSPENDED_LINES}), _mobile_lines),
    _Source(frozenset({Fact.FIBRE, Fact.SUSPENDED_LINES}), _fixed_lines),
    _Source(frozenset({Fact.INVOICES_TO_PAY}), _to_pay),
    _Source(frozenset({Fact.OVERDUE_INVOICES}), _overdue),
)
