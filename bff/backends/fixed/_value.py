"""How the fixed legacy writes values: Italian amounts, Rome's local time, addresses in parts.

Source: spec, legacy/fixed-legacy.xsd (AmountIt, LocalDateTime, Address) and legacy.md, quirks 9 and 10.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from lxml import etree

from bff.backends import _time
from bff.backends._batch import Unreadable
from bff.backends._money import money
from bff.domain.address import Address
from bff.domain.money import Money
from bff.domain.period import ROME, rome_day

NAMESPACE = "urn:legacy:fixed:crm-billing:v3"

_AMOUNT = re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?", re.ASCII)
_INSTANT = re.compile(r"(\d{2})/(\d{2})/(\d{4})(?: (\d{2}):(\d{2}):(\d{2}))?", re.ASCII)


class Row:
    """An element with its children by name, gone through once."""

    __slots__ = ("_children", "_element")

    def __init__(self, element: etree._Element) -> None:
        self._element = element
        self._children: Mapping[str, etree._Element] = {_name(child): child for child in element}

    def text(self, name: str) -> str | None:
        """Give the text of a child without the blanks around it; None when it is absent or empty."""
        child = self._children.get(name)
        return None if child is None else (child.text or "").strip() or None

    def needed(self, name: str) -> str:
        """Give the text of a child; raises Unreadable when there is none."""
        text = self.text(name)
        if text is None:
            raise Unreadable(f"{name} is missing")
        return text

    def row(self, name: str) -> "Row | None":
        """Give a child as a row, None when it is absent."""
        child = self._children.get(name)
        return None if child is None else Row(child)

    def rows(self, name: str) -> "list[Row]":
        """Give all children of a name as rows, in their order."""
        return [Row(child) for child in self._element if _name(child) == name]

    def instant(self, name: str) -> datetime | None:
        """Give a local time as an instant; None when it is absent or stands for never."""
        text = self.text(name)
        return None if text is None else instant(text)

    def day(self, name: str) -> date | None:
        """Give a local time as a day; None when it is absent or stands for never."""
        when = self.instant(name)
        return None if when is None else rome_day(when)

    def needed_day(self, name: str) -> date:
        """Give a local time as a day; raises Unreadable when there is none."""
        day = self.day(name)
        if day is None:
            raise Unreadable(f"{name} is missing")
        return day

    def money(self, name: str) -> Money | None:
        """Give an amount without its sign, which the kind of an invoice carries; None when it is absent."""
        text = self.text(name)
        return None if text is None else money(abs(amount(text)))

    def address(self, name: str) -> Address | None:
        """Give an address, its parts put together as `Via Roma, 12`; None when it is absent."""
        place = self.row(name)
        if place is None:
            return None
        civic = place.text("civic")
        street = f"{place.needed('toponym').title()} {place.needed('street')}" + (f", {civic}" if civic else "")
        return Address(street, place.needed("postCode"), place.needed("city"), place.needed("province"))


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def amount(text: str) -> Decimal:
    """Read an Italian amount exactly; raises Unreadable.

    Example:
        >>> amount("1.234,56")
        Decimal('1234.56')
    """
    if not _AMOUNT.fullmatch(text):
        raise Unreadable("not an amount")
    return Decimal(text.replace(".", "").replace(",", "."))


def instant(text: str) -> datetime | None:
    """Read `dd/MM/yyyy[ HH:mm:ss]` as Rome's time; None for a date that stands for never; raises Unreadable."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Unreadable("not a local time")
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return _time.instant(datetime(year, month, day, hour, minute, second, tzinfo=ROME))
    except ValueError as error:
        raise Unreadable("no such day or time") from error


def local_day(day: date) -> str:
    """Write a day as the system does."""
    return f"{day:%d/%m/%Y}"


def local_time(when: datetime) -> str:
    """Write an instant as the system does."""
    return f"{when.astimezone(ROME):%d/%m/%Y %H:%M:%S}"
