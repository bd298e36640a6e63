"""What mobile lines use: credit, what offers allow, single records. Made when asked for, from the line and the day.

A company of 5,000 lines costs nothing until somebody looks. Sums are those of the records, so that all that is told of
a line agrees. Records are delivered four times a day: those of the last hours are not there yet.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from sandbox.clock import ROME
from sandbox.world.model import MobileLine

HISTORY_DAYS: Final = 304
"""How long records are kept: ten months."""
UNITS: Final = {"VOICE": "s", "DATA": "KB", "SMS": "msg", "ROAMING": "KB", "PREMIUM": "msg"}
"""What records of a type count."""
USING: Final = frozenset({"active", "suspended", "pendingTerminate"})
"""States of the lines that use anything."""

_GB, _MINUTE = 1_000_000, 60  # in the units of records
# By offering: what each offer on top of it counts, and how much of that it allows until renewal (None: unlimited).
_OFFERS: Final[dict[str, tuple[tuple[str, str, int | None], ...]]] = {
    "OFF-1001": (
        ("Giga Business 50", "DATA", 50 * _GB),
        ("Voce illimitata", "VOICE", None),
        ("SMS 200", "SMS", 200),
    ),
    "OFF-1002": (("Giga Business 150", "DATA", 150 * _GB), ("Voce illimitata", "VOICE", None)),
    "OFF-1003": (("Giga illimitati 5G", "DATA", None), ("Voce e SMS illimitati", "VOICE", None)),
    "OFF-1004": (("Minuti Ricaricabile 500", "VOICE", 500 * _MINUTE), ("Giga Ricaricabile 5", "DATA", 5 * _GB)),
    "OFF-1005": (("Dati IoT 2", "DATA", 2 * _GB),),
}
_ABROAD: Final = ("Pacchetto Mondo 10 GB", "ROAMING", 10 * _GB)  # does not renew
_THINGS_ONLY: Final = "OFF-1005"
_TYPES: Final = ("DATA",) * 9 + ("VOICE",) * 8 + ("SMS",) * 3 + ("ROAMING", "PREMIUM")
_PRICES: Final = {"SMS": Decimal("0.12"), "ROAMING": Decimal("1.99"), "PREMIUM": Decimal("2.44")}
_INCLUDED: Final = Decimal("0.00")
_VAT: Final = Decimal("0.22")
_CENT: Final = Decimal("0.01")
_RATING_DAYS = 2
_DELIVERY_HOURS = 6
_DAY_S, _LUNCH_S = 82_799, 46_800  # the shortest day, on which clocks go forward, has 23 hours
_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class Credit:
    """What is left of a prepaid line's credit, and the last day that it can be used."""

    amount: Decimal
    expires_on: date


@dataclass(frozen=True, slots=True)
class Offer:
    """What an offer allows of a type (None: unlimited) and what was used, in the type's unit; when it renews."""

    name: str
    type: str  # one of UNITS
    allowed: int | None
    used: int
    renews_at: datetime | None


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was used of a type since the renewal, in the type's unit, and the net price of what is rated."""

    type: str
    used: int
    charged: Decimal


@dataclass(frozen=True, slots=True)
class Extra:
    """What a subscription has spent beyond its plan."""

    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """A call, message or connection. `charged` is the net price, 0 when included; it counts once it is rated."""

    id: str
    at: datetime
    type: str
    counterpart: str | None
    quantity: int
    charged: Decimal

    def is_rated(self, now: datetime) -> bool:
        """Tell whether its price is known."""
        return (now.date() - self.at.date()).days >= _RATING_DAYS


def has_usage(line: MobileLine) -> bool:
    """Tell whether a line is in a state to use anything."""
    return line.state in USING


def credit(line: MobileLine, now: datetime) -> Credit | None:
    """Give the credit of a prepaid line; None for any other."""
    if not (line.prepaid and has_usage(line)):
        return None
    rng = _random(line, "credit")
    return Credit(Decimal(rng.randrange(50, 6000)) / 100, _renewal(line, now).date() + timedelta(days=330))


def offers(line: MobileLine, now: datetime) -> list[Offer]:
    """Give what the offers of a line allow and have left; none for a line that uses nothing."""
    if not has_usage(line):
        return []
    used = {each.type: each.used for each in traffic(line, now)}
    rows = [
        Offer(name, type_, allowed, used.get(type_, 0), _renewal(line, now))
        for name, type_, allowed in _OFFERS[line.offering_id]
    ]
    if "ROAMING" in used:
        rows.append(Offer(*_ABROAD, used["ROAMING"], None))
    return rows


