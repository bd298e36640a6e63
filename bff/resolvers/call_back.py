"""Booking a call back: a free time is taken, or it is told which others are free."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec.structs import replace

from bff.acts import Refused
from bff.context import Context
from bff.domain.change import Changed, ChangeStatus, UserError
from bff.domain.contact import CallSlot
from bff.domain.deed import Judged
from bff.domain.deed.assistance import CallBack, Called
from bff.domain.error_code import ErrorCode
from bff.domain.faq import FaqTopic
from bff.domain.period import ROME
from bff.domain.phone import e164
from bff.domain.system import System
from bff.domain.text import Text
from bff.errors import BffError
from bff.resolvers import acting, contact, viewer

_DOING = acting.Doing("callBackBook", System.MOBILE, ("appointment",))
_NEAREST = 3
_NO_NUMBER = Text(
    "Scrivi il numero con il prefisso internazionale, per esempio +39 02 1234567.",
    "Write the number with its country code, for example +39 02 1234567.",
)


class Wanted(acting.Keyed, Protocol):
    """At which time, which number to call, what it is about."""

    number: str
    topic: FaqTopic

    @property
    def slot_id(self) -> str:
        """Opaque id of a free time."""


async def book(context: Context, wanted: Wanted) -> Changed:
    """Book a call back. Raises BffError when it was surely not booked."""
    slot, number = contact.slot_of(context, wanted.slot_id), e164(wanted.number)

    async def prepare() -> Judged:
        if errors := list(_wrong(context, slot, number)):
            raise Refused(errors)
        assert slot is not None  # noqa: S101 - without one it is refused
        assert number is not None  # noqa: S101
        await acting.judge(context, _DOING.mutation, viewer.signed_in(context))
        if slot.key not in {each.key for each in await contact.free(context)}:
            raise Refused([await _taken(context, slot)])
        await context.allowances.take(_DOING.mutation, context.principal.person_key)
        deed = CallBack(
            slot_key=slot.key,
            start=slot.start,
            end=slot.end,
            person_key=context.principal.person_key,
            topic=wanted.topic.value,
        )
        return Judged(deed, Called(number, context.customer))

    given = {"slot": slot and slot.key, "number": number or wanted.number, "topic": wanted.topic.value}
    done = await acting.change(
        context, _DOING, wanted.idempotency_key, given, prepare, subject_key=None if slot is None else wanted.slot_id
    )
    if slot is not None and [each.code for each in done.user_errors] == [ErrorCode.CONFLICT]:
        return replace(done, user_errors=(await _taken(context, slot),))
    return done


def slots(context: Context, changes: Sequence[Changed]) -> list[CallSlot | None]:
    """Give the times that were booked; None where that was refused."""
    return [
        None
        if each.subject_key is None or each.status is ChangeStatus.REJECTED
        else contact.slot_of(context, each.subject_key)
        for each in changes
    ]


def _wrong(context: Context, slot: CallSlot | None, number: str | None) -> Iterator[UserError]:
    """Give all that is wrong with the input."""
    if slot is None:
        yield acting.none_such(context, "slotId")
    if number is None:
        yield UserError(ErrorCode.INVALID, _NO_NUMBER.told(context.language), ("number",))


async def _taken(context: Context, slot: CallSlot) -> UserError:
    """Say that a time is not free any more, and which ones near it are."""
    try:
        free = await contact.free(context)
    except BffError:
        free = ()
    nearest = sorted(free, key=lambda each: abs(each.start - slot.start))[:_NEAREST]
    told = ", ".join(f"{each.start.astimezone(ROME):%d/%m/%Y %H:%M}" for each in sorted(nearest, key=_start))
    why = Text("Questo orario non è più libero.", "This time isn't free any more.")
    if told:
        why = Text(f"{why.it} I più vicini: {told}.", f"{why.en} The nearest ones: {told}.")
    return UserError(ErrorCode.CONFLICT, why.told(context.language), ("slotId",))


def _start(slot: CallSlot) -> float:
    return slot.start.timestamp()
