"""Offers: TMF680 recommendations per party, TMF620 offerings with their prices, TMF671 promotions with their schedules.

A recommended product relies on the lines that it can be bought for, as a service relies on its line. A promotion names
its offerings in the actions of its patterns. Which characteristic says whom an offering is bought for: sandbox. A price
that is neither per month nor once makes its offering unreadable: no offering is better than one without its price.
"""

from collections.abc import Collection, Iterable
from enum import Enum, auto
from itertools import chain
from typing import Any

from bff.backends._batch import Reading, Unreadable, needed
from bff.backends._code import Codes, is_code
from bff.backends._invoice import rest, unsigned
from bff.backends._shape import Text
from bff.backends.mobile._wire import Amount, Ref, TimePeriod, Wire, instant
from bff.domain.money import TaxedMoney
from bff.domain.offer import Campaign, Offering, Recommendation

_FAILED = "terminatedWithError"
_RELIES_ON = "reliesOn"
_BOUGHT_FOR = "boughtFor"
_MONTH = "month"
_ONE = (None, 1, "1")

_RELEASED = Codes(
    "TMF lifecycle status",
    unknown=False,
    known={"Active": True, "Launched": True}
    | dict.fromkeys(("In study", "In design", "In test", "Rejected", "Retired", "Obsolete"), False),  # TMF620's words
)
_FOR_LINES = Codes[bool | None]("offering boughtFor", None, {"line": True, "customer": False})


class _Charge(Enum):
    """When a price is charged."""

    MONTHLY = auto()
    ONCE = auto()
    BY_USE = auto()
    UNKNOWN = auto()


_CHARGES = Codes(
    "TMF620 price type",
    _Charge.UNKNOWN,
    {"recurring": _Charge.MONTHLY, "oneTime": _Charge.ONCE, "usage": _Charge.BY_USE},
)


# --- recommendations --------------------------------------------------------------------------------------------------


class Relationship(Wire, frozen=True, gc=False):
    """A product that another relates to."""

    relationship_type: Text | None = None
    product: Ref | None = None


class RecommendedProduct(Wire, frozen=True, gc=False):
    """What would be bought."""

    product_relationship: tuple[Relationship, ...] = ()


class RecommendationItem(Wire, frozen=True, gc=False):
    """An offering that is recommended."""

    product: RecommendedProduct | None = None
    product_offering: Ref | None = None

    def record(self) -> Recommendation:
        """Read it."""
        related = self.product.product_relationship if self.product else ()
        return Recommendation(
            offering_key=needed(self.product_offering, "productOffering").id,
            line_keys=tuple(
                each.product.id for each in related if each.product and is_code(each.relationship_type, _RELIES_ON)
            ),
        )


class Query(Wire, frozen=True, gc=False):
    """TMF680 `/queryProductRecommendation`."""

    id: Text
    state: Text | None = None
    related_party: Ref | None = None
    recommendation_item: tuple[RecommendationItem, ...] = ()


def by_party() -> Reading[Query, tuple[Recommendation, ...]]:
    """Read what is recommended to a party, a record for each time that it was worked out."""

    def record(row: Query, _party_key: str) -> tuple[Recommendation, ...]:
        if is_code(row.state, _FAILED):
            raise Unreadable("it could not be worked out")
        return tuple(each.record() for each in row.recommendation_item)

    return Reading(lambda row: row.id, lambda row: () if row.related_party is None else (row.related_party.id,), record)


# --- offerings --------------------------------------------------------------------------------------------------------


class Attachment(Wire, frozen=True, gc=False):
    """A picture or film, by reference."""

    url: Text | None = None


class PriceValue(Wire, frozen=True, gc=False):
    """What is charged, without and with VAT."""

    duty_free_amount: Amount | None = None
    tax_included_amount: Amount | None = None


