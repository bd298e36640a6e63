"""Payments that were not recognised: the invoice of another customer by number and amount, and the report of one paid.

LookupThirdPartyInvoice and SubmitPaymentNotRecognised. The words for the channel are the sandbox's: the XSD has none.
"""

from datetime import datetime
from decimal import Decimal

from bff.backends._batch import Unreadable
from bff.backends.fixed import _code, invoice, submit
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Find, Soap
from bff.backends.fixed._value import local_day, written_amount
from bff.domain.deed import Told
from bff.domain.deed.request import FixedPaymentReport
from bff.domain.invoice import Invoice, InvoiceKey
from bff.domain.payment_made import PaymentMade, PaymentMethod

_OPERATION = "SubmitPaymentNotRecognised"
_LOOKUP = Find("LookupThirdPartyInvoice", "invoice", _code.invoice, paged=False, asked="invoiceNo")
_CHANNELS = {
    PaymentMethod.BANK_TRANSFER: "BONIFICO",
    PaymentMethod.POSTAL_SLIP: "BOLLETTINO",
    PaymentMethod.ONLINE: "ONLINE",
    PaymentMethod.COUNTER: "SPORTELLO",
    PaymentMethod.OTHER: "ALTRO",
}


async def look_up(soap: Soap, number: str, gross: Decimal, as_of: datetime) -> Invoice | None:
    """Find an invoice, whoever's it is, by its number and its amount with VAT; None when there is none.

    Raises BackendErrors, also when what came is not what was asked for.
    """
    where = soap.where(_LOOKUP)
    found = await soap.find(_LOOKUP, [number], {"amount": written_amount(gross)})
    try:
        records = [invoice.record(row, as_of) for row in found.rows]
    except Unreadable as error:
        raise where.garbled(str(error)) from error
    if any((each.number, each.total.gross.amount) != (number, gross) for each in records):
        raise where.garbled("another invoice than was asked for")
    return records[0] if records else None


async def report(soap: Soap, deed: FixedPaymentReport, request_id: str, made: PaymentMade) -> Told:
    """Report a payment. Raises BackendErrors; `undone` when it surely was not reported."""
    wanted: Fields = [
        ("invoice", invoice_key(deed.invoice)),
        ("thirdParty", "S" if deed.another else "N"),
        ("amount", written_amount(made.amount)),
        ("paidOn", local_day(made.paid_on)),
        ("channel", _CHANNELS[made.method]),
        *([] if made.reference is None else [("receiptNo", made.reference)]),
    ]
    return await submit.send(soap, _OPERATION, wanted, Author(deed.person_key, request_id))


def invoice_key(key: InvoiceKey) -> Fields:
    """Write the key of an invoice."""
    return [("accountCode", key.account), ("invoiceNo", key.number), ("issuedOn", local_day(key.issued_on))]
