"""Services of mobile lines and contracts: TMF637 products that rely on the product of a line or of a contract.

What a child product is, its specification tells; an option of no known specification is a service like any other.
TMF637 has no words for thresholds, TIMDUO or black lists, so that these are characteristics, by names of the telco's
own. A limit is an amount in euros without VAT, per calendar month. Source: spec, legacy.md; docs/backends/mobile.md.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bff.backends import _shape
from bff.backends._batch import Reading, needed
from bff.backends._code import Codes, is_code
from bff.backends._money import json_amount, money
from bff.backends._shape import Text
from bff.backends._text import phone_number
from bff.backends.mobile._wire import Characteristic, Label, Ref, Wire, day, text
from bff.domain.service import (
    ContractServices,
    MobileLineServices,
    PremiumServices,
    Service,
    SpendingThreshold,
    ThresholdKind,
    TimDuoPair,
)

_ACTIVE = Codes[bool | None](
    "TMF637 status of a service",
    None,
    {
        "created": False,
        "pendingActive": False,
        "active": True,
        "suspended": False,
        "pendingTerminate": True,  # until its last day
        "terminated": False,
        "cancelled": False,
        "aborted": False,
    },
)
_KINDS = Codes(
    "threshold kind",
    ThresholdKind.UNKNOWN,
    {
        "voice": ThresholdKind.VOICE,
        "data": ThresholdKind.DATA,
        "messages": ThresholdKind.MESSAGES,
        "total": ThresholdKind.TOTAL,
    },
)


class Relationship(Wire, frozen=True, gc=False):
    """That a product relies on another."""

    relationship_type: Text | None = None
    product: Ref | None = None


class Child(Wire, frozen=True, gc=False):
    """TMF637 `/product` that relies on another."""

    id: Text
    name: Text | None = None
    status: Text | None = None
    start_date: Any = None
    product_offering: Ref | None = None
    product_specification: Label | None = None
    product_characteristic: tuple[Characteristic, ...] = ()
    product_relationship: tuple[Relationship, ...] = ()

    @property
    def parents(self) -> list[str]:
        """The products that it relies on."""
        relations = self.product_relationship
        return [each.product.id for each in relations if each.product and is_code(each.relationship_type, "reliesOn")]

    @property
    def is_active(self) -> bool:
        """True when it is known to be in use."""
        return _ACTIVE.read(self.status) is True

    @property
    def may_be_active(self) -> bool:
        """True unless it is known not to be in use."""
        return _ACTIVE.read(self.status) is not False

    def of(self, specification: str) -> bool:
        """Tell whether it is of a specification."""
        told = self.product_specification
        return told is not None and is_code(told.name, specification)

    def said(self, name: str) -> str | None:
        """Give a characteristic as text."""
        return text(self.product_characteristic, name)


def children() -> Reading[Child, Child]:
    """Read child products as they are, by the product that they rely on."""
    return Reading(lambda row: row.id, lambda row: row.parents, lambda row, _parent: row)


def of_contract(rows: Sequence[Child], as_of: datetime) -> ContractServices:
    """Join the child products of a contract; raises Unreadable."""
    active = [row for row in rows if row.is_active]
    references = (row.said("reference") for row in active if row.of("companyReference"))
    return ContractServices(
        active=_services(active),
        thresholds=tuple(_threshold(row) for row in active if row.of("spendingThreshold")),
        tim_duo=tuple(_pair(row) for row in active if row.of("timDuo")),
        company_reference=next((each for each in references if each), None),
        charity_sms=any(row.of("charitySms") for row in active),
        as_of=as_of,
    )


def of_line(rows: Sequence[Child], as_of: datetime) -> MobileLineServices:
    """Join the child products of a line; raises Unreadable.

    A barring in a state that nobody knows counts: that premium services may be activated is not promised in doubt.
    """
    active = [row for row in rows if row.is_active]
    barred = any(row.of("premiumBarring") and row.may_be_active for row in rows)
    senders = {sender for row in active if row.of("premiumBlackList") for sender in _senders(row)}
    return MobileLineServices(
        active=_services(active),
        premium=PremiumServices(
            enabled=not barred,
            active=_services(row for row in active if row.of("premiumService")),
            black_list=tuple(sorted(senders)),
        ),
        as_of=as_of,
    )


def _services(rows: Iterable[Child]) -> tuple[Service, ...]:
    """Give services by name, the system's order being none."""
    return tuple(sorted((_service(row) for row in rows), key=lambda service: (service.name, service.code)))


def _service(row: Child) -> Service:
    code = needed(row.product_offering, "productOffering").id
    return Service(code, row.name or code, day(row.start_date))


def _threshold(row: Child) -> SpendingThreshold:
    limit = needed(json_amount(needed(row.said("limit"), "limit")), "limit")
    return SpendingThreshold(_KINDS.read(row.said("kind")), money(limit))


def _pair(row: Child) -> TimDuoPair:
    return TimDuoPair(
        line_key=row.said("lineId"),
        line_number=needed(phone_number(row.said("lineNumber") or ""), "lineNumber"),
        paired_number=needed(phone_number(row.said("pairedNumber") or ""), "pairedNumber"),
    )


def _senders(row: Child) -> list[str]:
    told = (_shape.text(each.value) for each in row.product_characteristic if is_code(each.name, "sender"))
    return [sender for sender in told if sender]
