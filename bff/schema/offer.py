"""Offers dedicated to the customer, and the campaigns that make them."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from bff.domain import line as line_record
from bff.domain import offer as record
from bff.domain import page as page_record
from bff.domain.change import Changed
from bff.domain.url import Url
from bff.resolvers import offer
from bff.resolvers.page import Slice
from bff.schema import changed
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, plain, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.directives import PAGE
from bff.schema.line import LineConnection
from bff.schema.page import After, Connection, First
from bff.schema.shared import Actionable, Node, TaxedMoney


@view(record.Campaign, rule=PARENT)
class Campaign:
    """A campaign that the customer is in; only running ones are shown."""

    @batch(strawberry.ID, rule=PARENT)
    @staticmethod
    async def id(campaigns: Sequence[record.Campaign], call: Call) -> Each[str]:
        """Opaque id, valid for this customer only; what `offers` takes."""
        return offer.campaign_ids(call.context, campaigns)

    name: str = plain("Name.")

    @batch(Url, rule=PARENT)
    @staticmethod
    async def url(campaigns: Sequence[record.Campaign], call: Call) -> Each[Url]:
        """Landing page, in the customer area."""
        return offer.campaign_urls(call.context, campaigns)

    starts_at: datetime | None = plain("When it began; null when that is not told.")
    ends_at: datetime | None = plain("First instant at which it is over; null when no end is planned.")


@view(record.Offer, rule="offers.read")
class Offer(Node, Actionable):
    """An offer dedicated to the customer in a running campaign; one that two campaigns make is two offers."""

    name: str = plain("Name.")
    description: str = plain("What it gives; empty when that is not told.")

    @batch(Url | None, rule=PARENT)
    @staticmethod
    async def media_url(offers: Sequence[record.Offer], call: Call) -> Each[Url | None]:
        """Picture or film, https; null when there is none that may be shown."""
        return offer.media_urls(call.context, offers)

    monthly_price: TaxedMoney | None = plain("Price per month; null when it has none.")
    once_price: TaxedMoney | None = plain("Price once; null when it has none.")
    campaign: Campaign = plain("Campaign that offers it.")
    for_lines: bool = plain("True when it is bought for lines, false when for the whole customer.")

    @batch(LineConnection | None, rule=PARENT, counts=PAGE)
    @staticmethod
    async def eligible_lines(
        offers: Sequence[record.Offer], call: Call, *, first: First = 20, after: After = None
    ) -> Each[page_record.Page[line_record.Line]]:
        """Lines within reach that it can be bought for, sorted by number; none when forLines is false."""
        return await offer.eligible_lines(call.context, offers, call.grant, Slice(first, after))


@view(page_record.Page, rule=PARENT)
class OfferConnection(Connection[Offer]):
    """A page of offers."""


@strawberry.input(description="Purchase of an offer.")
class OfferBuyInput:
    """See `bff.resolvers.purchase.buy`."""

    offer_id: strawberry.ID = strawberry.field(description="The offer.")
    line_ids: list[strawberry.ID] | None = strawberry.field(
        description="Lines to buy it for, at most 100; needed when forLines is true.", default_factory=list
    )
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class OfferBuyPayload(ChangeResult):
    """Answer to offerBuy."""

    order = changed.order()
