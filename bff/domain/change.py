"""What became of a change, and what the customer can put right."""

from enum import Enum
from typing import ClassVar

import msgspec

from bff.domain.error_code import ErrorCode
from bff.domain.system import System


class ChangeStatus(Enum):
    """What became of a change."""

    DONE = "DONE"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class UserError(msgspec.Struct, frozen=True, gc=False):
    """Something that the customer can put right; `field` is its path inside the input, None for the whole."""

    code: ErrorCode
    message: str
    field: tuple[str, ...] | None = None


class SimBlocked(msgspec.Struct, frozen=True, gc=False):
    """What became of the wish to block a SIM, with the keys of the request to follow and the line; None without one."""

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    request_key: str | None = None
    line_key: str | None = None
    system: ClassVar[System] = System.MOBILE


class SimUnblocked(msgspec.Struct, frozen=True, gc=False):
    """What became of the wish to release a SIM; as `SimBlocked`."""

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    request_key: str | None = None
    line_key: str | None = None
    system: ClassVar[System] = System.MOBILE


class ContractPaperlessSet(msgspec.Struct, frozen=True, gc=False):
    """What became of the wish to turn the paperless invoice of a contract on or off, with the contract's key."""

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    request_key: str | None = None
    contract_key: str | None = None
    system: ClassVar[System] = System.MOBILE


class FixedLinePaperlessSet(msgspec.Struct, frozen=True, gc=False):
    """What became of the wish to turn the paperless invoice of a line's account on or off.

    `line_key` is None when it was refused.
    """

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    request_key: str | None = None
    line_key: str | None = None
    system: ClassVar[System] = System.FIXED
