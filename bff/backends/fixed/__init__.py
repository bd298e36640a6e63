"""The fixed legacy (CRM and billing of fixed): SOAP 1.1 with a UsernameToken digest.

`Fixed` asks; the module of each concept says what a row means. All operations are plural: a sequence of keys in, a
dict by key out, where a value may be the BackendError of its key. A key that is absent is unknown to the system; of a
list operation a known key is always there, with an empty list when nothing was found. At most 50 keys go into one call,
200 rows come in one page, four calls run at once. Source: spec, legacy.md and legacy/fixed-legacy.wsdl, .xsd.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from bff.backends._batch import Reading, in_batches, lists, singles
from bff.backends.fixed import company, invoice, line, order
from bff.backends.fixed._soap import Credentials, Find, Soap
from bff.backends.fixed._value import Row, local_day
from bff.clock import Clock
from bff.domain.company import FixedAccount, FixedCustomer
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine
from bff.domain.order import Order
from bff.errors import BackendError

__all__ = ["Credentials", "Fixed", "Soap"]

V = TypeVar("V")

_CUSTOMERS = Find("FindCustomersByTaxCode", "customer", paged=False)
_ACCOUNTS = Find("FindAccountsByCustomer", "account")
_LINES_BY_ACCOUNT = Find("FindLinesByAccount", "line")
_LINES = Find("FindLinesById", "line", paged=False)
_INVOICES = Find("FindInvoicesByAccount", "invoice")
_UNPAID = Find("FindUnpaidInvoicesByAccount", "invoice")
_ORDERS_BY_CUSTOMER = Find("FindOrdersByCustomer", "order")


class Fixed:
    """Reads of the fixed legacy."""

    def __init__(self, soap: Soap, clock: Clock) -> None:
        self._soap = soap
        self._clock = clock

    async def aclose(self) -> None:
        """Close the connections."""
        await self._soap.aclose()

    async def customers(self, tax_codes: Iterable[str]) -> dict[str, list[FixedCustomer] | BackendError]:
        """Read the customer codes of companies, by tax code: FindCustomersByTaxCode."""
        return await self._lists(_CUSTOMERS, tax_codes, company.customers(self._clock.now()))

    async def accounts_by_customer(self, customer_codes: Iterable[str]) -> dict[str, list[FixedAccount] | BackendError]:
        """Read the billing accounts of customers: FindAccountsByCustomer."""
        return await self._lists(_ACCOUNTS, customer_codes, company.accounts(self._clock.now()))

    async def lines_by_account(self, account_codes: Iterable[str]) -> dict[str, list[FixedLine] | BackendError]:
        """Read the lines of accounts, ceased ones too: FindLinesByAccount."""
        return await self._lists(_LINES_BY_ACCOUNT, account_codes, line.by_account(self._clock.now()))

    async def lines(self, line_keys: Iterable[str]) -> dict[str, FixedLine | BackendError]:
        """Read lines by id: FindLinesById."""
        return await self._singles(_LINES, line_keys, line.by_key(self._clock.now()))

    async def invoices_by_account(
        self, account_codes: Iterable[str], *, issued_from: date
    ) -> dict[str, list[Invoice] | BackendError]:
        """Read the invoices of accounts that were issued since a day: FindInvoicesByAccount."""
        reading = invoice.by_account(self._clock.now(), issued_from)
        return await self._lists(_INVOICES, account_codes, reading, {"from": local_day(issued_from)})

    async def unpaid_by_account(self, account_codes: Iterable[str]) -> dict[str, list[Invoice] | BackendError]:
        """Read the unpaid invoices of accounts, five years back: FindUnpaidInvoicesByAccount."""
        return await self._lists(_UNPAID, account_codes, invoice.unpaid_by_account(self._clock.now()))

    async def orders_by_customer(
        self, customer_codes: Iterable[str], *, placed_from: date
    ) -> dict[str, list[Order] | BackendError]:
        """Read the orders of customers placed since a day: FindOrdersByCustomer."""
        reading = order.by_customer(self._clock.now(), placed_from)
        return await self._lists(_ORDERS_BY_CUSTOMER, customer_codes, reading, {"from": local_day(placed_from)})

    async def _lists(
        self, find: Find, keys: Iterable[str], reading: Reading[Row, V], more: Mapping[str, str] | None = None
    ) -> dict[str, list[V] | BackendError]:
        async def fetch(batch: Sequence[str]) -> dict[str, list[V] | BackendError]:
            found = await self._soap.find(find, batch, more)
            known = [key for key in batch if key not in found.unknown]
            return {**lists(self._soap.where(find), known, found.rows, reading), **found.errors}

        return await in_batches(keys, fetch)

    async def _singles(self, find: Find, keys: Iterable[str], reading: Reading[Row, V]) -> dict[str, V | BackendError]:
        async def fetch(batch: Sequence[str]) -> dict[str, V | BackendError]:
            found = await self._soap.find(find, batch)
            answers: dict[str, V | BackendError] = {**found.errors}
            return answers | singles(self._soap.where(find), batch, found.rows, reading)

        return await in_batches(keys, fetch)
