"""Mobile contracts."""

from datetime import date, datetime
from enum import Enum
from typing import ClassVar

import msgspec

from bff.domain.system import System


class ContractState(Enum):
    """State of a contract."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CEASED = "CEASED"
    UNKNOWN = "UNKNOWN"


class Contract(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A mobile contract.

    `account_key` is the billing account that its lines are billed to, `product_key` what its services rely on; both are
    None when not known.
    """

    key: str
    party_key: str
    number: str
    state: ContractState
    starts_on: date | None
    account_key: str | None
    recipient_code: str | None
    product_key: str | None = None
    as_of: datetime
    system: ClassVar[System] = System.MOBILE
