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


class Outcome(Enum):
    """How a change of many things went."""

    SUCCESS = "SUCCESS"
    PARTIAL = "PARTIAL"
    FAILURE = "FAILURE"


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
        system: that it was made in; None for none.
        request_key: of the request to follow there; None when there is none.
        order_key: of the order to follow there; None when there is none.
        made_key: of what else was made, for example a user or a payment; None when nothing was.
        subject_key: of the thing that was to be changed; None when it is none of this customer's.
    """

    status: ChangeStatus
    user_errors: tuple[UserError, ...] = ()
    system: System | None
    request_key: str | None = None
    order_key: str | None = None
    made_key: str | None = None
    subject_key: str | None = None

    @property
    def reference(self) -> str | None:
        """Protocol number of the request; None without one."""
        return None if self.request_key is None else self.request_key.rpartition("/")[2]


class ChangedItem(Changed, frozen=True, gc=False, kw_only=True):
    """What became of one thing of many; `subject_id` is its global id, None for one that names nothing."""

    subject_id: str | None = None


class ChangedAll(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What became of a change of many things; `user_errors` concern the whole, and then nothing was tried."""

    results: tuple[ChangedItem, ...] = ()
    user_errors: tuple[UserError, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """How it went, all in all."""
        found = {each.status for each in self.results}
        if found.isdisjoint({ChangeStatus.DONE, ChangeStatus.ACCEPTED}):
            return Outcome.FAILURE
        return Outcome.SUCCESS if found.isdisjoint({ChangeStatus.REJECTED, ChangeStatus.UNKNOWN}) else Outcome.PARTIAL
