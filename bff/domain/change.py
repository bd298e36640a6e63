"""What became of a change, and what the customer can put right."""

from enum import Enum

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


class Changed(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of a change.

    Attributes:
        status: what became of it.
        user_errors: what the customer can put right; empty unless rejected.
        system: that it was made in.
        request_key: of the request to follow there; None when there is none.
        order_key: of the order to follow there; None when there is none.
        made_key: of what else was made, for example a user or a payment; None when nothing was.
        subject_key: of the thing that was to be changed; None when it is none of this customer's.
    """

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    system: System
    request_key: str | None = None
    order_key: str | None = None
    made_key: str | None = None
    subject_key: str | None = None
