"""Usage of lines: TMF654 buckets of credit, TMF677 reports of consumption, TMF635 single records.

A bucket is found by the logical resource, the number, of its line. A report has a bucket for each offer, whose counters
say what is `used` and `allowed`; a monetary bucket with what was spent beyond the plan, in cents; and on its product a
counter for each type of traffic, twice: what was used, and its price in cents. A record names its product in its
rating, which has no amount until it is rated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from sandbox.mobile._render import Document, characteristic, day, euro, instant
from sandbox.mobile.collection import Collection, Query, index
from sandbox.world import usage
from sandbox.world.model import MobileLine, World
from sandbox.world.usage import UNITS, Credit, Offer, UsageRecord

_TYPES = {"VOICE": "voice", "DATA": "data", "SMS": "sms", "ROAMING": "roaming", "PREMIUM": "premium"}
_CENTS = "EURCENT"
_SHOWN_DAYS = 7  # of records, where no line is named
_PATH = "ratedProductUsage.productRef.id"


def logical_resource_id(line: MobileLine) -> str:
    """Give the id of a line's number as a resource."""
    return line.product_id.replace("PRD-", "MSN-")


def mobile_lines(world: World) -> list[MobileLine]:
    """Give all mobile lines."""
    return [line for company in world.companies for line in company.mobile_lines]


# --- credit -----------------------------------------------------------------------------------------------------------


def buckets(
    world: World, now: Callable[[], datetime], added: Callable[[str], Decimal] = lambda _line_id: Decimal(0)
) -> Collection[MobileLine]:
    """Give TMF654 `/bucket`: the credit of prepaid lines, batched by logical resource, product or id."""
    rows = [line for line in mobile_lines(world) if usage.credit(line, world.now)]
    return Collection(
        rows=lambda: rows,
        render=lambda line: _bucket(line, usage.credit(line, now()), added(line.product_id)),
        lookup={
            "id": index(rows, lambda line: (_bucket_id(line),)),
            "logicalResource.id": index(rows, lambda line: (logical_resource_id(line),)),
            "product.id": index(rows, lambda line: (line.product_id,)),
        },
    )


def _bucket_id(line: MobileLine) -> str:
    return line.product_id.replace("PRD-", "BKT-")


def _bucket(line: MobileLine, credit: Credit | None, added: Decimal) -> Document:
    document: Document = {
        "id": _bucket_id(line),
        "name": "Credito residuo",
        "isShared": False,
        "status": "active",
        "usageType": "monetary",
        "logicalResource": [{"id": logical_resource_id(line), "name": line.msisdn, "@referredType": "LogicalResource"}],
        "product": [{"id": line.product_id, "@referredType": "Product"}],
        "@type": "Bucket",
    }
    if credit is not None:
        document["remainingValue"] = {"amount": credit.amount + added, "units": "EUR"}
        document["validFor"] = {"startDateTime": day(line.started_on), "endDateTime": day(credit.expires_on)}
    return document


# --- consumption ------------------------------------------------------------------------------------------------------


class Consumption:
    """TMF677 reports of lines, by product id; made when asked for."""

    def __init__(self, world: World) -> None:
        self._lines: Mapping[str, MobileLine] = {line.product_id: line for line in mobile_lines(world)}

    def of(self, keys: Sequence[str]) -> list[MobileLine]:
        """Give the lines of some keys; those that are unknown are left out."""
        return [self._lines[key] for key in dict.fromkeys(keys) if key in self._lines]

    def others(self, keys: Sequence[str], count: int) -> list[MobileLine]:
        """Give lines that were not asked for, from the end."""
        return list(islice((line for key, line in reversed(list(self._lines.items())) if key not in keys), count))


def report(line: MobileLine, now: datetime) -> Document:
    """Write what a line has used."""
    product: Document = {"id": line.product_id, "@referredType": "Product"}
    if summary := list(_summary(line, now)):
        product["consumptionSummary"] = summary
    document: Document = {
        "id": line.product_id.replace("PRD-", "UC-"),
        "state": "done",
        "product": [product],
        "@type": "UsageConsumption",
    }
    offered = [_offer(line, number, each) for number, each in enumerate(usage.offers(line, now), start=1)]
    if found := [*offered, *_extra(line, now)]:
        document["bucketRefOrValue"] = found
    return document


def _summary(line: MobileLine, now: datetime) -> Iterable[Document]:
    for each in usage.traffic(line, now):
        yield _counter(_TYPES[each.type], each.used, UNITS[each.type])
        yield _counter(_TYPES[each.type], _cents(each.charged), _CENTS)


