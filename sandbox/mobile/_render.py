"""The small forms that many TM Forum documents share."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sandbox.clock import ROME
from sandbox.world.model import Address

Document = dict[str, Any]


def instant(moment: datetime) -> str:
    """Write a moment with its offset."""
    return moment.isoformat(timespec="seconds")


def day(value: date) -> str:
    """Write a day as the date-time that the files want: its midnight in Rome."""
    return instant(datetime.combine(value, time(), tzinfo=ROME))


def euro(amount: Decimal) -> Document:
    """Write an amount: a JSON number, as the files say."""
    return {"unit": "EUR", "value": amount}


def characteristic(name: str, value: str) -> Document:
    """Write a name and its value."""
    return {"name": name, "valueType": "string", "value": value}


def party(id_: str, role: str, referred: str, name: str) -> Document:
    """Write a reference to a party or customer."""
    return {"id": id_, "name": name, "role": role, "@referredType": referred}


def address(value: Address) -> Document:
    """Write an address as the characteristic of a contact medium."""
    return {
        "street1": f"{value.toponym.title()} {value.street}, {value.civic}",
        "city": value.town,
        "postCode": value.postcode,
        "stateOrProvince": value.province,
        "country": "IT",
    }
