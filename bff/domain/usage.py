"""Usage of mobile lines: credit, what offers allow and have left, traffic by type, single records."""

from datetime import date, datetime
from enum import Enum
from typing import ClassVar, NewType

import msgspec

from bff.domain.money import Money, TaxedMoney
from bff.domain.page import WindowedPage
from bff.domain.system import System
from bff.errors import BffError

Long = NewType("Long", int)
"""A whole number that may need more than 32 bits, up to 2^53."""


class TrafficType(Enum):
    """Types of traffic."""

    VOICE = "VOICE"
    DATA = "DATA"
    SMS = "SMS"
    ROAMING = "ROAMING"
    PREMIUM = "PREMIUM"
    UNKNOWN = "UNKNOWN"


class QuantityUnit(Enum):
    """Units of traffic."""

    BYTES = "BYTES"
    SECONDS = "SECONDS"
    MESSAGES = "MESSAGES"


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """An amount of traffic."""

    value: Long
    unit: QuantityUnit


class Credit(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Residual credit; `line_keys` are the lines that may spend it, `expires_on` is None when not known."""

    line_keys: tuple[str, ...]
    amount: Money
    expires_on: date | None
    as_of: datetime
    system: ClassVar[System] = System.MOBILE


class OfferUsage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Use of one offer since its last renewal; `allowance`, in the unit of `used`, is None when it is unlimited."""

    name: str
    type: TrafficType
    used: Quantity
    allowance: Quantity | None
    renews_at: datetime | None

    @property
    def left(self) -> Quantity | None:
        """What is left until renewal, None when unlimited; nothing is left of what was used beyond."""
        if self.allowance is None:
            return None
        return Quantity(Long(max(0, self.allowance.value - self.used.value)), self.allowance.unit)


class TrafficUsage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Use of one type of traffic, in one unit; `charged`, without VAT, is None when not known."""

    type: TrafficType
    used: Quantity
    charged: Money | None


class Consumption(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a line has used since the last renewal; `extra` is None when it is not told, as for a prepaid line."""

    line_key: str
    offers: tuple[OfferUsage, ...]
    traffic: tuple[TrafficUsage, ...]
    extra: TaxedMoney | None
    as_of: datetime


class UsageRecord(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A call, message or connection of a line; the last 3 digits of `counterpart` are hidden."""

    key: str
    line_key: str
    at: datetime
    type: TrafficType
    counterpart: str | None
    quantity: Quantity
    charged: Money | None


class LineUsage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The line whose usage is asked for; `number_key` is that of its number in the mobile system."""

    line_key: str
    number_key: str | None
    prepaid: bool | None


class RecordPage(WindowedPage[UsageRecord], frozen=True, kw_only=True):
    """A page of records, newest first; `is_counted` when all of the window was read, so that there is a total."""

    is_counted: bool

    @property
    def total_count(self) -> int | BffError | None:
        """How many rows all pages have; None when that could not be told without reading on."""
        return self.error or (self.total if self.is_counted else None)
