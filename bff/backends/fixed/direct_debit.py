"""The direct debit of an account: SubmitDirectDebit, which becomes a request and takes up to 30 days.

`action` is free text there: what it is called for a beginning and for an end the sandbox had to decide.
"""

from bff.backends.fixed import submit
from bff.backends.fixed._envelope import Author, Fields
from bff.backends.fixed._soap import Soap
from bff.domain.billing import SignedMandate
from bff.domain.deed import Told
from bff.domain.deed.billing import FixedDebit

OPERATION = "SubmitDirectDebit"


async def put(soap: Soap, deed: FixedDebit, request_id: str, mandate: SignedMandate | None) -> Told:
    """Begin it by a mandate, or end it. Raises BackendErrors; `undone` when surely nothing was changed."""
    wanted: Fields = [
        ("action", "REVOCA" if mandate is None else "ATTIVAZIONE"),
        ("data", [("accountCode", deed.account_code), *([] if mandate is None else _signed(mandate))]),
    ]
    return await submit.send(soap, OPERATION, wanted, Author(deed.person_key, request_id))


def _signed(mandate: SignedMandate) -> Fields:
    return [
        ("iban", mandate.iban),
        ("holderName", mandate.holder),
        ("holderTaxCode", mandate.holder_tax_code),
        ("subscriberTaxCode", mandate.signer_tax_code),
    ]
