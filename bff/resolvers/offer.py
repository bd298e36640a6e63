"""Offers dedicated to the customer: those of running campaigns, and the lines that each can be bought for."""

import asyncio
from collections.abc import Sequence

from bff.context import Context
from bff.domain.act.offer import Ordered
from bff.domain.customer import Customer
from bff.domain.dashboard import PushedBox
from bff.domain.line import Line, MobileLine
from bff.domain.offer import Campaign, Offer, Offering, lines_by_offering, offer_of, offers
from bff.domain.order import Order, OrderItem, OrderState
from bff.domain.page import Listing, Page, Sorting
from bff.domain.profile import Grant, Reach
from bff.domain.system import System
from bff.domain.text import Text
from bff.domain.url import Url
from bff.errors import BadRequest, BffError, NotFound
from bff.loaders import Read
from bff.resolvers import network, order
from bff.resolvers._id import decode, encode
from bff.resolvers.freshness import joined, part
from bff.resolvers.line import all_mobile
from bff.resolvers.page import Slice, cut, of_each

_CAMPAIGN = "Campaign"
_OPEN_END = "9"
_MOBILE = frozenset({System.MOBILE})
_OVER = {OrderState.FAILED, OrderState.CANCELLED}
_PAGES = "offers"
_OF_CAMPAIGN = "campaigns"
_SEVERAL = Text("Le offerte dedicate a te", "Offers for you")


def _end(offer: Offer) -> str:
    """Write when an offer ends, so that texts sort as instants do; what has no end comes last."""
    ends_at = offer.campaign.ends_at
    return _OPEN_END if ends_at is None else f"{ends_at.timestamp():020.6f}"


_ENDING_SOONEST: Sorting[Offer] = Sorting("ending", _end)
_BY_NUMBER: Sorting[Line] = Sorting("number", lambda line: line.number)


def _place(offer: Offer) -> str:
    return offer.place


# --- lists ------------------------------------------------------------------------------------------------------------


async def of_customers(context: Context, customers: Sequence[Customer], wanted: Slice) -> list[Page[Offer]]:
    """Give a page of the customer's offers, those ending soonest first."""
    page = _page(context, await _all(context), wanted, _PAGES)
    return [page for _ in customers]


async def of_campaign(context: Context, campaign_id: str | None, wanted: Slice) -> Page[Offer]:
    """Give a page of the customer's offers of one campaign, of all for None; none of a campaign that is unknown."""
    listing = await _all(context)
    if campaign_id is None:
        return _page(context, listing, wanted, _PAGES)
    named = decode(context, campaign_id)
    key = named.key[0] if named is not None and named.type == _CAMPAIGN else None
    rows = [offer for offer in listing.rows if offer.campaign.key == key]
    return _page(context, Listing(rows, listing.freshness, listing.error), wanted, f"{_PAGES}:{key}")


def _page(context: Context, listing: Listing[Offer], wanted: Slice, name: str) -> Page[Offer]:
    return cut(context, listing, _ENDING_SOONEST, wanted, list_name=name, key=_place)


async def by_key(context: Context, keys: Sequence[tuple[str, ...]]) -> list[Offer | BffError | None]:
    """Give offers by campaign and offering; None for what is not offered to the customer at this moment.

    While the list is not whole, one that isn't in it is an error: it may be there.
    """
    listing = await _all(context)
    found = {(offer.campaign.key, offer.key): offer for offer in listing.rows}
    return [found.get((key[0], key[1]), listing.error) for key in keys]


def place_of(context: Context, text: str) -> tuple[str, str] | None:
    """Read a client's id of an offer as the keys of its campaign and offering; None for any other."""
    named = decode(context, text)
    if named is None or named.type != "Offer" or context.types.reach(Offer) is None:
        return None
    return named.key[0], named.key[1]


async def made_to(context: Context, campaign_key: str, offering_key: str) -> Offer | None:
    """Give an offer that is recommended to the customer, even when its campaign is over or it is no longer on sale.

    Raises:
        BffError: it could not be read.
    """
    party = await network.party(context, context.customer, context.principal.profile)
    if party is None:
        return None
    lines = lines_by_offering((await context.loaders.recommendations.one(party.party_key)).value)
    if offering_key not in lines:
        return None
    try:
        offering, campaigns = await asyncio.gather(
            context.loaders.offerings.one(offering_key), context.loaders.campaigns.one(offering_key)
        )
    except NotFound:
        return None
    campaign = next((each for each in campaigns.value if each.key == campaign_key), None)
    return None if campaign is None else offer_of(offering.value, campaign, lines[offering_key])


async def _all(context: Context) -> Listing[Offer]:
    return joined(await parts(context))


async def parts(context: Context) -> list[Listing[Offer]]:
    """Give the customer's offers as the one network that has them tells them; of none for a profile that sees none."""
    return [] if context.types.reach(Offer) is None else [await part(System.MOBILE, _read, context)]


async def _read(context: Context) -> list[Read[tuple[Offer, ...]] | BffError]:
    """Read what is recommended to the customer, then at once what of it is sold and which campaigns offer it."""
    party = await network.party(context, context.customer, context.principal.profile)
    if party is None:
        return []
    (recommended,) = await context.loaders.recommendations.many([party.party_key])
    if isinstance(recommended, BffError):
        return [recommended]
    lines = lines_by_offering(recommended.value)
    offerings, campaigns = await asyncio.gather(
        context.loaders.offerings.many(list(lines)), context.loaders.campaigns.many(list(lines))
    )
    nothing = Read[tuple[Offer, ...]]((), recommended.as_of, recommended.error)
    found = [_made(context, nothing, *told) for told in zip(offerings, campaigns, lines.values(), strict=True)]
    return [nothing, *found]


