"""The fixed legacy (CRM and billing of fixed): SOAP 1.1 with a UsernameToken digest.

`Fixed` asks; the module of each concept says what a row means. All operations are plural: a sequence of keys in, a
dict by key out, where a value may be the BackendError of its key. A key that is absent is unknown to the system; of a
list operation a known key is always there, with an empty list when nothing was found. An answer with a row whose key
can't be read is garbled for every key that the row may belong to. At most 50 keys go into one call, 200 rows come in
one page, four calls run at once. Source: spec, legacy.md and legacy/fixed-legacy.wsdl, .xsd.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from bff.backends._batch import Reading, Unreadable, in_batches, lists, singles
from bff.backends._text import tax_code
from bff.backends.fixed import (
    _code,
    cease,
    company,
    contact,
    delivery_address,
    direct_debit,
    invoice,
    invoice_merge,
    line,
    line_request,
    order,
    paperless,
    payment,
    payment_report,
    request,
    service,
    submit,
)
from bff.backends.fixed._security import Credentials
from bff.backends.fixed._soap import Find, Soap
from bff.backends.fixed._value import Row, local_day
from bff.clock import Clock
from bff.domain.address import Address
from bff.domain.billing import SignedMandate
from bff.domain.cessation import Cessation
from bff.domain.change import ChangeStatus
from bff.domain.company import FixedAccount, FixedCustomer
from bff.domain.deed import Told
from bff.domain.deed.billing import FixedDebit, FixedDelivery, FixedPaperless
from bff.domain.deed.line import FixedCease, FixedLineRequest
from bff.domain.deed.request import ContactEmail, FixedOffice, FixedPaymentReport, InvoiceMerge
from bff.domain.deed.service import FixedServiceSet
from bff.domain.invoice import Invoice
from bff.domain.line import FixedLine
from bff.domain.order import Order
from bff.domain.payment import InvoicePaid
from bff.domain.payment_made import PaymentMade
from bff.domain.registration import FixedRelation
from bff.domain.request import ServiceRequest
from bff.domain.service import FixedLineServices
from bff.domain.wish import NuisanceCalls, Relocation
from bff.errors import BackendError, BackendGarbled

__all__ = ["Credentials", "Fixed", "Soap"]

V = TypeVar("V")

_STRAY = "a row or an error that does not tell whose it is, or is not there"

_CUSTOMERS = Find("FindCustomersByTaxCode", "customer", tax_code, paged=False)
_ACCOUNTS = Find("FindAccountsByCustomer", "account", str)
_LINES_BY_ACCOUNT = Find("FindLinesByAccount", "line", _code.account)
_LINES = Find("FindLinesById", "line", _code.line, paged=False)
_SERVICES = Find("FindServicesByLine", "service", _code.line, paged=False)
_INVOICES = Find("FindInvoicesByAccount", "invoice", _code.account)
_UNPAID = Find("FindUnpaidInvoicesByAccount", "invoice", _code.account)
_ORDERS_BY_CUSTOMER = Find("FindOrdersByCustomer", "order", str)
_REQUESTS_BY_CUSTOMER = Find("FindRequestsByCustomer", "request", str)
_REQUESTS = Find("FindRequestsByProtocol", "request", _code.protocol, paged=False)


class Fixed:
    """Reads and changes of the fixed legacy."""

    def __init__(self, soap: Soap, clock: Clock) -> None:
        self._soap = soap
        self._clock = clock

    async def aclose(self) -> None:
        """Close the connections."""
        await self._soap.aclose()

    async def customers(self, tax_codes: Iterable[str]) -> dict[str, list[FixedCustomer] | BackendError]:
        """Read the customer codes of companies, by tax code: FindCustomersByTaxCode."""
        return await self._lists(_CUSTOMERS, tax_codes, company.customers(self._clock.now()))

    async def relations(self, tax_code: str) -> list[FixedRelation]:
        """Read under what codes a company is or was a customer, by its tax code: FindCustomersByTaxCode, once.

        Raises BackendErrors.
        """
        found = (await self._lists(_CUSTOMERS, [tax_code], company.relations())).get(tax_code, [])
        if isinstance(found, BackendError):
            raise found
        return found

    async def accounts_by_customer(self, customer_codes: Iterable[str]) -> dict[str, list[FixedAccount] | BackendError]:
        """Read the billing accounts of customers: FindAccountsByCustomer."""
        return await self._lists(_ACCOUNTS, customer_codes, company.accounts(self._clock.now()))

    async def lines_by_account(self, account_codes: Iterable[str]) -> dict[str, list[FixedLine] | BackendError]:
        """Read the lines of accounts, ceased ones too: FindLinesByAccount."""
        return await self._lists(_LINES_BY_ACCOUNT, account_codes, line.by_account(self._clock.now()))

    async def lines(self, line_keys: Iterable[str]) -> dict[str, FixedLine | BackendError]:
        """Read lines by id: FindLinesById."""
        return await self._singles(_LINES, line_keys, line.by_key(self._clock.now()))

    async def services(self, line_keys: Iterable[str]) -> dict[str, FixedLineServices | BackendError]:
        """Read what is active on lines, by line id: FindServicesByLine."""
        as_of = self._clock.now()
        found = await self._lists(_SERVICES, line_keys, service.by_line())
        return {
            key: rows if isinstance(rows, BackendError) else service.joined(rows, as_of) for key, rows in found.items()
        }

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

    async def requests_by_customer(
        self, customer_codes: Iterable[str], *, made_from: date
    ) -> dict[str, list[ServiceRequest] | BackendError]:
        """Read the requests of customers made since a day: FindRequestsByCustomer."""
        reading = request.by_customer(self._clock.now(), made_from)
        return await self._lists(_REQUESTS_BY_CUSTOMER, customer_codes, reading, {"from": local_day(made_from)})

    async def requests(self, protocols: Iterable[str]) -> dict[str, ServiceRequest | BackendError]:
        """Read requests by protocol number, whoever's they are: FindRequestsByProtocol."""
        return await self._singles(_REQUESTS, protocols, request.by_protocol(self._clock.now()))

    async def set_paperless(self, deed: FixedPaperless, request_id: str) -> Told:
        """Turn the paperless invoice of an account on or off: SetPaperless."""
        return await paperless.put(self._soap, deed, request_id)

    async def paperless_set(self, deed: FixedPaperless) -> Told | None:
        """Read back whether the paperless invoice is as it was to be; None when it is not."""
        account = await self._account(deed.customer_code, deed.account_code)
        return Told(ChangeStatus.DONE) if account is not None and account.paperless is deed.paperless else None

    async def set_delivery(self, deed: FixedDelivery, request_id: str, address: Address) -> Told:
        """Send the paper invoices of an account to an address: SetInvoiceDeliveryAddress."""
        return await delivery_address.put(self._soap, deed, request_id, address)

    async def delivery(self, customer_code: str, account_code: str) -> Address | None:
        """Read back where the paper invoices of an account go; None when it does not say."""
        account = await self._account(customer_code, account_code)
        return None if account is None else account.delivery_address

    async def set_debit(self, deed: FixedDebit, request_id: str, mandate: SignedMandate | None) -> Told:
        """Have an account paid by a mandate, or no more: SubmitDirectDebit."""
        return await direct_debit.put(self._soap, deed, request_id, mandate)

    async def set_service(self, deed: FixedServiceSet, request_id: str, number: str | None) -> Told:
        """Turn a service of a line on or off, its messages to a number: SetLineService."""
        return await service.put(self._soap, deed, request_id, number)

    async def _account(self, customer_code: str, account_code: str) -> FixedAccount | None:
        """Read an account. Raises BackendErrors."""
        found = (await self.accounts_by_customer([customer_code]))[customer_code]
        if isinstance(found, BackendError):
            raise found
        return next((row for row in found if row.code == account_code), None)

    async def requested(self, request_id: str) -> Told | None:
        """Tell what became of what became a request, by its request id; None when nothing is known of it."""
        return await submit.find(self._soap, request_id)

    async def others_invoice(self, number: str, gross: Decimal) -> Invoice | None:
        """Find an invoice of any customer by number and amount; None when none has both: LookupThirdPartyInvoice."""
        return await payment_report.look_up(self._soap, number, gross, self._clock.now())

    async def report_payment(self, deed: FixedPaymentReport, request_id: str, made: PaymentMade) -> Told:
        """Report a payment that was not recognised: SubmitPaymentNotRecognised."""
        return await payment_report.report(self._soap, deed, request_id, made)

    async def move_office(self, deed: FixedOffice, request_id: str, address: Address) -> Told:
        """Ask for another registered office: SubmitLegalAddressChange."""
        return await contact.move_office(self._soap, deed, request_id, address)

    async def set_contact_email(self, deed: ContactEmail, request_id: str, email: str) -> Told:
        """Set the e-mail for communications: SetContactEmail."""
        return await contact.set_email(self._soap, deed, request_id, email)

    async def record_payment(self, leg: InvoicePaid, request_id: str, at: datetime) -> Told:
        """Record that an invoice was paid then: NotifyPayment."""
        return await payment.record(self._soap, leg, request_id, at)

    async def payment_recorded(self, request_id: str) -> Told | None:
        """Tell whether a payment was recorded; None when it was not: FindByExternalRequestId."""
        return await payment.find(self._soap, request_id)

    async def merge_invoices(self, deed: InvoiceMerge, request_id: str) -> Told:
        """Ask for one PDF of two invoices: SubmitInvoiceMerge."""
        return await invoice_merge.merge(self._soap, deed, request_id)

    async def cease_lines(self, deed: FixedCease, request_id: str, wanted: Cessation | None) -> Told:
        """Cease lines, or call that off: SubmitLineCease, RevokeLineCease."""
        return await cease.cease(self._soap, deed, request_id, wanted)

    async def ask_of_line(self, deed: FixedLineRequest, request_id: str, wanted: Relocation | NuisanceCalls) -> Told:
        """Ask for something of a line: SubmitLineRelocation, SubmitNuisanceCallReport."""
        if isinstance(wanted, Relocation):
            return await line_request.relocate(self._soap, deed, request_id, wanted)
        return await line_request.report(self._soap, deed, request_id, wanted)

    async def lines_ceased(self, deed: FixedCease, request_id: str) -> Told | None:
        """Tell of which lines a request was made; None when of none."""
        return await cease.ceased(self._soap, deed, request_id)

    async def _lists(
        self, find: Find, keys: Iterable[str], reading: Reading[Row, V], more: Mapping[str, str] | None = None
    ) -> dict[str, list[V] | BackendError]:
        where = self._soap.where(find)

        async def fetch(batch: Sequence[str]) -> "dict[str, list[V] | BackendError]":
            found = await self._soap.find(find, batch, more)
            known = [key for key in batch if key not in found.unknown]
            try:
                placed = lists(where, known, found.rows, reading)
            except BackendGarbled:
                placed = None
            if placed is None or found.astray:  # of any of the keys, whose lists would be short without a word
                return {**dict.fromkeys(known, where.garbled(_STRAY)), **found.errors}
            return {**placed, **found.errors}

        return await in_batches(keys, fetch)

    async def _singles(self, find: Find, keys: Iterable[str], reading: Reading[Row, V]) -> dict[str, V | BackendError]:
        where = self._soap.where(find)

        async def fetch(batch: Sequence[str]) -> "dict[str, V | BackendError]":
            found = await self._soap.find(find, batch)
            rows, strays = _sorted(found.rows, reading)
            read = singles(where, batch, rows, reading)
            answers: dict[str, V | BackendError] = {**found.errors, **read}
            if strays or found.astray or found.short:  # what is not here may be what can't be told, or was left out
                lost = [key for key in batch if key not in answers and key not in found.unknown]
                answers |= dict.fromkeys(lost, where.garbled(_STRAY))
            return answers

        return await in_batches(keys, fetch)


def _sorted(rows: Sequence[Row], reading: Reading[Row, V]) -> tuple[list[Row], int]:
    """Give the rows that tell whose they are, and how many others there are."""
    told = [row for row in rows if _tells(row, reading)]
    return told, len(rows) - len(told)


def _tells(row: Row, reading: Reading[Row, V]) -> bool:
    try:
        reading.keys(row)
    except Unreadable:
        return False
    return True
