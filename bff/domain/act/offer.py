"""What can be done with offers, and when not. Whether each line may have one is the mutation's to check."""

from collections.abc import Collection

import msgspec

from bff.domain.act._judge import Act, Facts, Hindrance, in_progress, state
from bff.domain.action import ActionReason
from bff.domain.offer import Offer
from bff.domain.order import OrderState
from bff.domain.profile import Reach
from bff.domain.system import System
from bff.domain.text import Text

_FUNCTION = "offers.buy"
_OVER = Hindrance(ActionReason.WINDOW_EXPIRED, Text("La campagna non è in corso.", "The campaign isn't running."))
_WITHDRAWN = state("L'offerta non è più in vendita.", "The offer is no longer on sale.")
_NO_LINE = state("Nessuna delle linee può avere l'offerta.", "None of the lines can have the offer.")
_NOT_ONES_OWN = state("L'offerta non è per la tua linea.", "The offer isn't for your line.")
_ORDERED = in_progress("L'offerta è già stata ordinata.", "The offer has been ordered already.")
_HAD = state("L'offerta è già attiva.", "The offer is active already.")


class Ordered(msgspec.Struct, frozen=True):
    """How far the orders of an offer are: for each line that it can be bought for, or the company; None for none."""

    states: Collection[OrderState | None]


def twice(ordered: OrderState | None) -> Hindrance | None:
    """Tell why what was ordered already is not ordered again; None for what was not."""
    if ordered is None:
        return None
    return _HAD if ordered is OrderState.COMPLETED else _ORDERED


def _is_left(found: Ordered, _facts: Facts) -> Hindrance | None:
    """Look for something that it was not ordered for; where nothing is left, what is under way is told first."""
    if not found.states or None in found.states:
        return None
    return twice(next((each for each in found.states if each is not OrderState.COMPLETED), OrderState.COMPLETED))


def _buy(offer: Offer, facts: Facts) -> Hindrance | None:
    if not offer.campaign.is_running(facts.now):
        return _OVER
    if not offer.on_sale:
        return _WITHDRAWN
    if not offer.for_lines:
        return None
    if facts.reach(_FUNCTION) is Reach.OWN and facts.line_key not in offer.line_keys:
        return _NOT_ONES_OWN
    return None if offer.line_keys else _NO_LINE


def _is_for_lines(offer: Offer, _facts: Facts) -> bool:
    """Say whether one may buy it for a line of one's own; what is for the whole customer isn't theirs to buy."""
    return offer.for_lines


ACTS = (
    Act(
        name="offerBuy",
        function=_FUNCTION,
        concerns=Offer,
        system=System.MOBILE,
        is_own=_is_for_lines,
        check=_buy,
        beside=Ordered,
        check_beside=_is_left,
    ),
)
