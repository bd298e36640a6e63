"""The mobile legacy (CRM, billing, charging, ordering of mobile): TM Forum Open APIs over JSON.

`Mobile` asks; the module of each concept says what a row means. All operations are plural: a sequence of keys in, a
dict by key out, where a value may be the BackendError of its key. A key that is absent is unknown to the system; a key
of a list operation is always there, with an empty list when nothing was found. At most 50 keys go into one call, four
batches of an operation run at once, eight pages of a list. Source: spec, legacy.md and tmf/.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

from bff.backends._batch import Reading, Unreadable, in_batches, lists, singles
from bff.backends._http import Http
from bff.backends.mobile import (
    appointment,
    cessation,
    company,
    contact,
    contract,
    invoice,
    line,
    message,
    offer,
    order,
    payment,
    product_order,
    request,
    service,
    service_order,
    ticket,
    usage,
    usage_record,
)
from bff.backends.mobile._collection import Collection, Identified
from bff.backends.mobile._made import Orders
from bff.backends.mobile._sim import Sims
from bff.backends.mobile._task import ConsumptionQuery
from bff.backends.mobile.account import AccountSettings
from bff.backends.mobile.recorded import Recorded
from bff.backends.mobile.relation import Relations
from bff.clock import Clock
from bff.domain.address import Address
from bff.domain.billing import PaymentMethod, SignedMandate
from bff.domain.cessation import Cessation
from bff.domain.change import ChangeStatus
from bff.domain.company import LegalRepresentative, MobileAccount, MobileParty
from bff.domain.contact import CallSlot
from bff.domain.contract import Contract
from bff.domain.deed import Told
from bff.domain.deed.assistance import CallBack, Called
from bff.domain.deed.billing import MobileDebit, MobileDelivery, MobilePaperless
from bff.domain.deed.line import MobileCease, MobileCeaseRevoke
from bff.domain.deed.offer import OfferOrder
from bff.domain.deed.request import MobileTicket
from bff.domain.deed.service import ServiceOrder
from bff.domain.deed.sim import SimChange, SimOrder
from bff.domain.invoice import Invoice
from bff.domain.line import MobileLine, Sim
from bff.domain.offer import Campaign, Offering, Recommendation
from bff.domain.order import Order, Shipment
from bff.domain.payment import BillsPaid, ToppedUp
from bff.domain.payment_made import PaymentMade
from bff.domain.period import ROME
from bff.domain.registration import MobileRelation
from bff.domain.request import ServiceRequest
from bff.domain.service import ContractServices, MobileLineServices
from bff.domain.usage import Consumption, Credit, UsageRecord
from bff.domain.wish import NewSim, NuisanceCalls
from bff.errors import BackendError

W = TypeVar("W", bound=Identified)
V = TypeVar("V")


class Mobile:
    """Reads and changes of the mobile legacy."""

    def __init__(self, http: Http, clock: Clock, *, sms_sender: str = "AreaClienti") -> None:
        self._http = http
        self._clock = clock
        self._organizations = Collection(http, "/tmf-api/party/v4/organization", company.Organization)
        self._individuals = Collection(http, "/tmf-api/party/v4/individual", company.Individual)
        self._customers = Collection(http, "/tmf-api/customerManagement/v4/customer", company.Customer)
        self._accounts = Collection(http, "/tmf-api/accountManagement/v4/billingAccount", company.BillingAccount)
        self._payments = Collection(http, "/tmf-api/paymentMethod/v4/paymentMethod", payment.Method)
        self._agreements = Collection(http, "/tmf-api/agreementManagement/v4/agreement", contract.Agreement)
        self._products = Collection(http, "/tmf-api/productInventory/v4/product", line.Product)
        self._children = Collection(http, "/tmf-api/productInventory/v4/product", service.Child)
        self._resources = Collection(http, "/tmf-api/resourceInventoryManagement/v4/resource", line.Resource)
        self._bills = Collection(http, "/tmf-api/customerBillManagement/v4/customerBill", invoice.CustomerBill)
        self._rates = Collection(
            http, "/tmf-api/customerBillManagement/v4/appliedCustomerBillingRate", invoice.AppliedRate
        )
        self._orders = Collection(http, "/tmf-api/productOrderingManagement/v5/productOrder", order.ProductOrder)
        self._slots = contact.SlotSearch(http, "/tmf-api/appointment/v4/searchTimeSlot")
        self._shipping = Collection(http, "/tmf-api/shippingOrder/v4.0/shippingOrder", order.ShippingOrder)
        self._recommendations = Collection(http, "/customer/v4/queryProductRecommendation", offer.Query)
        self._offerings = Collection(
            http, "/tmf-api/productCatalogManagement/v4/productOffering", offer.ProductOffering
        )
        self._promotions = Collection(http, "/tmf-api/promotionManagement/v4/promotion", offer.Promotion)
        self._buckets = Collection(http, "/tmf-api/prepayBalanceManagement/v4/bucket", usage.Bucket)
        self._consumption = ConsumptionQuery(http, "/tmf-api/usageConsumption/v4/queryUsageConsumption")
        self._usages = Collection(http, "/tmf-api/usageManagement/v4/usage", usage_record.Usage)
        self._service_orders = Collection(http, "/tmf-api/serviceOrdering/v4/serviceOrder", request.ServiceOrder)
        self._recorded = Recorded(http, "/tmf-api/payment/v4/payment", "/tmf-api/prepayBalanceManagement/v4")
        self._made_service_orders = Orders(
            http, "/tmf-api/serviceOrdering/v4/serviceOrder", service_order.MadeServiceOrder, "externalId"
        )
        self._relations = Relations(http)
        self._messages = message.Messages(http, "/tmf-api/communicationManagement/v4/communicationMessage", sms_sender)
        self._appointments = Orders(
            http, "/tmf-api/appointment/v4/appointment", appointment.MadeAppointment, "externalId"
        )
        self._made_product_orders = Orders(
            http,
            "/tmf-api/productOrderingManagement/v5/productOrder",
            product_order.MadeProductOrder,
            "externalId.id",
        )
        self._made_payments = payment.PaymentMethods(http, "/tmf-api/paymentMethod/v4/paymentMethod")
        self._settings = AccountSettings(http, "/tmf-api/accountManagement/v4/billingAccount")
        self._cessations = cessation.Cessations(
            http,
            self._made_product_orders,
            "/tmf-api/productOrderingManagement/v5/productOrder",
            "/tmf-api/productOrderingManagement/v5/cancelProductOrder",
        )
        self._tickets = Collection(http, "/tmf-api/troubleTicket/v4/troubleTicket", request.TroubleTicket)
        self._made_tickets = Orders(http, "/tmf-api/troubleTicket/v4/troubleTicket", ticket.MadeTicket, "externalId")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def parties(self, tax_codes: Iterable[str]) -> dict[str, MobileParty | BackendError]:
        """Read companies by tax code: two calls, TMF632 `/organization` and then TMF629 `/customer`.

        Of several organizations with one tax code the first that is a customer counts.
        """

        async def fetch(keys: Sequence[str]) -> dict[str, MobileParty | BackendError]:
            as_of = self._clock.now()
            rows = await self._organizations.find("organizationIdentification.identificationId", keys)
            mine = self._organizations.belonging(rows, keys, lambda row: row.tax_codes)
            customers = await self._lists(
                self._customers, "engagedParty.id", [row.id for row in mine], company.customers()
            )
            mine.sort(key=lambda row: (not customers.get(row.id), row.id))
            return singles(self._organizations.where, keys, mine, company.parties(as_of, customers))

        return await in_batches(tax_codes, fetch)

    async def representatives(self, individual_keys: Iterable[str]) -> dict[str, LegalRepresentative | BackendError]:
        """Read people by id: TMF632 `/individual`."""
        return await self._singles(self._individuals, individual_keys, company.representatives())

    async def accounts(self, account_keys: Iterable[str]) -> dict[str, MobileAccount | BackendError]:
        """Read billing accounts by id: TMF666 `/billingAccount`."""
        return await self._singles(self._accounts, account_keys, company.accounts(self._clock.now()))

    async def payment_methods(self, payment_keys: Iterable[str]) -> dict[str, PaymentMethod | BackendError]:
        """Read payment methods by id: TMF670 `/paymentMethod`."""
        return await self._singles(self._payments, payment_keys, payment.methods(self._clock.now()))

    async def contracts_by_party(self, party_keys: Iterable[str]) -> dict[str, list[Contract] | BackendError]:
        """Read the contracts of parties: TMF651 `/agreement`."""
        return await self._lists(self._agreements, "engagedParty.id", party_keys, contract.by_party(self._clock.now()))

    async def lines_by_contract(self, contract_keys: Iterable[str]) -> dict[str, list[MobileLine] | BackendError]:
        """Read the lines of contracts: TMF637 `/product`, then TMF639 `/resource` for their SIMs.

        Calls per 50 contracts: ⌊lines ÷ 500⌋ + 1 for the products. For the first 200 SIMs one per 50, above that all
        SIMs of the customer, 500 a call, once for all contracts. A contract is an error when trying again may read its
        SIMs. A line whose SIM is rejected, garbled or missing has none, and its state is unknown if it would be active.
        """
        sims = Sims(self._resources, self._sims)

        async def fetch(keys: Sequence[str]) -> dict[str, list[MobileLine] | BackendError]:
            as_of = self._clock.now()
            rows = await self._products.find("agreement.id", keys)
            found = await sims.of([row for row in rows if not set(keys).isdisjoint(row.contract_keys)])
            return lists(self._products.where, keys, rows, line.by_contract(as_of, found))

        return await in_batches(contract_keys, fetch)

    async def lines(self, line_keys: Iterable[str]) -> dict[str, MobileLine | BackendError]:
        """Read lines by id: TMF637 `/product`, then TMF639 `/resource` for their SIMs; two calls per 50."""

        async def fetch(keys: Sequence[str]) -> dict[str, MobileLine | BackendError]:
            as_of = self._clock.now()
            rows = await self._products.find("id", keys)
            sims = await self._sims(line.sim_keys(row for row in rows if row.id in keys))
            return singles(self._products.where, keys, rows, line.by_key(as_of, sims))

        return await in_batches(line_keys, fetch)

    async def _sims(self, sim_keys: Iterable[str]) -> dict[str, Sim | BackendError]:
        return await self._singles(self._resources, sim_keys, line.sims())

    async def contract_services(self, product_keys: Iterable[str]) -> dict[str, ContractServices | BackendError]:
        """Read what is active on contracts, by the contract's own product: TMF637 `/product`, their child products."""
        return await self._joined(product_keys, service.of_contract)

    async def line_services(self, line_keys: Iterable[str]) -> dict[str, MobileLineServices | BackendError]:
        """Read what is active on lines, by their ids: TMF637 `/product`, their child products."""
        return await self._joined(line_keys, service.of_line)

    async def _joined(
        self, product_keys: Iterable[str], join: Callable[[Sequence[service.Child], datetime], V]
    ) -> dict[str, V | BackendError]:
        """Read the child products of products and join those of each."""
        as_of = self._clock.now()

        def joined(rows: list[service.Child]) -> V | BackendError:
            try:
                return join(sorted(rows, key=attrgetter("id")), as_of)  # they come in any order
            except Unreadable as error:
                return self._children.where.garbled(str(error))

        found = await self._lists(self._children, "productRelationship.product.id", product_keys, service.children())
        return {key: rows if isinstance(rows, BackendError) else joined(rows) for key, rows in found.items()}

    async def invoices_by_account(
        self, account_keys: Iterable[str], *, issued_from: date
    ) -> dict[str, list[Invoice] | BackendError]:
        """Read the bills of accounts that were issued since a day: TMF678 `/customerBill`."""
        reading = invoice.by_account(self._clock.now(), issued_from)
        return await self._lists(
            self._bills, "billingAccount.id", account_keys, reading, {"billDate.gte": _midnight(issued_from)}
        )

    async def unpaid_by_account(
        self, account_keys: Iterable[str], *, issued_from: date
    ) -> dict[str, list[Invoice] | BackendError]:
        """Read the bills of accounts, issued since a day, that are still to pay: TMF678 `/customerBill` by state."""
        reading = invoice.unpaid_by_account(self._clock.now(), issued_from)
        filters = {"billDate.gte": _midnight(issued_from), "state": ",".join(invoice.UNPAID_CODES)}
        return await self._lists(self._bills, "billingAccount.id", account_keys, reading, filters)

    async def document_addresses(self, bill_keys: Iterable[str]) -> dict[str, str | BackendError]:
        """Read where the files of bills are, by bill: TMF678 `/customerBill`."""
        return await self._singles(self._bills, bill_keys, invoice.address_of_document())

    async def lines_by_bill(self, bill_keys: Iterable[str]) -> dict[str, tuple[str, ...] | BackendError]:
        """Read which products bills charge, each once, sorted: TMF678 `/appliedCustomerBillingRate`."""
        found = await self._lists(self._rates, "bill.id", bill_keys, invoice.products_by_bill())
        return {
            key: value if isinstance(value, BackendError) else tuple(sorted(set(value))) for key, value in found.items()
        }

    async def orders_by_customer(
        self, customer_keys: Iterable[str], *, placed_from: date
    ) -> dict[str, list[Order] | BackendError]:
        """Read the orders of customers placed since a day: TMF622 `/productOrder`."""
        return await self._orders_by_party(customer_keys, "customer", placed_from)

    async def orders_by_requester(
        self, person_keys: Iterable[str], *, placed_from: date
    ) -> dict[str, list[Order] | BackendError]:
        """Read the orders that people placed since a day, by directory id, whatever the customer: `/productOrder`."""
        return await self._orders_by_party(person_keys, "requester", placed_from)

    async def _orders_by_party(
        self, keys: Iterable[str], role: str, placed_from: date
    ) -> dict[str, list[Order] | BackendError]:
        reading = order.by_party(self._clock.now(), role, placed_from)
        return await self._lists(
            self._orders, "relatedParty.id", keys, reading, {"creationDate.gte": _midnight(placed_from)}
        )

    async def orders_by_line(
        self, line_keys: Iterable[str], *, placed_from: date
    ) -> dict[str, list[Order] | BackendError]:
        """Read the orders placed since a day that concern lines, by product id: TMF622 `/productOrder`."""
        reading = order.by_line(self._clock.now(), placed_from)
        return await self._lists(
            self._orders,
            "productOrderItem.product.id",
            line_keys,
            reading,
            {"creationDate.gte": _midnight(placed_from)},
        )

    async def shipments(self, order_keys: Iterable[str]) -> dict[str, list[Shipment] | BackendError]:
        """Read the deliveries of orders: TMF700 `/shippingOrder`."""
        return await self._lists(self._shipping, "productOrder.id", order_keys, order.shipments())

    async def recommendations_by_party(
        self, party_keys: Iterable[str]
    ) -> dict[str, list[Recommendation] | BackendError]:
        """Read which offerings are recommended to parties: TMF680 `/queryProductRecommendation`."""
        found = await self._lists(self._recommendations, "relatedParty.id", party_keys, offer.by_party())
        return {
            key: runs if isinstance(runs, BackendError) else list(chain.from_iterable(runs))
            for key, runs in found.items()
        }

    async def offerings(self, offering_keys: Iterable[str]) -> dict[str, Offering | BackendError]:
        """Read offerings of the catalogue with their prices, by id: TMF620 `/productOffering`."""
        return await self._singles(self._offerings, offering_keys, offer.offerings())

    async def campaigns_by_offering(self, offering_keys: Iterable[str]) -> dict[str, list[Campaign] | BackendError]:
        """Read the campaigns that offer offerings, whatever their schedule: TMF671 `/promotion`."""
        return await self._lists(
            self._promotions, "pattern.action.actionEntityRef.id", offering_keys, offer.campaigns_by_offering()
        )

    async def credits_by_number(self, number_keys: Iterable[str]) -> dict[str, Credit | BackendError]:
        """Read the credit of prepaid lines, by the key of the number: TMF654 `/bucket`."""
        reading = usage.credits_by_number(self._clock.now())

        async def fetch(keys: Sequence[str]) -> dict[str, Credit | BackendError]:
            rows = await self._buckets.find("logicalResource.id", keys)
            return singles(self._buckets.where, keys, rows, reading)

        return await in_batches(number_keys, fetch)

    async def consumption(self, line_keys: Iterable[str]) -> dict[str, Consumption | BackendError]:
        """Read what lines have used since the last renewal: TMF677 `/queryUsageConsumption`, a task per 50."""
        reading = usage.by_line(self._clock.now())

        async def fetch(keys: Sequence[str]) -> dict[str, Consumption | BackendError]:
            return singles(self._consumption.where, keys, await self._consumption.run(keys), reading)

        return await in_batches(line_keys, fetch)

    async def records_by_day(
        self, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], list[UsageRecord] | BackendError]:
        """Read the records of lines and days, by line and ISO day: TMF635 `/usage`.

        Lines that lack the same span of days are asked for together, so that a page of lines costs a call per 50 and
        per 500 rows. A day between two that are asked for is read too, and dropped.
        """
        spans = usage_record.lines_by_span(keys)
        found = await asyncio.gather(*(self._rows(lines, *span) for span, lines in spans.items()))
        rows = {line: of_line for part in found for line, of_line in part.items()}
        return usage_record.by_day(self._usages.where, keys, rows)

    async def _rows(
        self, line_keys: Iterable[str], first: date, last: date
    ) -> dict[str, list[usage_record.Usage] | BackendError]:
        days = {"usageDate.gte": _midnight(first), "usageDate.lt": _midnight(last + timedelta(days=1))}
        return await self._lists(
            self._usages, "ratedProductUsage.productRef.id", line_keys, usage_record.rows_by_line(), days
        )

    async def requests_by_customer(
        self, customer_keys: Iterable[str], *, made_from: date
    ) -> dict[str, list[ServiceRequest] | BackendError]:
        """Read the requests of customers made since a day: TMF641 `/serviceOrder` and TMF621 `/troubleTicket`."""
        return await self._requests_by_party(customer_keys, "customer", made_from)

    async def requests_by_requester(
        self, person_keys: Iterable[str], *, made_from: date
    ) -> dict[str, list[ServiceRequest] | BackendError]:
        """Read the requests that people made since a day, by directory id, whatever the customer: both resources."""
        return await self._requests_by_party(person_keys, "requester", made_from)

    async def requests_by_line(
        self, line_keys: Iterable[str], *, made_from: date
    ) -> dict[str, list[ServiceRequest] | BackendError]:
        """Read the requests made since a day that concern lines, by product id: both resources."""
        as_of, keys = self._clock.now(), list(line_keys)
        return await self._requests(
            self._lists(
                self._service_orders,
                "serviceOrderItem.service.relatedEntity.id",
                keys,
                request.orders_by_line(as_of, made_from),
                {"orderDate.gte": _midnight(made_from)},
            ),
            self._lists(
                self._tickets,
                "relatedEntity.id",
                keys,
                request.tickets_by_line(as_of, made_from),
                {"creationDate.gte": _midnight(made_from)},
            ),
        )

    async def _requests_by_party(
        self, party_keys: Iterable[str], role: str, made_from: date
    ) -> dict[str, list[ServiceRequest] | BackendError]:
        as_of, keys = self._clock.now(), list(party_keys)
        return await self._requests(
            self._lists(
                self._service_orders,
                "relatedParty.id",
                keys,
                request.orders_by_party(as_of, role, made_from),
                {"orderDate.gte": _midnight(made_from)},
            ),
            self._lists(
                self._tickets,
                "relatedParty.id",
                keys,
                request.tickets_by_party(as_of, role, made_from),
                {"creationDate.gte": _midnight(made_from)},
            ),
        )

    async def _requests(
        self,
        orders: Awaitable[dict[str, list[request.Told] | BackendError]],
        tickets: Awaitable[dict[str, list[request.Told] | BackendError]],
    ) -> dict[str, list[ServiceRequest] | BackendError]:
        """Merge what both resources tell of each key; a key that one of them fails is an error."""
        of_orders, of_tickets = await asyncio.gather(orders, tickets)
        found: dict[str, list[ServiceRequest] | BackendError] = {}
        for key, ordered in of_orders.items():
            opened = of_tickets[key]
            if isinstance(ordered, BackendError):
                found[key] = ordered
            else:
                found[key] = opened if isinstance(opened, BackendError) else request.merged(ordered, opened)
        return found

    async def set_paperless(self, deed: MobilePaperless) -> Told:
        """Turn the paperless invoice of an account on or off: TMF666 `PATCH /billingAccount/{id}`."""
        return await self._settings.set_paperless(deed.account_key, paperless=deed.paperless)

    async def paperless_set(self, deed: MobilePaperless) -> Told | None:
        """Read back whether the paperless invoice is as it was to be; None when it is not."""
        found = await self._account(deed.account_key)
        return Told(ChangeStatus.DONE) if found is not None and found.paperless is deed.paperless else None

    async def set_delivery(self, deed: MobileDelivery, address: Address) -> Told:
        """Send the paper invoices of an account to an address: TMF666 `PATCH /billingAccount/{id}`."""
        return await self._settings.set_delivery(deed.account_key, address, self._clock.now())

    async def delivery(self, account_key: str) -> Address | None:
        """Read back where the paper invoices of an account go; None when it does not say."""
        found = await self._account(account_key)
        return None if found is None else found.delivery_address

    async def set_debit(self, deed: MobileDebit, request_id: str, mandate: SignedMandate | None) -> Told:
        """Have an account paid by a mandate, or by transfer without one: two calls.

        TMF670 `POST /paymentMethod` and TMF666 `PATCH /billingAccount/{id}`. Nothing has changed before the second.
        """
        payment_key = await self._made_payments.make(deed.account_key, mandate, request_id)
        return await self._settings.set_payment(deed.account_key, payment_key)

    async def debit_set(self, deed: MobileDebit, request_id: str) -> Told | None:
        """Read back whether an account is paid by the method that was made under a request id; None when it is not."""
        payment_key, found = await asyncio.gather(self._made_payments.find(request_id), self._account(deed.account_key))
        is_set = payment_key is not None and found is not None and found.payment_key == payment_key
        return Told(ChangeStatus.DONE) if is_set else None

    async def _account(self, account_key: str) -> MobileAccount | None:
        """Read an account. Raises BackendErrors."""
        found = (await self.accounts([account_key])).get(account_key)
        if isinstance(found, BackendError):
            raise found
        return found

    async def relation(self, tax_code: str) -> MobileRelation | None:
        """Read a company as somebody who registers names it; None when it is no customer. Four calls, always.

        Raises BackendErrors.
        """
        return await self._relations.of(tax_code)

    async def send_sms(self, number: str, text: str) -> None:
        """Send a text to a number in E.164: TMF681 `POST /communicationMessage`. Raises BackendErrors."""
        await self._messages.send(number, text)

    async def order_sim(self, deed: SimOrder, request_id: str) -> Told:
        """Order that a SIM be blocked or released: TMF641 `POST /serviceOrder`."""
        return await self._made_service_orders.make(service_order.of_sim(deed, request_id), request_id)

    async def order_service(self, deed: ServiceOrder, request_id: str, wanted: Any) -> Told:
        """Order that a service be what is wanted, by its kind: TMF641 `POST /serviceOrder`."""
        return await self._made_service_orders.make(service_order.of_service(deed, wanted, request_id), request_id)

    async def service_order(self, request_id: str) -> Told | None:
        """Tell what became of a request that a service order was made of; None when nothing is known of it."""
        return await self._made_service_orders.find(request_id)

    async def open_ticket(
        self, deed: MobileTicket, request_id: str, about: PaymentMade | Address | NuisanceCalls
    ) -> Told:
        """Open a ticket that asks for something: TMF621 `POST /troubleTicket`."""
        return await self._made_tickets.make(ticket.document(deed, request_id, about), request_id)

    async def opened_ticket(self, request_id: str) -> Told | None:
        """Tell what became of a request that is a ticket; None when nothing is known of it."""
        return await self._made_tickets.find(request_id)

    async def book_call_back(self, deed: CallBack, request_id: str, called: Called) -> Told:
        """Book a call back: TMF646 `POST /appointment`."""
        return await self._appointments.make(appointment.document(deed, request_id, called), request_id)

    async def call_back(self, request_id: str) -> Told | None:
        """Tell what became of a request for a call back; None when nothing is known of it."""
        return await self._appointments.find(request_id)

    async def order_offer(self, deed: OfferOrder, request_id: str) -> Told:
        """Order an offer: TMF622 `POST /productOrder`."""
        return await self._made_product_orders.make(product_order.of_offer(deed, request_id), request_id)

    async def product_order(self, request_id: str) -> Told | None:
        """Tell what became of a request that a product order was made of; None when nothing is known of it."""
        return await self._made_product_orders.find(request_id)

    async def order_other_sim(self, deed: SimChange, request_id: str, wanted: NewSim) -> Told:
        """Order another SIM for a line: TMF622 `POST /productOrder`."""
        return await self._made_product_orders.make(product_order.of_sim(deed, wanted, request_id), request_id)

    async def cease_lines(self, deed: MobileCease, request_id: str, wanted: Cessation) -> Told:
        """Order that lines be ceased: TMF622 `POST /productOrder`."""
        return await self._cessations.cease(deed, request_id, wanted)

    async def lines_ceased(self, deed: MobileCease, request_id: str) -> Told | None:
        """Tell of which lines an order was made under a request id; None when of none."""
        return await self._cessations.ceased(deed, request_id)

    async def revoke_cease(self, deed: MobileCeaseRevoke) -> Told:
        """Call the orders off by which lines are being ceased: TMF622 `POST /cancelProductOrder`."""
        return await self._cessations.revoke(deed)

    async def cease_revoked(self, deed: MobileCeaseRevoke) -> Told | None:
        """Read back which of the orders are called off; None when none is."""
        return await self._cessations.revoked(deed)

    async def record_payment(self, leg: BillsPaid, request_id: str) -> Told:
        """Record that bills were paid: TMF676 `POST /payment`."""
        return await self._recorded.pay(leg, request_id)

    async def payment_recorded(self, request_id: str) -> Told | None:
        """Tell what became of a payment that was recorded; None when nothing is known of it: TMF676 `/payment`."""
        return await self._recorded.paid(request_id)

    async def top_up(self, leg: ToppedUp, request_id: str) -> Told:
        """Add credit to a prepaid line: TMF654 `/bucket`, then `POST /topupBalance`."""
        return await self._recorded.top_up(leg, request_id)

    async def topped_up(self, request_id: str) -> Told | None:
        """Tell what became of a top-up; None when nothing is known of it: TMF654 `/topupBalance`."""
        return await self._recorded.topped_up(request_id)

    async def call_slots(self, windows: Iterable[str]) -> dict[str, list[CallSlot] | BackendError]:
        """Read the free times for a call back, by window: TMF646 `/searchTimeSlot`, a call each."""
        return await in_batches(windows, self._slots.find, limit=1)

    async def _lists(
        self,
        collection: Collection[W],
        attribute: str,
        keys: Iterable[str],
        reading: Reading[W, V],
        filters: Mapping[str, str] | None = None,
    ) -> dict[str, list[V] | BackendError]:
        async def fetch(batch: Sequence[str]) -> "dict[str, list[V] | BackendError]":
            return lists(collection.where, batch, await collection.find(attribute, batch, filters), reading)

        return await in_batches(keys, fetch)

    async def _singles(
        self, collection: Collection[W], keys: Iterable[str], reading: Reading[W, V]
    ) -> dict[str, V | BackendError]:
        async def fetch(batch: Sequence[str]) -> "dict[str, V | BackendError]":
            return singles(collection.where, batch, await collection.find("id", batch), reading)

        return await in_batches(keys, fetch)


def _midnight(day: date) -> str:
    """Write the first instant of a day in Rome for a filter."""
    return datetime.combine(day, time.min, ROME).isoformat()
