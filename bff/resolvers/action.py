"""What can be done with things, and why not when not: the buttons of a page.

What decides is `domain.act`, for the mutations too. Here it is told what holds for the operation, and what must be read
beside the things: one read for all of a level, and only for those where nothing else stands in the way.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, NamedTuple

from bff.auth.profiles import MATRIX
from bff.context import Context
from bff.domain.act import (
    Act,
    Facts,
    Hindrance,
    Mandate,
    button,
    closed,
    concerning,
    hindrance,
    hindrance_beside,
    hindrance_under_way,
)
from bff.domain.act.company import OnFixed
from bff.domain.act.invoice import Mergeable
from bff.domain.act.offer import Ordered
from bff.domain.action import Action, ActionReason
from bff.domain.billing import Billing
from bff.domain.change import UserError
from bff.domain.closing import Closure
from bff.domain.contract import Contract
from bff.domain.customer import Customer
from bff.domain.invoice import Invoice
from bff.domain.profile import Grant, Reach
from bff.domain.request import ServiceRequest
from bff.domain.service import ContractServices
from bff.domain.system import System
from bff.errors import BackendMaintenance, BackendUnavailable, BffError, Forbidden, FunctionClosed
from bff.resolvers import billing, contact, invoice, network, offer, request, service


class _Open(NamedTuple):
    """An act that nothing stands in the way of yet, of the thing at a place of its level."""

    place: int
    act: Act


async def of(context: Context, things: Sequence[Any]) -> list[list[Action]]:
    """Give the buttons of each thing, in the order of the table of acts."""
    facts = facts_of(context)
    judged = [{act.name: hindrance(act, thing, facts) for act in concerning(type(thing))} for thing in things]
    for open_, found in (await _beside(context, things, judged, facts)).items():
        judged[open_.place][open_.act.name] = found
    await _look_under_way(context, things, judged)
    return [
        [button(act, found[act.name], context.language) for act in concerning(type(thing))]
        for thing, found in zip(things, judged, strict=True)
    ]


async def refusal(context: Context, name: str, thing: Any, field: tuple[str, ...]) -> UserError | None:
    """Say why a mutation may not be done to a thing, by the same that its button tells; None when it may.

    Args:
        context: of the operation.
        name: of the mutation.
        thing: that it is to be done to, as it was read for this.
        field: path of the input that names the thing.

    Raises:
        BffError: what the customer can't put right: the system is closed or fails.
    """
    (act,) = (each for each in concerning(type(thing)) if each.name == name)
    facts = facts_of(context)
    why = hindrance(act, thing, facts)
    if why is None and act.beside is not None:
        (found,) = await _BESIDE[act.beside](context, [thing])
        if isinstance(found, BffError):
            raise found
        why = hindrance_beside(act, found, facts)
    if why is None and act.becomes is not None:
        why = hindrance_under_way(act, thing, await _requests(context, [act.system_of(thing)]))
    if why is None:
        return None
    if why.reason is ActionReason.SYSTEM_UNAVAILABLE:
        raise _unavailable(context, act, act.system_of(thing))
    return why.user_error(context.language, field or None)


def _unavailable(context: Context, act: Act, system: System | None) -> BffError:
    if system is None:
        return FunctionClosed(act.function)
    if (closure := context.system_closed(system)) is None:
        return BackendUnavailable(system, act.name)
    return BackendMaintenance(system, act.name, available_from=closure.until, retry_after_s=closure.wait_s)


def facts_of(context: Context) -> Facts:
    """Give what holds for all acts of an operation.

    Raises:
        Forbidden: no membership is active.
    """
    profile = context.principal.profile
    if profile is None:
        raise Forbidden
    return Facts(
        profile=profile,
        reach=cache(lambda function: MATRIX[function].reach(profile)),
        closed=cache(partial(_closed, context)),
        unanswered=partial(contact.unanswered, context),
        person_key=context.principal.person_key,
        line_key=context.principal.line_key,
        stale=frozenset(context.loaders.stale),
        now=context.now,
        today=context.today,
    )


def _closed(context: Context, function: str, system: System | None) -> Closure | None:
    by_function = context.closed.get(function)
    return by_function if by_function is not None or system is None else context.system_closed(system)


async def _beside(
    context: Context, things: Sequence[Any], judged: Sequence[Mapping[str, Hindrance | None]], facts: Facts
) -> dict[_Open, Hindrance | None]:
    """Judge the acts that are left by what must be read beside their things."""
    wanted: dict[type, list[_Open]] = defaultdict(list)
    for place, thing in enumerate(things):
        for act in concerning(type(thing)):
            if act.beside is not None and judged[place][act.name] is None:
                wanted[act.beside].append(_Open(place, act))
    found = await asyncio.gather(*(_judge_beside(context, things, facts, *each) for each in wanted.items()))
    return {open_: why for each in found for open_, why in each.items()}


async def _judge_beside(
    context: Context, things: Sequence[Any], facts: Facts, beside: type, open_: Sequence[_Open]
) -> dict[_Open, Hindrance | None]:
    places = sorted({each.place for each in open_})
    try:
        values = await _BESIDE[beside](context, [things[place] for place in places])
    except BffError as error:
        values = [error] * len(places)
    found = dict(zip(places, values, strict=True))
    return {each: _judged(each.act, found[each.place], facts) for each in open_}


def _judged(act: Act, found: Any, facts: Facts) -> Hindrance | None:
    if isinstance(found, BffError):
        return closed(found.available_from)
    return hindrance_beside(act, found, facts)


async def _look_under_way(
    context: Context, things: Sequence[Any], judged: Sequence[dict[str, Hindrance | None]]
) -> None:
    """Judge the acts that are left by what is under way, where they become requests of which there is but one."""
    left = [
        (thing, act, found)
        for thing, found in zip(things, judged, strict=True)
        for act in concerning(type(thing))
        if act.becomes is not None and found[act.name] is None
    ]
    if left:
        requests = list(await _requests(context, [act.system_of(thing) for thing, act, _ in left]))
        for thing, act, found in left:
            found[act.name] = hindrance_under_way(act, thing, requests)


async def _requests(context: Context, systems: Sequence[System | None]) -> Iterable[ServiceRequest]:
    """Give the customer's requests in some systems, or in any (None); what can't be read stands in nobody's way."""
    of = [each for each in (System.MOBILE, System.FIXED) if each in systems or None in systems]
    return (await request.within(context, Reach.ALL, frozenset(of))).rows


