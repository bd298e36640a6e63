"""The customer that a request acts for: the way to all that it has."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from bff.domain import company as company_record
from bff.domain import contract as contract_record
from bff.domain import customer as record
from bff.domain import invoice as invoice_record
from bff.domain import line as line_record
from bff.domain import link as link_record
from bff.domain import offer as offer_record
from bff.domain import order as order_record
from bff.domain import page as page_record
from bff.domain import request as request_record
from bff.domain import user as user_record
from bff.resolvers import company, contract, invoice, line, offer, order, request, user
from bff.resolvers.page import Slice
from bff.schema._batch import Call, Each, batch
from bff.schema._view import view
from bff.schema.company import Company, RecipientCode
from bff.schema.contract import ContractConnection
from bff.schema.directives import JOINED_PAGE, PAGE, assumed
from bff.schema.invoice import InvoiceConnection, InvoiceFilter, InvoiceSort
from bff.schema.line import (
    FixedLineConnection,
    FixedLineFilter,
    FixedLineSort,
    LineConnection,
    LineFilter,
    MobileLineConnection,
    MobileLineFilter,
    MobileLineSort,
)
from bff.schema.link import ServiceLinks
from bff.schema.offer import OfferConnection
from bff.schema.order import OrderConnection, OrderFilter, OrderSort
from bff.schema.page import After, First, Offset
from bff.schema.request import RequestFilter, RequestSort, ServiceRequestConnection
from bff.schema.shared import Actionable, Node
from bff.schema.user import PortalUserConnection, UserFilter, UserSort

_ROWS = strawberry.argument(description="Which rows.")
_SORT = strawberry.argument(description="How to sort.")

Customers = Sequence[record.Customer]


@view(record.Customer, rule="viewer.read")
class Customer(Node, Actionable):
    """The company that the request acts for."""

    @batch(Company | None, rule="company.read")
    @staticmethod
    async def company(customers: Customers, call: Call) -> Each[company_record.Company]:
        """Company registry."""
        return await company.registry(call.context, customers)

    @batch(list[RecipientCode] | None, rule="company.recipient", counts=assumed(50))
    @staticmethod
    async def recipient_codes(customers: Customers, call: Call) -> Each[Sequence[record.RecipientCode]]:
        """Recipient codes of all mobile contracts and of all accounts of fixed lines."""
        return await company.recipient_codes(call.context, customers, call.grant)

    @batch(PortalUserConnection | None, rule="users.list", counts=PAGE)
    @staticmethod
    async def users(
        customers: Customers,
        call: Call,
        *,
        filter: Annotated[UserFilter | None, _ROWS] = None,  # noqa: A002 - the argument's name
        order_by: Annotated[UserSort | None, _SORT] = None,
        first: First = 20,
        after: After = None,
        offset: Offset = None,
    ) -> Each[page_record.Page[user_record.PortalUser]]:
        """Users with state and profile; sorted by name."""
        return await user.managed(call.context, customers, call.grant, filter, order_by, Slice(first, after, offset))

    @batch(ContractConnection | None, rule="services.contract", counts=PAGE)
    @staticmethod
    async def contracts(
        customers: Customers, call: Call, *, first: First = 20, after: After = None, offset: Offset = None
    ) -> Each[page_record.Page[contract_record.Contract]]:
        """Mobile contracts; sorted by number."""
        return await contract.of_customers(call.context, customers, call.grant, Slice(first, after, offset))

    @batch(LineConnection | None, rule="company.holdings", counts=JOINED_PAGE)
    @staticmethod
    async def lines(
        customers: Customers,
        call: Call,
        *,
        filter: Annotated[LineFilter | None, _ROWS] = None,  # noqa: A002 - the argument's name
        first: First = 20,
        after: After = None,
    ) -> Each[page_record.Page[line_record.Line]]:
        """Holdings at a glance: mobile and fixed lines together; sorted by number."""
        return await line.holdings(call.context, customers, call.grant, filter, Slice(first, after))

    @batch(MobileLineConnection | None, rule="mobile.list", counts=PAGE)
    @staticmethod
    async def mobile_lines(
        customers: Customers,
        call: Call,
        *,
        filter: Annotated[MobileLineFilter | None, _ROWS] = None,  # noqa: A002 - the argument's name
        order_by: Annotated[MobileLineSort | None, _SORT] = None,
        first: First = 20,
        after: After = None,
        offset: Offset = None,
    ) -> Each[page_record.Page[line_record.MobileLine]]:
        """Mobile lines; sorted by number."""
        return await line.mobile(call.context, customers, call.grant, filter, order_by, Slice(first, after, offset))

    @batch(FixedLineConnection | None, rule="fixed.list", counts=PAGE)
    @staticmethod
    async def fixed_lines(
        customers: Customers,
        call: Call,
        *,
        filter: Annotated[FixedLineFilter | None, _ROWS] = None,  # noqa: A002 - the argument's name
        order_by: Annotated[FixedLineSort | None, _SORT] = None,
        first: First = 20,
        after: After = None,
        offset: Offset = None,
    ) -> Each[page_record.Page[line_record.FixedLine]]:
        """Fixed lines; sorted by number."""
        return await line.fixed(call.context, customers, call.grant, filter, order_by, Slice(first, after, offset))

    @batch(ServiceLinks | None, rule="services.links")
    @staticmethod
    async def services(customers: Customers, _call: Call) -> Each[link_record.ServiceLinks]:
        """Services that live on other sites."""
        return [link_record.ServiceLinks() for _ in customers]

    @batch(InvoiceConnection | None, rule="invoices.list", counts=JOINED_PAGE)
    @staticmethod
    async def invoices(
        customers: Customers,
        call: Call,
        *,
        filter: Annotated[InvoiceFilter | None, _ROWS] = None,  # noqa: A002 - the argument's name
        order_by: Annotated[InvoiceSort | None, _SORT] = None,
        first: First = 20,
        after: After = None,
        offset: Offset = None,
    ) -> Each[page_record.WindowedPage[invoice_record.Invoice]]:
        """Invoices of the last 12 months, for a ceased customer of the last 6 bimesters; newest first."""
        return await invoice.issued(call.context, customers, call.grant, filter, order_by, Slice(first, after, offset))

    @batch(InvoiceConnection | None, rule="invoices.topay", counts=JOINED_PAGE)
    @staticmethod
    async def invoices_to_pay(
        customers: Customers,
        call: Call,
        *,
        filter: Annotated[InvoiceFilter | None, _ROWS] = None,  # noqa: A002 - the argument's name
        order_by: Annotated[InvoiceSort | None, _SORT] = None,
        first: First = 20,
        after: After = None,
        offset: Offset = None,
    ) -> Each[page_record.WindowedPage[invoice_record.Invoice]]:
        """Unpaid invoices of the last 5 years, for a ceased customer of the last 6 bimesters; oldest due date first."""
        return await invoice.to_pay(call.context, customers, call.grant, filter, order_by, Slice(first, after, offset))

    @batch(OrderConnection | None, rule="orders.list", counts=JOINED_PAGE)
    @staticmethod
    async def orders(
        customers: Customers,
        call: Call,
        *,
        filter: Annotated[OrderFilter | None, _ROWS] = None,  # noqa: A002 - the argument's name
        order_by: Annotated[OrderSort | None, _SORT] = None,
        first: First = 20,
        after: After = None,
    ) -> Each[page_record.WindowedPage[order_record.Order]]:
        """Orders of the last 6 months; newest first."""
        return await order.placed(call.context, customers, call.grant, filter, order_by, Slice(first, after))

    @batch(ServiceRequestConnection | None, rule="requests.list", counts=JOINED_PAGE)
    @staticmethod
    async def requests(
        customers: Customers,
        call: Call,
        *,
        filter: Annotated[RequestFilter | None, _ROWS] = None,  # noqa: A002 - the argument's name
        order_by: Annotated[RequestSort | None, _SORT] = None,
        first: First = 20,
        after: After = None,
    ) -> Each[page_record.WindowedPage[request_record.ServiceRequest]]:
        """Requests of the last 6 months; newest first."""
        return await request.made(call.context, customers, call.grant, filter, order_by, Slice(first, after))

    @batch(OfferConnection | None, rule="offers.read", counts=PAGE)
    @staticmethod
    async def offers(
        customers: Customers, call: Call, *, first: First = 20, after: After = None
    ) -> Each[page_record.Page[offer_record.Offer]]:
        """Offers of the campaigns running for this customer; ending soonest first."""
        return await offer.of_customers(call.context, customers, Slice(first, after))
