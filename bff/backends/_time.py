"""Instants as these systems tell them: some stand for never, some name no offset (spec, legacy.md, quirk 10)."""

from datetime import date, datetime

from bff.domain.period import ROME, rome_day

_NEVER = frozenset({1, 9999})  # the years of 01/01/0001 and 31/12/9999


def instant(told: datetime | None) -> datetime | None:
    """Give an instant, Rome's time when it names no offset; None for none and for a date that stands for never.

    Of the two instants that a local time in the hour repeated in October may mean, the first is taken.
    """
    if told is None or told.year in _NEVER:
        return None
    return told if told.tzinfo else told.replace(tzinfo=ROME)


def day(told: datetime | None) -> date | None:
    """Give the day in Rome of an instant; None for none and for a date that stands for never."""
    when = instant(told)
    return None if when is None else rome_day(when)