def _offer(line: MobileLine, number: int, offer: Offer) -> Document:
    unit = UNITS[offer.type]
    counters = [_counter("used", offer.used, unit)]
    document: Document = {
        "id": f"{line.product_id}-{number}",
        "name": offer.name,
        "isShared": False,
        "status": "active",
        "usageType": _TYPES[offer.type],
        "product": [{"id": line.product_id, "@referredType": "Product"}],
    }
    if offer.allowed is not None:
        counters.append(_counter("allowed", *_rounded(offer.allowed, unit)))
        document["remainingValue"] = {"amount": max(offer.allowed - offer.used, 0), "units": unit}
    valid = {"startDateTime": day(line.started_on)}
    if offer.renews_at is not None:
        valid["endDateTime"] = instant(offer.renews_at)
    return document | {"validFor": valid, "bucketCounter": counters}


def _extra(line: MobileLine, now: datetime) -> Iterable[Document]:
    extra = usage.beyond_plan(line, now)
    if extra is None:
        return
    yield {
        "id": f"{line.product_id}-EXTRA",
        "name": "Extra soglia",
        "isShared": False,
        "status": "active",
        "usageType": "monetary",
        "product": [{"id": line.product_id, "@referredType": "Product"}],
        "bucketCounter": [
            _counter("taxExcluded", _cents(extra.net), _CENTS),
            _counter("taxIncluded", _cents(extra.net + extra.vat), _CENTS),
        ],
    }


def _counter(type_: str, amount: int, units: str) -> Document:
    return {"counterType": type_, "level": "global", "value": {"amount": amount, "units": units}}


def _rounded(amount: int, unit: str) -> tuple[int, str]:
    """Write what is allowed in the unit that an offer is sold by."""
    if unit == "KB":
        return amount // 1_000_000, "GB"
    return (amount // 60, "min") if unit == "s" else (amount, unit)


def _cents(amount: Decimal) -> int:
    return int(amount * 100)


# --- single records ---------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    line: MobileLine
    record: UsageRecord
    is_rated: bool


def usages(world: World, now: Callable[[], datetime]) -> Collection[_Row]:
    """Give TMF635 `/usage`: batched by product or id, narrowed by day; made for the days asked for.

    Where no line is named, those of one line of each company are listed, of a week.
    """
    by_key = {line.product_id: line for line in mobile_lines(world)}
    examples = [company.mobile_lines[0] for company in world.companies if company.mobile_lines]

    def within(first: date, last: date) -> Collection[_Row]:
        def of_line(key: str) -> Iterable[_Row]:
            return _rows([by_key[key]], first, last, now()) if key in by_key else ()

        def of_id(key: str) -> Iterable[_Row]:
            return (row for row in of_line(key.removeprefix("USG-")[: -len("-20260101-01")]) if row.record.id == key)

        return Collection(
            rows=lambda: _rows(examples, max(first, last - timedelta(days=_SHOWN_DAYS)), last, now()),
            render=_usage,
            lookup={"id": of_id, _PATH: of_line},
            narrow=lambda query: within(*_days(query, now().date())),
        )

    return within(date.min, world.now.date())


def _rows(lines: Iterable[MobileLine], first: date, last: date, now: datetime) -> Iterable[_Row]:
    return (
        _Row(line, record, record.is_rated(now)) for line in lines for record in usage.records(line, first, last, now)
    )


def _days(query: Query, today: date) -> tuple[date, date]:
    """Give the first and last day that a query's rows may be of."""
    bounds = {each.test.__name__: _day(each.values[0]) for each in query.filters if each.path == ("usageDate",)}
    return bounds.get("ge", date.min), min(bounds.get("lt", today), today)


def _day(text: str) -> date:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return date.min  # the filter says that it can't be read


def _usage(row: _Row) -> Document:
    record = row.record
    rating: Document = {"productRef": {"id": row.line.product_id, "@referredType": "Product"}}
    if row.is_rated:
        rating["taxExcludedRatingAmount"] = euro(record.charged)
    characteristics = [
        characteristic("quantity", str(record.quantity)),
        characteristic("unit", UNITS[record.type]),
    ]
    if record.counterpart is not None:
        characteristics.append(characteristic("destinationNumber", record.counterpart))
    return {
        "id": record.id,
        "usageDate": instant(record.at),
        "usageType": _TYPES[record.type],
        "status": "rated" if row.is_rated else "received",
        "ratedProductUsage": [rating],
        "usageCharacteristic": characteristics,
        "@type": "Usage",
    }
