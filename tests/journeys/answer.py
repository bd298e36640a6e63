"""Errors of an answer, as they are due."""

import re
from typing import Any

from tests.house import Answer


def told(answer: Answer) -> list[dict[str, Any]]:
    """Give the errors without what differs from request to request, which must be there."""
    for error in answer.errors:
        assert error["locations"]
        assert re.fullmatch(r"[0-9a-f]{32}", error["extensions"]["traceId"])
    return [
        {
            "message": error["message"],
            "path": error["path"],
            "extensions": {name: value for name, value in error["extensions"].items() if name != "traceId"},
        }
        for error in answer.errors
    ]


def forbidden(path: str, function: str, *, count: int = 1) -> dict[str, Any]:
    """Give the error that a denied selection is due; `path` in dots, list positions as numbers."""
    return {
        "message": "Your profile does not allow this.",
        "path": [int(step) if step.isdigit() else step for step in path.split(".")],
        "extensions": {"code": "FORBIDDEN", "retryable": False, "count": count, "function": function},
    }


def bad_request(path: str, message: str) -> dict[str, Any]:
    """Give the error of a selection whose arguments make no sense."""
    return {
        "message": message,
        "path": path.split("."),
        "extensions": {"code": "BAD_REQUEST", "retryable": False},
    }


def body(answer: Answer) -> bytes:
    """Give the bytes of an answer, the trace id left out."""
    return re.sub(rb'"traceId":"[0-9a-f]{32}"', b'"traceId":""', answer.response.content)
