"""JSON answers of the mobile legacy, the directory and the identity provider: a value, or the right error.

The label is not trusted, the body is: a good body counts under a wrong content type, an error body counts under any
status (spec, legacy.md, quirks 3 and 4). Error bodies: TM Forum `code`; SCIM `scimType` (RFC 7644 §3.12); OAuth
`error` (RFC 6749 §5.2). What a value means is its reader's matter (`_shape`), what an error means `_refusal`'s.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._body import is_bomb
from bff.backends._call import Operation
from bff.backends._encoding import letters
from bff.backends._message import Answer
from bff.backends._refusal import refusal, seconds
from bff.backends._shape import Number, Text, reader, rows
from bff.errors import BackendError, BackendRejected

T = TypeVar("T")

_GOOD = frozenset({200, 201, 206})  # whole, begun, a part
_CLIENT_ERRORS = range(400, 500)
_VALUES = msgspec.json.Decoder(float_hook=Number)
_MARKS, _MARKS_MAX = (b"{", b"[", b","), 500_000


class _Problem(msgspec.Struct, rename="camel"):
    code: Text | None = None
    scim_type: Text | None = None
    error: Text | None = None
    reason: Text | None = None

    @property
    def name(self) -> str | None:
        return self.code or self.scim_type or self.error


_problems = rows(reader(_Problem))


def decoded(
    where: Operation, answer: Answer, read: Callable[[Any], T], exact: Callable[[bytes], T | None] = lambda _body: None
) -> T:
    """Read a good answer; raises the BackendError that any other one stands for.

    `exact` is tried first, where there is one, on the body: see `_shape.exact`.
    """
    if is_bomb(answer.body, _MARKS, _MARKS_MAX):
        raise _failure(where, answer, None, "more of it than any page has")
    if answer.status in _GOOD and (found := exact(answer.body)) is not None:
        return found
    value = _value(answer)
    if value is None:
        raise _failure(where, answer, value, "no JSON")
    if answer.status not in _GOOD:
        raise _failure(where, answer, value)
    try:
        return read(value)
    except Unreadable as error:
        raise _failure(where, answer, value, str(error)) from error


def changed(where: Operation, answer: Answer, read: Callable[[Any], T]) -> T:
    """Read the good answer to a change, as `decoded`; who refuses it for the client's fault has surely not done it."""
    try:
        return decoded(where, answer, read)
    except BackendRejected as error:
        error.undone = answer.status in _CLIENT_ERRORS
        raise


def _value(answer: Answer) -> Any:
    """Decode a body; None when it is no JSON."""
    try:
        return _VALUES.decode(letters(answer.body, answer.headers.get("content-type", "")))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _failure(where: Operation, answer: Answer, value: Any, why: str = "") -> BackendError:
    problem = _problem(value) or _Problem()
    return refusal(
        where,
        answer.status,
        code=problem.name or "",
        message=problem.reason or "",
        why=why,
        foreign=value is None,
        wait_s=seconds(answer.headers.get("retry-after")),
    )


def _problem(value: Any) -> _Problem | None:
    """Give the error that a body holds, be it the body itself or stand where a row was due; None when it holds none."""
    try:
        return next((each for each in _problems(value) if each.name), None)
    except Unreadable:
        return None
