"""Service orders that change something: TMF641 `POST /serviceOrder`.

`category` says what is ordered: a SIM's block or release, or, as `service`, a change of the service that its
specification names, by the names that services are read by (`service`). What a service is to become are its
characteristics, each of a list by itself: what is left out is ended. An order concerns a line or a contract, its
related entity. Source: spec, legacy.md; docs/backends/mobile.md.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from bff.backends._shape import Text
from bff.backends.mobile._made import became
from bff.backends.mobile._wire import Wire
from bff.domain.deed import Told
from bff.domain.deed.service import ServiceOrder
from bff.domain.deed.sim import SimOrder
from bff.domain.service import PremiumWish, ServiceKind, SpendingThreshold, TimDuoPair

_REASONS = {"LOST": "SIM smarrita", "STOLEN": "SIM rubata"}
_SPECIFICATIONS = {
    ServiceKind.THRESHOLDS: ("spendingThreshold", "Soglie di spesa"),
    ServiceKind.TIM_DUO: ("timDuo", "TIMDUO"),
    ServiceKind.COMPANY_REFERENCE: ("companyReference", "RIF Azienda"),
    ServiceKind.CHARITY_SMS: ("charitySms", "SMS Solidale"),
    ServiceKind.PREMIUM: ("premiumService", "Servizi premium"),
    ServiceKind.PREMIUM_BLACK_LIST: ("premiumBlackList", "Black list dei servizi premium"),
}
"""How each service is called there, and what the order says of itself."""


class MadeServiceOrder(Wire, frozen=True, gc=False):
    """A service order as far as it tells what became of it."""

    id: Text
    state: Text | None = None
    external_id: Text | None = None

    @property
    def request_ids(self) -> Sequence[str]:
        """Of the request that it was made of; empty without one."""
        return () if self.external_id is None else (self.external_id,)

    def told(self) -> Told:
        """Tell what became of it."""
        return became(self.state, request_key=f"order/{self.id}")


def of_sim(deed: SimOrder, request_id: str) -> dict[str, Any]:
    """Write the order to block a SIM, or to release it."""
    document = _document(deed.customer_key, deed.person_key, _line(deed.line_key), request_id)
    document["category"] = "simBlock" if deed.block else "simUnblock"
    if deed.reason in _REASONS:
        document["description"] = _REASONS[deed.reason]
    return document


def of_service(deed: ServiceOrder, wanted: Any, request_id: str) -> dict[str, Any]:
    """Write the order to make a service what is wanted."""
    specification, description = _SPECIFICATIONS[deed.kind]
    subject = _line(deed.subject_key) if deed.kind.of_line else _contract(deed.subject_key)
    document = _document(deed.customer_key, deed.person_key, subject, request_id)
    document["category"], document["description"] = "service", description
    document["serviceOrderItem"][0]["service"] |= {
        "serviceSpecification": {"id": f"SPEC-{specification}", "name": specification},
        "serviceCharacteristic": [{"name": name, "value": value} for name, value in _WRITTEN[deed.kind](wanted)],
    }
    return document


Characteristics = Iterable[tuple[str, Any]]


def _thresholds(wanted: Collection[SpendingThreshold]) -> Characteristics:
    return [("threshold", {"kind": each.kind.value.lower(), "limit": f"{each.limit.amount:.2f}"}) for each in wanted]


def _pairs(wanted: Collection[TimDuoPair]) -> Characteristics:
    return [
        ("pair", {"lineId": each.line_key, "lineNumber": each.line_number, "pairedNumber": each.paired_number})
        for each in wanted
    ]


def _reference(wanted: str | None) -> Characteristics:
    return [] if wanted is None else [("reference", wanted)]


def _enabled(wanted: bool) -> Characteristics:  # noqa: FBT001 - the service's one value
    return [("enabled", wanted)]


def _premium(wanted: PremiumWish) -> Characteristics:
    return [("enabled", wanted.enabled), *(("end", code) for code in wanted.end)]


def _senders(wanted: Collection[str]) -> Characteristics:
    return [("sender", each) for each in wanted]


_WRITTEN: Mapping[ServiceKind, Callable[[Any], Characteristics]] = {
    ServiceKind.THRESHOLDS: _thresholds,
    ServiceKind.TIM_DUO: _pairs,
    ServiceKind.COMPANY_REFERENCE: _reference,
    ServiceKind.CHARITY_SMS: _enabled,
    ServiceKind.PREMIUM: _premium,
    ServiceKind.PREMIUM_BLACK_LIST: _senders,
}


def _line(key: str) -> dict[str, Any]:
    return {"id": key, "role": "line", "@type": "RelatedEntity", "@referredType": "Product"}


def _contract(key: str) -> dict[str, Any]:
    return {"id": key, "role": "contract", "@type": "RelatedEntity", "@referredType": "Agreement"}


def _document(customer_key: str, person_key: str, subject: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    service = {"serviceType": "mobile", "relatedEntity": [subject], "@type": "Service"}
    return {
        "externalId": request_id,
        "relatedParty": [
            {"id": customer_key, "role": "customer", "@type": "RelatedParty", "@referredType": "Customer"},
            {"id": person_key, "role": "requester", "@type": "RelatedParty", "@referredType": "Individual"},
        ],
        "serviceOrderItem": [{"id": "1", "action": "modify", "service": service, "@type": "ServiceOrderItem"}],
        "@type": "ServiceOrder",
    }
