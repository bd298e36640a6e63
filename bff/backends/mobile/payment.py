"""How mobile accounts are paid: TMF670 payment methods. Anything but a direct debit is none.

The clear IBAN (`accountNumber`) is masked here and goes no further.
"""

from datetime import datetime
from typing import Any

import msgspec

from bff.backends._batch import Reading
from bff.backends._code import is_code
from bff.backends._iban import masked
from bff.backends._shape import Text
from bff.backends.mobile._wire import TimePeriod, Wire, day
from bff.domain.billing import DirectDebit, PaymentMethod

_DIRECT_DEBIT = "directDebit"


class Method(Wire, frozen=True, gc=False):
    """TMF670 `/paymentMethod`."""

    id: Text
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
