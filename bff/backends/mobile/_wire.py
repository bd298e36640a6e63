"""What TM Forum resources have in common on the wire. Source: spec, tmf/*.json."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from bff.backends import _shape, _time
from bff.backends._batch import Unreadable
from bff.backends._code import is_code
from bff.backends._money import json_amount
from bff.backends._shape import Number, Text
from bff.backends._text import tidy
from bff.domain.money import Currency

_DAYS_KEPT = 4096  # a page has few days, each many times


class Wire(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A piece of a resource: only what is read of it, all of it optional unless nobody could tell whose it is without.

    `_shape` says which types it may have. Times and amounts are Any: one that can't be read costs its record alone.
    """


class Ref(Wire, frozen=True, gc=False):
    """A reference to another resource."""

    id: Text
    name: Text | None = None
    role: Text | None = None
    referred_type: Text | None = msgspec.field(default=None, name="@referredType")


class Label(Wire, frozen=True, gc=False):
    """A reference of which only the name is read."""

    name: Text | None = None


class Characteristic(Wire, frozen=True, gc=False):
    """A named value of any type."""

    name: Text | None = None
    value: Any = None


class TimePeriod(Wire, frozen=True, gc=False):
    """Instants from and to."""

    start_date_time: Any = None
    end_date_time: Any = None


class Amount(Wire, frozen=True, gc=False):
    """An amount, in whatever notation."""

    value: Any = None
    unit: Text = Currency.EUR.value

    def euros(self) -> Decimal | None:
        """Give it with its sign, None when it is empty; raises Unreadable for another currency, or no amount."""
        if not is_code(self.unit, Currency.EUR.value):
            raise Unreadable("not in euros")
        return json_amount(self.value)


class MediumCharacteristic(Wire, frozen=True, gc=False):
    """What a contact medium holds; only postal addresses are read."""

    street1: Text | None = None
    post_code: Text | None = None
    city: Text | None = None
    state_or_province: Text | None = None


class ContactMedium(Wire, frozen=True, gc=False):
    """A way to reach someone."""

    medium_type: Text | None = None
    characteristic: MediumCharacteristic | None = None


def text(characteristics: Iterable[Characteristic], name: str) -> str | None:
    """Give the value of a characteristic as text; None when there is none, it is null or lost digits."""
    for each in characteristics:
        if (each.name == name or is_code(each.name, name)) and (found := _shape.text(each.value)):
            return found
    return None


def instant(value: Any) -> datetime | None:
    """Read a date-time (RFC 3339), Rome's when it names no offset; None when it is null or stands for never.

    Raises Unreadable.
    """
    text = _told(value)
    return None if text is None else _time.instant(_date_time(text))


def day(value: Any) -> date | None:
    """Read a date-time as the day in Rome; as `instant`."""
    text = tidy(value) if value.__class__ is str else _told(value)
    return None if text is None else _day(text)


def _told(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or isinstance(value, Number)):
        raise Unreadable("no date-time")
    return tidy(value or "")


def _date_time(text: str) -> datetime:
    try:
        return msgspec.convert(text, datetime)
    except msgspec.ValidationError as error:
        raise Unreadable("no date-time") from error


@lru_cache(_DAYS_KEPT)
def _day(text: str) -> date | None:
    return _time.day(_date_time(text))
