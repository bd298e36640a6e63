"""Appointments of the contact centre: TMF646 `/searchTimeSlot`, done at once, and `/appointment`, which takes a time.

A time is taken once: whoever comes second is told so (409). One that was taken shows in no search, and is free again
when its appointment fails after all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec

from sandbox._deeds import Deed
from sandbox._faults import Injected, Quirk
from sandbox.mobile._render import Document, instant, party
from sandbox.mobile.change import later_s
from sandbox.mobile.collection import BadQuery, Collection
from sandbox.stage import Problem, Sandboxed
from sandbox.world.appointment import Booking, Slot, bookings, free_slots

SEARCH_PATH = "/tmf-api/appointment/v4/searchTimeSlot"
BOOKING_PATH = "/tmf-api/appointment/v4/appointment"
_STRANGERS_AFTER = timedelta(days=30)
_WHAT = "appointment"


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked: the moments between which a time is wanted."""

    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The window as it is written: both moments."""
        return f"{instant(self.start)}/{instant(self.end)}"


class Wanted(msgspec.Struct, frozen=True):
    """An appointment that is asked for."""

    slot_id: str
    start: datetime
    end: datetime
    request_id: str
    requested_by: str
    company: str
    number: str
    topic: str


class Shown(msgspec.Struct, frozen=True):
    """An appointment as it is now."""

    booking: Booking
    status: str


def read_search(body: bytes) -> Search:
    """Read a request. Raises BadQuery."""
    try:
        [asked] = json.loads(body)["requestedTimeSlot"]
        start, end = _moments(asked)
    except (ValueError, LookupError, TypeError) as error:
        raise BadQuery("one requestedTimeSlot with validFor is needed") from error
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise BadQuery("validFor needs two moments with their offsets, the later one last")
    return Search(start, end)


def read_booking(body: bytes) -> Wanted:
    """Read an appointment that is asked for. Raises BadQuery."""
    try:
        told: Any = json.loads(body)
        [slot] = [each["id"] for each in told["relatedEntity"] if each["@referredType"] == "TimeSlot"]
        [medium] = told["contactMedium"]
        parties = {each["role"]: each["id"] for each in told["relatedParty"]}
        return Wanted(
            slot,
            *_moments(told),
            told["externalId"],
            parties["requester"],
            parties["customer"],
            medium["characteristic"]["phoneNumber"],
            told["description"],
        )
    except (ValueError, LookupError, TypeError) as error:
        raise BadQuery("externalId, validFor, TimeSlot, number, customer, requester, description are due") from error


def _moments(told: Any) -> tuple[datetime, datetime]:
    period = told["validFor"]
    return datetime.fromisoformat(period["startDateTime"]), datetime.fromisoformat(period["endDateTime"])


def found(stage: Sandboxed, search: Search, injected: Injected) -> Document:
    """Give the answer to a search."""

    def strangers(count: int) -> Sequence[Slot]:
        after = search.end + _STRANGERS_AFTER
        return list(free_slots(after, after + timedelta(days=7)))[:count]

    now = stage.clock.now()
    gone = {each.subject for each in _held(stage, now) if each.shown_from <= now}
    free = (slot for slot in free_slots(search.start, search.end) if slot.id not in gone)
    slots = injected.rows(free, foreign=strangers)
    return {
        "id": f"STS-{search.start:%Y%m%d}-{search.end:%Y%m%d}",
        "requestedTimeSlot": [{"validFor": _period(search.start, search.end), "@type": "TimeSlot"}],
        "searchResult": "success",
        "status": "done",
        "availableTimeSlot": [_slot(slot) for slot in slots],
        "@type": "SearchTimeSlot",
    }


def book(stage: Sandboxed, wanted: Wanted, injected: Injected) -> Document | Problem:
    """Take an appointment, the first time that its request id comes; give it, or why it can't be."""
    if (taken := stage.deeds.taken(wanted.request_id)) is None:
        now = stage.clock.now()
        slot = next((each for each in free_slots(wanted.start, wanted.end) if each.id == wanted.slot_id), None)
        if slot is None or slot.start <= now or any(each.subject == slot.id for each in _held(stage, now)):
            return Problem("72", "time slot no longer available", 409)
        taken = stage.deeds.take(_deed(wanted, slot, now.replace(microsecond=0), injected))
    return render(_shown(taken, taken.at))


