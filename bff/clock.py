"""What time it is, as something passed in: rules and adapters take a clock, tests give theirs.

Deadlines are no matter of this module: they use the monotonic clock.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

OFFSET_REREAD_S = 1.0


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Give the present instant, with an offset."""
        ...


class RealClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Give the present instant, in UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """Another clock's time plus an offset that a file holds: seconds, as the text of a float.

    The file is read at most once a second. While it can't be read the last offset stays in force, at first none.
    For development: whoever writes the file moves the time of all processes that read it.
    """

    def __init__(self, path: Path, base: Clock, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._base = base
        self._monotonic = monotonic
        self._offset_s = 0.0
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """Give the shifted present instant."""
        return self._base.now() + timedelta(seconds=self._current_offset_s())

    def _current_offset_s(self) -> float:
        if self._monotonic() - self._read_at >= OFFSET_REREAD_S:
            self._read_at = self._monotonic()
            try:
                self._offset_s = float(self._path.read_text(encoding="ascii"))
            except (OSError, ValueError):
                return self._offset_s
        return self._offset_s
