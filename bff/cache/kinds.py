"""The one table of what is cached: how long, in whose name, and what makes it worthless.

Lifetimes are those of legacy.md ('Function → operation → …'); how long an old copy may stand in for a failing system is
the schema draft's `staleIfError`. Who writes names the tags that the write touches; who adds a kind adds
it here, nowhere else. What must never be cached (links, one-time codes, payments) has no kind.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Generic, TypeVar

import msgspec

from bff.domain.billing import PaymentMethod
from bff.domain.company import FixedAccount, FixedCustomer, LegalRepresentative, MobileAccount, MobileParty
from bff.domain.contact import CallSlot
from bff.domain.contract import Contract
from bff.domain.invoice import Invoice
from bff.domain.line import RUN_KEY, FixedLine, MobileLine
from bff.domain.offer import Campaign, Offering, Recommendation
from bff.domain.order import Order, Shipment
from bff.domain.request import ServiceRequest
from bff.domain.service import ContractServices, FixedLineServices, MobileLineServices
from bff.domain.system import System
from bff.domain.usage import Consumption, Credit, UsageRecord
from bff.domain.user import PortalUser, User

V = TypeVar("V")

_MINUTE = 60.0
_HOUR = 3600.0
_DAY = 86400.0

_INDEX_LOAD_S = 5 * _MINUTE  # 100,000 lines are 411 pages: of 0.3 s, one after the other, they take two minutes

EVERYBODY: Final = "everybody"
"""In whose name is kept what is the same for all customers; no tax code and no subject reads so."""

NEAR_S: Final = 10.0
HEARD_S: Final = 60.0
"""For how long instead, while a worker hears of invalidations: the bound for a message that is lost unnoticed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind(Generic[V]):
    """What is kept under one name.

    Attributes:
        name: the kind's part of the key.
        system: where the values come from.
        record: the type of a value; values are checked against it whenever they are read.
        lifetime_s: a value older than this is not served, unless its system fails.
        tags: an own write or an event that touches one of them makes the value worthless.
        stale_if_error_s: how far beyond its lifetime a value may stand in for its failing system.
        negative_s: how long to remember that the system does not know a key.
        refresh_after_s: from this age on a reader is served at once and the value is read anew behind it; None for
            never. Below the lifetime by a little this is an early refresh, by much it is stale while revalidating.
        load_s: how long a load may take; None for as long as a request.
        near_s: how long a worker that hears of no invalidations may serve its own copy without asking the shared store;
            0 for never, in either case.
        masked: True when the id tells a person or a company, so that the key must hide it.
        listed: True for a list below a parent, which is kept apart by reach and window.
        run_key: of a list, what a value's rows are sorted by when it is decoded; None leaves them as they came.
    """

    name: str
    system: System
    record: type[V]
    lifetime_s: float
    tags: tuple[str, ...]
    stale_if_error_s: float = _DAY
    negative_s: float = _MINUTE
    refresh_after_s: float | None = None
    load_s: float | None = None
    near_s: float = NEAR_S
    masked: bool = False
    listed: bool = False
    run_key: Callable[[Any], tuple[str, ...]] | None = None

    @cached_property
    def label(self) -> str:
        """The kind's name in logs and metrics."""
        return f"{self.system.value.lower()}.{self.name}"


# --- who the customer is ----------------------------------------------------------------------------------------------

MOBILE_PARTY: Final = Kind(
    name="party",
    system=System.MOBILE,
    record=MobileParty,
    lifetime_s=15 * _MINUTE,
    refresh_after_s=13 * _MINUTE,
    tags=("company",),
    masked=True,
)
MOBILE_REPRESENTATIVE: Final = Kind(
    name="representative",
    system=System.MOBILE,
    record=LegalRepresentative,
    lifetime_s=15 * _MINUTE,
    tags=("company",),
)
FIXED_CUSTOMERS: Final = Kind(
    name="customers",
    system=System.FIXED,
    record=tuple[FixedCustomer, ...],
    lifetime_s=15 * _MINUTE,
    refresh_after_s=13 * _MINUTE,
    tags=("company",),
    masked=True,
)

# --- accounts and contracts -------------------------------------------------------------------------------------------

