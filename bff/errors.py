"""The error tree: what can go wrong, what a client is told, whether trying again helps.

BffError                    code, safe message, retryable
├── RequestError            the client sent something wrong
│   ├── BadRequest          can't be read, or lacks something
│   └── TooManyRows         it was priced too low: the answer has more rows than may be
├── SessionError            who is asking is not settled
│   ├── Unauthenticated     no token, or not a good one
│   ├── StepUpRequired      a good token of a sign-in that is too long ago for what is asked
│   ├── AccountDisabled     a good token of a person who may not come in
│   └── ProfileChanged      they act with another profile than when they subscribed
├── AccessError             settled, and not allowed
│   ├── Forbidden           the profile does not allow the function
│   └── NotFound            no such thing, or not yours: the two are not told apart
├── ChangeError             a change that can't be made as it is asked for
│   ├── InProgress          the same is under way
│   └── IdempotencyMismatch the key was used for another
├── BackendError            a system behind us failed; the only ones that `backends` raises
│   ├── BackendTimeout      no whole answer in time
│   ├── BackendUnavailable  not reached, refused, or answered that it is down; or not even asked
│   ├── BackendMaintenance  closed for a time, and not asked
│   ├── BackendRejected     reached, and it said no to what was asked
│   └── BackendGarbled      answered with something that can't be used
├── StateUnavailable        what must be remembered can't be: the Redis for state fails
├── FunctionClosed          an operator has switched the function off
├── RateLimited             the person has spent their points of this minute
├── DeadlineExceeded        the request's own time is over
└── Internal                our own fault

`str(error)` is for the log; `message` is what a client may read. Neither holds personal data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datetime import datetime

    from bff.domain.system import System


class BffError(Exception):
    """Base of all expected failures.

    Attributes:
        code: the value of `errors[].extensions.code`, one of the schema's enum `ErrorCode`.
        message: what the client reads; safe by construction, the same for all occurrences of the class.
        retryable: True when the same request may succeed later without a change.
        status: the HTTP status when the failure concerns the whole request, and there is no data.
        system: the system that failed; None when none did.
        retry_after_s: seconds to wait before trying again; None when not known.
        available_from: when what is closed opens again; None when nothing is closed, or nobody knows.
        function: the function of the profile matrix that is denied or closed; None when none is.
    """

    code: ClassVar[str] = "INTERNAL"
    message: str = "Something went wrong on our side."
    retryable: ClassVar[bool] = False
    status: ClassVar[int] = 500
    system: System | None = None
    retry_after_s: float | None = None
    available_from: datetime | None = None
    function: str | None = None

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.message)


class RequestError(BffError):
    """The client sent something wrong."""

    code = "BAD_REQUEST"
    message = "The request can't be read."
    status = 400

    def __init__(self, message: str = "") -> None:
        """Say what was wrong and what would be right; the text reaches the client."""
        self.message = message or type(self).message
        super().__init__(self.message)


class BadRequest(RequestError):
    """The request can't be read, or lacks something."""


class TooManyRows(RequestError):
    """What was asked for within the cost has more rows than an answer may."""

    code = "COST_EXCEEDED"
    message = "The answer would have too many rows: ask for fewer, or for shorter pages."


class SessionError(BffError):
    """Who is asking is not settled."""

    status = 401


class Unauthenticated(SessionError):
    """No access token, or one that does not hold."""

    code = "UNAUTHENTICATED"
    message = "A valid access token is needed."


class StepUpRequired(SessionError):
    """A valid token, but the person signed in too long ago for what is asked, or nobody knows when."""

    code = "STEP_UP_REQUIRED"
    message = "Sign in again to do this."


class AccountDisabled(SessionError):
    """A valid token of a person who may not come in."""

    code = "ACCOUNT_DISABLED"
    message = "This account may not use the customer area."
    status = 403


class ProfileChanged(SessionError):
    """What the person may do has changed while a subscription was going on."""

    code = "PROFILE_CHANGED"
    message = "Your profile has changed: subscribe again."
    retryable = True
    status = 403


class AccessError(BffError):
    """Who is asking is settled, and may not."""

    status = 403


