"""How a customer is reached: SubmitLegalAddressChange, which becomes a request, and SetContactEmail.

An e-mail that was set can't be read back and compared when nobody waits for it any more: customers are found by their
tax codes, and neither these nor e-mails are kept. So the system's request tells what became of it (*sandbox*: it keeps
one that is done at once).
"""

from bff.backends.fixed import _place, submit
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Soap
from bff.domain.address import Address
from bff.domain.deed import Told
from bff.domain.deed.request import ContactEmail, FixedOffice


async def move_office(soap: Soap, deed: FixedOffice, request_id: str, address: Address) -> Told:
    """Ask for another registered office. Raises BackendErrors; `undone` when it surely was not asked for."""
    wanted: Fields = [("customerCode", deed.customer_code), ("address", _place.fields(address))]
    return await submit.send(soap, "SubmitLegalAddressChange", wanted, Author(deed.person_key, request_id))


async def set_email(soap: Soap, deed: ContactEmail, request_id: str, email: str) -> Told:
    """Set the e-mail for communications. Raises BackendErrors; `undone` when it surely was not set."""
    wanted: Fields = [("customerCode", deed.customer_code), ("email", email)]
    return await submit.send(soap, "SetContactEmail", wanted, Author(deed.person_key, request_id))
