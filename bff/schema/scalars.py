"""Strict scalars: days, instants, exact decimals, addresses."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import strawberry
from strawberry.types.scalar import ScalarDefinition

from bff.domain.period import ROME
from bff.domain.url import Url
from bff.domain.usage import Long

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_ADDRESS = re.compile(r"https?://[\x21-\x7e]+")
_EXACT_MAX = 2**53
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)


def _parse(pattern: re.Pattern[str], read: Callable[[str], object], expected: str) -> Callable[[object], object]:
    def parse(value: object) -> object:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(f"not {expected}")
        try:
            return read(value)
        except ValueError:
            raise ValueError(f"not {expected}") from None

    return parse


def _scalar(
    name: str,
    description: str,
    *,
    serialize: Callable[[object], str | int],
    parse: Callable[[object], object],
) -> ScalarDefinition:
    definition: ScalarDefinition = strawberry.scalar(
        name=name, description=description, serialize=serialize, parse_value=parse
    )
    return definition


def _day(value: object) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError(f"Not a day: {type(value).__name__}")
    return value.isoformat()


def _instant(value: object) -> str:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError(f"Not an instant with its offset: {type(value).__name__}")
    return value.astimezone(ROME).isoformat()


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not abs(value) <= _EXACT_MAX:
        raise TypeError(f"Not a whole number that every client reads exactly: {type(value).__name__}")
    return value


def _fixed(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"Not an exact decimal: {type(value).__name__}")
    return f"{value:f}"


def _address(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"Not an address: {type(value).__name__}")
    return value


SCALARS: dict[object, ScalarDefinition] = {
    date: _scalar(
        "Date",
        "Calendar day in Europe/Rome, YYYY-MM-DD.",
        serialize=_day,
        parse=_parse(_DAY, date.fromisoformat, "a day, YYYY-MM-DD"),
    ),
    datetime: _scalar(
        "DateTime",
        "Instant with the offset of Europe/Rome, for example 2026-11-22T09:30:00+01:00.",
        serialize=_instant,
        parse=_parse(_INSTANT, datetime.fromisoformat, "an instant with its offset, 2026-11-22T09:30:00+01:00"),
    ),
    Decimal: _scalar(
        "Decimal",
        'Exact decimal number as a string with a point, for example "12.30".',
        serialize=_fixed,
        parse=_parse(_DECIMAL, Decimal, 'an exact decimal as a string, "12.30"'),
    ),
    Url: _scalar(
        "URL",
        "Absolute address, http or https.",
        serialize=_address,
        parse=_parse(_ADDRESS, str, "an absolute address, https://…"),
    ),
    Long: _scalar("Long", "Whole number up to 2^53, as a JSON number.", serialize=_whole, parse=_whole),
}