class Forbidden(AccessError):
    """The profile does not allow the function."""

    code = "FORBIDDEN"
    message = "Your profile does not allow this."

    def __init__(self, function: str | None = None) -> None:
        """Name the function; None when it is another thing that is missing."""
        super().__init__(f"{function} is not allowed" if function else "")
        self.function = function


class NotFound(AccessError):
    """No such thing, or not yours; the two are not told apart."""

    code = "NOT_FOUND"
    message = "Not found."
    status = 404


class ChangeError(BffError):
    """A change that can't be made as it is asked for."""

    status = 409


class InProgress(ChangeError):
    """The same change is under way: its key was sent a moment ago, and what becomes of it is not known yet."""

    code = "IN_PROGRESS"
    message = "The same change is under way; send it again to learn what became of it."
    retryable = True
    retry_after_s = 1.0


class IdempotencyMismatch(ChangeError):
    """The idempotency key was used with other input."""

    code = "IDEMPOTENCY_MISMATCH"
    message = "This idempotency key was used with other input; every change needs a new one."


class BackendError(BffError):
    """A system behind us failed. `backends` raises only these.

    Attributes:
        undone: True when the call has surely changed nothing: nothing of it left, or the system refused it as it was.
    """

    undone: bool = False

    code = "UNAVAILABLE"
    status = 503

    def __init__(self, system: System, operation: str, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{system.value} {operation}: {detail or self.message}")
        self.system = system
        self.operation = operation
        self.retry_after_s = retry_after_s


class BackendTimeout(BackendError):
    """No whole answer in time."""

    code = "TIMEOUT"
    message = "A system behind this service did not answer in time."
    retryable = True


class BackendUnavailable(BackendError):
    """Not reached, refused, or answered that it is down; or not asked, because too many calls failed or wait.

    Attributes:
        final: True when the same call would fail again at once, so that it is not made a second time.
    """

    code = "UNAVAILABLE"
    message = "A system behind this service is not available."
    retryable = True
    final: bool = False


class BackendMaintenance(BackendError):
    """Closed for a time, and not asked."""

    code = "MAINTENANCE"
    message = "A system behind this service is closed for maintenance."
    retryable = True

    def __init__(
        self, system: System, operation: str, *, available_from: datetime | None, retry_after_s: float | None
    ) -> None:
        """Say when it opens again, as a moment and in seconds; None when nobody knows."""
        super().__init__(system, operation, "closed", retry_after_s=retry_after_s)
        self.available_from = available_from


class BackendRejected(BackendError):
    """Reached, and it said no to what was asked.

    Attributes:
        absent: True when it said that there is no such thing.
        conflict: True when it said that somebody else was first.
    """

    absent: bool = False
    conflict: bool = False
    code = "BAD_DATA"
    message = "A system behind this service did not accept the request."


class BackendGarbled(BackendError):
    """Answered with something that can't be used.

    Attributes:
        foreign: True when it was not even an answer of the protocol; else it is what was asked for that can't be read.
    """

    foreign: bool = False
    code = "BAD_DATA"
    message = "A system behind this service gave an answer that can't be used."


class StateUnavailable(BffError):
    """What must be remembered can't be, or what was can't be told: the Redis for state fails."""

    code = "UNAVAILABLE"
    message = "This can't be done at the moment; try again soon."
    retryable = True
    status = 503
    retry_after_s = 1.0


class FunctionClosed(BffError):
    """An operator has switched the function off."""

    code = "MAINTENANCE"
    message = "This function is closed for maintenance."
    retryable = True
    status = 503

    def __init__(self, function: str) -> None:
        """Name the function; when it opens again is told where the error is told, since that goes on changing."""
        super().__init__(f"{function} is switched off")
        self.function = function


class RateLimited(BffError):
    """The person has spent their points of this minute."""

    code = "RATE_LIMITED"
    retryable = True
    status = 429

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        """Say what was asked for and what is left; the text reaches the client."""
        self.message = message
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlineExceeded(BffError):
    """The request's own time is over."""

    code = "DEADLINE_EXCEEDED"
    message = "The request took too long."
    retryable = True
    status = 504


class Internal(BffError):
    """Our own fault; the detail goes to the log with a traceback."""
