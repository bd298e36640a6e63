"""The home page: its blocks are the lists of other pages, cut short, and what the engagement rules choose."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from bff.domain import contact as contact_record
from bff.domain import dashboard as record
from bff.domain import engagement as engagement_record
from bff.domain import freshness as freshness_record
from bff.domain import invoice as invoice_record
from bff.domain import line as line_record
from bff.domain import offer as offer_record
from bff.domain import order as order_record
from bff.domain import page as page_record
from bff.domain import request as request_record
from bff.domain import usage as usage_record
from bff.domain.customer import Customer
from bff.domain.profile import Profile
from bff.domain.url import Url
from bff.resolvers import contact, dashboard, invoice, line, order, request, usage
from bff.schema import shared
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, plain, view
from bff.schema.contact import Contact
from bff.schema.directives import JOINED_PAGE, assumed
from bff.schema.invoice import InvoiceConnection
from bff.schema.line import LineConnection, LineFilter
from bff.schema.offer import Offer
from bff.schema.order import OrderConnection
from bff.schema.request import ServiceRequestConnection
from bff.schema.usage import OfferUsage

described(
    engagement_record.AlertSeverity,
    INFO="For information.",
    WARNING="Something needs care.",
    CRITICAL="Something doesn't work.",
)

Few = Annotated[int, strawberry.argument(description="How many, 1 to 20.")]
Pages = Sequence[record.Dashboard]


@view(record.Greeting, rule=PARENT)
class Greeting(shared.Person):
    """Salutation; tax codes in clear."""

    profile: Profile = plain("Profile in the active membership.")
    tax_code: str | None = plain("Personal tax code, 16 characters; null when not known.")
    company_tax_code: str = plain("Company's tax code, 11 or 16 characters.")

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def company_name(greetings: Sequence[record.Greeting], call: Call) -> Each[str]:
        """Company name, which leads to company data; null, with an error, when its system fails."""
        name = await dashboard.company_name(call.context)
        return [name for _ in greetings]


@view(record.Alert, rule=PARENT)
class Alert:
    """A notice on top of the page."""

    severity: engagement_record.AlertSeverity = plain("How serious.")
    message: str = plain("Text in the language of Accept-Language.")


@view(record.Shortcut, rule=PARENT)
class Shortcut:
    """A short link."""

    label: str = plain("Text in the language of Accept-Language.")
    url: Url = plain("Page to open.")


@view(record.PushedBox, rule=PARENT)
class PushedBox:
    """A box pushed to this customer."""

    title: str = plain("Title in the language of Accept-Language.")
    text: str | None = plain("Text in the language of Accept-Language; null for a picture alone.")
    media_url: Url | None = plain("Picture or film; null for text alone.")
    url: Url = plain("Page to open; of offers the only one's, else the landing page of their campaigns.")

    @batch(Offer | None, rule=PARENT, reference=True)
    @staticmethod
    async def offer(boxes: Sequence[record.PushedBox], call: Call) -> Each[offer_record.Offer | None]:
        """The offer it leads to; null when it leads elsewhere."""
        del call
        return [box.offer for box in boxes]

    ends_at: datetime | None = plain("When it disappears; null when not planned.")


@view(record.Dashboard, rule="dashboard.read")
class Dashboard:
    """The home page; each block fails alone."""

    @batch(Greeting | None, rule=PARENT)
    @staticmethod
    async def greeting(pages: Pages, call: Call) -> Each[record.Greeting]:
        """Salutation."""
        return [dashboard.greeting(call.context) for _ in pages]

    @batch(list[Alert] | None, rule=PARENT, counts=assumed(5))
    @staticmethod
    async def alerts(pages: Pages, call: Call) -> Each[Sequence[record.Alert]]:
        """Notices to show on top: data that are missing or old on the page, then those of the engagement rules."""
        found = await dashboard.alerts(call.context)
        return [found for _ in pages]

    @batch(LineConnection | None, rule="company.holdings", counts=JOINED_PAGE)
    @staticmethod
    async def lines(
        pages: Pages,
        call: Call,
        *,
        filter: Annotated[LineFilter | None, strawberry.argument(description="Which rows.")] = None,  # noqa: A002
        first: Few = 5,
    ) -> Each[page_record.Page[line_record.Line]]:
        """The first few lines, mobile and fixed, sorted by number; totalCount has the count."""
        return await line.holdings(call.context, _customers(pages), call.grant, filter, dashboard.few(first))

    @batch(InvoiceConnection | None, rule="dashboard.invoices", counts=JOINED_PAGE)
    @staticmethod
    async def invoices(
        pages: Pages, call: Call, *, first: Few = 5
    ) -> Each[page_record.WindowedPage[invoice_record.Invoice]]:
        """Preview of the invoices issued; newest first."""
        return await invoice.issued(call.context, _customers(pages), call.grant, None, None, dashboard.few(first))

    @batch(list[OfferUsage] | None, rule="dashboard.traffic", counts=assumed(5))
    @staticmethod
    async def traffic(pages: Pages, call: Call) -> Each[Sequence[usage_record.OfferUsage] | None]:
        """Traffic still available on the person's own line; null when they have none."""
        available = await usage.available(call.context)
        return [available for _ in pages]

    @batch(list[Shortcut] | None, rule="dashboard.pushes", counts=assumed(10))
    @staticmethod
    async def shortcuts(pages: Pages, call: Call) -> Each[Sequence[record.Shortcut]]:
        """Shortcuts chosen by the engagement rules; one whose rule asks for what can't be read is left out."""
        found = await dashboard.shortcuts(call.context)
        return [found for _ in pages]

    @batch(list[PushedBox] | None, rule="dashboard.pushes", counts=assumed(10))
    @staticmethod
    async def boxes(pages: Pages, call: Call) -> Each[Sequence[record.PushedBox]]:
        """Box of the offers for the customer, then those of the engagement rules; what can't be read has none."""
        found = await dashboard.boxes(call.context)
        return [found for _ in pages]

    @batch(OrderConnection | None, rule="orders.list", counts=JOINED_PAGE)
    @staticmethod
    async def orders(pages: Pages, call: Call, *, first: Few = 5) -> Each[page_record.WindowedPage[order_record.Order]]:
        """Orders of the last 6 months; newest first."""
        return await order.placed(call.context, _customers(pages), call.grant, None, None, dashboard.few(first))

    @batch(ServiceRequestConnection | None, rule="requests.list", counts=JOINED_PAGE)
    @staticmethod
    async def requests(
        pages: Pages, call: Call, *, first: Few = 5
    ) -> Each[page_record.WindowedPage[request_record.ServiceRequest]]:
        """Requests of the last 6 months; newest first."""
        return await request.made(call.context, _customers(pages), call.grant, None, None, dashboard.few(first))

    @batch(list[Contact] | None, rule="support.contacts", counts=assumed(6))
    @staticmethod
    async def contacts(pages: Pages, call: Call) -> Each[Sequence[contact_record.Contact]]:
        """Assistance channels."""
        found = await contact.offered(call.context)
        return [found for _ in pages]

    @batch(list[Shortcut] | None, rule=PARENT, counts=assumed(10))
    @staticmethod
    async def tools(pages: Pages, call: Call) -> Each[Sequence[record.Shortcut]]:
        """Related tools, chosen by the engagement rules."""
        found = await dashboard.tools(call.context)
        return [found for _ in pages]

    @batch(list[shared.Freshness], rule=PARENT, counts=assumed(5))
    @staticmethod
    async def freshness(pages: Pages, call: Call) -> Each[Sequence[freshness_record.Freshness]]:
        """One entry per system that the lists of the page read, asked for or not; tells why a block is null."""
        found = await dashboard.freshness(call.context)
        return [found for _ in pages]


def _customers(pages: Pages) -> list[Customer]:
    return [Customer(page.tax_code) for page in pages]
