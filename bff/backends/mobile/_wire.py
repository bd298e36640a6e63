"""What TM Forum resources have in common on the wire. Source: spec, tmf/*.json."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._money import money
from bff.domain.money import Currency, Money

_EURO = Currency.EUR.value


class Wire(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A piece of a resource: only what is read of it, all of it optional unless a row is useless without."""


class Ref(Wire, frozen=True, gc=False):
    """A reference to another resource."""

    id: str
    name: str | None = None
    role: str | None = None
    referred_type: str | None = msgspec.field(default=None, name="@referredType")


class Characteristic(Wire, frozen=True, gc=False):
    """A named value of any type."""

    name: str
    value: Any = None


class TimePeriod(Wire, frozen=True, gc=False):
    """Instants from and to."""

    start_date_time: datetime | None = None
    end_date_time: datetime | None = None


class Amount(Wire, frozen=True, gc=False):
    """An amount; a JSON number is read from its text, without a float between."""

    value: Decimal
    unit: str = _EURO

    def money(self) -> Money:
        """Give it without its sign, which the kind of a bill carries; raises Unreadable for another currency."""
        if self.unit != _EURO:
            raise Unreadable("not in euros")
        return money(abs(self.value))


class MediumCharacteristic(Wire, frozen=True, gc=False):
    """What a contact medium holds; only postal addresses are read."""

    street1: str | None = None
    post_code: str | None = None
    city: str | None = None
    state_or_province: str | None = None


class ContactMedium(Wire, frozen=True, gc=False):
    """A way to reach someone."""

    medium_type: str | None = None
    characteristic: MediumCharacteristic | None = None


def text(characteristics: Iterable[Characteristic], name: str) -> str | None:
    """Give the value of a characteristic as text; None when there is none or it is null."""
    for each in characteristics:
        if each.name == name and each.value is not None:
            return str(each.value)
    return None


def needed(value: Any, name: str) -> Any:
    """Give a value that the record can't be without; raises Unreadable when it is None."""
    if value is None:
        raise Unreadable(f"{name} is missing")
    return value
