"""What all mutations answer with: what became of the change, and what the customer can put right."""

from typing import Final

from bff.domain import change as record
from bff.domain.error_code import ErrorCode
from bff.schema._enum import described
from bff.schema._view import PARENT, interface, plain, view
from bff.schema.directives import assumed

KEY: Final = "Chosen by the client, new for every act; the same when repeating."
"""What an idempotency key is."""

described(
    record.ChangeStatus,
    DONE="Done; a read shows it.",
    ACCEPTED="Accepted; follow the request or order.",
    REJECTED="Refused; see userErrors.",
    UNKNOWN="Being verified; will settle by itself, don't repeat with a new key.",
)


@view(record.UserError, rule=PARENT)
class UserError:
    """Something that the customer can put right."""

    code: ErrorCode = plain("What kind of error.")
    message: str = plain("What to tell the customer, in the language of Accept-Language.")
    field: list[str] | None = plain("Path inside the input; null when it concerns the whole.")


@interface()
class ChangeResult:
    """What became of one change: of a mutation, or of one item of a bulk mutation."""

    status: record.ChangeStatus = plain("What became of it.")
    user_errors: list[UserError] = plain("What to put right; empty unless rejected.", counts=assumed(5))
