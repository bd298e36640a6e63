"""Instants as these systems tell them: some stand for never, some name no offset (spec, legacy.md, quirk 10).

A local time is Rome's. Where the clock change makes it two instants, the first is taken (25/10/2026 02:30 is 02:30
+02:00); where it makes it none, the offset before the change counts (29/03/2026 02:30 is 03:30 +02:00). Both rules are
those of calendars (RFC 5545, 3.3.5), so they need no guess and are the same for every system.
"""

from datetime import UTC, date, datetime

from bff.domain.period import ROME, rome_day

_NEVER = frozenset({1, 9999})  # the years of 01/01/0001 and 31/12/9999


def instant(told: datetime | None) -> datetime | None:
    """Give an instant with an offset; None for none and for a date that stands for never.

    A local time comes in UTC: two times of the zone Rome are compared by their clock, not by when they were.
    """
    if told is None or told.year in _NEVER:
        return None
    return told if told.tzinfo else told.replace(tzinfo=ROME, fold=0).astimezone(UTC)


def day(told: datetime | None) -> date | None:
    """Give the day in Rome of an instant; None for none and for a date that stands for never."""
    when = instant(told)
    return None if when is None else rome_day(when)