# --- what is read beside ----------------------------------------------------------------------------------------------


async def _contract_services(context: Context, contracts: Sequence[Contract]) -> Sequence[Any]:
    return await service.of_contracts(context, contracts, Grant({ContractServices: Reach.ALL}))


async def _mergeable(context: Context, invoices: Sequence[Invoice]) -> Sequence[Any]:
    found = await invoice.mergeable_with(context, invoices)
    return [each if isinstance(each, BffError) else Mergeable(each) for each in found]


async def _mandates(context: Context, things: Sequence[Any]) -> Sequence[Any]:
    settings = await _settings(context, things)
    read = iter(await billing.direct_debits(context, [each for each in settings if isinstance(each, Billing)]))
    debits = [next(read) if isinstance(each, Billing) else each for each in settings]
    return [each if isinstance(each, BffError) else Mandate(each) for each in debits]


async def _settings(context: Context, things: Sequence[Any]) -> Sequence[Billing | BffError | None]:
    """Give how contracts or fixed lines are billed; a level has things of one class."""
    if isinstance(things[0], Contract):
        return await billing.of_contracts(context, things)
    return [
        each if isinstance(each, BffError) else each.billing for each in await billing.of_fixed_lines(context, things)
    ]


async def _on_fixed(context: Context, customers: Sequence[Customer]) -> Sequence[Any]:
    found = [await network.fixed_customers(context, each.tax_code, context.principal.profile) for each in customers]
    return [OnFixed(live=any(not code.ceased for code in each)) for each in found]


_BESIDE: Final[Mapping[type, Callable[[Context, Sequence[Any]], Awaitable[Sequence[Any]]]]] = {
    ContractServices: _contract_services,
    Mandate: _mandates,
    Mergeable: _mergeable,
    OnFixed: _on_fixed,
    Ordered: offer.orders_beside,
}
"""How what acts name is read, one value or error per thing."""