MOBILE_ACCOUNT: Final = Kind(
    name="account", system=System.MOBILE, record=MobileAccount, lifetime_s=_HOUR, tags=("account",)
)
MOBILE_PAYMENT: Final = Kind(
    name="payment-method", system=System.MOBILE, record=PaymentMethod, lifetime_s=_HOUR, tags=("account",)
)
FIXED_ACCOUNTS: Final = Kind(
    name="accounts",
    system=System.FIXED,
    record=tuple[FixedAccount, ...],
    lifetime_s=_HOUR,
    refresh_after_s=55 * _MINUTE,
    tags=("account",),
    listed=True,
)
MOBILE_CONTRACTS: Final = Kind(
    name="contracts",
    system=System.MOBILE,
    record=tuple[Contract, ...],
    lifetime_s=15 * _MINUTE,
    refresh_after_s=13 * _MINUTE,
    tags=("contract",),
    listed=True,
)

# --- lines ------------------------------------------------------------------------------------------------------------

MOBILE_LINE: Final = Kind(
    name="line",
    system=System.MOBILE,
    record=MobileLine,
    lifetime_s=5 * _MINUTE,
    tags=("line", "sim"),
)
FIXED_LINE: Final = Kind(
    name="line",
    system=System.FIXED,
    record=FixedLine,
    lifetime_s=10 * _MINUTE,
    tags=("line",),
)
# The lists of all contracts, or accounts, are the holdings index. Reading one anew pages through everything, so nobody
# waits for that while a copy of the last ten minutes is there; of the largest companies it takes longer than a request.
MOBILE_LINES: Final = Kind(
    name="lines",
    system=System.MOBILE,
    record=tuple[MobileLine, ...],
    lifetime_s=10 * _MINUTE,
    refresh_after_s=5 * _MINUTE,
    load_s=_INDEX_LOAD_S,
    tags=("line", "sim"),
    listed=True,
    run_key=RUN_KEY,
)
FIXED_LINES: Final = Kind(
    name="lines",
    system=System.FIXED,
    record=tuple[FixedLine, ...],
    lifetime_s=10 * _MINUTE,
    refresh_after_s=5 * _MINUTE,
    load_s=_INDEX_LOAD_S,
    tags=("line",),
    listed=True,
    run_key=RUN_KEY,
)

# --- services ---------------------------------------------------------------------------------------------------------

CONTRACT_SERVICES: Final = Kind(
    name="contract-services",
    system=System.MOBILE,
    record=ContractServices,
    lifetime_s=10 * _MINUTE,
    tags=("service",),
)
MOBILE_SERVICES: Final = Kind(
    name="services",
    system=System.MOBILE,
    record=MobileLineServices,
    lifetime_s=10 * _MINUTE,
    tags=("service",),
)
FIXED_SERVICES: Final = Kind(
    name="services",
    system=System.FIXED,
    record=FixedLineServices,
    lifetime_s=10 * _MINUTE,
    tags=("service",),
)

# --- invoices ---------------------------------------------------------------------------------------------------------

MOBILE_INVOICES: Final = Kind(
    name="invoices",
    system=System.MOBILE,
    record=tuple[Invoice, ...],
    lifetime_s=10 * _MINUTE,
    refresh_after_s=9 * _MINUTE,
    tags=("invoice",),
    listed=True,
)
FIXED_INVOICES: Final = Kind(
    name="invoices",
    system=System.FIXED,
    record=tuple[Invoice, ...],
    lifetime_s=10 * _MINUTE,
    refresh_after_s=9 * _MINUTE,
    tags=("invoice",),
    listed=True,
)
MOBILE_UNPAID: Final = Kind(
    name="unpaid",
    system=System.MOBILE,
    record=tuple[Invoice, ...],
    lifetime_s=2 * _MINUTE,
    stale_if_error_s=_HOUR,
    tags=("invoice",),
    listed=True,
)
FIXED_UNPAID: Final = Kind(
    name="unpaid",
    system=System.FIXED,
    record=tuple[Invoice, ...],
    lifetime_s=2 * _MINUTE,
    stale_if_error_s=_HOUR,
    tags=("invoice",),
    listed=True,
)
MOBILE_BILL_LINES: Final = Kind(
    name="bill-lines",
    system=System.MOBILE,
    record=tuple[str, ...],
    lifetime_s=10 * _MINUTE,
    tags=("invoice",),
    listed=True,
)
PAID: Final = Kind(  # marks that tell nothing; what was paid, and how, is never cached
    name="paid",
    system=System.PAYMENTS,
    record=tuple[str, ...],
    lifetime_s=2 * _MINUTE,
    stale_if_error_s=_HOUR,
    tags=("invoice",),
    listed=True,
)

