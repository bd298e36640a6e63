"""Where the paper invoices of an account go: SetInvoiceDeliveryAddress. What became of it is read back."""

from bff.backends.fixed import _place, submit
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Soap
from bff.domain.address import Address
from bff.domain.deed import Told
from bff.domain.deed.billing import FixedDelivery

OPERATION = "SetInvoiceDeliveryAddress"


async def put(soap: Soap, deed: FixedDelivery, request_id: str, address: Address) -> Told:
    """Send them to an address. Raises BackendErrors; `undone` when surely nothing was changed."""
    wanted: Fields = [("accountCode", deed.account_code), ("address", _place.fields(address))]
    return await submit.send(soap, OPERATION, wanted, Author(deed.person_key, request_id))
