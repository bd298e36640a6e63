"""What can be done with offers, and when not. Whether each line may have one is the mutation's to check."""

from bff.domain.act._judge import Act, Facts, Hindrance, state
from bff.domain.action import ActionReason
from bff.domain.offer import Offer
from bff.domain.profile import Reach
from bff.domain.system import System
from bff.domain.text import Text

_FUNCTION = "offers.buy"
_OVER = Hindrance(ActionReason.WINDOW_EXPIRED, Text("La campagna non è in corso.", "The campaign isn't running."))
_WITHDRAWN = state("L'offerta non è più in vendita.", "The offer is no longer on sale.")
_NO_LINE = state("Nessuna delle linee può avere l'offerta.", "None of the lines can have the offer.")
_NOT_ONES_OWN = state("L'offerta non è per la tua linea.", "The offer isn't for your line.")


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
    ),
)
