"""Payments made online, as the fixed legacy records them: NotifyPayment, found again by FindByExternalRequestId.

A payment is of one invoice. The words for channel and outcome are the sandbox's: the XSD has none.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from bff.backends._batch import Unreadable
from bff.backends._code import Codes
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Find, Soap
from bff.backends.fixed._value import local_time, written_amount
from bff.backends.fixed.payment_report import invoice_key
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.error_code import ErrorCode
from bff.domain.payment import InvoicePaid

_OPERATION: Final = "NotifyPayment"
_BY_REQUEST_ID: Final = Find("FindByExternalRequestId", "payment", str, paged=False, asked="externalRequestId")
_OUTCOMES = Codes("fixed payment outcome", ChangeStatus.DONE, {"OK": ChangeStatus.DONE, "KO": ChangeStatus.REJECTED})


async def record(soap: Soap, leg: InvoicePaid, request_id: str, at: datetime) -> Told:
    """Record that an invoice was paid then. Raises BackendErrors; `undone` when it surely was not recorded."""
    paid: Fields = [
        ("paymentId", request_id),
        ("externalRequestId", request_id),
        ("invoice", invoice_key(leg.invoice)),
        ("amount", written_amount(Decimal(leg.cents).scaleb(-2))),
        ("paidOn", local_time(at)),
        ("channel", "ONLINE"),
        ("outcome", "OK"),
    ]
    await soap.change(_OPERATION, [("payment", paid)], Author(leg.person_key, request_id))
    return Told(ChangeStatus.DONE)


async def find(soap: Soap, request_id: str) -> Told | None:
    """Tell what became of a payment; None when none was recorded under the request id. Raises BackendErrors."""
    where = soap.where(_BY_REQUEST_ID)
    found = await soap.find(_BY_REQUEST_ID, [request_id])
    if request_id in found.errors:
        raise found.errors[request_id]
    try:
        for row in found.rows:
            if row.text("externalRequestId") == request_id:
                status = _OUTCOMES.read(row.text("outcome"))
                return Told(status, ErrorCode.NOT_ELIGIBLE if status is ChangeStatus.REJECTED else None)
    except Unreadable as error:
        raise where.garbled(str(error)) from error
    if found.rows or found.astray:  # what was asked for may be among them, and does not tell
        raise where.garbled("a row that is not of the payment, or does not tell whose it is")
    return None