# --- orders -----------------------------------------------------------------------------------------------------------

MOBILE_ORDERS: Final = Kind(
    name="orders",
    system=System.MOBILE,
    record=tuple[Order, ...],
    lifetime_s=_MINUTE,
    stale_if_error_s=_HOUR,
    tags=("order",),
    listed=True,
)
MOBILE_LINE_ORDERS: Final = Kind(
    name="line-orders",
    system=System.MOBILE,
    record=tuple[Order, ...],
    lifetime_s=_MINUTE,
    stale_if_error_s=_HOUR,
    tags=("order",),
    listed=True,
)
FIXED_ORDERS: Final = Kind(
    name="orders",
    system=System.FIXED,
    record=tuple[Order, ...],
    lifetime_s=_MINUTE,
    stale_if_error_s=_HOUR,
    tags=("order",),
    listed=True,
)
MOBILE_SHIPMENTS: Final = Kind(
    name="shipments",
    system=System.MOBILE,
    record=tuple[Shipment, ...],
    lifetime_s=2 * _MINUTE,
    stale_if_error_s=_HOUR,
    tags=("shipment",),
    listed=True,
)

# --- offers -----------------------------------------------------------------------------------------------------------

MOBILE_RECOMMENDATIONS: Final = Kind(
    name="recommendations",
    system=System.MOBILE,
    record=tuple[Recommendation, ...],
    lifetime_s=5 * _MINUTE,
    stale_if_error_s=_HOUR,
    tags=("offer",),
    listed=True,
)
# The catalogue is everybody's. Whether a campaign runs is told by its schedule at each request, not by its copy's age.
MOBILE_OFFERING: Final = Kind(
    name="offering",
    system=System.MOBILE,
    record=Offering,
    lifetime_s=_HOUR,
    refresh_after_s=55 * _MINUTE,
    stale_if_error_s=_HOUR,
    tags=("catalogue",),
)
MOBILE_CAMPAIGNS: Final = Kind(
    name="campaigns",
    system=System.MOBILE,
    record=tuple[Campaign, ...],
    lifetime_s=_HOUR,
    refresh_after_s=55 * _MINUTE,
    stale_if_error_s=_HOUR,
    tags=("catalogue",),
    listed=True,
)

# --- usage of lines ---------------------------------------------------------------------------------------------------

MOBILE_CREDIT: Final = Kind(
    name="credit",
    system=System.MOBILE,
    record=Credit,
    lifetime_s=30.0,
    stale_if_error_s=_HOUR,
    negative_s=30.0,
    tags=("credit",),
)
MOBILE_CONSUMPTION: Final = Kind(
    name="consumption",
    system=System.MOBILE,
    record=Consumption,
    lifetime_s=2 * _MINUTE,
    stale_if_error_s=_HOUR,
    tags=("consumption",),
)
# By line and day, under the person who asks. What comes to a day of which all should be known is seen a day later.
MOBILE_RECENT_RECORDS: Final = Kind(
    name="recent-records",
    system=System.MOBILE,
    record=tuple[UsageRecord, ...],
    lifetime_s=10 * _MINUTE,
    tags=("record",),
    listed=True,
)
MOBILE_RECORDS: Final = Kind(
    name="records",
    system=System.MOBILE,
    record=tuple[UsageRecord, ...],
    lifetime_s=_DAY,
    tags=("record",),
    listed=True,
)

# --- requests ---------------------------------------------------------------------------------------------------------

