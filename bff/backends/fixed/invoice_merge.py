"""One PDF of two invoices: SubmitInvoiceMerge. Its request is done hours later, and then has the file."""

from bff.backends.fixed import submit
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Soap
from bff.backends.fixed.payment_report import invoice_key
from bff.domain.deed import Told
from bff.domain.deed.request import InvoiceMerge

_OPERATION = "SubmitInvoiceMerge"


async def merge(soap: Soap, deed: InvoiceMerge, request_id: str) -> Told:
    """Ask for it. Raises BackendErrors; `undone` when it surely was not asked for."""
    wanted: Fields = [("invoice", invoice_key(each)) for each in (deed.first, deed.second)]
    return await submit.send(soap, _OPERATION, wanted, Author(deed.person_key, request_id))
