"""JSON answers of the mobile legacy, the directory and the identity provider: a value, or the right error.

The label is not trusted, the body is: a good body counts under a wrong content type, an error body counts under any
status (spec, legacy.md, quirks 3 and 4). Error bodies: TM Forum `code`; SCIM `scimType` (RFC 7644 §3.12); OAuth
`error` (RFC 6749 §5.2).
"""

from typing import TypeVar

import msgspec

from bff.backends._call import Operation
from bff.backends._http import Answer
from bff.errors import BackendError

T = TypeVar("T")

_WHOLE_OR_PARTIAL = frozenset({200, 206})
_NOT_FOR_US = frozenset({401, 403, 408, 429, 503})
DOWN_CODES = frozenset({"DB900"})


class _Problem(msgspec.Struct, rename="camel"):
    code: str | None = None
    scim_type: str | None = None
    error: str | None = None

    @property
    def name(self) -> str | None:
        return self.code or self.scim_type or self.error


_PROBLEMS = msgspec.json.Decoder(_Problem | list[_Problem])


def decoded(where: Operation, answer: Answer, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode a good answer; raises the BackendError that any other one stands for."""
    if answer.status not in _WHOLE_OR_PARTIAL:
        raise _failure(where, answer)
    try:
        return decoder.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _failure(where, answer) from error


def _failure(where: Operation, answer: Answer) -> BackendError:
    """Tell what a bad answer means: an error that the system names is a no, unless it says that it is down."""
    name = _problem_name(answer.body)
    detail = f"{answer.status} {(name or 'without an error code')[:40]}"
    if answer.status in _NOT_FOR_US or name in DOWN_CODES:
        return where.unavailable(detail, retry_after_s=_retry_after_s(answer))
    if name or 400 <= answer.status < 500:  # noqa: PLR2004 - HTTP's own classes
        return where.rejected(detail)
    if answer.status >= 500:  # noqa: PLR2004
        return where.unavailable(detail)
    return where.garbled(detail)


def _problem_name(body: bytes) -> str | None:
    """Name the error that a body holds, be it the body itself or stand where a row was due; None when it holds none."""
    try:
        found = _PROBLEMS.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return next(filter(None, (each.name for each in (found if isinstance(found, list) else [found]))), None)


def _retry_after_s(answer: Answer) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