class OfferingPrice(Wire, frozen=True, gc=False):
    """A price of an offering."""

    price_type: Text | None = None
    recurring_charge_period: Text | None = None
    recurring_charge_period_length: Any = None
    price: PriceValue | None = None

    @property
    def charge(self) -> _Charge:
        """When it is charged; raises Unreadable where that is neither by month, nor once, nor by use."""
        found = _CHARGES.read(self.price_type)
        if found is _Charge.UNKNOWN or (found is _Charge.MONTHLY and not self._is_of_a_month):
            raise Unreadable("a price of which nobody knows when it is charged")
        return found

    @property
    def _is_of_a_month(self) -> bool:
        return is_code(self.recurring_charge_period, _MONTH) and self.recurring_charge_period_length in _ONE

    def taxed(self) -> TaxedMoney:
        """Read it with its VAT."""
        told = needed(self.price, "price")
        with_vat, without = told.tax_included_amount, told.duty_free_amount
        gross = needed(unsigned(with_vat.euros() if with_vat else None, credit_note=False), "taxIncludedAmount")
        net = unsigned(without.euros() if without else None, credit_note=False)
        return TaxedMoney(gross) if net is None else TaxedMoney(gross, net, rest(gross, net))


class CharacteristicValue(Wire, frozen=True, gc=False):
    """A value that a characteristic may have."""

    value: Text | None = None


class CharacteristicUse(Wire, frozen=True, gc=False):
    """A characteristic and the values that it may have."""

    name: Text | None = None
    product_spec_characteristic_value: tuple[CharacteristicValue, ...] = ()


class ProductOffering(Wire, frozen=True, gc=False):
    """TMF620 `/productOffering`."""

    id: Text
    name: Text | None = None
    description: Text | None = None
    lifecycle_status: Text | None = None
    attachment: tuple[Attachment, ...] = ()
    product_offering_price: tuple[OfferingPrice, ...] = ()
    prod_spec_char_value_use: tuple[CharacteristicUse, ...] = ()


def offerings() -> Reading[ProductOffering, Offering]:
    """Read offerings, by id."""
    return Reading(lambda row: row.id, lambda row: (row.id,), _offering)


def _offering(row: ProductOffering, key: str) -> Offering:
    return Offering(
        key=key,
        name=needed(row.name, "name"),
        on_sale=_RELEASED.read(row.lifecycle_status),
        description=row.description or "",
        media=next((each.url for each in row.attachment if each.url), None),
        monthly_price=_price(row.product_offering_price, _Charge.MONTHLY),
        once_price=_price(row.product_offering_price, _Charge.ONCE),
        for_lines=needed(_for_lines(row.prod_spec_char_value_use), _BOUGHT_FOR),
    )


def _price(prices: Iterable[OfferingPrice], charge: _Charge) -> TaxedMoney | None:
    """Give the one price that is charged so; None when there is none."""
    found = [each for each in prices if each.charge is charge]
    if len(found) > 1:
        raise Unreadable("several prices for the same")
    return found[0].taxed() if found else None


def _for_lines(uses: Iterable[CharacteristicUse]) -> bool | None:
    """Tell whom it is bought for; None when that is not told, or told as both."""
    found = (each.product_spec_characteristic_value for each in uses if is_code(each.name, _BOUGHT_FOR))
    told = {_FOR_LINES.read(each.value) for each in chain.from_iterable(found)}
    return told.pop() if len(told) == 1 else None


# --- campaigns --------------------------------------------------------------------------------------------------------


class Action(Wire, frozen=True, gc=False):
    """What a promotion does to an offering."""

    action_entity_ref: Ref | None = None


class Pattern(Wire, frozen=True, gc=False):
    """A rule of a promotion."""

    action: tuple[Action, ...] = ()


class Promotion(Wire, frozen=True, gc=False):
    """TMF671 `/promotion`."""

    id: Text
    name: Text | None = None
    lifecycle_status: Text | None = None
    valid_for: TimePeriod | None = None
    pattern: tuple[Pattern, ...] = ()

    @property
    def offering_keys(self) -> Collection[str]:
        """The offerings that it names."""
        actions = chain.from_iterable(each.action for each in self.pattern)
        return [each.action_entity_ref.id for each in actions if each.action_entity_ref]


def campaigns_by_offering() -> Reading[Promotion, Campaign]:
    """Read campaigns, by the offerings that they name."""
    return Reading(lambda row: row.id, lambda row: row.offering_keys, lambda row, _offering_key: _campaign(row))


def _campaign(row: Promotion) -> Campaign:
    schedule: Any = needed(row.valid_for, "validFor")
    return Campaign(
        key=row.id,
        name=needed(row.name, "name"),
        released=_RELEASED.read(row.lifecycle_status),
        starts_at=instant(schedule.start_date_time),
        ends_at=instant(schedule.end_date_time),
    )
