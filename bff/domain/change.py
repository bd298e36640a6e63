"""What became of a change, and what the customer can put right."""

from enum import Enum

import msgspec

from bff.domain.error_code import ErrorCode


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
