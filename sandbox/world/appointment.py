"""Times at which the contact centre can call back: half hours of working days, some of them taken.

The contact centre is no part of a world: which ones are taken follows from the half hour alone. By whom, for the weeks
around a world's moment, `bookings` says.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sandbox.clock import ROME
from sandbox.world.model import World

_FIRST, _LAST = time(9), time(18)
_LENGTH = timedelta(minutes=30)
_TAKEN = 0.6
_SATURDAY = 5
_BEFORE, _AFTER = timedelta(days=14), timedelta(days=21)
_TOPICS = ("GENERAL", "INVOICES")


@dataclass(frozen=True, slots=True)
class Slot:
    """A half hour."""

    id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Booking:
    """A call back: at which time, who asked for it, for which company, which number is called, and what it is about."""

    id: str
    slot: Slot
    request_id: str
    requested_by: str
    company: str
    number: str
    topic: str
    made_at: datetime


def free_slots(start: datetime, end: datetime) -> Iterator[Slot]:
    """Give the half hours between two moments that a world leaves free, the soonest first.

    Public holidays are not told apart.
    """
    return (slot for slot in _slots(start, end) if not _is_taken(slot))


def bookings(world: World) -> Iterator[Booking]:
    """Give who has taken the other half hours, from two weeks before a world's moment to three after it."""
    taken = (slot for slot in _slots(world.now - _BEFORE, world.now + _AFTER) if _is_taken(slot))
    people = [(user, each) for user in world.users for each in user.memberships if each.active]
    for number, (slot, (user, membership)) in enumerate(zip(taken, people, strict=False), start=1):
        yield Booking(
            id=f"APT-{number:06d}",
            slot=slot,
            request_id=str(uuid.uuid5(uuid.NAMESPACE_OID, slot.id)),
            requested_by=user.id,
            company=membership.company_tax_code,
            number=user.person.mobile_number,
            topic=_TOPICS[number % 2],
            made_at=min(world.now, slot.start) - timedelta(days=1),
        )


def _slots(start: datetime, end: datetime) -> Iterator[Slot]:
    day = start.astimezone(ROME).date()
    while day <= end.astimezone(ROME).date():
        if day.weekday() < _SATURDAY:
            yield from (slot for slot in _of_day(day) if start <= slot.start and slot.end <= end)
        day += timedelta(days=1)


def _of_day(day: date) -> Iterator[Slot]:
    moment = datetime.combine(day, _FIRST, ROME)
    while moment < datetime.combine(day, _LAST, ROME):
        yield Slot(f"SLOT-{moment:%Y%m%d-%H%M}", moment, moment + _LENGTH)
        moment += _LENGTH


def _is_taken(slot: Slot) -> bool:
    return random.Random(f"appointment:{slot.start.isoformat()}").random() < _TAKEN
