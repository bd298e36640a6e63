"""Usage of mobile lines: TMF654 buckets, TMF677 reports, TMF635 records.

A bucket's counters tell what is `used` and `allowed`; one that counts money tells what was spent beyond the plan. The
counters of a report's product tell traffic by type: one in a unit of traffic, one in money. The other party of a record
leaves this module without its last 3 digits. Names of counters and characteristics: sandbox.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from bff.backends._batch import Reading, Unreadable, lists, needed
from bff.backends._call import Operation
from bff.backends._code import Codes, is_code
from bff.backends._money import money
from bff.backends._quantity import euros, is_money, quantity
from bff.backends._shape import Text
from bff.backends._text import phone_number
from bff.backends.mobile._wire import Amount, Characteristic, Ref, TimePeriod, Wire, day, instant, text
from bff.domain.money import Money, TaxedMoney
from bff.domain.usage import Consumption, Credit, OfferUsage, Quantity, TrafficType, TrafficUsage, UsageRecord
from bff.errors import BackendError

_HIDDEN_DIGITS = 3
_FAILED = "terminatedWithError"

_TYPES = Codes(
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
        type=_TYPES.read(bucket.usage_type),
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
            type=_TYPES.read(each.counter_type),
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


# --- single records ---------------------------------------------------------------------------------------------------


class Rating(Wire, frozen=True, gc=False):
    """What a record was rated as."""

    product_ref: Ref | None = None
    tax_excluded_rating_amount: Amount | None = None


class Usage(Wire, frozen=True, gc=False):
    """TMF635 `/usage`."""

    id: Text
    usage_date: Any = None
    usage_type: Text | None = None
    rated_product_usage: tuple[Rating, ...] = ()
    usage_characteristic: tuple[Characteristic, ...] = ()

    @property
    def line_keys(self) -> list[str]:
        """The products that it is rated for."""
        return [each.product_ref.id for each in self.rated_product_usage if each.product_ref is not None]


def rows_by_line() -> Reading[Usage, Usage]:
    """Find the lines of records, which are read by day."""
    return Reading(lambda row: row.id, lambda row: row.line_keys, lambda row, _key: row)


Day = tuple[str, str]
"""A line and a day, ISO."""


def lines_by_span(keys: Iterable[Day]) -> dict[tuple[date, date], list[str]]:
    """Give the lines that need the same days, by the first and the last of them."""
    days: dict[str, list[str]] = {}
    for line_key, told in keys:
        days.setdefault(line_key, []).append(told)
    lines: dict[tuple[date, date], list[str]] = {}
    for line_key, some in days.items():
        span = date.fromisoformat(min(some)), date.fromisoformat(max(some))
        lines.setdefault(span, []).append(line_key)
    return lines


def by_day(
    where: Operation, keys: Iterable[Day], rows: Mapping[str, list[Usage] | BackendError]
) -> dict[Day, list[UsageRecord] | BackendError]:
    """Give the records of lines by line and day; those of other days are dropped.

    A record that can't be read costs its day; one whose day can't be read, all days of its line.
    """
    days: dict[str, list[str]] = {}
    for line_key, told in keys:
        days.setdefault(line_key, []).append(told)
    return {
        (line_key, told): found
        for line_key, some in days.items()
        for told, found in _of_line(where, line_key, some, rows[line_key]).items()
    }


def _of_line(
    where: Operation, line_key: str, days: list[str], rows: list[Usage] | BackendError
) -> Mapping[str, list[UsageRecord] | BackendError]:
    if isinstance(rows, BackendError):
        return dict.fromkeys(days, rows)
    reading = Reading(lambda row: row.id, _days, lambda row, _day: _record(row, line_key))
    try:
        return lists(where, days, rows, reading)
    except BackendError as error:
        return dict.fromkeys(days, error)


def _days(row: Usage) -> tuple[str]:
    return (needed(day(row.usage_date), "usageDate").isoformat(),)


def _record(row: Usage, line_key: str) -> UsageRecord:
    traits = row.usage_characteristic
    return UsageRecord(
        key=row.id,
        line_key=line_key,
        at=needed(instant(row.usage_date), "usageDate"),
        type=_TYPES.read(row.usage_type),
        counterpart=_hidden(text(traits, "destinationNumber")),
        quantity=quantity(text(traits, "quantity"), text(traits, "unit")),
        charged=_charged(row, line_key),
    )


def _hidden(number: str | None) -> str | None:
    """Hide the last 3 digits."""
    return None if number is None else (phone_number(number) or number)[:-_HIDDEN_DIGITS] + "*" * _HIDDEN_DIGITS


def _charged(row: Usage, line_key: str) -> Money | None:
    """Sum what a record was rated at; None when it is not rated yet."""
    ratings = [each for each in row.rated_product_usage if each.product_ref and each.product_ref.id == line_key]
    told = [each.tax_excluded_rating_amount for each in ratings if each.tax_excluded_rating_amount is not None]
    amounts = [amount for each in told if (amount := each.euros()) is not None]
    return money(sum(amounts, Decimal(0))) if amounts else None
