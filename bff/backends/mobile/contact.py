"""Times for a call back: TMF646 `/searchTimeSlot`, a task that is done at once.

The appointments of the contact centre stand behind the mobile legacy and serve all customers, those of fixed lines too.
What it offers beyond what was asked is dropped. A time that can't be read is no time; when none can, it is BAD_DATA.
"""

from collections.abc import Iterator, Sequence

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._shape import Text, reader
from bff.backends.mobile._wire import TimePeriod, Wire, instant
from bff.domain.contact import CallSlot, SlotWindow
from bff.errors import BackendError
from bff.observability import logger

_log = logger(__name__)

_DONE: Codes[bool | None] = Codes(
    "TMF646 search state", None, {"done": True, "inProgress": False, "rejected": False, "terminatedWithError": False}
)


class TimeSlot(Wire, frozen=True, gc=False):
    """A free time."""

    id: Text | None = None
    valid_for: TimePeriod | None = None


class Search(Wire, frozen=True, gc=False):
    """TMF646 `/searchTimeSlot`."""

    id: Text
    status: Text | None = None
    available_time_slot: tuple[TimeSlot, ...] = ()


class SlotSearch:
    """The search for times."""

    def __init__(self, http: Http, path: str) -> None:
        self.where = Operation(http.system, f"POST /{path.rpartition('/')[2]}")
        self._http = http
        self._path = path
        self._read = reader(Search)

    async def find(self, keys: Sequence[str]) -> dict[str, list[CallSlot] | BackendError]:
        """Search in the one window asked for."""
        [key] = keys
        window = SlotWindow.read(key)
        slots = await self._http.send(
            self.where.name,
            "POST",
            self._path,
            headers={"content-type": "application/json"},
            content=lambda: _body(window),
            read=lambda answer: self._slots(decoded(self.where, answer, self._read), window),
            keys=1,
        )
        return {key: slots}

    def _slots(self, search: Search, window: SlotWindow) -> list[CallSlot]:
        """Give the times of the window, each once, the soonest first. Raises BackendGarbled."""
        if _DONE.read(search.status) is not True:
            raise self.where.garbled("not done")
        slots = list(_readable(search.available_time_slot))
        if search.available_time_slot and not slots:
            raise self.where.garbled("no time can be read")
        mine = {slot.key: slot for slot in slots if window.holds(slot)}
        if len(mine) < len({slot.key for slot in slots}):
            _log.warning("foreign_rows", system=self.where.system.value, operation=self.where.name)
        return sorted(mine.values(), key=lambda slot: (slot.start, slot.key))


def _readable(slots: Sequence[TimeSlot]) -> Iterator[CallSlot]:
    for slot in slots:
        try:
            start = instant(slot.valid_for.start_date_time) if slot.valid_for else None
            end = instant(slot.valid_for.end_date_time) if slot.valid_for else None
        except Unreadable:
            continue
        if slot.id and start and end:
            yield CallSlot(slot.id, start, end)


def _body(window: SlotWindow) -> bytes:
    period = {"startDateTime": window.start.isoformat(), "endDateTime": window.end.isoformat()}
    return msgspec.json.encode({"requestedTimeSlot": [{"validFor": period}]})
