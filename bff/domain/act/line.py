"""What can be done with lines, and when not. States are told as the customer area names them."""

from collections.abc import Callable, Collection
from typing import Any

from bff.domain.act._judge import Act, Facts, Hindrance, in_progress, state
from bff.domain.act._mandate import Mandate, awaits_the_bank
from bff.domain.action import ActionReason
from bff.domain.line import FixedLine, Line, LineState, MobileLine
from bff.domain.text import Text

_ACTIVATING = in_progress("La linea è in attivazione.", "The line is being activated.")
_SUSPENDED = state("La linea è sospesa.", "The line is suspended.")
_BLOCKED = state("La SIM è bloccata.", "The SIM is blocked.")
_CEASING = in_progress("La cessazione della linea è già stata richiesta.", "The line is already being ceased.")
_CEASED = state("La linea è cessata.", "The line has ceased.")
_UNKNOWN = state("Lo stato della linea non è noto.", "The state of the line isn't known.")
_WHY = {
    LineState.ACTIVATING: _ACTIVATING,
    LineState.SUSPENDED: _SUSPENDED,
    LineState.BLOCKED: _BLOCKED,
    LineState.CEASING: _CEASING,
    LineState.CEASED: _CEASED,
    LineState.UNKNOWN: _UNKNOWN,
}
_NO_SIM = state("La linea non ha una SIM attiva.", "The line has no active SIM.")
_IS_BLOCKED = state("La SIM è già bloccata.", "The SIM is already blocked.", hidden=True)
_NOT_BLOCKED = state("La SIM non è bloccata.", "The SIM isn't blocked.", hidden=True)
_IS_CEASING = state(
    "La cessazione può essere revocata.", "The line is being ceased, which can be revoked.", hidden=True
)
_NOT_CEASING = state("La linea non è in cessazione.", "The line isn't being ceased.", hidden=True)
_NOT_PREPAID = Hindrance(
    ActionReason.NOT_SUBSCRIBED,
    Text("La linea è in abbonamento e non si ricarica.", "The line is a subscription and takes no credit."),
    hidden=True,
)
_PREPAID_UNKNOWN = state("Non è noto se la linea sia ricaricabile.", "It isn't known whether the line is prepaid.")

_IN_SERVICE = {LineState.ACTIVE, LineState.SUSPENDED, LineState.BLOCKED, LineState.CEASING}
_HELD = {LineState.ACTIVE, LineState.SUSPENDED, LineState.BLOCKED}

Check = Callable[[Any, Facts], Hindrance | None]


def _in(allowed: Collection[LineState]) -> Check:
    """Allow an act in some states only."""
    return lambda line, _facts: None if line.state in allowed else _WHY.get(line.state, _UNKNOWN)


_is_active = _in({LineState.ACTIVE})
_is_active_or_blocked = _in({LineState.ACTIVE, LineState.BLOCKED})
_is_in_service = _in(_IN_SERVICE)
_is_held = _in(_HELD)
_is_billed = _in({*_IN_SERVICE, LineState.ACTIVATING})


def _change_sim(line: MobileLine, facts: Facts) -> Hindrance | None:
    found = _is_active_or_blocked(line, facts)
    return _NO_SIM if found is None and line.sim is None else found


def _block_sim(line: MobileLine, facts: Facts) -> Hindrance | None:
    return _IS_BLOCKED if line.state is LineState.BLOCKED else _is_active(line, facts)


def _unblock_sim(line: MobileLine, _facts: Facts) -> Hindrance | None:
    return None if line.state is LineState.BLOCKED else _NOT_BLOCKED


def _cease(line: Line, facts: Facts) -> Hindrance | None:
    return _IS_CEASING if line.state is LineState.CEASING else _is_held(line, facts)


def _revoke(line: Line, _facts: Facts) -> Hindrance | None:
    return None if line.state is LineState.CEASING else _NOT_CEASING


def _top_up(line: MobileLine, facts: Facts) -> Hindrance | None:
    if line.prepaid is None:
        return _PREPAID_UNKNOWN
    return _is_held(line, facts) if line.prepaid else _NOT_PREPAID


def _is_own(line: MobileLine, facts: Facts) -> bool:
    return line.key == facts.line_key


def _is_nobodys(_line: FixedLine, _facts: Facts) -> bool:
    return False


def _mobile(name: str, function: str, check: Check) -> Act:
    return Act(name=name, function=function, concerns=MobileLine, is_own=_is_own, check=check)


def _fixed(name: str, function: str, check: Check, **beside: Any) -> Act:
    return Act(name=name, function=function, concerns=FixedLine, is_own=_is_nobodys, check=check, **beside)


ACTS = (
    _mobile("simChange", "mobile.sim.change", _change_sim),
    _mobile("simBlock", "mobile.sim.block", _block_sim),
    _mobile("simUnblock", "mobile.sim.block", _unblock_sim),
    _mobile("mobileNuisanceReport", "mobile.nuisance", _is_in_service),
    _mobile("linesCease", "mobile.cease", _cease),
    _mobile("linesCeaseRevoke", "mobile.cease", _revoke),
    _mobile("premiumServicesSet", "services.premium", _is_active),
    _mobile("premiumBlackListSet", "services.premium", _is_active),
    _mobile("lineTopUp", "usage.topup", _top_up),
    _fixed("fixedNuisanceReport", "fixed.nuisance", _is_in_service),
    _fixed("linesCease", "fixed.cease", _cease),
    _fixed("linesCeaseRevoke", "fixed.cease", _revoke),
    _fixed("fixedLineDirectDebitSet", "fixed.debit", _is_billed, beside=Mandate, check_beside=awaits_the_bank),
    _fixed("fixedLinePaperlessSet", "fixed.paperless", _is_billed),
    _fixed("fixedLineDeliveryAddressChange", "fixed.delivery", _is_billed),
    _fixed("fixedLineRelocate", "fixed.relocate", _is_active),
    _fixed("tiAvvisoSet", "fixed.tiavviso", _is_active),
    _fixed("ivrSet", "fixed.tiavviso", _is_active),
)