def appointments(stage: Sandboxed) -> Collection[Shown]:
    """Give TMF646 `/appointment`: batched by id, request id or related party (requester)."""
    built = [Shown(each, "confirmed") for each in bookings(stage.world)]

    def rows() -> Iterable[Shown]:
        now = stage.clock.now()
        return [*built, *(_shown(each, now) for each in _made(stage) if each.shown_from <= now)]

    return Collection(
        rows=rows,
        render=render,
        lookup={
            "id": lambda value: [row for row in rows() if row.booking.id == value],
            "externalId": lambda value: [row for row in rows() if row.booking.request_id == value],
            "relatedParty.id": lambda value: [row for row in rows() if row.booking.requested_by == value],
        },
    )


def render(shown: Shown) -> Document:
    """Render a TMF646 appointment."""
    booking, slot = shown.booking, shown.booking.slot
    return {
        "id": booking.id,
        "category": "callBack",
        "description": booking.topic,
        "externalId": booking.request_id,
        "creationDate": instant(booking.made_at),
        "status": shown.status,
        "validFor": _period(slot.start, slot.end),
        "contactMedium": [
            {
                "mediumType": "telephone number",
                "characteristic": {"phoneNumber": booking.number, "@type": "MediumCharacteristic"},
                "@type": "ContactMedium",
            }
        ],
        "relatedEntity": [{"id": slot.id, "role": "timeSlot", "@type": "RelatedEntity", "@referredType": "TimeSlot"}],
        "relatedParty": [
            {"id": booking.company, "role": "customer", "@type": "RelatedParty", "@referredType": "Organization"},
            {"id": booking.requested_by, "role": "requester", "@type": "RelatedParty", "@referredType": "Individual"},
        ],
        "@type": "Appointment",
    }


def _made(stage: Sandboxed) -> list[Deed]:
    return [each for each in stage.deeds if each.what == _WHAT]


def _held(stage: Sandboxed, now: datetime) -> list[Deed]:
    """Give the appointments that hold their time: all but those that have failed."""
    return [each for each in _made(stage) if each.refused_from is None or now < each.refused_from]


def _shown(deed: Deed, now: datetime) -> Shown:
    if deed.refused_from is None:
        return Shown(deed.value, "confirmed")
    return Shown(deed.value, "failed" if deed.refused_from <= now else "initialized")


def _deed(wanted: Wanted, slot: Slot, now: datetime, injected: Injected) -> Deed:
    refused_s = later_s(injected, Quirk.REFUSED_LATER)
    return Deed(
        request_id=wanted.request_id,
        what=_WHAT,
        subject=slot.id,
        value=Booking(
            id=f"APT-{int(sha256(wanted.request_id.encode()).hexdigest()[:12], 16) % 10**6:06d}-9",
            slot=slot,
            request_id=wanted.request_id,
            requested_by=wanted.requested_by,
            company=wanted.company,
            number=wanted.number,
            topic=wanted.topic,
            made_at=now,
        ),
        at=now,
        shown_from=now + timedelta(seconds=later_s(injected, Quirk.LATE_READS) or 0),
        refused_from=None if refused_s is None else now + timedelta(seconds=refused_s),
    )


def _slot(slot: Slot) -> Document:
    return {
        "id": slot.id,
        "validFor": _period(slot.start, slot.end),
        "relatedParty": party("CC-01", "contactCentre", "Organization", "Assistenza aziende, unità di Milano"),
        "@type": "TimeSlot",
    }


def _period(start: datetime, end: datetime) -> Document:
    return {"startDateTime": instant(start), "endDateTime": instant(end)}
