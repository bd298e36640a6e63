"""The codes of all errors, as clients are told them: of an answer's `errors`, and of what a customer can put right."""

from enum import Enum


class ErrorCode(Enum):
    """All codes: of userErrors, and of errors[].extensions.code."""

    BAD_REQUEST = "BAD_REQUEST"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    DEPTH_EXCEEDED = "DEPTH_EXCEEDED"
    COST_EXCEEDED = "COST_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    UNAVAILABLE = "UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    MAINTENANCE = "MAINTENANCE"
    BAD_DATA = "BAD_DATA"
    WINDOW_EXPIRED = "WINDOW_EXPIRED"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    IN_PROGRESS = "IN_PROGRESS"
    WRONG_STATE = "WRONG_STATE"
    INTERNAL = "INTERNAL"
