"""Offers and campaigns: what is recommended to a customer, and which of it can be had at a moment. Pure.

An offer is an offering of the catalogue that is recommended to the customer and that a running campaign offers; one
that two campaigns offer is two offers.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from bff.domain.line import Line, LineState
from bff.domain.money import TaxedMoney


class Campaign(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A campaign, from its first instant to the first one after it; None is one that is not planned.

    `released` is False while it is prepared and once it is withdrawn, whatever its schedule.
    """

    key: str
    name: str
    released: bool
    starts_at: datetime | None
    ends_at: datetime | None

    def is_running(self, now: datetime) -> bool:
        """Tell whether it is released and a moment is within it.

        Instants are compared, not clocks: two times of one zone are told apart by their clock, which an hour of autumn
        shows twice.
        """
        moment = now.timestamp()
        return (
            self.released
            and (self.starts_at is None or self.starts_at.timestamp() <= moment)
            and (self.ends_at is None or moment < self.ends_at.timestamp())
        )


class Offering(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What the catalogue sells; a price is None where there is none, `media` an address of anywhere.

    `for_lines` is True when it is bought for lines, False when for the whole customer. `on_sale` is False while it is
    prepared and once it is withdrawn.
    """

    key: str
    name: str
    on_sale: bool
    description: str
    media: str | None
    monthly_price: TaxedMoney | None
    once_price: TaxedMoney | None
    for_lines: bool


class Recommendation(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An offering for a customer, and the lines of theirs that it can be bought for."""

    offering_key: str
    line_keys: tuple[str, ...]


class Offer(Offering, frozen=True, gc=False, kw_only=True):
    """An offering for a customer in a campaign."""

    campaign: Campaign
    line_keys: frozenset[str]

    @property
    def lasts(self) -> bool:
        """Whether who has bought it has it until further notice; what is paid once and for all is bought again."""
        return self.monthly_price is not None or self.once_price is None

    @property
    def place(self) -> str:
        """What tells it from the customer's others."""
        return f"{self.campaign.key}/{self.key}"

    def takes(self, line: Line) -> bool:
        """Tell whether it can be bought for a line: it was recommended for that, and the line is in use."""
        return self.for_lines and line.key in self.line_keys and line.state is LineState.ACTIVE


def lines_by_offering(recommended: Iterable[Recommendation]) -> dict[str, frozenset[str]]:
    """Join what was recommended several times: the lines that each offering can be bought for."""
    lines: dict[str, frozenset[str]] = {}
    for each in recommended:
        lines[each.offering_key] = lines.get(each.offering_key, frozenset()).union(each.line_keys)
    return lines


def offers(offering: Offering, campaigns: Iterable[Campaign], line_keys: frozenset[str]) -> tuple[Offer, ...]:
    """Give the offers that campaigns make of an offering; none of one that is not on sale."""
    if not offering.on_sale:
        return ()
    return tuple(offer_of(offering, campaign, line_keys) for campaign in campaigns)


def offer_of(offering: Offering, campaign: Campaign, line_keys: frozenset[str]) -> Offer:
    """Give the offer that a campaign makes of an offering, be it on sale or not."""
    return Offer(**msgspec.structs.asdict(offering), campaign=campaign, line_keys=line_keys)
