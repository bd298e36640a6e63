"""What TMF641 service orders of the category `service` make of the services of lines and contracts.

The specification of an order's service says which is changed, its characteristics what it is to become: a list replaces
what was. A change lies over what was drawn for a line or contract.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sandbox.world.service import MobileService

Details = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """Services that stand in the place of all others of their kind, and the codes of premium services that end."""

    kind: str
    rows: tuple[Details, ...]
    ended: frozenset[str] = frozenset()


Characteristics = Sequence[tuple[str, Any]]


def read_change(specification: str, characteristics: Characteristics) -> Change:
    """Read what is to become of the service of a specification. Raises KeyError, TypeError or ValueError."""
    return _READ[specification](characteristics)


def changed(services: Sequence[MobileService], parent_id: str, change: Change, on: date) -> list[MobileService]:
    """Lay a change over the services of a line or contract, from a day on."""
    code, name = _NAMES[change.kind]
    kept = [each for each in services if each.kind != change.kind]
    return [
        *(replace(each, state="terminated") if each.code in change.ended else each for each in kept),
        *(
            MobileService(
                id=f"{parent_id}-S{code[-4:]}{number:02d}",
                parent_id=parent_id,
                kind=change.kind,
                code=code,
                name=name,
                state="active",
                since=on,
                details=details,
            )
            for number, details in enumerate(change.rows, start=1)
        ),
    ]


_NAMES = {
    "spendingThreshold": ("OPT-3100", "Soglia di spesa"),
    "timDuo": ("OPT-3201", "TIMDUO"),
    "companyReference": ("OPT-3301", "RIF Azienda"),
    "charitySms": ("OPT-3401", "SMS Solidale"),
    "premiumBarring": ("OPT-5101", "Blocco servizi premium"),
    "premiumBlackList": ("OPT-5201", "Black list servizi premium"),
}


def _thresholds(told: Characteristics) -> Change:
    rows = [{"kind": each["kind"], "limit": each["limit"]} for each in _all(told, "threshold")]
    return Change("spendingThreshold", tuple(tuple(row.items()) for row in rows))


def _pairs(told: Characteristics) -> Change:
    names = ("lineId", "lineNumber", "pairedNumber")
    return Change("timDuo", tuple(tuple((name, each[name]) for name in names) for each in _all(told, "pair")))


def _reference(told: Characteristics) -> Change:
    return Change("companyReference", tuple((("reference", each),) for each in _all(told, "reference")))


def _charity(told: Characteristics) -> Change:
    return Change("charitySms", ((),) if _enabled(told) else ())


def _premium(told: Characteristics) -> Change:
    return Change("premiumBarring", () if _enabled(told) else ((),), frozenset(_all(told, "end")))


def _senders(told: Characteristics) -> Change:
    senders = tuple(("sender", each) for each in _all(told, "sender"))
    return Change("premiumBlackList", (senders,) if senders else ())


_READ: dict[str, Callable[[Characteristics], Change]] = {
    "spendingThreshold": _thresholds,
    "timDuo": _pairs,
    "companyReference": _reference,
    "charitySms": _charity,
    "premiumService": _premium,
    "premiumBlackList": _senders,
}


def _all(told: Characteristics, name: str) -> list[Any]:
    return [value for each, value in told if each == name]


def _enabled(told: Characteristics) -> bool:
    [enabled] = _all(told, "enabled")
    if not isinstance(enabled, bool):
        raise TypeError("enabled is true or false")
    return enabled