def _made(
    context: Context,
    nothing: Read[tuple[Offer, ...]],
    offering: Read[Offering] | BffError,
    campaigns: Read[tuple[Campaign, ...]] | BffError,
    line_keys: frozenset[str],
) -> Read[tuple[Offer, ...]] | BffError:
    """Make the offers of one offering; one that no running campaign offers is not missed when it can't be read."""
    if isinstance(campaigns, BffError):
        return campaigns
    running = [campaign for campaign in campaigns.value if campaign.is_running(context.now)]
    if not running or isinstance(offering, NotFound):
        return nothing
    if isinstance(offering, BffError):
        return offering
    return Read(
        offers(offering.value, running, line_keys),
        min(nothing.as_of, offering.as_of, campaigns.as_of),
        nothing.error or offering.error or campaigns.error,
    )


# --- what an offer has ------------------------------------------------------------------------------------------------


async def eligible_lines(
    context: Context, wanted: Sequence[Offer], grant: Grant, piece: Slice
) -> list[Page[Line] | BadRequest]:
    """Give a page of the lines within reach that each offer can be bought for, sorted by number.

    Nothing is read where none can be: for offers to the whole customer, and for a person whose own line has none.
    """
    reach, own = grant.reach(MobileLine), context.principal.line_key
    asked = [offer for offer in wanted if offer.for_lines and (reach is Reach.ALL or own in offer.line_keys)]
    lines = joined([await part(System.MOBILE, all_mobile, context, reach)]) if asked else Listing[MobileLine]([], ())

    def page_of(offer: Offer) -> Page[Line]:
        rows: list[Line] = [line for line in lines.rows if offer.takes(line)]
        mine = Listing[Line](rows, lines.freshness, lines.error)
        return cut(context, mine, _BY_NUMBER, piece, list_name=f"{_PAGES}:{offer.place}:lines")

    return of_each(wanted, page_of)


async def ordered(context: Context, wanted: Sequence[Offer]) -> list[dict[str | None, OrderState]]:
    """Give how far the orders of each offer are that stand in the way of another, by line, or None for the company.

    Of the orders that the person may see. Raises BffError when they can't all be read.
    """
    found = await order.within(context, context.types.reach(Order), _MOBILE)
    if found.error is not None:
        raise found.error
    items = [item for row in found.rows for item in row.items]
    return [{item.line_key: item.state for item in items if _stands(item, each)} for each in wanted]


async def orders_beside(context: Context, wanted: Sequence[Offer]) -> list[Ordered]:
    """Give what stands in the way of buying each offer once more, for all that the person may buy it for."""
    own = context.principal.line_key
    reach = context.types.reach(MobileLine)
    told = []
    for each, states in zip(wanted, await ordered(context, wanted), strict=True):
        keys = each.line_keys if reach is Reach.ALL else {own} & each.line_keys
        told.append(Ordered([states.get(key) for key in (keys if each.for_lines else [None])]))
    return told


def _stands(item: OrderItem, wanted: Offer) -> bool:
    """Tell whether an item of an order stands in the way of buying an offer."""
    if item.offering_key != wanted.key or item.state in _OVER:
        return False
    return item.state is not OrderState.COMPLETED or wanted.lasts


def media_urls(context: Context, wanted: Sequence[Offer]) -> list[Url | None]:
    """Give the address of each offer's picture or film; None for none, and for one of a host that is not ours."""
    return [context.area.media(offer.media) for offer in wanted]


def campaign_ids(context: Context, campaigns: Sequence[Campaign]) -> list[str]:
    """Give the id of each campaign."""
    return [context.ids.encode(_CAMPAIGN, System.MOBILE, (campaign.key,), context.customer) for campaign in campaigns]


def campaign_urls(context: Context, campaigns: Sequence[Campaign]) -> list[Url]:
    """Give the landing page of each campaign."""
    return [context.area.page(_PAGES, _OF_CAMPAIGN, each) for each in campaign_ids(context, campaigns)]


# --- the home page ----------------------------------------------------------------------------------------------------


async def pushed(context: Context) -> PushedBox | None:
    """Give the home page's box of the customer's offers; None where there are none, or the profile sees none.

    It ends with the first campaign that does.

    Raises:
        BffError: they could not be read.
    """
    if context.types.reach(Offer) is None:
        return None
    rows = sorted((await _all(context)).rows, key=lambda offer: (_end(offer), offer.place))
    if not rows:
        return None
    campaigns = tuple({offer.campaign.key: offer.campaign for offer in rows}.values())
    only = rows[0] if len(rows) == 1 else None
    return PushedBox(
        title=campaigns[0].name if len(campaigns) == 1 else _SEVERAL.told(context.language),
        text=only.name if only else None,
        media_url=next((url for url in media_urls(context, rows) if url), None),
        url=_leading_to(context, campaigns, only),
        ends_at=campaigns[0].ends_at,
        offer=only,
    )


def _leading_to(context: Context, campaigns: Sequence[Campaign], only: Offer | None) -> Url:
    """Give the page of the only offer, the landing page of the only campaign, or that of all campaigns."""
    if only is not None:
        return context.area.page(_PAGES, *encode(context, [only]))
    return campaign_urls(context, campaigns)[0] if len(campaigns) == 1 else context.area.page(_PAGES)
