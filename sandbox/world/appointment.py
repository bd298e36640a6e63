"""Times at which the contact centre can call back: half hours of working days, some of them taken.

The contact centre is no part of a world: which ones are taken follows from the half hour alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sandbox.clock import ROME

_FIRST, _LAST = time(9), time(18)
_LENGTH = timedelta(minutes=30)
_TAKEN = 0.6
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Slot:
    """A free half hour."""

    id: str
    start: datetime
    end: datetime


def free_slots(start: datetime, end: datetime) -> Iterator[Slot]:
    """Give the free half hours between two moments, the soonest first; public holidays are not told apart."""
    day = start.astimezone(ROME).date()
    while day <= end.astimezone(ROME).date():
        if day.weekday() < _SATURDAY:
            yield from (slot for slot in _of_day(day) if start <= slot.start and slot.end <= end)
        day += timedelta(days=1)


def _of_day(day: date) -> Iterator[Slot]:
    moment = datetime.combine(day, _FIRST, ROME)
    while moment < datetime.combine(day, _LAST, ROME):
        if random.Random(f"appointment:{moment.isoformat()}").random() >= _TAKEN:
            yield Slot(f"SLOT-{moment:%Y%m%d-%H%M}", moment, moment + _LENGTH)
        moment += _LENGTH
