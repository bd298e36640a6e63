"""A clock for tests, moved by hand. That of the sandbox is moved too: the fixture `sandbox` puts it back."""

from datetime import UTC, datetime, timedelta
from typing import Final

NOW: Final = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


def next_minute(now: datetime) -> datetime:
    """Give the beginning of the minute after a moment: tokens that the running sandbox has made are good then."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


class HandClock:
    """The time of day and monotonic seconds, which stand still until they are moved, both at once."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        """Give the time of day."""
        return self._now

    def monotonic(self) -> float:
        """Give seconds, as `time.monotonic` does."""
        return (self._now - NOW).total_seconds()

    def advance(self, seconds: float) -> None:
        """Move the time forward, or back when negative."""
        self._now += timedelta(seconds=seconds)
