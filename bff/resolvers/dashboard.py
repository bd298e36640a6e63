"""The home page: what its blocks have that other pages don't. The blocks themselves are the other concepts' lists."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from bff.context import Context
from bff.domain.dashboard import Alert, Dashboard, Greeting, PushedBox, Shortcut, trouble
from bff.domain.engagement import Link, filled
from bff.domain.freshness import Freshness, FreshnessState
from bff.domain.invoice import Invoice
from bff.domain.order import Order
from bff.domain.page import Listing
from bff.domain.profile import Reach
from bff.domain.request import ServiceRequest
from bff.domain.system import System
from bff.errors import BackendError, BackendMaintenance, BadRequest, BffError, DeadlineExceeded, Forbidden
from bff.resolvers import company, engagement, invoice, line, offer, order, request, usage
from bff.resolvers.page import Slice

FEW_MAX = 20

_WORST = (FreshnessState.UNAVAILABLE, FreshnessState.STALE, FreshnessState.FRESH)


def home(context: Context) -> Dashboard:
    """Give the home page of the active customer; nothing is read yet."""
    return Dashboard(context.customer)


def few(first: int) -> Slice:
    """Give the first rows of a block.

    Raises:
        BadRequest: they are none, or more than 20.
    """
    if not 1 <= first <= FEW_MAX:
        raise BadRequest(f"`first` is {first}; it must be 1 to {FEW_MAX}.")
    return Slice(first)


def greeting(context: Context) -> Greeting:
    """Give who is greeted, as the directory has them."""
    user, profile = context.principal.user, context.principal.profile
    if profile is None:
        raise Forbidden
    return Greeting(
        first_name=user.first_name,
        last_name=user.last_name,
        profile=profile,
        tax_code=user.tax_code,
        company_tax_code=context.customer,
    )


async def company_name(context: Context) -> str:
    """Give the name of the company."""
    return await company.name(context)


# --- what the engagement rules choose ---------------------------------------------------------------------------------


async def shortcuts(context: Context) -> list[Shortcut]:
    """Give the shortcuts, in the order of their rules."""
    return await _links(context, context.content.engagement.shortcuts)


async def tools(context: Context) -> list[Shortcut]:
    """Give the related tools, in the order of their rules."""
    return await _links(context, context.content.engagement.tools)


async def _links(context: Context, rules: Sequence[Link]) -> list[Shortcut]:
    found, facts = await engagement.choose(context, rules)
    return [Shortcut(filled(rule.label, context.language, facts), rule.url) for rule in found]


async def boxes(context: Context) -> list[PushedBox]:
    """Give the box of the offers for the customer, then those of the rules, in the order of these."""
    offered, (found, facts) = await asyncio.gather(
        _offered(context), engagement.choose(context, context.content.engagement.boxes)
    )
    return offered + [
        PushedBox(
            title=filled(rule.title, context.language, facts),
            text=filled(rule.text, context.language, facts) if rule.text else None,
            media_url=rule.media_url,
            url=rule.url,
            ends_at=rule.schedule.ends_at,
        )
        for rule in found
    ]


async def _offered(context: Context) -> list[PushedBox]:
    """Give the box of the offers, none where they can't be read, which the page's freshness tells."""
    try:
        box = await offer.pushed(context)
    except (BackendError, DeadlineExceeded):
        return []
    return [] if box is None else [box]


async def alerts(context: Context) -> list[Alert]:
    """Give what is missing or old on the page, then what the rules notice."""
    parts, (found, facts) = await asyncio.gather(
        _page(context), engagement.choose(context, context.content.engagement.alerts)
    )
    return [
        *(_trouble(context, system, own) for system, own in _by_system(parts) if _state(own) != FreshnessState.FRESH),
        *(Alert(rule.severity, filled(rule.message, context.language, facts)) for rule in found),
    ]


# --- how current the page is ------------------------------------------------------------------------------------------


async def freshness(context: Context) -> list[Freshness]:
    """Tell how current the page is, by system: as its worst block, as old as its oldest."""
    return [Freshness(_state(own), _as_of(own), system) for system, own in _by_system(await _page(context))]


async def _page(context: Context) -> list[Listing[Any]]:
    """Read what the blocks of the page read, as each network tells it; who shows the blocks too reads nothing twice."""
    types = context.types
    blocks: list[Awaitable[Sequence[Listing[Any]]]] = [
        line.parts(context, types),
        order.parts(context, types.reach(Order)),
        request.parts(context, types.reach(ServiceRequest)),
        offer.parts(context),
    ]
    # On the right stand the invoices or, of who sees none, the traffic that is left.
    blocks.append(invoice.issued_parts(context) if types.reach(Invoice) is Reach.ALL else usage.parts(context))
    return list(chain.from_iterable(await asyncio.gather(*blocks)))


def _by_system(parts: Iterable[Listing[Any]]) -> list[tuple[System, list[Listing[Any]]]]:
    found: dict[System, list[Listing[Any]]] = {}
    for part in parts:
        for told in part.freshness:
            found.setdefault(told.system, []).append(part)
    return sorted(found.items(), key=lambda each: list(System).index(each[0]))


def _state(parts: Sequence[Listing[Any]]) -> FreshnessState:
    states = {told.state for part in parts for told in part.freshness}
    return next(state for state in _WORST if state in states)


def _as_of(parts: Sequence[Listing[Any]]) -> datetime | None:
    times = [told.as_of for part in parts for told in part.freshness]
    return None if None in times else min(time for time in times if time is not None)


def _trouble(context: Context, system: System, parts: Sequence[Listing[Any]]) -> Alert:
    """Say what is wrong with a network; a closing time tells more than any other error."""
    errors: list[BffError] = [part.error for part in parts if part.error is not None]
    errors.sort(key=lambda error: not isinstance(error, BackendMaintenance))
    return trouble(system, errors[0] if errors else None, context.language)
