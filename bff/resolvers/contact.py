"""Ways to get help: which are offered and open now, and the free times for a call back."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from bff.context import Context
from bff.domain.closing import Closure
from bff.domain.contact import CallSlot, Contact, ContactKind, SlotWindow
from bff.domain.opening import is_open, next_opening
from bff.domain.period import ROME
from bff.domain.system import System
from bff.errors import BackendError, BffError, DeadlineExceeded
from bff.resolvers import network
from bff.resolvers._id import decode

_ASSISTANCE = {ContactKind.FIXED_ASSISTANCE: System.FIXED, ContactKind.MOBILE_ASSISTANCE: System.MOBILE}


async def offered(context: Context) -> list[Contact]:
    """Give the ways to get help; pages of the old area only for the networks that the customer is on.

    While it can't be read whether they are on a network, its page is offered: help is needed most on a bad day.
    """
    found = await asyncio.gather(*(_contact(context, kind) for kind in ContactKind))
    return [contact for contact in found if contact is not None]


async def _contact(context: Context, kind: ContactKind) -> Contact | None:
    if kind not in _ASSISTANCE:
        return Contact(kind, open=unanswered(context, kind) is None)
    url = context.content.assistance.get(kind)
    if url is None or not await _is_on(context, _ASSISTANCE[kind]):
        return None
    return Contact(kind, open=True, url=url)


def unanswered(context: Context, kind: ContactKind) -> Closure | None:
    """Tell whether nobody answers now in a way to get help, and until when; None while somebody does."""
    hours = context.content.support.hours[kind]
    return None if not hours or is_open(hours, context.now) else Closure(next_opening(hours, context.now))


async def _is_on(context: Context, system: System) -> bool:
    profile, tax_code = context.principal.profile, context.customer
    try:
        if system is System.MOBILE:
            return await network.party(context, tax_code, profile) is not None
        return bool(await network.fixed_customers(context, tax_code, profile))
    except (BackendError, DeadlineExceeded):
        return True


async def slots(context: Context, contacts: Sequence[Contact]) -> list[Sequence[CallSlot] | BffError | None]:
    """Give the free times of the next working days that are still to come; None but for a call back."""
    if all(contact.kind is not ContactKind.CALL_BACK for contact in contacts):
        return [None for _ in contacts]
    try:
        of_call_back: Sequence[CallSlot] | BffError = await free(context)
    except BffError as error:
        of_call_back = error
    return [of_call_back if contact.kind is ContactKind.CALL_BACK else None for contact in contacts]


async def free(context: Context) -> Sequence[CallSlot]:
    """Give the free times of the next working days that are still to come. Raises BffError."""
    [read] = await context.loaders.call_slots.many([SlotWindow.ahead(context.today).key])
    if isinstance(read, BffError):
        raise read
    return [slot for slot in read.value if slot.start > context.now]


def slot_ids(context: Context, free: Sequence[CallSlot]) -> list[str]:
    """Give the id of each time, which tells when it is, so that booking it needs no search."""
    return [context.ids.encode("CallSlot", System.MOBILE, _key(slot), context.customer) for slot in free]


def slot_of(context: Context, text: str) -> CallSlot | None:
    """Read a client's id of a time, free or not; None for any other."""
    named = decode(context, text)
    if named is None or named.type != "CallSlot":
        return None
    key, *moments = named.key
    start, end = (datetime.fromisoformat(each).astimezone(ROME) for each in moments)
    return CallSlot(key, start, end)


def _key(slot: CallSlot) -> tuple[str, ...]:
    return (slot.key, *(moment.astimezone(UTC).isoformat() for moment in (slot.start, slot.end)))
