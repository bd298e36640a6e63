"""The time of the sandbox: real time plus an offset that all processes share through a small file.

The file holds the offset in seconds, a float as text. The sandbox alone writes it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
DEFAULT_NOW = datetime(2026, 11, 22, 9, 30, tzinfo=ROME)


class Clock:
    """Real time, shifted; `file` (None: none) is where the offset is written for other processes to read."""

    def __init__(self, *, now: datetime = DEFAULT_NOW, file: Path | None = None) -> None:
        self._file = file
        self._offset_s = 0.0
        self.set(now)

    @property
    def offset_s(self) -> float:
        """Seconds to add to real time."""
        return self._offset_s

    def now(self) -> datetime:
        """Give the sandbox's time, in Rome's zone."""
        return datetime.fromtimestamp(datetime.now(UTC).timestamp() + self._offset_s, tz=ROME)

    def set(self, now: datetime) -> None:
        """Make it `now` (aware), from where time runs on."""
        if now.tzinfo is None:
            raise ValueError("the time needs an offset, for example 2026-11-22T09:30:00+01:00")
        self._shift_to(now.timestamp() - datetime.now(UTC).timestamp())

    def advance(self, seconds: float) -> None:
        """Move the time forward, or back when negative."""
        self._shift_to(self._offset_s + seconds)

    def _shift_to(self, offset_s: float) -> None:
        self._offset_s = offset_s
        if self._file is not None:
            # Replaced in one step: a reader never sees half a number.
            draft = self._file.with_name(self._file.name + ".new")
            draft.write_text(f"{offset_s:.6f}\n", encoding="ascii")
            draft.replace(self._file)
