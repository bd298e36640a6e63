"""Mobile contracts: TMF651 agreements.

Number, billing account and recipient code are characteristics of the agreement; its party is no customer id (spec,
legacy.md, 'Who and what belongs together'). Its item names the contract's own product, on which its services rely.
"""

from datetime import datetime

from bff.backends._batch import Reading, needed
from bff.backends._code import Codes
from bff.backends._shape import Text
from bff.backends._text import recipient_code
from bff.backends.mobile._wire import Characteristic, Ref, TimePeriod, Wire, day, text
from bff.domain.contract import Contract, ContractState

_STATES = Codes(
    "TMF651 agreement status",
    ContractState.UNKNOWN,
    {
        "active": ContractState.ACTIVE,
        "suspended": ContractState.SUSPENDED,
        "terminated": ContractState.CEASED,
    },
)


class Item(Wire, frozen=True, gc=False):
    """An item of an agreement, with the products that it is about."""

    product: tuple[Ref, ...] = ()


class Agreement(Wire, frozen=True, gc=False):
    """TMF651 `/agreement`."""

    id: Text
    status: Text | None = None
    agreement_period: TimePeriod | None = None
    agreement_item: tuple[Item, ...] = ()
    engaged_party: tuple[Ref, ...] = ()
    characteristic: tuple[Characteristic, ...] = ()


def by_party(as_of: datetime) -> Reading[Agreement, Contract]:
    """Read agreements as contracts, by party."""

    def record(row: Agreement, party_key: str) -> Contract:
        starts_at = row.agreement_period.start_date_time if row.agreement_period else None
        return Contract(
            key=row.id,
            party_key=party_key,
            number=needed(text(row.characteristic, "contractNumber"), "contractNumber"),
            state=_STATES.read(row.status),
            starts_on=day(starts_at),
            account_key=text(row.characteristic, "billingAccountId"),
            product_key=next((each.id for item in row.agreement_item for each in item.product), None),
            recipient_code=recipient_code(text(row.characteristic, "recipientCode") or ""),
            as_of=as_of,
        )

    return Reading(lambda row: row.id, lambda row: [each.id for each in row.engaged_party], record)
