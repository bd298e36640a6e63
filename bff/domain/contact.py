"""Ways to get help, and times for a call back."""

from datetime import date, datetime, time, timedelta
from enum import Enum

import msgspec

from bff.domain.opening import working_days
from bff.domain.period import ROME
from bff.domain.url import Url

SLOT_DAYS = 5


class ContactKind(Enum):
    """Which way."""

    CALL_BACK = "CALL_BACK"
    WEB_MAIL = "WEB_MAIL"
    CHAT = "CHAT"
    FIXED_ASSISTANCE = "FIXED_ASSISTANCE"
    MOBILE_ASSISTANCE = "MOBILE_ASSISTANCE"


class Contact(msgspec.Struct, frozen=True, gc=False):
    """A way to get help, whether it is usable now, and the page of the old area that it is (None: it is no page)."""

    kind: ContactKind
    open: bool
    url: Url | None = None


class CallSlot(msgspec.Struct, frozen=True, gc=False):
    """A free time for a call back, under the appointments' own key."""

    key: str
    start: datetime
    end: datetime


class SlotWindow(msgspec.Struct, frozen=True, gc=False):
    """The moments between which times are asked for: the days of the next working days, in Rome."""

    start: datetime
    end: datetime

    @classmethod
    def ahead(cls, today: date) -> "SlotWindow":
        """Give the window of the next working days; the same all day, so that it is read once for all who ask."""
        days = working_days(today, SLOT_DAYS)
        return cls(_midnight(days[0]), _midnight(days[-1] + timedelta(days=1)))

    @classmethod
    def read(cls, key: str) -> "SlotWindow":
        """Read what `key` gives."""
        start, end = key.split("/")
        return cls(datetime.fromisoformat(start), datetime.fromisoformat(end))

    @property
    def key(self) -> str:
        """The window as a key: both moments, ISO 8601."""
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def holds(self, slot: CallSlot) -> bool:
        """Tell whether a time lies in the window."""
        return self.start <= slot.start < slot.end <= self.end


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ROME)
