"""The reads."""

from typing import Annotated

import strawberry

from bff.domain import contact as contact_record
from bff.domain import customer as customer_record
from bff.domain import dashboard as dashboard_record
from bff.domain import faq as faq_record
from bff.domain import link as link_record
from bff.domain import offer as offer_record
from bff.domain import page as page_record
from bff.resolvers import contact, dashboard, faq, node, offer, viewer
from bff.resolvers.page import Slice
from bff.schema._batch import Call, Each, root
from bff.schema.contact import Contact
from bff.schema.contract import Contract
from bff.schema.customer import Customer
from bff.schema.dashboard import Dashboard
from bff.schema.directives import PAGE, as_long_as, assumed
from bff.schema.faq import Faq
from bff.schema.invoice import Invoice
from bff.schema.line import Line
from bff.schema.link import Reports
from bff.schema.offer import OfferConnection
from bff.schema.order import Order
from bff.schema.page import After, First
from bff.schema.request import ServiceRequest
from bff.schema.shared import Node
from bff.schema.viewer import Viewer


def _id(description: str) -> object:
    return strawberry.argument(description=description)


@strawberry.type(description="Reads.")
class Query:
    """The roots; each names the function of the matrix that guards it."""

    @root(Viewer | None, rule="viewer.read", open_=True)
    @staticmethod
    async def viewer(call: Call) -> customer_record.Viewer:
        """The signed-in person."""
        return viewer.signed_in(call.context)

    @root(Customer | None, rule="viewer.read")
    @staticmethod
    async def customer(call: Call) -> customer_record.Customer:
        """The company of the active membership."""
        return viewer.customer(call.context)

    @root(Dashboard | None, rule="dashboard.read")
    @staticmethod
    async def dashboard(call: Call) -> dashboard_record.Dashboard:
        """The home page."""
        return dashboard.home(call.context)

    @root(Node | None, rule="viewer.read")
    @staticmethod
    async def node(call: Call, *, id: Annotated[strawberry.ID, _id("Global id.")]) -> object:  # noqa: A002
        """Any Node by its id; null when unknown or out of reach."""
        return await node.one(call.context, id, call.grant)

    @root(list[Node | None] | None, rule="viewer.read", counts=as_long_as("ids"))
    @staticmethod
    async def nodes(
        call: Call, *, ids: Annotated[list[strawberry.ID], _id("Global ids, up to 50.")]
    ) -> Each[object | None]:
        """Many by their ids, in the same order; null where unknown or out of reach."""
        return await node.many(call.context, ids, call.grant)

    @root(Line | None, rule="mobile.detail")
    @staticmethod
    async def line(
        call: Call,
        *,
        id: Annotated[strawberry.ID, _id("Id of the line.")],  # noqa: A002
    ) -> object:
        """A line; null when unknown or out of reach."""
        return await node.one(call.context, id, call.grant)

    @root(Contract | None, rule="services.contract")
    @staticmethod
    async def contract(
        call: Call,
        *,
        id: Annotated[strawberry.ID, _id("Id of the contract.")],  # noqa: A002
    ) -> object:
        """A mobile contract; null when unknown or out of reach."""
        return await node.one(call.context, id, call.grant)

    @root(Reports | None, rule="reports.ebill")
    @staticmethod
    async def reports(_call: Call) -> link_record.Reports:
        """Reports that live on other sites."""
        return link_record.Reports()

    @root(Invoice | None, rule="invoices.list")
    @staticmethod
    async def invoice(
        call: Call,
        *,
        id: Annotated[strawberry.ID, _id("Id of the invoice.")],  # noqa: A002
    ) -> object:
        """An invoice; null when unknown, out of reach or too old."""
        return await node.one(call.context, id, call.grant)

    @root(Order | None, rule="orders.detail")
    @staticmethod
    async def order(
        call: Call,
        *,
        id: Annotated[strawberry.ID, _id("Id of the order.")],  # noqa: A002
    ) -> object:
        """An order; null when unknown, out of reach or too old."""
        return await node.one(call.context, id, call.grant)

    @root(ServiceRequest | None, rule="requests.detail")
    @staticmethod
    async def request(
        call: Call,
        *,
        id: Annotated[strawberry.ID, _id("Id of the request.")],  # noqa: A002
    ) -> object:
        """A request; null when unknown, out of reach or too old."""
        return await node.one(call.context, id, call.grant)

    @root(list[Faq] | None, rule="support.faq", counts=assumed(50))
    @staticmethod
    async def faqs(
        call: Call,
        *,
        topic: Annotated[faq_record.FaqTopic | None, _id("Only this topic; null takes all.")] = None,
        search: Annotated[
            str | None, _id("Words to look for, all of which must be there; accents and case don't matter.")
        ] = None,
    ) -> list[faq_record.Faq]:
        """Questions and answers."""
        return faq.found(call.context, topic, search)

    @root(list[Contact] | None, rule="support.contacts", counts=assumed(6))
    @staticmethod
    async def contacts(call: Call) -> list[contact_record.Contact]:
        """Ways to get help; assistance in the old area only for the networks that the customer is on."""
        return await contact.offered(call.context)

    @root(OfferConnection | None, rule="offers.read", counts=PAGE)
    @staticmethod
    async def offers(
        call: Call,
        *,
        campaign_id: Annotated[strawberry.ID | None, _id("Only this campaign; null takes all.")] = None,
        first: First = 20,
        after: After = None,
    ) -> page_record.Page[offer_record.Offer]:
        """The same as customer.offers, of one campaign or all; ending soonest first."""
        return await offer.of_campaign(call.context, campaign_id, Slice(first, after))
