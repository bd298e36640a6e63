"""When systems and functions are closed: by an operator's switch, or every night."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Final, Self

import msgspec

from bff.domain.period import ROME
from bff.domain.system import System


class Closure(msgspec.Struct, frozen=True, gc=False):
    """Closed until then, so many seconds from the asking; None when nobody knows until when."""

    until: datetime | None = None
    wait_s: float | None = None

    @classmethod
    def ending(cls, until: datetime, at: datetime) -> Self:
        """Make one that ends then, seen at an instant; a second is the least to wait."""
        return cls(until, max(1.0, round((until - at).total_seconds())))


Closed = Callable[[System, str], Closure | None]
"""Tells whether a group of operations of a system is closed now; None when it is open."""

WHOLE: Final = ""
"""In the place of a group: the system as a whole, whatever group of it is closed by itself."""


class DailyWindow(msgspec.Struct, frozen=True, gc=False):
    """From one time of day in Rome to another, over midnight when the second is the earlier."""

    start: time
    end: time

    def closure(self, at: datetime) -> Closure | None:
        """Tell whether an instant lies in the window, and when the window ends then."""
        local = at.astimezone(ROME)
        opened, begun = local.time() >= self.end, local.time() >= self.start
        over_midnight = self.end < self.start
        if not ((begun or not opened) if over_midnight else (begun and not opened)):
            return None
        day = local.date() + timedelta(days=over_midnight and begun)
        return Closure.ending(datetime.combine(day, self.end, ROME), at)
