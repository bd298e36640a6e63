"""Services: what is active on lines and contracts beside the line itself."""

from datetime import date, datetime
from enum import Enum

import msgspec

from bff.domain.money import Money


class ThresholdKind(Enum):
    """What a spending threshold limits."""

    VOICE = "VOICE"
    DATA = "DATA"
    MESSAGES = "MESSAGES"
    TOTAL = "TOTAL"
    UNKNOWN = "UNKNOWN"


class ServiceKind(Enum):
    """Services that customers set."""

    THRESHOLDS = "THRESHOLDS"
    TIM_DUO = "TIM_DUO"
    COMPANY_REFERENCE = "COMPANY_REFERENCE"
    CHARITY_SMS = "CHARITY_SMS"
    PREMIUM = "PREMIUM"
    PREMIUM_BLACK_LIST = "PREMIUM_BLACK_LIST"

    @property
    def of_line(self) -> bool:
        """Whether it is one of a line; the others are of a contract."""
        return self in {ServiceKind.PREMIUM, ServiceKind.PREMIUM_BLACK_LIST}


class FixedService(Enum):
    """Services of fixed lines that customers turn on and off."""

    TI_AVVISO = "TI_AVVISO"
    IVR = "IVR"


class Service(msgspec.Struct, frozen=True, gc=False):
    """An active service: its code and name, and its first day (None when not known)."""

    code: str
    name: str
    active_from: date | None


class SpendingThreshold(msgspec.Struct, frozen=True, gc=False):
    """The most that may be spent in a calendar month, without VAT."""

    kind: ThresholdKind
    limit: Money


class TimDuoPair(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Two numbers joined by TIMDUO, E.164; `line_key` is None when the first one's line is not told."""

    line_key: str | None
    line_number: str
    paired_number: str


class ContractServices(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is active on a mobile contract."""

    active: tuple[Service, ...]
    thresholds: tuple[SpendingThreshold, ...]
    tim_duo: tuple[TimDuoPair, ...]
    company_reference: str | None
    charity_sms: bool
    as_of: datetime


class PremiumServices(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Premium services of a mobile line: whether they may be activated, which are, and whose senders are barred."""

    enabled: bool
    active: tuple[Service, ...]
    black_list: tuple[str, ...]


class PremiumWish(msgspec.Struct, frozen=True, gc=False):
    """What premium services are to become: whether they may be activated, and the codes of active ones to end."""

    enabled: bool
    end: tuple[str, ...]


class MobileLineServices(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is active on a mobile line, premium services among it."""

    active: tuple[Service, ...]
    premium: PremiumServices
    as_of: datetime


class FixedLineServices(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is active on a fixed line; the flags tell whether services with a use of their own are among it."""

    active: tuple[Service, ...]
    ti_avviso: bool
    ivr: bool
    cost_administration: bool
    as_of: datetime
