"""Usage of mobile lines: TMF654 buckets, TMF677 reports. Single records are in `usage_record`.

A bucket's counters tell what is `used` and `allowed`; one that counts money tells what was spent beyond the plan. The
counters of a report's product tell traffic by type: one in a unit of traffic, one in money. Names of counters: sandbox.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from bff.backends._batch import Reading, Unreadable, needed
from bff.backends._code import Codes, is_code
from bff.backends._money import money
from bff.backends._quantity import euros, is_money, quantity
from bff.backends._shape import Text
from bff.backends.mobile._wire import Ref, TimePeriod, Wire, day, instant
from bff.domain.money import Money, TaxedMoney
from bff.domain.usage import Consumption, Credit, OfferUsage, Quantity, TrafficType, TrafficUsage

_FAILED = "terminatedWithError"

TYPES = Codes(
    "type of traffic",
    TrafficType.UNKNOWN,
    {
        "voice": TrafficType.VOICE,
        "data": TrafficType.DATA,
        "sms": TrafficType.SMS,
        "roaming": TrafficType.ROAMING,
        "premium": TrafficType.PREMIUM,
    },
)


class Measure(Wire, frozen=True, gc=False):
    """TMF's Quantity: an amount of anything."""

    amount: Any = None
    units: Text | None = None


class Counter(Wire, frozen=True, gc=False):
    """A value by its name."""

    counter_type: Text | None = None
    value: Measure | None = None

    @property
    def is_money(self) -> bool:
        """True when it counts money."""
        return self.value is not None and is_money(self.value.units)

    def quantity(self) -> Quantity:
        """Read it as traffic."""
        value = needed(self.value, "value")
        return quantity(value.amount, value.units)

    def euros(self) -> Decimal:
        """Read it as money."""
        value = needed(self.value, "value")
        return euros(value.amount, value.units)


# --- credit -----------------------------------------------------------------------------------------------------------


class Bucket(Wire, frozen=True, gc=False):
    """TMF654 `/bucket`."""

    id: Text
    remaining_value: Measure | None = None
    logical_resource: tuple[Ref, ...] = ()
    product: tuple[Ref, ...] = ()
    valid_for: TimePeriod | None = None


def credits_by_number(as_of: datetime) -> Reading[Bucket, Credit]:
    """Read buckets of money, by logical resource; those of traffic belong to nobody here."""

    def keys(row: Bucket) -> Collection[str]:
        value = row.remaining_value
        return [each.id for each in row.logical_resource] if value is None or is_money(value.units) else ()

    def record(row: Bucket, _key: str) -> Credit:
        value = needed(row.remaining_value, "remainingValue")
        return Credit(
            line_keys=tuple(each.id for each in row.product),
            amount=money(euros(value.amount, value.units)),
            expires_on=day(row.valid_for.end_date_time) if row.valid_for else None,
            as_of=as_of,
        )

    return Reading(lambda row: row.id, keys, record)


# --- consumption ------------------------------------------------------------------------------------------------------


class OfferBucket(Wire, frozen=True, gc=False):
    """A bucket of a report."""

    name: Text | None = None
    usage_type: Text | None = None
    bucket_counter: tuple[Counter, ...] = ()
    valid_for: TimePeriod | None = None

    @property
    def is_money(self) -> bool:
        """True when it counts money, and is no offer."""
        return any(each.is_money for each in self.bucket_counter)

    def counter(self, name: str) -> Counter | None:
        """Give a counter by its name, None when there is none."""
        return next((each for each in self.bucket_counter if is_code(each.counter_type, name)), None)


class Product(Wire, frozen=True, gc=False):
    """A reference to a product, with what it used."""

    id: Text
    consumption_summary: tuple[Counter, ...] = ()


class Report(Wire, frozen=True, gc=False):
    """TMF677 `usageConsumption`."""

    id: Text
    state: Text | None = None
    product: tuple[Product, ...] = ()
    bucket_ref_or_value: tuple[OfferBucket, ...] = ()


def by_line(as_of: datetime) -> Reading[Report, Consumption]:
    """Read reports, by product."""

    def record(row: Report, key: str) -> Consumption:
        if is_code(row.state, _FAILED):
            raise Unreadable("the task ended with an error")
        return Consumption(
            line_key=key,
            offers=tuple(_offer(each) for each in row.bucket_ref_or_value if not each.is_money),
            traffic=_traffic(
                each for product in row.product if product.id == key for each in product.consumption_summary
            ),
            extra=_extra([each for each in row.bucket_ref_or_value if each.is_money]),
            as_of=as_of,
        )

    return Reading(lambda row: row.id, lambda row: [each.id for each in row.product], record)


def _offer(bucket: OfferBucket) -> OfferUsage:
    used = needed(bucket.counter("used"), "used").quantity()
    allowed = bucket.counter("allowed")
    allowance = None if allowed is None else allowed.quantity()
    if allowance is not None and allowance.unit is not used.unit:
        raise Unreadable("what is used and what is allowed are not of one kind")
    return OfferUsage(
        name=bucket.name or "",
        type=TYPES.read(bucket.usage_type),
        used=used,
        allowance=allowance,
        renews_at=instant(bucket.valid_for.end_date_time) if bucket.valid_for else None,
    )


def _traffic(counters: Iterable[Counter]) -> tuple[TrafficUsage, ...]:
    """Read the counters of traffic, each with the price of its type; a type in several units has none."""
    told = list(counters)
    prices = {each.counter_type: each for each in told if each.is_money}
    amounts = [each for each in told if not each.is_money]
    names = [each.counter_type for each in amounts]
    return tuple(
        TrafficUsage(
            type=TYPES.read(each.counter_type),
            used=each.quantity(),
            charged=_price(prices, each) if names.count(each.counter_type) == 1 else None,
        )
        for each in amounts
    )


def _price(prices: Mapping[str | None, Counter], of: Counter) -> Money | None:
    price = prices.get(of.counter_type)
    return None if price is None else money(price.euros())


def _extra(buckets: list[OfferBucket]) -> TaxedMoney | None:
    """Read what was spent beyond the plan; without a gross amount it is not told."""
    if not buckets:
        return None
    gross, net = (buckets[0].counter(name) for name in ("taxIncluded", "taxExcluded"))
    with_vat = needed(gross, "taxIncluded").euros()
    if net is None:
        return TaxedMoney(money(with_vat))
    without = net.euros()
    return TaxedMoney(money(with_vat), money(without), money(with_vat - without))
