"""The dataloaders of one operation: what it may read, joined into few calls and kept in the cache below.

A loader stands for one operation of a system, or for a short chain that always goes together. Its keys are natural
keys; its values are reads: a value, when it was read, and whether an old copy stands in for a failing system.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, TypeVar

from bff.backends import Backends
from bff.backends.identity import AccountPage
from bff.cache import kinds
from bff.cache.kinds import EVERYBODY, Kind
from bff.cache.read import Read, ReadThrough
from bff.domain.billing import PaymentMethod
from bff.domain.company import FixedAccount, FixedCustomer, LegalRepresentative, MobileAccount, MobileParty
from bff.domain.contact import CallSlot
from bff.domain.contract import Contract
from bff.domain.invoice import Invoice, InvoiceKey
from bff.domain.line import FixedLine, MobileLine
from bff.domain.offer import Campaign, Offering, Recommendation
from bff.domain.order import Order, Shipment
from bff.domain.request import ServiceRequest
from bff.domain.service import ContractServices, FixedLineServices, MobileLineServices
from bff.domain.url import Url
from bff.domain.usage import Consumption, Credit, UsageRecord
from bff.domain.user import PortalUser
from bff.errors import BffError, NotFound
from bff.loaders._base import Loader

__all__ = ["Loader", "Loaders", "Read"]

V = TypeVar("V")

KEYS_MAX = 50
"""How many keys a system takes in one call."""

ANY = 1_000_000
"""The limit of a loader whose fetch cuts its calls to size by itself."""

Operation = Callable[[Sequence[str]], Awaitable[Mapping[str, Any]]]


class Loaders:
    """All loaders of one operation, for one customer; each is made when it is first used.

    Companies are read by their own tax code and kept in their own name: a person may act for several.

    Attributes:
        stale: when the records were read that an old copy gave, because their system fails. Records of one call share
            the time, so where one is old those that came with it count as old too.
    """

    def __init__(
        self,
        backends: Backends,
        reads: ReadThrough,
        paid: Operation,
        *,
        customer: str,
        person: str,
        invoices_from: date,
        unpaid_from: date,
        orders_from: date,
    ) -> None:
        """Bind to what the operation acts for.

        Args:
            backends: the systems.
            reads: the cache above them.
            paid: gives the marks of what companies have paid online, by the companies' masks.
            customer: the company's tax code; nothing that is read of it is kept in another's name.
            person: the directory's key of who asks; rows of their own are kept in their name.
            invoices_from: first day of issue of the window of invoices.
            unpaid_from: first day of issue of the window of unpaid invoices.
            orders_from: first day of the window of orders, and of that of requests.
        """
        self.stale: set[datetime] = set()
        self._past: set[str] = set()
        self._made: list[tuple[Kind[Any], Loader[Any, Any]]] = []
        self._reads = reads
        self._paid = paid
        self._customer = customer
        self._person = person
        self._mobile, self._fixed, self._directory = backends.mobile, backends.fixed, backends.directory
        self._documents = backends.documents
        self._identity = backends.identity
        self._invoices_from = invoices_from
        self._unpaid_from = unpaid_from
        self._orders_from = orders_from

    @cached_property
    def parties(self) -> Loader[str, Read[MobileParty]]:
        """Companies on the mobile network, by tax code."""
        return self._companies(kinds.MOBILE_PARTY, self._mobile.parties)

    @cached_property
    def fixed_customers(self) -> Loader[str, Read[tuple[FixedCustomer, ...]]]:
        """Customer codes of companies on the fixed network, by tax code."""
        return self._companies(kinds.FIXED_CUSTOMERS, self._fixed.customers)

    @cached_property
    def representatives(self) -> Loader[str, Read[LegalRepresentative]]:
        """Legal representatives, by their keys."""
        return self._loader(kinds.MOBILE_REPRESENTATIVE, self._mobile.representatives)

    @cached_property
    def contracts(self) -> Loader[str, Read[tuple[Contract, ...]]]:
        """Mobile contracts, by party."""
        return self._loader(kinds.MOBILE_CONTRACTS, self._mobile.contracts_by_party)

    @cached_property
    def mobile_accounts(self) -> Loader[str, Read[MobileAccount]]:
        """Mobile billing accounts, by their keys."""
        return self._loader(kinds.MOBILE_ACCOUNT, self._mobile.accounts)

    @cached_property
    def payment_methods(self) -> Loader[str, Read[PaymentMethod]]:
        """How mobile accounts are paid, by the keys of the payment methods."""
        return self._loader(kinds.MOBILE_PAYMENT, self._mobile.payment_methods)

    @cached_property
    def fixed_accounts(self) -> Loader[str, Read[tuple[FixedAccount, ...]]]:
        """Accounts of fixed lines, by customer code."""
        return self._loader(kinds.FIXED_ACCOUNTS, self._fixed.accounts_by_customer)

    @cached_property
    def mobile_lines(self) -> Loader[str, Read[MobileLine]]:
        """Mobile lines, by their keys."""
        return self._loader(kinds.MOBILE_LINE, self._mobile.lines)

    @cached_property
    def fixed_lines(self) -> Loader[str, Read[FixedLine]]:
        """Fixed lines, by their keys."""
        return self._loader(kinds.FIXED_LINE, self._fixed.lines)

    @cached_property
    def contract_lines(self) -> Loader[str, Read[tuple[MobileLine, ...]]]:
        """Mobile lines, by contract."""
        return self._loader(kinds.MOBILE_LINES, self._mobile.lines_by_contract)

    @cached_property
    def account_lines(self) -> Loader[str, Read[tuple[FixedLine, ...]]]:
        """Fixed lines, by account."""
        return self._loader(kinds.FIXED_LINES, self._fixed.lines_by_account)

    @cached_property
    def contract_services(self) -> Loader[str, Read[ContractServices]]:
        """What is active on mobile contracts, by the contract's own product."""
        return self._loader(kinds.CONTRACT_SERVICES, self._mobile.contract_services)

    @cached_property
    def mobile_services(self) -> Loader[str, Read[MobileLineServices]]:
        """What is active on mobile lines, by their keys."""
        return self._loader(kinds.MOBILE_SERVICES, self._mobile.line_services)

    @cached_property
    def fixed_services(self) -> Loader[str, Read[FixedLineServices]]:
        """What is active on fixed lines, by their keys."""
        return self._loader(kinds.FIXED_SERVICES, self._fixed.services)

    @cached_property
    def mobile_invoices(self) -> Loader[str, Read[tuple[Invoice, ...]]]:
        """Mobile invoices issued in the window, by account."""
        start = self._invoices_from
        operation = partial(self._mobile.invoices_by_account, issued_from=start)
        return self._loader(kinds.MOBILE_INVOICES, operation, start)

    @cached_property
    def fixed_invoices(self) -> Loader[str, Read[tuple[Invoice, ...]]]:
        """Fixed invoices issued in the window, by account."""
        start = self._invoices_from
        operation = partial(self._fixed.invoices_by_account, issued_from=start)
        return self._loader(kinds.FIXED_INVOICES, operation, start)

    @cached_property
    def mobile_unpaid(self) -> Loader[str, Read[tuple[Invoice, ...]]]:
        """Unpaid mobile invoices of the window, by account."""
        start = self._unpaid_from
        operation = partial(self._mobile.unpaid_by_account, issued_from=start)
        return self._loader(kinds.MOBILE_UNPAID, operation, start)

    @cached_property
    def fixed_unpaid(self) -> Loader[str, Read[tuple[Invoice, ...]]]:
        """Unpaid fixed invoices, by account."""
        return self._loader(kinds.FIXED_UNPAID, self._fixed.unpaid_by_account, self._unpaid_from)

    @cached_property
    def paid(self) -> Loader[str, Read[tuple[str, ...]]]:
        """Marks of the invoices that were paid online of late, by the company's mask."""
        return self._loader(kinds.PAID, self._paid)

    @cached_property
    def bill_lines(self) -> Loader[str, Read[tuple[str, ...]]]:
        """Keys of the lines that a mobile bill charges, by bill."""
        return self._loader(kinds.MOBILE_BILL_LINES, self._mobile.lines_by_bill)

    @cached_property
    def mobile_orders(self) -> Loader[str, Read[tuple[Order, ...]]]:
        """Mobile orders of the window, by customer key."""
        start = self._orders_from
        operation = partial(self._mobile.orders_by_customer, placed_from=start)
        return self._loader(kinds.MOBILE_ORDERS, operation, start)

    @cached_property
    def fixed_orders(self) -> Loader[str, Read[tuple[Order, ...]]]:
        """Fixed orders of the window, by customer code."""
        start = self._orders_from
        operation = partial(self._fixed.orders_by_customer, placed_from=start)
        return self._loader(kinds.FIXED_ORDERS, operation, start)

    @cached_property
    def requested_orders(self) -> Loader[str, Read[tuple[Order, ...]]]:
        """Mobile orders of the window, by who placed them."""
        start = self._orders_from
        operation = partial(self._mobile.orders_by_requester, placed_from=start)
        return self._loader(kinds.MOBILE_ORDERS, operation, start, scope=self._person)

    @cached_property
    def line_orders(self) -> Loader[str, Read[tuple[Order, ...]]]:
        """Mobile orders of the window, by line."""
        start = self._orders_from
        operation = partial(self._mobile.orders_by_line, placed_from=start)
        return self._loader(kinds.MOBILE_LINE_ORDERS, operation, start, scope=self._person)

    @cached_property
    def shipments(self) -> Loader[str, Read[tuple[Shipment, ...]]]:
        """Deliveries, by mobile order."""
        return self._loader(kinds.MOBILE_SHIPMENTS, self._mobile.shipments)

    @cached_property
    def call_slots(self) -> Loader[str, Read[tuple[CallSlot, ...]]]:
        """Free times for a call back, by the key of their window."""
        return self._loader(kinds.CALL_SLOTS, self._mobile.call_slots)

    @cached_property
    def recommendations(self) -> Loader[str, Read[tuple[Recommendation, ...]]]:
        """Which offerings are recommended to a customer, by party."""
        return self._loader(kinds.MOBILE_RECOMMENDATIONS, self._mobile.recommendations_by_party)

    @cached_property
    def offerings(self) -> Loader[str, Read[Offering]]:
        """Offerings of the catalogue, by their keys."""
        return self._loader(kinds.MOBILE_OFFERING, self._mobile.offerings, owner=EVERYBODY)

    @cached_property
    def campaigns(self) -> Loader[str, Read[tuple[Campaign, ...]]]:
        """Campaigns, by the offerings that they offer."""
        return self._loader(kinds.MOBILE_CAMPAIGNS, self._mobile.campaigns_by_offering, owner=EVERYBODY)

    @cached_property
    def company_users(self) -> Loader[str, Read[tuple[PortalUser, ...]]]:
        """All users of the company, by its tax code."""
        return self._loader(kinds.COMPANY_USERS, self._directory.users_by_company)

    @cached_property
    def credits(self) -> Loader[str, Read[Credit]]:
        """Credit of prepaid lines, by the key of the number."""
        return self._loader(kinds.MOBILE_CREDIT, self._mobile.credits_by_number)

    @cached_property
    def consumption(self) -> Loader[str, Read[Consumption]]:
        """What mobile lines have used, by line."""
        return self._loader(kinds.MOBILE_CONSUMPTION, self._mobile.consumption)

    @cached_property
    def recent_records(self) -> Loader[tuple[str, str], Read[tuple[UsageRecord, ...]]]:
        """Traffic records of days to which some may still come, or prices of them, by line and ISO day."""
        return self._daily(kinds.MOBILE_RECENT_RECORDS, self._mobile.records_by_day)

    @cached_property
    def records(self) -> Loader[tuple[str, str], Read[tuple[UsageRecord, ...]]]:
        """Traffic records of days that are settled, by line and ISO day."""
        return self._daily(kinds.MOBILE_RECORDS, self._mobile.records_by_day)

    @cached_property
    def mobile_requests(self) -> Loader[str, Read[tuple[ServiceRequest, ...]]]:
        """Mobile requests of the window, by customer key."""
        start = self._orders_from
        operation = partial(self._mobile.requests_by_customer, made_from=start)
        return self._loader(kinds.MOBILE_REQUESTS, operation, start)

    @cached_property
    def own_requests(self) -> Loader[str, Read[tuple[ServiceRequest, ...]]]:
        """Mobile requests of the window, by who made them."""
        start = self._orders_from
        operation = partial(self._mobile.requests_by_requester, made_from=start)
        return self._loader(kinds.MOBILE_REQUESTS, operation, start, scope=self._person)

    @cached_property
    def line_requests(self) -> Loader[str, Read[tuple[ServiceRequest, ...]]]:
        """Mobile requests of the window, by line."""
        start = self._orders_from
        operation = partial(self._mobile.requests_by_line, made_from=start)
        return self._loader(kinds.MOBILE_LINE_REQUESTS, operation, start, scope=self._person)

    @cached_property
    def fixed_requests(self) -> Loader[str, Read[tuple[ServiceRequest, ...]]]:
        """Fixed requests of the window, by customer code."""
        start = self._orders_from
        operation = partial(self._fixed.requests_by_customer, made_from=start)
        return self._loader(kinds.FIXED_REQUESTS, operation, start)

    @cached_property
    def fixed_request(self) -> Loader[str, Read[ServiceRequest]]:
        """Fixed requests, by protocol number."""
        return self._loader(kinds.FIXED_REQUEST, self._fixed.requests)

    async def others_invoice(self, number: str, gross: Decimal) -> Invoice | None:
        """Find an invoice of anybody's by number and amount, past all caches; None when none has both.

        Raises BackendErrors.
        """
        return await self._fixed.others_invoice(number, gross)

    def anew(self, tags: Iterable[str]) -> None:
        """Read what has any of some tags past the cache from now on: for what is about to change, or just has.

        What was read of it before is forgotten. What is read is not kept: right after a write it may be what was.
        """
        self._past.update(tags)
        for kind, loader in self._made:
            if self._is_past(kind):
                loader.clear_all()

    def _is_past(self, kind: Kind[Any]) -> bool:
        return not self._past.isdisjoint(kind.tags)

    def invoice_document(self, invoice: Invoice) -> AsyncGenerator[bytes, None]:
        """Give the PDF of an invoice as it comes, past the cache; raises BackendErrors."""
        return self._documents.invoice(invoice)

    async def account_link(self, subject: str, page: AccountPage) -> Url:
        """Give the address of a person's page at the identity provider, past the cache; raises BackendErrors."""
        return await self._identity.account_link(subject, page)

    def merge_document(self, first: InvoiceKey) -> AsyncGenerator[bytes, None]:
        """Give the PDF of a merge by its first invoice, as `invoice_document`."""
        return self._documents.merge(first)

    def _loader(
        self,
        kind: Kind[V],
        operation: Operation,
        start: date | None = None,
        *,
        scope: str | None = None,
        owner: str | None = None,
    ) -> Loader[str, Read[V]]:
        """Read an operation through the cache.

        `start` begins a list's window, `scope` is whose rows it has; `owner` is in whose name it is kept, None for the
        customer's.
        """
        window = "" if start is None else start.isoformat()
        customer = self._customer if owner is None else owner

        async def fetch(keys: list[str]) -> Mapping[str, Read[V] | BffError]:
            if self._is_past(kind):
                return self._reads.straight(kind, await operation(keys))
            return self._noted(await self._reads.read(kind, customer, keys, operation, scope=scope, window=window))

        def recall(keys: Iterable[str]) -> Mapping[str, Read[V] | BffError]:
            return {} if self._is_past(kind) else self._reads.recall(kind, customer, keys, scope=scope, window=window)

        loader: Loader[str, Read[V]] = Loader(fetch, limit=ANY, name=kind.label, recall=recall)
        self._made.append((kind, loader))
        return loader

    def _daily(
        self, kind: Kind[V], operation: Callable[[Sequence[tuple[str, str]]], Awaitable[Mapping[Any, Any]]]
    ) -> Loader[tuple[str, str], Read[V]]:
        """Read rows of days through the cache, under the person's name."""

        async def fetch(keys: list[tuple[str, str]]) -> Mapping[tuple[str, str], Read[V] | BffError]:
            return await self._reads.read(kind, self._customer, keys, operation, scope=self._person)

        recall = partial(self._reads.recall, kind, self._customer, scope=self._person)
        return Loader(fetch, limit=ANY, name=kind.label, recall=recall)

    def _companies(self, kind: Kind[V], operation: Operation) -> Loader[str, Read[V]]:
        """Read companies each in its own name, and all that are asked together with one call."""
        together: Loader[str, V] = Loader(operation, limit=KEYS_MAX, name=f"{kind.label}:call")

        async def joined(keys: list[str]) -> Mapping[str, V | BffError]:
            values = zip(keys, await together.many(keys), strict=True)
            return {key: value for key, value in values if not isinstance(value, NotFound)}

        async def fetch(tax_codes: list[str]) -> Mapping[str, Read[V] | BffError]:
            if self._is_past(kind):
                return self._reads.straight(kind, await joined(tax_codes))
            found = await asyncio.gather(
                *(self._reads.read(kind, tax_code, [tax_code], joined) for tax_code in tax_codes)
            )
            return self._noted({key: read for each in found for key, read in each.items()})

        def recall(tax_codes: Iterable[str]) -> Mapping[str, Read[V] | BffError]:
            if self._is_past(kind):
                return {}
            return {key: read for each in tax_codes for key, read in self._reads.recall(kind, each, [each]).items()}

        loader: Loader[str, Read[V]] = Loader(fetch, limit=ANY, name=kind.label, recall=recall)
        self._made += [(kind, together), (kind, loader)]
        return loader

    def _noted(self, found: Mapping[str, Read[V] | BffError]) -> Mapping[str, Read[V] | BffError]:
        """Note when the records were read that old copies gave."""
        for read in found.values():
            if isinstance(read, Read) and read.stale:
                rows = read.value if isinstance(read.value, tuple) else (read.value,)
                self.stale.update(row.as_of for row in rows if hasattr(row, "as_of"))
        return found
