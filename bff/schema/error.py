"""The codes of errors, for whoever reads `errors[].extensions.code` or `userErrors`."""

from bff.domain.error_code import ErrorCode
from bff.schema._enum import described

__all__ = ["ErrorCode"]

described(
    ErrorCode,
    BAD_REQUEST="Request: can't be read, or asks for what can't be.",
    VALIDATION_FAILED="Request: doesn't fit the schema, or asks for more than one document may.",
    DEPTH_EXCEEDED="Request: nests too deep.",
    COST_EXCEEDED="Request: costs too many points; ask for fewer rows, or for less of each.",
    RATE_LIMITED="Request: too much in a minute, or too often in a day; `retryAfterSeconds` tells when to try again.",
    DEADLINE_EXCEEDED="Request: out of time.",
    UNAUTHENTICATED="Session: not signed in.",
    STEP_UP_REQUIRED="Session: sign in again for this act.",
    ACCOUNT_DISABLED="Session: this account may not use the customer area.",
    PROFILE_CHANGED="Session: the profile has changed since the subscription began; subscribe again.",
    FORBIDDEN="Access: the profile doesn't allow the function.",
    NOT_FOUND="Access: no such thing, or not yours.",
    UNAVAILABLE="System: fails.",
    TIMEOUT="System: didn't answer in time.",
    MAINTENANCE="System or function: closed for maintenance; `availableFrom` beside it tells until when, if known.",
    BAD_DATA="System: answered with something unusable, or refused what was asked.",
    WINDOW_EXPIRED="Access: older than what is shown.",
    NOT_SUBSCRIBED="Access: the service isn't subscribed.",
    IDEMPOTENCY_MISMATCH="Change: the idempotency key was used with other input.",
    IN_PROGRESS="Change: one of the same thing, or the same change itself, is under way.",
    TOO_MANY_ITEMS="Change: of more things than one request may change.",
    CONFLICT="Change: somebody else was first; look again and choose anew.",
    REQUIRED="Input: missing.",
    INVALID="Input: not valid.",
    CODE_WRONG="Input: wrong one-time code.",
    EXPIRED="Input: code, link or slot no longer valid.",
    TAKEN="Input: already in use.",
    WRONG_STATE="Input: the state doesn't allow it.",
    NOT_ELIGIBLE="Input: the system that does it has refused.",
    INTERNAL="Our own fault.",
)