def traffic(line: MobileLine, now: datetime) -> list[Traffic]:
    """Give what a line has used since its last renewal, by type, in the order of UNITS."""
    first = _month_before(_renewal(line, now)).date()
    rows = records(line, first, now.date(), now)
    return [
        Traffic(
            type_,
            sum(row.quantity for row in rows if row.type == type_),
            sum((row.charged for row in rows if row.type == type_ and row.is_rated(now)), _INCLUDED),
        )
        for type_ in UNITS
        if any(row.type == type_ for row in rows)
    ]


def beyond_plan(line: MobileLine, now: datetime) -> Extra | None:
    """Give what a subscription has spent beyond its plan; None for a prepaid line."""
    if line.prepaid or not has_usage(line):
        return None
    net = sum((each.charged for each in traffic(line, now)), _INCLUDED)
    return Extra(net, (net * _VAT).quantize(_CENT))


def records(line: MobileLine, first: date, last: date, now: datetime) -> list[UsageRecord]:
    """Give the records of a line from one day to another, both included, as far as they are delivered by now."""
    if not has_usage(line):
        return []
    start = max(first, line.started_on, now.date() - timedelta(days=HISTORY_DAYS))
    delivered = now.replace(hour=now.hour - now.hour % _DELIVERY_HOURS, minute=0, second=0, microsecond=0)
    days = (start + timedelta(days=index) for index in range((min(last, now.date()) - start).days + 1))
    return [row for day in days for row in _of_day(line, day) if row.at < delivered]


@lru_cache(maxsize=20_000)
def _of_day(line: MobileLine, day: date) -> Sequence[UsageRecord]:
    rng = _random(line, day.isoformat())
    count = rng.randint(0, 4) if day.weekday() >= _WEEKEND else rng.randint(3, 11)
    midnight = datetime.combine(day, time(), ROME).astimezone(UTC)
    seconds = sorted(int(rng.triangular(0, _DAY_S, _LUNCH_S)) for _ in range(count))
    return tuple(
        _record(rng, line, (midnight + timedelta(seconds=each)).astimezone(ROME), number)
        for number, each in enumerate(seconds, start=1)
    )


def _record(rng: random.Random, line: MobileLine, at: datetime, number: int) -> UsageRecord:
    type_ = "DATA" if line.offering_id == _THINGS_ONLY else rng.choice(_TYPES)
    quantity, counterpart = _used(rng, type_, things=line.offering_id == _THINGS_ONLY)
    included = type_ == "SMS" and not line.prepaid
    return UsageRecord(
        id=f"USG-{line.product_id}-{at:%Y%m%d}-{number:02d}",
        at=at,
        type=type_,
        counterpart=counterpart,
        quantity=quantity,
        charged=_INCLUDED if included else _PRICES.get(type_, _INCLUDED),
    )


def _used(rng: random.Random, type_: str, *, things: bool) -> tuple[int, str | None]:
    """Give how much of a type a record counts, and with whom."""
    if type_ in {"DATA", "ROAMING"}:
        return rng.randrange(20, 900) if things else rng.randrange(1_000, 400_000), None
    if type_ == "PREMIUM":
        return 1, f"4{rng.randrange(1000, 9999)}"
    number = f"+393{rng.randrange(10**8, 10**9)}" if rng.randrange(3) else f"+3902{rng.randrange(10**6, 10**7)}"
    return (rng.randrange(5, 1_200) if type_ == "VOICE" else 1), number


def _renewal(line: MobileLine, now: datetime) -> datetime:
    """Give when the offers of a line renew next: each month at the first instant of a day of its own."""
    this = datetime(now.year, now.month, min(line.started_on.day, 28), tzinfo=ROME)
    return this if this > now else _month_after(this)


def _month_after(moment: datetime) -> datetime:
    return moment.replace(year=moment.year + moment.month // 12, month=moment.month % 12 + 1)


def _month_before(moment: datetime) -> datetime:
    return moment.replace(year=moment.year - (moment.month == 1), month=(moment.month - 2) % 12 + 1)


def _random(line: MobileLine, part: str) -> random.Random:
    """Give a generator of its own; the number brings the world's seed in."""
    return random.Random(f"usage:{line.product_id}:{line.msisdn}:{part}")
