"""The paperless invoice of an account: SetPaperless. What became of it is read back from the account."""

from bff.backends.fixed import submit
from bff.backends.fixed._envelope import Author
from bff.backends.fixed._soap import Soap
from bff.domain.deed import Told
from bff.domain.deed.billing import FixedPaperless

OPERATION = "SetPaperless"
_YES_NO = {True: "S", False: "N"}


async def put(soap: Soap, deed: FixedPaperless, request_id: str) -> Told:
    """Turn it on or off. Raises BackendErrors; `undone` when it surely was not."""
    wanted = [("accountCode", deed.account_code), ("enabled", _YES_NO[deed.paperless])]
    return await submit.send(soap, OPERATION, wanted, Author(deed.person_key, request_id))
