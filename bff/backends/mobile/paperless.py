"""The paperless invoice of a billing account: TMF666 `PATCH /billingAccount/{id}` sets what bills are presented on.

A value is set, so nothing is made by doing it twice: what became of it is read back and compared (spec, legacy.md,
'Request ids').
"""

from urllib.parse import quote

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._message import Answer
from bff.backends._shape import reader
from bff.backends.mobile.company import BillingAccount
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.errors import BackendRejected

_CLIENT_ERRORS = range(400, 500)
_DONE, _ACCEPTED = Told(ChangeStatus.DONE), Told(ChangeStatus.ACCEPTED)


class Paperless:
    """Sets it; `path` is that of the accounts."""

    def __init__(self, http: Http, path: str) -> None:
        self._http = http
        self._path = path
        self._where = Operation(http.system, f"PATCH /{path.rpartition('/')[2]}/{{id}}")
        self._read = reader(BillingAccount)

    async def set(self, account_key: str, *, paperless: bool) -> Told:
        """Set it. Raises BackendErrors; `undone` when it surely was not set."""
        medium = "email" if paperless else "paper"
        media = [{"id": medium, "name": medium, "isRef": True}]
        return await self._http.send(
            self._where.name,
            "PATCH",
            f"{self._path}/{quote(account_key, safe='')}",
            headers={"content-type": "application/json"},
            content=lambda: msgspec.json.encode({"billStructure": {"presentationMedia": media}}),
            read=lambda answer: self._answered(answer, account_key, paperless=paperless),
            keys=1,
        )

    def _answered(self, answer: Answer, account_key: str, *, paperless: bool) -> Told:
        """Take an answer that shows the value for done; one that does not show it is accepted."""
        try:
            account: BillingAccount = decoded(self._where, answer, self._read)
            if account.id != account_key:
                raise self._where.garbled("another account's answer")
            shown = account.bill_structure is not None and account.bill_structure.paperless is paperless
        except BackendRejected as error:
            error.undone = answer.status in _CLIENT_ERRORS
            raise
        except Unreadable:
            shown = False
        return _DONE if shown else _ACCEPTED
