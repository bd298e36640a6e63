"""Appointments: TMF646 `/searchTimeSlot`, done at once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox._faults import Injected
from sandbox.mobile._render import Document, instant, party
from sandbox.mobile.collection import BadQuery
from sandbox.world.appointment import Slot, free_slots

SEARCH_PATH = "/tmf-api/appointment/v4/searchTimeSlot"
_STRANGERS_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked: the moments between which a time is wanted."""

    start: datetime
    end: datetime

    @property
    def key(self) -> str:
        """The window as it is written: both moments."""
        return f"{instant(self.start)}/{instant(self.end)}"


def read_search(body: bytes) -> Search:
    """Read a request. Raises BadQuery."""
    try:
        [asked] = json.loads(body)["requestedTimeSlot"]
        period = asked["validFor"]
        start, end = (datetime.fromisoformat(period[name]) for name in ("startDateTime", "endDateTime"))
    except (ValueError, LookupError, TypeError) as error:
        raise BadQuery("one requestedTimeSlot with validFor is needed") from error
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise BadQuery("validFor needs two moments with their offsets, the later one last")
    return Search(start, end)


def found(search: Search, injected: Injected) -> Document:
    """Give the answer to a search."""

    def strangers(count: int) -> Sequence[Slot]:
        after = search.end + _STRANGERS_AFTER
        return list(free_slots(after, after + timedelta(days=7)))[:count]

    slots = injected.rows(free_slots(search.start, search.end), foreign=strangers)
    return {
        "id": f"STS-{search.start:%Y%m%d}-{search.end:%Y%m%d}",
        "requestedTimeSlot": [{"validFor": _period(search.start, search.end), "@type": "TimeSlot"}],
        "searchResult": "success",
        "status": "done",
        "availableTimeSlot": [_slot(slot) for slot in slots],
        "@type": "SearchTimeSlot",
    }


def _slot(slot: Slot) -> Document:
    return {
        "id": slot.id,
        "validFor": _period(slot.start, slot.end),
        "relatedParty": party("CC-01", "contactCentre", "Organization", "Assistenza aziende, unità di Milano"),
        "@type": "TimeSlot",
    }


def _period(start: datetime, end: datetime) -> Document:
    return {"startDateTime": instant(start), "endDateTime": instant(end)}
