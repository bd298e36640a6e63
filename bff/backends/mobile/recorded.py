"""What was paid, as the mobile legacy records it: TMF676 `POST /payment` and TMF654 `POST /topupBalance`.

The request id travels as `correlatorId`, and in `description` of a top-up, which has no id of the sender's; by it they
are found again (spec, legacy.md, 'Request ids'). A top-up names the bucket of its number, which is looked up before.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._shape import Text
from bff.backends.mobile._collection import Collection
from bff.backends.mobile._made import Orders
from bff.backends.mobile._wire import Ref, Wire
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.error_code import ErrorCode
from bff.domain.payment import BillsPaid, ToppedUp, euros

_FATES = Codes(
    "TMF676 or TMF654 state",
    ChangeStatus.ACCEPTED,
    {
        **dict.fromkeys(("pendingAuthorization", "authorized", "created"), ChangeStatus.ACCEPTED),
        **dict.fromkeys(("initialized", "pending", "inProgress"), ChangeStatus.ACCEPTED),
        **dict.fromkeys(("done", "captured", "completed"), ChangeStatus.DONE),
        **dict.fromkeys(("failed", "denied", "rejected", "canceled", "cancelled"), ChangeStatus.REJECTED),
    },
)


def _told(state: str | None) -> Told:
    status = _FATES.read(state)
    return Told(status, ErrorCode.NOT_ELIGIBLE if status is ChangeStatus.REJECTED else None)


class Paid(Wire, frozen=True, gc=False):
    """TMF676 `/payment`, as far as it tells what became of one."""

    id: Text
    correlator_id: Text | None = None
    status: Text | None = None

    @property
    def request_ids(self) -> Sequence[str]:
        """Of the request that it was made of."""
        return () if self.correlator_id is None else (self.correlator_id,)

    def told(self) -> Told:
        """Tell what became of it; without a word it was made, which is what TMF676 calls a payment."""
        return Told(ChangeStatus.DONE) if self.status is None else _told(self.status)


class TopUp(Wire, frozen=True, gc=False):
    """TMF654 `/topupBalance`, as far as it tells what became of one."""

    id: Text
    description: Text | None = None
    status: Text | None = None

    @property
    def request_ids(self) -> Sequence[str]:
        """Of the request that it was made of."""
        return () if self.description is None else (self.description,)

    def told(self) -> Told:
        """Tell what became of it."""
        return _told(self.status)


class Bucket(Wire, frozen=True, gc=False):
    """TMF654 `/bucket`, as far as a top-up names it."""

    id: Text
    usage_type: Text | None = None
    logical_resource: tuple[Ref, ...] = ()


class Recorded:
    """Records what was paid, and finds it again."""

    def __init__(self, http: Http, payments: str, prepaid: str) -> None:
        """Take the paths of the payments, and of the API of prepaid balances."""
        self._payments = Orders(http, payments, Paid, "correlatorId")
        self._top_ups = Orders(http, f"{prepaid}/topupBalance", TopUp, "description")
        self._buckets = Collection(http, f"{prepaid}/bucket", Bucket)

    async def pay(self, leg: BillsPaid, request_id: str) -> Told:
        """Record that bills of an account were paid. Raises BackendErrors; `undone` when surely not recorded."""
        return await self._payments.make(_payment(leg, request_id), request_id)

    async def paid(self, request_id: str) -> Told | None:
        """Tell what became of it; None when the system knows of none. Raises BackendErrors."""
        return await self._payments.find(request_id)

    async def top_up(self, leg: ToppedUp, request_id: str) -> Told:
        """Add credit. Raises BackendErrors; `undone` when it surely was not added."""
        rows = await self._buckets.find("logicalResource.id", [leg.number_key])
        mine = sorted(row.id for row in rows if any(each.id == leg.number_key for each in row.logical_resource))
        if not mine:
            absent = self._buckets.where.rejected("no bucket of the number", absent=True)
            absent.undone = True
            raise absent
        return await self._top_ups.make(_top_up(leg, mine[0], request_id), request_id)

    async def topped_up(self, request_id: str) -> Told | None:
        """Tell what became of it; None when the system knows of none. Raises BackendErrors."""
        return await self._top_ups.find(request_id)


def _payment(leg: BillsPaid, request_id: str) -> Mapping[str, Any]:
    total = sum(cents for _, cents in leg.bills)
    return {
        "correlatorId": request_id,
        "account": {"id": leg.account_key, "@type": "AccountRef", "@referredType": "BillingAccount"},
        "totalAmount": _money(total),
        "amount": _money(total),
        "paymentMethod": {"name": "online", "@type": "PaymentMethodRefOrValue"},
        "channel": {"id": "customerArea", "@type": "ChannelRef"},
        "paymentItem": [
            {
                "id": str(place),
                "amount": _money(cents),
                "item": {"id": key, "@type": "EntityRef", "@referredType": "CustomerBill"},
                "@type": "PaymentItem",
            }
            for place, (key, cents) in enumerate(leg.bills, start=1)
        ],
        "@type": "Payment",
    }


def _money(cents: int) -> Mapping[str, Any]:
    return {"value": float(euros(cents).amount), "unit": "EUR"}


def _top_up(leg: ToppedUp, bucket_key: str, request_id: str) -> Mapping[str, Any]:
    return {
        "description": request_id,
        "amount": {"amount": float(euros(leg.cents).amount), "units": "EUR", "@type": "Quantity"},
        "usageType": "monetary",
        "bucket": {"id": bucket_key, "@type": "BucketRef", "@referredType": "Bucket"},
        "partyAccount": {"id": leg.account_key, "@type": "PartyAccountRef", "@referredType": "BillingAccount"},
        "logicalResource": [{"id": leg.number_key, "@type": "LogicalResourceRef", "@referredType": "LogicalResource"}],
        "product": [{"id": leg.line_key, "@type": "ProductRef", "@referredType": "Product"}],
        "channel": {"id": "customerArea", "@type": "ChannelRef"},
        "@type": "TopupBalance",
    }
