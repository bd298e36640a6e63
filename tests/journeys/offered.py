"""What the customer area shows of offers, from the world's campaigns: the tests' own reading of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.clock import DEFAULT_NOW
from sandbox.world.offer import OFFERINGS, Campaign, Offering, Price, campaigns, recommended
from tests.journeys.acting import Acting, mobile_lines, number
from tests.journeys.ident import campaign_id, offer_id
from tests.journeys.shown import actions, instant, rows

Data = dict[str, Any]

SELECTION = """
  name description mediaUrl forLines actions { name }
  monthlyPrice { net { amount } vat { amount } gross { amount currency } }
  oncePrice { net { amount } vat { amount } gross { amount currency } }
  campaign { id name url startsAt endsAt }
  eligibleLines(first: 50) { totalCount nodes { __typename number } }
"""
AREA = "https://business.example"
_SHOWN_MEDIA = "https://media.business.example/"
_SOLD = {"Active", "Launched"}


class Offered(NamedTuple):
    """An offering in a campaign, and the product ids of the lines that it was recommended for."""

    offering: Offering
    campaign: Campaign
    line_ids: tuple[str, ...]


def offered(who: Acting, now: datetime = DEFAULT_NOW) -> list[Offered]:
    """Give the offers to a company at a moment, ending soonest first."""
    return sorted(_offered(who, now), key=lambda each: (_end(each.campaign), each.campaign.id, each.offering.id))


def _offered(who: Acting, now: datetime) -> Iterator[Offered]:
    by_id = {each.id: each for each in OFFERINGS}
    for each in recommended(who.company):
        for campaign in campaigns(DEFAULT_NOW):
            runs = campaign.starts_at <= now and (campaign.ends_at is None or now < campaign.ends_at)
            sold = {campaign.status, by_id[each.offering_id].status} <= _SOLD
            if runs and sold and each.offering_id in campaign.offering_ids:
                yield Offered(by_id[each.offering_id], campaign, each.line_ids)


def _end(campaign: Campaign) -> float:
    return float("inf") if campaign.ends_at is None else campaign.ends_at.timestamp()


def offers(who: Acting, now: datetime = DEFAULT_NOW) -> list[Data]:
    """Show the offers to a company."""
    return [_offer(each, who) for each in offered(who, now)]


def box(who: Acting, now: datetime = DEFAULT_NOW) -> list[Data]:
    """Give the box of the home page: it leads to the only offer, the only campaign, or all campaigns."""
    found = offered(who, now) if who.may["offers.read"] == "all" else []
    if not found:
        return []
    of_campaigns = list(dict.fromkeys(each.campaign for each in found))
    path = "offers"
    if len(found) == 1:
        path = f"offers/{offer_id(found[0].campaign.id, found[0].offering.id, who.company)}"
    elif len(of_campaigns) == 1:
        path = f"offers/campaigns/{campaign_id(of_campaigns[0].id, who.company)}"
    end = of_campaigns[0].ends_at
    return [
        {
            "title": of_campaigns[0].name if len(of_campaigns) == 1 else "Le offerte dedicate a te",
            "text": found[0].offering.name if len(found) == 1 else None,
            "mediaUrl": next(filter(None, map(_media, found)), None),
            "url": f"{AREA}/{path}",
            "endsAt": end and instant(end),
            "offer": {"name": found[0].offering.name} if len(found) == 1 else None,
        }
    ]


def _media(each: Offered) -> str | None:
    """Give the picture or film, where it may be shown."""
    media = each.offering.media
    return media if media and media.startswith(_SHOWN_MEDIA) else None


def eligible(each: Offered, who: Acting) -> list[str]:
    """Give the numbers of the lines within reach that an offer can be bought for: those in use."""
    lines = mobile_lines(who, who.may["mobile.detail"])
    in_use = [line for line in lines if line.state == "active" and not (line.sim and line.sim.blocked)]
    return [number(line) for line in in_use if each.offering.for_lines and line.product_id in each.line_ids]


def _offer(each: Offered, who: Acting) -> Data:
    offering, campaign, _ = each
    lines = [{"__typename": "MobileLine", "number": line} for line in eligible(each, who)]
    of_campaign = campaign_id(campaign.id, who.company)
    return {
        "name": offering.name,
        "description": offering.description,
        "mediaUrl": _media(each),
        "forLines": offering.for_lines,
        "actions": actions("Offer"),
        "monthlyPrice": _price(offering.monthly),
        "oncePrice": _price(offering.once),
        "campaign": {
            "id": of_campaign,
            "name": campaign.name,
            "url": f"{AREA}/offers/campaigns/{of_campaign}",
            "startsAt": instant(campaign.starts_at),
            "endsAt": campaign.ends_at and instant(campaign.ends_at),
        },
        "eligibleLines": rows(lines),
    }


def _price(price: Price | None) -> Data | None:
    if price is None:
        return None
    return {
        "net": {"amount": f"{price.net:.2f}"},
        "vat": {"amount": f"{price.vat:.2f}"},
        "gross": {"amount": f"{price.net + price.vat:.2f}", "currency": "EUR"},
    }
