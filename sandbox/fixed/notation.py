"""How the fixed system writes amounts, days, times, bimesters and yes or no (the XSD's simple types)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sandbox.clock import ROME


def amount(value: Decimal) -> str:
    """Write an amount of euros: 1.234,56."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def day(value: date) -> str:
    """Write a day: 22/11/2026."""
    return f"{value.day:02}/{value.month:02}/{value.year:04}"  # strftime writes the year 1 as "1"


def moment(value: datetime) -> str:
    """Write an instant as Rome's local time, without its zone: 22/11/2026 09:30:00."""
    local = value.astimezone(ROME)
    return f"{day(local)} {local:%H:%M:%S}"


def flag(*, value: bool) -> str:
    """Write yes or no: S, N."""
    return "S" if value else "N"


def bimester(value: date) -> str:
    """Write the bimester of a day: 2026-B6."""
    return f"{value.year:04}-B{(value.month + 1) // 2}"


def read_moment(text: str) -> datetime:
    """Read a day or local time, without a zone; a day alone is its first second.

    Raises:
        ValueError: there is no such day or time, though the XSD's pattern lets it pass.
    """
    return datetime.strptime(text, "%d/%m/%Y %H:%M:%S" if " " in text else "%d/%m/%Y")  # noqa: DTZ007 - local by design
