"""What an answer of the fixed legacy says: the response of the operation, or the error that it stands for.

One error may come as a fault with 500, as the same fault with 200, or as a code in an answer that looks good (spec,
legacy.md, quirk 3), and 'Troppe richieste' may stand in each (quirk 18): all end as the same BackendError. Names of
elements: spec, legacy/fixed-legacy.xsd; faults: SOAP 1.1, 4.4.
"""

import re

from lxml import etree

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._http import Answer
from bff.backends._json import DOWN_CODES
from bff.backends.fixed._value import NAMESPACE, Row
from bff.backends.fixed._xml import NotXml, tree
from bff.errors import BackendError

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

_NOT_FOR_US = "FailedAuthentication"
_TOO_MANY = "troppe richieste"
_FINE = frozenset({"I", "W"})
_ERROR = "E"
_SECONDS = re.compile(r"[0-9]{1,6}")


def content(where: Operation, answer: Answer) -> etree._Element:
    """Give the one element in the envelope's body; raises the BackendError that anything else stands for."""
    try:
        body = tree(answer.body, answer.headers.get("content-type", "")).find(f"{{{SOAP}}}Body")
    except NotXml as error:
        raise _unread(where, answer, str(error)) from error
    if body is None or len(body) != 1:
        raise _unread(where, answer, "no envelope")
    return body[0]


def is_refusal(told: etree._Element) -> bool:
    """Tell whether an element is the fault of a token that was refused."""
    return told.tag == f"{{{SOAP}}}Fault" and _faultcode(told) == _NOT_FOR_US


def response(where: Operation, told: etree._Element, answer: Answer) -> Row:
    """Give the response of an operation that went well; raises the BackendError that anything else stands for."""
    try:
        if told.tag == f"{{{SOAP}}}Fault":
            raise _fault(where, told, answer)
        if told.tag != f"{{{NAMESPACE}}}{where.name}Response":
            raise where.garbled("not the answer to this operation")
        row = Row(told)
        outcome = row.row("outcome")
        if outcome is None:
            raise where.garbled("no outcome")
        if has_failed(outcome):
            raise failure(where, outcome)
    except Unreadable as error:
        raise where.garbled(str(error)) from error
    return row


def has_failed(outcome: Row) -> bool:
    """Tell whether an outcome says no; one of a severity that nobody knows does unless its code is 000."""
    severity = (outcome.text("severity") or "").upper()
    return severity == _ERROR or (severity not in _FINE and (outcome.text("code") or "").strip("0") != "")


def failure(where: Operation, told: Row, retry_after_s: float | None = None) -> BackendError:
    """Tell what an Outcome or a LegacyFault means: the system is down or has too much to do, or it said no."""
    code, message = (told.text("code") or "").upper(), told.text("message") or ""
    if code in DOWN_CODES or _TOO_MANY in message.casefold():
        return where.unavailable(code[:40], retry_after_s=retry_after_s)
    return where.rejected(f"code {code[:40]}")


def _unread(where: Operation, answer: Answer, why: str) -> BackendError:
    """Tell what an answer that is not SOAP means by its status."""
    detail = f"{answer.status} without a SOAP body: {why}"
    if answer.status in {401, 403, 429} or answer.status >= 500:  # noqa: PLR2004 - HTTP's own classes
        return where.unavailable(detail, retry_after_s=_seconds(answer.headers.get("retry-after")))
    if answer.status >= 400:  # noqa: PLR2004
        return where.rejected(detail)
    return where.garbled(detail)


def _fault(where: Operation, fault: etree._Element, answer: Answer) -> BackendError:
    code = _faultcode(fault)
    if code == _NOT_FOR_US:
        return where.unavailable(code)
    detail = fault.find(f".//{{{NAMESPACE}}}LegacyFault")
    wait_s = _seconds(answer.headers.get("retry-after"))
    if detail is not None:
        told = Row(detail)
        return failure(where, told, _seconds(told.text("retryAfterSeconds")) or wait_s)
    if _TOO_MANY in (fault.findtext("faultstring") or "").casefold():
        return where.unavailable("too many calls", retry_after_s=wait_s)
    return where.rejected(f"fault {code[:40]}")


def _faultcode(fault: etree._Element) -> str:
    return (fault.findtext("faultcode") or "").strip().rpartition(":")[2]


def _seconds(text: str | None) -> float | None:
    return float(text) if text and _SECONDS.fullmatch(text) else None