MOBILE_REQUESTS: Final = Kind(
    name="requests",
    system=System.MOBILE,
    record=tuple[ServiceRequest, ...],
    lifetime_s=_MINUTE,
    stale_if_error_s=_HOUR,
    tags=("request",),
    listed=True,
)
MOBILE_LINE_REQUESTS: Final = Kind(
    name="line-requests",
    system=System.MOBILE,
    record=tuple[ServiceRequest, ...],
    lifetime_s=_MINUTE,
    stale_if_error_s=_HOUR,
    tags=("request",),
    listed=True,
)
FIXED_REQUESTS: Final = Kind(
    name="requests",
    system=System.FIXED,
    record=tuple[ServiceRequest, ...],
    lifetime_s=_MINUTE,
    stale_if_error_s=_HOUR,
    tags=("request",),
    listed=True,
)
FIXED_REQUEST: Final = Kind(
    name="request",
    system=System.FIXED,
    record=ServiceRequest,
    lifetime_s=_MINUTE,
    stale_if_error_s=_HOUR,
    tags=("request",),
)

# --- assistance -------------------------------------------------------------------------------------------------------

# What is free is soon taken: an old copy would offer what can't be booked.
CALL_SLOTS: Final = Kind(
    name="call-slots",
    system=System.MOBILE,
    record=tuple[CallSlot, ...],
    lifetime_s=30.0,
    stale_if_error_s=0.0,
    negative_s=5.0,
    tags=("appointment",),
    listed=True,
)

# --- people -----------------------------------------------------------------------------------------------------------

# A profile changed through this API counts for the next request on every worker, so none may serve a copy of its
# own, and an old one never stands in for the directory. Kept under the subject of the token: no company is known yet.
USER: Final = Kind(
    name="user",
    system=System.DIRECTORY,
    record=User,
    lifetime_s=30.0,
    stale_if_error_s=0.0,
    negative_s=5.0,
    near_s=0.0,
    tags=("user",),
    masked=True,
)
# Who may act for a company is management's to know as it is now, so an old list never stands in either.
COMPANY_USERS: Final = Kind(
    name="users",
    system=System.DIRECTORY,
    record=tuple[PortalUser, ...],
    lifetime_s=30.0,
    refresh_after_s=25.0,
    stale_if_error_s=0.0,
    negative_s=5.0,
    load_s=_INDEX_LOAD_S,
    tags=("user",),
    masked=True,
    listed=True,
)

KINDS: Final[tuple[Kind[Any], ...]] = (
    MOBILE_PARTY,
    MOBILE_REPRESENTATIVE,
    FIXED_CUSTOMERS,
    MOBILE_ACCOUNT,
    MOBILE_PAYMENT,
    FIXED_ACCOUNTS,
    MOBILE_CONTRACTS,
    MOBILE_LINE,
    MOBILE_LINES,
    FIXED_LINE,
    FIXED_LINES,
    CONTRACT_SERVICES,
    MOBILE_SERVICES,
    FIXED_SERVICES,
    MOBILE_INVOICES,
    FIXED_INVOICES,
    MOBILE_UNPAID,
    FIXED_UNPAID,
    MOBILE_BILL_LINES,
    PAID,
    MOBILE_ORDERS,
    MOBILE_LINE_ORDERS,
    FIXED_ORDERS,
    MOBILE_SHIPMENTS,
    MOBILE_RECOMMENDATIONS,
    MOBILE_OFFERING,
    MOBILE_CAMPAIGNS,
    MOBILE_CREDIT,
    MOBILE_CONSUMPTION,
    MOBILE_RECENT_RECORDS,
    MOBILE_RECORDS,
    MOBILE_REQUESTS,
    MOBILE_LINE_REQUESTS,
    FIXED_REQUESTS,
    FIXED_REQUEST,
    CALL_SLOTS,
    USER,
    COMPANY_USERS,
)


def version_of(*records: Any) -> str:
    """Give 12 hexadecimal digits that change whenever a field, type, default or enum value of the records does.

    Two versions of the BFF with different records then never read each other's entries. Descriptions don't count.
    """
    shapes, components = msgspec.json.schema_components(records)
    text = msgspec.json.encode(_bare([list(shapes), components]), order="sorted")
    return hashlib.sha256(text).hexdigest()[:12]


def _bare(node: Any) -> Any:
    """Leave the descriptions out of a JSON schema; a property of that name is an object and stays."""
    if isinstance(node, dict):
        return {name: _bare(part) for name, part in node.items() if name != "description" or isinstance(part, dict)}
    if isinstance(node, list):
        return [_bare(part) for part in node]
    return node


VERSION: Final = version_of(*(kind.record for kind in KINDS))
