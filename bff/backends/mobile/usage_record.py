"""Single calls, messages and connections of mobile lines: TMF635 usage, by line and day.

The other party of a record leaves this module without its last 3 digits. Names of characteristics: sandbox.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bff.backends._batch import Reading, lists, needed
from bff.backends._call import Operation
from bff.backends._money import money
from bff.backends._quantity import quantity
from bff.backends._shape import Text
from bff.backends._text import phone_number
from bff.backends.mobile._wire import Amount, Characteristic, Ref, Wire, day, instant, text
from bff.backends.mobile.usage import TYPES
from bff.domain.money import Money
from bff.domain.usage import UsageRecord
from bff.errors import BackendError

_HIDDEN_DIGITS = 3


class Rating(Wire, frozen=True, gc=False):
    """What a record was rated as."""

    product_ref: Ref | None = None
    tax_excluded_rating_amount: Amount | None = None


class Usage(Wire, frozen=True, gc=False):
    """TMF635 `/usage`."""

    id: Text
    usage_date: Any = None
    usage_type: Text | None = None
    rated_product_usage: tuple[Rating, ...] = ()
    usage_characteristic: tuple[Characteristic, ...] = ()

    @property
    def line_keys(self) -> list[str]:
        """The products that it is rated for."""
        return [each.product_ref.id for each in self.rated_product_usage if each.product_ref is not None]


def rows_by_line() -> Reading[Usage, Usage]:
    """Find the lines of records, which are read by day."""
    return Reading(lambda row: row.id, lambda row: row.line_keys, lambda row, _key: row)


Day = tuple[str, str]
"""A line and a day, ISO."""


def lines_by_span(keys: Iterable[Day]) -> dict[tuple[date, date], list[str]]:
    """Give the lines that need the same days, by the first and the last of them."""
    lines: dict[tuple[date, date], list[str]] = {}
    for line_key, some in _days_by_line(keys).items():
        span = date.fromisoformat(min(some)), date.fromisoformat(max(some))
        lines.setdefault(span, []).append(line_key)
    return lines


def by_day(
    where: Operation, keys: Iterable[Day], rows: Mapping[str, list[Usage] | BackendError]
) -> dict[Day, list[UsageRecord] | BackendError]:
    """Give the records of lines by line and day; those of other days are dropped.

    A record that can't be read costs its day; one whose day can't be read, all days of its line.
    """
    return {
        (line_key, told): found
        for line_key, some in _days_by_line(keys).items()
        for told, found in _of_line(where, line_key, some, rows[line_key]).items()
    }


def _days_by_line(keys: Iterable[Day]) -> dict[str, list[str]]:
    days: dict[str, list[str]] = {}
    for line_key, told in keys:
        days.setdefault(line_key, []).append(told)
    return days


def _of_line(
    where: Operation, line_key: str, days: list[str], rows: list[Usage] | BackendError
) -> Mapping[str, list[UsageRecord] | BackendError]:
    if isinstance(rows, BackendError):
        return dict.fromkeys(days, rows)
    reading = Reading(lambda row: row.id, _days, lambda row, _day: _record(row, line_key))
    try:
        return lists(where, days, rows, reading)
    except BackendError as error:
        return dict.fromkeys(days, error)


def _days(row: Usage) -> tuple[str]:
    return (needed(day(row.usage_date), "usageDate").isoformat(),)


def _record(row: Usage, line_key: str) -> UsageRecord:
    traits = row.usage_characteristic
    return UsageRecord(
        key=row.id,
        line_key=line_key,
        at=needed(instant(row.usage_date), "usageDate"),
        type=TYPES.read(row.usage_type),
        counterpart=_hidden(text(traits, "destinationNumber")),
        quantity=quantity(text(traits, "quantity"), text(traits, "unit")),
        charged=_charged(row, line_key),
    )


def _hidden(number: str | None) -> str | None:
    """Hide the last 3 digits."""
    return None if number is None else (phone_number(number) or number)[:-_HIDDEN_DIGITS] + "*" * _HIDDEN_DIGITS


def _charged(row: Usage, line_key: str) -> Money | None:
    """Sum what a record was rated at; None when it is not rated yet."""
    ratings = [each for each in row.rated_product_usage if each.product_ref and each.product_ref.id == line_key]
    told = [each.tax_excluded_rating_amount for each in ratings if each.tax_excluded_rating_amount is not None]
    amounts = [amount for each in told if (amount := each.euros()) is not None]
    return money(sum(amounts, Decimal(0))) if amounts else None
