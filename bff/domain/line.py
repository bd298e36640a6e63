"""Lines: what a customer holds, mobile and fixed."""

from datetime import datetime
from enum import Enum
from operator import attrgetter
from typing import ClassVar, Final

import msgspec

from bff.domain.address import Address
from bff.domain.system import System

RUN_KEY: Final = attrgetter("number", "key")
"""By what lines are sorted unless asked otherwise."""


class LineState(Enum):
    """State of a line."""

    ACTIVATING = "ACTIVATING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    BLOCKED = "BLOCKED"
    CEASING = "CEASING"
    CEASED = "CEASED"
    UNKNOWN = "UNKNOWN"


class LineKind(Enum):
    """Kind of line."""

    MOBILE = "MOBILE"
    FIXED = "FIXED"


class FixedLineType(Enum):
    """Technology of a fixed line."""

    ANALOGUE = "ANALOGUE"
    ISDN_BASIC = "ISDN_BASIC"
    ISDN_PRIMARY = "ISDN_PRIMARY"
    VOIP = "VOIP"
    ADSL = "ADSL"
    FTTC = "FTTC"
    FTTH = "FTTH"
    SIP_TRUNK = "SIP_TRUNK"
    UNKNOWN = "UNKNOWN"


class MobileLineSortField(Enum):
    """What mobile lines are sorted by."""

    NUMBER = "NUMBER"
    CONTRACT = "CONTRACT"
    ICCID = "ICCID"
    STATE = "STATE"
    TARIFF_PLAN = "TARIFF_PLAN"


class FixedLineSortField(Enum):
    """What fixed lines are sorted by."""

    NUMBER = "NUMBER"
    STATE = "STATE"
    TYPE = "TYPE"
    LOCATION = "LOCATION"


class Sim(msgspec.Struct, frozen=True, gc=False):
    """A SIM: ICCID (19 digits) and whether it is blocked on request."""

    iccid: str
    blocked: bool


class Line(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line of any kind: its key in its system, its number (E.164), its state."""

    system: ClassVar[System]
    key: str
    number: str
    state: LineState
    as_of: datetime


class MobileLine(Line, frozen=True, gc=False, kw_only=True, tag="mobile", tag_field="network"):
    """A mobile line of a contract, whose account it is billed to; `sim` is None when none is active.

    `number_key` is the mobile system's key of the number, by which its credit is found; None when it has none.
    """

    contract_key: str
    contract_number: str
    tariff_plan: str | None
    prepaid: bool | None
    sim: Sim | None
    number_key: str | None = None
    system: ClassVar[System] = System.MOBILE


class FixedLine(Line, frozen=True, gc=False, kw_only=True, tag="fixed", tag_field="network"):
    """A fixed line, billed to an account."""

    type: FixedLineType
    location: Address | None
    account_code: str
    system: ClassVar[System] = System.FIXED
