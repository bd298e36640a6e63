"""How mobile accounts are paid: TMF670 payment methods. Anything but a direct debit is none.

The clear IBAN (`accountNumber`) is masked here and goes no further. A method is made under a request id, which is its
`description`: nothing else of the file is free for one (spec, legacy.md, 'Request ids'; docs/backends/mobile.md).
"""

from datetime import datetime
from typing import Any

import msgspec

from bff.backends._batch import Reading
from bff.backends._call import Operation
from bff.backends._code import is_code
from bff.backends._http import Http
from bff.backends._iban import masked
from bff.backends._json import changed
from bff.backends._message import Answer
from bff.backends._shape import Text, reader
from bff.backends.mobile._collection import Collection
from bff.backends.mobile._wire import TimePeriod, Wire, day
from bff.domain.billing import DirectDebit, PaymentMethod, SignedMandate

_DIRECT_DEBIT = "directDebit"


class Method(Wire, frozen=True, gc=False):
    """TMF670 `/paymentMethod`."""

    id: Text
    description: Text | None = None
    type: Text | None = msgspec.field(default=None, name="@type")
    account_number: Text | None = None
    owner: Text | None = None
    valid_for: TimePeriod | None = None

    def __repr__(self) -> str:
        """Keep the IBAN out of logs."""
        return "Method(…)"


def methods(as_of: datetime) -> Reading[Method, PaymentMethod]:
    """Read payment methods, by id."""

    def record(row: Method, key: str) -> PaymentMethod:
        debit = _direct_debit(row) if is_code(row.type, _DIRECT_DEBIT) else None
        return PaymentMethod(key=key, direct_debit=debit, as_of=as_of)

    return Reading(lambda row: row.id, lambda row: (row.id,), record)


def _direct_debit(row: Method) -> DirectDebit:
    starts_at: Any = row.valid_for.start_date_time if row.valid_for else None
    return DirectDebit(iban=masked(row.account_number), holder=row.owner, valid_from=day(starts_at))


class PaymentMethods:
    """Makes payment methods, and finds them again by their request ids; `path` is theirs."""

    def __init__(self, http: Http, path: str) -> None:
        self._http = http
        self._path = path
        self._where = Operation(http.system, f"POST /{path.rpartition('/')[2]}")
        self._made = Collection(http, path, Method)
        self._read = reader(Method)

    async def make(self, account_key: str, mandate: SignedMandate | None, request_id: str) -> str:
        """Make one for an account that does not use it yet, and give its key; without a mandate a bank transfer.

        Raises BackendErrors; `undone` when it surely was not made.
        """
        return await self._http.send(
            self._where.name,
            "POST",
            self._path,
            headers={"content-type": "application/json"},
            content=lambda: msgspec.json.encode(_document(account_key, mandate, request_id)),
            read=lambda answer: self._answered(answer, request_id),
            keys=1,
        )

    async def find(self, request_id: str) -> str | None:
        """Give the key of the one that was made under a request id; None when there is none. Raises BackendErrors."""
        rows = await self._made.find("description", [request_id])
        return next((row.id for row in rows if row.description == request_id), None)

    def _answered(self, answer: Answer, request_id: str) -> str:
        made: Method = changed(self._where, answer, self._read)
        if made.description not in {None, request_id}:
            raise self._where.garbled("another payment method's answer")
        return made.id


def _document(account_key: str, mandate: SignedMandate | None, request_id: str) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": "Bonifico" if mandate is None else "Addebito diretto SEPA",
        "description": request_id,
        "account": [{"id": account_key, "@referredType": "BillingAccount"}],
        "@type": "bankAccountTransfer" if mandate is None else _DIRECT_DEBIT,
    }
    if mandate is not None:
        holder = {"id": mandate.holder_tax_code, "role": "holder", "name": mandate.holder, "@referredType": "Party"}
        document |= {
            "accountNumber": mandate.iban,
            "accountNumberType": "IBAN",
            "owner": mandate.holder,
            "relatedParty": holder,
            "signature": mandate.signer_tax_code,
        }
    return document
