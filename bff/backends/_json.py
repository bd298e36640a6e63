"""JSON answers of the mobile legacy, the directory and the identity provider: a value, or the right error.

The label is not trusted, the body is: a good body counts under a wrong content type, an error body counts under any
status (spec, legacy.md, quirks 3 and 4). Error bodies: TM Forum `code`; SCIM `scimType` (RFC 7644 §3.12); OAuth
`error` (RFC 6749 §5.2). What a value means is its reader's matter (`_shape`).
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._http import Answer
from bff.backends._shape import Number, reader, rows
from bff.errors import BackendError

T = TypeVar("T")

_WHOLE_OR_PARTIAL = frozenset({200, 206})
_NOT_FOR_US = frozenset({401, 403, 408, 429, 503})
DOWN_CODES = frozenset({"DB900"})
_DOWN_ERRORS = frozenset({"server_error", "temporarily_unavailable"})  # RFC 6749 §4.1.2.1
_TOO_MANY = "troppe richieste"  # quirk 18: there is no 429, and no code is known for it

_BOM = b"\xef\xbb\xbf"
_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.-]+)", re.IGNORECASE)
# windows-1252 has all of ISO-8859-1 but control characters, and is what is often meant (WHATWG, Encoding).
_LATIN = dict.fromkeys(("iso-8859-1", "latin1", "windows-1252", "cp1252"), "cp1252")

_VALUES = msgspec.json.Decoder(float_hook=Number)


class _Problem(msgspec.Struct, rename="camel"):
    code: str | None = None
    scim_type: str | None = None
    error: str | None = None
    reason: str | None = None

    @property
    def name(self) -> str | None:
        return self.code or self.scim_type or self.error

    @property
    def is_down(self) -> bool:
        return self.code in DOWN_CODES or self.error in _DOWN_ERRORS or _TOO_MANY in (self.reason or "").casefold()


_problems = rows(reader(_Problem))


def decoded(where: Operation, answer: Answer, read: Callable[[Any], T]) -> T:
    """Read a good answer; raises the BackendError that any other one stands for."""
    value = _value(answer)
    if answer.status not in _WHOLE_OR_PARTIAL:
        raise _failure(where, answer, value)
    try:
        return read(value)
    except Unreadable as error:
        raise _failure(where, answer, value, str(error)) from error


def _value(answer: Answer) -> Any:
    """Decode a body; None when it is no JSON."""
    try:
        return _VALUES.decode(_unicode(answer))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _unicode(answer: Answer) -> str:
    """Read a body as UTF-8, as RFC 8259 wants; as Latin only when it is no UTF-8 and HTTP says that it is Latin.

    Raises UnicodeDecodeError.
    """
    body = answer.body.removeprefix(_BOM)
    try:
        return body.decode()
    except UnicodeDecodeError:
        charset = _CHARSET.search(answer.headers.get("content-type", ""))
        if charset is None or charset[1].lower() not in _LATIN:
            raise
        return body.decode(_LATIN[charset[1].lower()])


def _failure(where: Operation, answer: Answer, value: Any, why: str = "") -> BackendError:
    """Tell what a bad answer means: an error that the system names is a no, unless it says that it is down."""
    problem = _problem(value)
    name = problem.name if problem else None
    detail = f"{answer.status} {name[:40] if name else why or 'without an error code'}"
    if answer.status in _NOT_FOR_US or (problem and problem.is_down):
        return where.unavailable(detail, retry_after_s=_retry_after_s(answer))
    if name or 400 <= answer.status < 500:  # noqa: PLR2004 - HTTP's own classes
        return where.rejected(detail)
    if answer.status >= 500:  # noqa: PLR2004
        return where.unavailable(detail)
    return where.garbled(detail)


def _problem(value: Any) -> _Problem | None:
    """Give the error that a body holds, be it the body itself or stand where a row was due; None when it holds none."""
    try:
        return next((each for each in _problems(value) if each.name), None)
    except Unreadable:
        return None


def _retry_after_s(answer: Answer) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None
