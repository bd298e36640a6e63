"""The dataloaders of one operation: what it may read, joined into few calls and kept in the cache below.

A loader stands for one operation of a system, or for a short chain that always goes together. Its keys are natural
keys; its values are reads: a value, when it was read, and whether an old copy stands in for a failing system.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from bff.backends import Backends
from bff.cache import kinds
from bff.cache.kinds import Kind
from bff.cache.read import Read, ReadThrough
from bff.domain.company import FixedAccount, FixedCustomer, LegalRepresentative, MobileAccount, MobileParty
from bff.domain.contract import Contract
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine, MobileLine
from bff.domain.order import Order, Shipment
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
    """All loaders of one operation, for one customer.

    Attributes:
        stale: when the records were read that an old copy gave, because their system fails. Records of one call share
            the time, so where one is old those that came with it count as old too.
    """

    def __init__(
        self,
        backends: Backends,
        reads: ReadThrough,
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
            customer: the company's tax code; nothing that is read is kept in another's name.
            person: the directory's key of who asks; rows of their own are kept in their name.
            invoices_from: first day of issue of the window of invoices.
            unpaid_from: first day of issue of the window of unpaid invoices.
            orders_from: first day of the window of orders.
        """
        self.stale: set[datetime] = set()
        self._reads = reads
        self._customer = customer
        mobile, fixed = backends.mobile, backends.fixed

        # Companies are read by their own tax code and kept in their own name: a person may act for several.
        self.parties: Loader[str, Read[MobileParty]] = self._companies(kinds.MOBILE_PARTY, mobile.parties)
        self.fixed_customers: Loader[str, Read[tuple[FixedCustomer, ...]]] = self._companies(
            kinds.FIXED_CUSTOMERS, fixed.customers
        )
        self.representatives: Loader[str, Read[LegalRepresentative]] = self._loader(
            kinds.MOBILE_REPRESENTATIVE, mobile.representatives
        )

        self.contracts: Loader[str, Read[tuple[Contract, ...]]] = self._loader(
            kinds.MOBILE_CONTRACTS, mobile.contracts_by_party
        )
        self.mobile_accounts: Loader[str, Read[MobileAccount]] = self._loader(kinds.MOBILE_ACCOUNT, mobile.accounts)
        self.fixed_accounts: Loader[str, Read[tuple[FixedAccount, ...]]] = self._loader(
            kinds.FIXED_ACCOUNTS, fixed.accounts_by_customer
        )

        self.mobile_lines: Loader[str, Read[MobileLine]] = self._loader(kinds.MOBILE_LINE, mobile.lines)
        self.fixed_lines: Loader[str, Read[FixedLine]] = self._loader(kinds.FIXED_LINE, fixed.lines)
        self.contract_lines: Loader[str, Read[tuple[MobileLine, ...]]] = self._loader(
            kinds.MOBILE_LINES, mobile.lines_by_contract
        )
        self.account_lines: Loader[str, Read[tuple[FixedLine, ...]]] = self._loader(
            kinds.FIXED_LINES, fixed.lines_by_account
        )

        self.mobile_invoices: Loader[str, Read[tuple[Invoice, ...]]] = self._loader(
            kinds.MOBILE_INVOICES,
            lambda keys: mobile.invoices_by_account(keys, issued_from=invoices_from),
            invoices_from,
        )
        self.fixed_invoices: Loader[str, Read[tuple[Invoice, ...]]] = self._loader(
            kinds.FIXED_INVOICES, lambda keys: fixed.invoices_by_account(keys, issued_from=invoices_from), invoices_from
        )
        self.mobile_unpaid: Loader[str, Read[tuple[Invoice, ...]]] = self._loader(
            kinds.MOBILE_UNPAID, lambda keys: mobile.unpaid_by_account(keys, issued_from=unpaid_from), unpaid_from
        )
        self.fixed_unpaid: Loader[str, Read[tuple[Invoice, ...]]] = self._loader(
            kinds.FIXED_UNPAID, fixed.unpaid_by_account, unpaid_from
        )
        self.bill_lines: Loader[str, Read[tuple[str, ...]]] = self._loader(
            kinds.MOBILE_BILL_LINES, mobile.lines_by_bill
        )

        self.mobile_orders: Loader[str, Read[tuple[Order, ...]]] = self._loader(
            kinds.MOBILE_ORDERS, lambda keys: mobile.orders_by_customer(keys, placed_from=orders_from), orders_from
        )
        self.fixed_orders: Loader[str, Read[tuple[Order, ...]]] = self._loader(
            kinds.FIXED_ORDERS, lambda keys: fixed.orders_by_customer(keys, placed_from=orders_from), orders_from
        )
        self.requested_orders: Loader[str, Read[tuple[Order, ...]]] = self._loader(
            kinds.MOBILE_ORDERS,
            lambda keys: mobile.orders_by_requester(keys, placed_from=orders_from),
            orders_from,
            scope=person,
        )
        self.line_orders: Loader[str, Read[tuple[Order, ...]]] = self._loader(
            kinds.MOBILE_LINE_ORDERS,
            lambda keys: mobile.orders_by_line(keys, placed_from=orders_from),
            orders_from,
            scope=person,
        )
        self.shipments: Loader[str, Read[tuple[Shipment, ...]]] = self._loader(kinds.MOBILE_SHIPMENTS, mobile.shipments)

    def _loader(
        self, kind: Kind[V], operation: Operation, start: date | None = None, *, scope: str | None = None
    ) -> Loader[str, Read[V]]:
        """Read an operation through the cache; `start` begins a list's window, `scope` is whose rows it has."""
        window = "" if start is None else start.isoformat()

        async def fetch(keys: list[str]) -> Mapping[str, Read[V] | BffError]:
            return self._noted(
                await self._reads.read(kind, self._customer, keys, operation, scope=scope, window=window)
            )

        return Loader(fetch, limit=ANY, name=kind.label)

    def _companies(self, kind: Kind[V], operation: Operation) -> Loader[str, Read[V]]:
        """Read companies each in its own name, and all that are asked together with one call."""
        together: Loader[str, V] = Loader(operation, limit=KEYS_MAX, name=f"{kind.label}:call")

        async def joined(keys: list[str]) -> Mapping[str, V | BffError]:
            values = zip(keys, await together.many(keys), strict=True)
            return {key: value for key, value in values if not isinstance(value, NotFound)}

        async def fetch(tax_codes: list[str]) -> Mapping[str, Read[V] | BffError]:
            found = await asyncio.gather(
                *(self._reads.read(kind, tax_code, [tax_code], joined) for tax_code in tax_codes)
            )
            return self._noted({key: read for each in found for key, read in each.items()})

        return Loader(fetch, limit=ANY, name=kind.label)

    def _noted(self, found: Mapping[str, Read[V] | BffError]) -> Mapping[str, Read[V] | BffError]:
        """Note when the records were read that old copies gave."""
        for read in found.values():
            if isinstance(read, Read) and read.stale:
                rows = read.value if isinstance(read.value, tuple) else (read.value,)
                self.stale.update(row.as_of for row in rows if hasattr(row, "as_of"))
        return found
