"""What can be done with mobile contracts, and when not."""

from collections.abc import Collection
from typing import Any

from bff.domain.act._judge import Act, Facts, Hindrance, state
from bff.domain.act._mandate import Mandate, awaits_the_bank
from bff.domain.action import ActionReason
from bff.domain.contract import Contract, ContractState
from bff.domain.service import ContractServices
from bff.domain.text import Text

_WHY = {
    ContractState.SUSPENDED: state("Il contratto è sospeso.", "The contract is suspended."),
    ContractState.CEASED: state("Il contratto è cessato.", "The contract has ended."),
}
_UNKNOWN = state("Lo stato del contratto non è noto.", "The state of the contract isn't known.")
_NO_ACCOUNT = state("Il contratto non ha ancora un conto di fatturazione.", "The contract has no billing account yet.")
_NO_TIM_DUO = Hindrance(
    ActionReason.NOT_SUBSCRIBED,
    Text("TIMDUO non è attivo sul contratto.", "TIMDUO isn't active on the contract."),
)


def _in(contract: Contract, allowed: Collection[ContractState]) -> Hindrance | None:
    return None if contract.state in allowed else _WHY.get(contract.state, _UNKNOWN)


def _is_active(contract: Contract, _facts: Facts) -> Hindrance | None:
    return _in(contract, {ContractState.ACTIVE})


def _is_billed(contract: Contract, _facts: Facts) -> Hindrance | None:
    found = _in(contract, {ContractState.ACTIVE, ContractState.SUSPENDED})
    return _NO_ACCOUNT if found is None and contract.account_key is None else found


def _has_tim_duo(services: ContractServices | None, _facts: Facts) -> Hindrance | None:
    """Look for pairs: the system tells of the service only by those that it has."""
    return None if services is not None and services.tim_duo else _NO_TIM_DUO


def _act(name: str, function: str, check: Any, **beside: Any) -> Act:
    return Act(name=name, function=function, concerns=Contract, check=check, **beside)


ACTS = (
    _act("contractDirectDebitSet", "contract.debit", _is_billed, beside=Mandate, check_beside=awaits_the_bank),
    _act("contractPaperlessSet", "contract.paperless", _is_billed),
    _act("contractDeliveryAddressChange", "contract.delivery", _is_billed),
    _act("spendingThresholdsSet", "services.thresholds", _is_active),
    _act("timDuoSet", "services.timduo", _is_active, beside=ContractServices, check_beside=_has_tim_duo),
    _act("companyReferenceSet", "services.reference", _is_active),
    _act("charitySmsSet", "services.charity", _is_active),
)
