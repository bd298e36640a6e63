"""What an answer of the fixed legacy says: the response of the operation, or the error that it stands for.

One error may come as a fault with 500, as the same fault with 200, or as a code in an answer that looks good (spec,
legacy.md, quirk 3), and 'Troppe richieste' may stand in each (quirk 18): all end as the same BackendError, which
`_refusal` makes. Names of elements: spec, legacy/fixed-legacy.xsd; faults: SOAP 1.1, 4.4.
"""

from xml.etree.ElementTree import Element

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._message import Answer
from bff.backends._refusal import refusal, seconds
from bff.backends.fixed._value import NAMESPACE, Row
from bff.backends.fixed._xml import NotXml, tree
from bff.errors import BackendError

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"

_NOT_FOR_US = "FailedAuthentication"
_UNNAMED = "an error without a code"
_FINE = frozenset({"I", "W"})
_ERROR = "E"


def content(where: Operation, answer: Answer) -> Element:
    """Give the one element in the envelope's body; raises the BackendError that anything else stands for."""
    try:
        body = tree(answer.body, answer.headers.get("content-type", "")).find(f"{{{SOAP}}}Body")
    except NotXml as error:
        raise _unread(where, answer, str(error)) from error
    if body is None or len(body) != 1:
        raise _unread(where, answer, "no envelope")
    return body[0]


def is_refusal(told: Element) -> bool:
    """Tell whether an element is the fault of a token that was refused."""
    return told.tag == f"{{{SOAP}}}Fault" and _faultcode(told) == _NOT_FOR_US


def is_clients_fault(told: Element) -> bool:
    """Tell whether an element is a fault that says that nothing was done: the request was refused as it was."""
    return told.tag == f"{{{SOAP}}}Fault" and _faultcode(told) in {"Client", _NOT_FOR_US}


def response(where: Operation, told: Element, answer: Answer) -> Row:
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
            raise failure(where, outcome, answer.status, _wait_s(answer))
    except Unreadable as error:
        raise where.garbled(str(error)) from error
    return row


def has_failed(outcome: Row) -> bool:
    """Tell whether an outcome says no; one of a severity that nobody knows does unless its code is 000."""
    severity = (outcome.text("severity") or "").upper()
    return severity == _ERROR or (severity not in _FINE and (outcome.text("code") or "").strip("0") != "")


def failure(where: Operation, told: Row, status: int = 200, wait_s: float | None = None) -> BackendError:
    """Make the error of an Outcome or a LegacyFault; `wait_s` counts where it tells no time of its own."""
    return refusal(
        where,
        status,
        code=told.text("code") or _UNNAMED,
        message=told.text("message") or "",
        wait_s=seconds(told.text("retryAfterSeconds")) or wait_s,
    )


def _unread(where: Operation, answer: Answer, why: str) -> BackendError:
    return refusal(where, answer.status, why=f"without a SOAP body: {why}", foreign=True, wait_s=_wait_s(answer))


def _fault(where: Operation, fault: Element, answer: Answer) -> BackendError:
    code = _faultcode(fault)
    if code == _NOT_FOR_US:
        return where.unavailable(code, final=True)
    detail = fault.find(f".//{{{NAMESPACE}}}LegacyFault")
    if detail is not None:
        return failure(where, Row(detail), answer.status, _wait_s(answer))
    message = fault.findtext("faultstring") or ""
    return refusal(where, answer.status, code=code or _UNNAMED, message=message, wait_s=_wait_s(answer))


def _wait_s(answer: Answer) -> float | None:
    return seconds(answer.headers.get("retry-after"))


def _faultcode(fault: Element) -> str:
    return (fault.findtext("faultcode") or "").strip().rpartition(":")[2]
