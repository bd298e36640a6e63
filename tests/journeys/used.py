"""What the customer area shows of the usage of a line, from the world's rows: the tests' own reading of it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.clock import DEFAULT_NOW
from sandbox.world import usage
from sandbox.world.model import MobileLine
from sandbox.world.usage import UNITS, Offer, Traffic, UsageRecord
from tests.journeys.shown import instant

Data = dict[str, Any]

NOW: datetime = DEFAULT_NOW
_BASE = {"KB": (1000, "BYTES"), "s": (1, "SECONDS"), "msg": (1, "MESSAGES")}


def credit(line: MobileLine) -> Data:
    """Show the credit of a line."""
    found = usage.credit(line, NOW)
    return {
        "credit": found and {"amount": {**_money(found.amount), "currency": "EUR"}, "expiresOn": str(found.expires_on)}
    }


def extra(line: MobileLine) -> Data:
    """Show what a line has spent beyond its plan."""
    found = usage.beyond_plan(line, NOW)
    return {
        "extra": found and {"net": _money(found.net), "vat": _money(found.vat), "gross": _money(found.net + found.vat)}
    }


def by_offer(line: MobileLine) -> Data:
    """Show what the offers of a line allow and have left."""
    return {"byOffer": offers(line)}


def offers(line: MobileLine) -> list[Data]:
    """Show the offers of a line."""
    return [_offer(each) for each in usage.offers(line, NOW)]


def by_traffic_type(line: MobileLine) -> Data:
    """Show what a line has used by type."""
    return {"byTrafficType": [_traffic(each) for each in usage.traffic(line, NOW)]}


def records(line: MobileLine, first: date, last: date, now: datetime = NOW) -> list[Data]:
    """Show the records of a line from one day to another, newest first."""
    rows = sorted(usage.records(line, first, last, now), key=lambda row: (-row.at.timestamp(), row.id))
    return [_record(row, now) for row in rows]


def _offer(shown: Offer) -> Data:
    left = None if shown.allowed is None else max(shown.allowed - shown.used, 0)
    return {
        "name": shown.name,
        "type": shown.type,
        "used": _quantity(shown.used, shown.type),
        "allowance": None if shown.allowed is None else _quantity(shown.allowed, shown.type),
        "left": None if left is None else _quantity(left, shown.type),
        "renewsAt": shown.renews_at and instant(shown.renews_at),
    }


def _traffic(shown: Traffic) -> Data:
    return {"type": shown.type, "used": _quantity(shown.used, shown.type), "charged": _money(shown.charged)}


def _record(shown: UsageRecord, now: datetime) -> Data:
    return {
        "at": instant(shown.at),
        "type": shown.type,
        "counterpart": shown.counterpart and f"{shown.counterpart[:-3]}***",
        "quantity": _quantity(shown.quantity, shown.type),
        "charged": _money(shown.charged) if shown.is_rated(now) else None,
    }


def _quantity(amount: int, type_: str) -> Data:
    size, unit = _BASE[UNITS[type_]]
    return {"value": amount * size, "unit": unit}


def _money(amount: Decimal) -> Data:
    return {"amount": f"{amount:.2f}"}
