"""The paperless invoice of an account: SetPaperless. What became of it is read back from the account.

Some changes open a request, whose protocol number the answer tells: these are accepted, the others done.
"""

from bff.backends._batch import Unreadable
from bff.backends.fixed import _code
from bff.backends.fixed._envelope import Author
from bff.backends.fixed._soap import Soap
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.billing import FixedPaperless

OPERATION = "SetPaperless"
_YES_NO = {True: "S", False: "N"}


async def put(soap: Soap, deed: FixedPaperless, request_id: str) -> Told:
    """Turn it on or off. Raises BackendErrors; `undone` when it surely was not."""
    wanted = [("accountCode", deed.account_code), ("enabled", _YES_NO[deed.paperless])]
    row = await soap.change(OPERATION, wanted, Author(deed.person_key, request_id))
    try:
        protocol = row.text("protocolNo")
        if protocol is None:
            return Told(ChangeStatus.DONE)
        return Told(ChangeStatus.ACCEPTED, request_key=_code.protocol(protocol))
    except Unreadable:
        return Told(ChangeStatus.ACCEPTED)
