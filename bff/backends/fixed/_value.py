"""How the fixed legacy writes values: Italian amounts, Rome's local time, addresses in parts, nothing in many forms.

Source: spec, legacy/fixed-legacy.xsd (AmountIt, LocalDateTime, YesNo, Address) and legacy.md, quirks 9, 10 and 12.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from lxml import etree

from bff.backends import _time
from bff.backends._batch import Unreadable, needed
from bff.backends._money import italian_amount
from bff.backends._text import postcode, tidy
from bff.domain.address import Address
from bff.domain.period import ROME, rome_day

NAMESPACE = "urn:legacy:fixed:crm-billing:v3"

_PREFIX = f"{{{NAMESPACE}}}"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_DAYS_KEPT = 4096  # a page has few days, each many times
_FLAGS = {"S": True, "N": False}
_INSTANT = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})(?: ([0-9]{2}):([0-9]{2}):([0-9]{2}))?")


class Row:
    """An element with its children by name, gone through once. Children of other namespaces are nobody's."""

    __slots__ = ("_children", "_element", "_texts")

    def __init__(self, element: etree._Element) -> None:
        self._element = element
        self._texts: dict[str, str | None] = {}  # what was read: most is read for the key and again for the record
        self._children: dict[str, list[etree._Element]] = {}
        for child in element:
            self._children.setdefault(child.tag, []).append(child)

    @property
    def content(self) -> str:
        """The row as text, the same for rows that say the same."""
        return etree.tostring(self._element, encoding="unicode", with_tail=False)

    def text(self, name: str) -> str | None:
        """Give the text of a child without the blanks around it; None when there is none, in whatever form.

        Raises Unreadable when two children of the name differ, or one has children: which text was meant is unknown.
        """
        if name not in self._texts:
            self._texts[name] = self._read(name)
        return self._texts[name]

    def _read(self, name: str) -> str | None:
        children = self._named(name)
        if len(children) == 1:
            return _text(children[0])
        told = {_text(child) for child in children}
        if len(told) > 1:
            raise Unreadable(f"{name} has two values")
        return told.pop() if told else None

    def needed(self, name: str) -> str:
        """Give the text of a child; raises Unreadable when there is none."""
        return needed(self.text(name), name)

    def code(self, name: str, read: Callable[[str], str]) -> str | None:
        """Give a code that a row can do without: None when it is absent or can't be read."""
        try:
            text = self.text(name)
            return None if text is None else read(text)
        except Unreadable:
            return None

    def flag(self, name: str) -> bool | None:
        """Give a yes or no; None when it is absent or neither."""
        return _FLAGS.get((self.text(name) or "").upper())

    def row(self, name: str) -> "Row | None":
        """Give a child as a row, None when it is absent; raises Unreadable when there are two."""
        children = [child for child in self._named(name) if not _is_nil(child)]
        if len(children) > 1:
            raise Unreadable(f"{name} comes twice")
        return Row(children[0]) if children else None

    def rows(self, name: str) -> "list[Row]":
        """Give all children of a name as rows, in their order."""
        return [Row(child) for child in self._named(name)]

    def instant(self, name: str) -> datetime | None:
        """Give a local time as an instant; None when it is absent or stands for never."""
        text = self.text(name)
        return None if text is None else instant(text)

    def day(self, name: str) -> date | None:
        """Give a local time as a day; None when it is absent or stands for never."""
        text = self.text(name)
        return None if text is None else _day(text)

    def needed_day(self, name: str) -> date:
        """Give a local time as a day; raises Unreadable when there is none."""
        return needed(self.day(name), name)

    def amount(self, name: str) -> Decimal | None:
        """Give an amount of euros with its sign; None when it is absent.

        Digits alone are euros: legacy.md knows cents "in one operation", the XSD in none (AmountIt).
        """
        text = self.text(name)
        return None if text is None else italian_amount(text)

    def address(self, name: str) -> Address | None:
        """Give an address, its parts put together as `Via Roma, 12`; None when a part of it is absent or unreadable."""
        try:
            place = self.row(name)
            return None if place is None else _address(place)
        except Unreadable:
            return None

    def _named(self, name: str) -> list[etree._Element]:
        return self._children.get(_PREFIX + name, [])


def identity(read: Callable[[Row], str]) -> Callable[[Row], str]:
    """Tell rows apart by what `read` makes of them, and by all they say where that can't be read."""

    def told(row: Row) -> str:
        try:
            return read(row)
        except Unreadable:
            return row.content

    return told


def _text(element: etree._Element) -> str | None:
    if len(element):
        raise Unreadable("parts where a text is due")
    return None if _is_nil(element) else tidy(element.text or "")


def _is_nil(element: etree._Element) -> bool:
    return element.get(_NIL) in {"true", "1"}


def _address(place: Row) -> Address | None:
    toponym, street, civic, city, province = map(place.text, ("toponym", "street", "civic", "city", "province"))
    post_code = postcode(place.text("postCode") or "")
    if not (toponym and street and city and province and post_code):
        return None
    return Address(f"{toponym.title()} {street}" + (f", {civic}" if civic else ""), post_code, city, province)


@lru_cache(_DAYS_KEPT)
def _day(text: str) -> date | None:
    when = instant(text)
    return None if when is None else rome_day(when)


def instant(text: str) -> datetime | None:
    """Read `dd/MM/yyyy[ HH:mm:ss]` as Rome's time; None for a date that stands for never; raises Unreadable."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise Unreadable("not a local time")
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return _time.instant(datetime(year, month, day, hour, minute, second))  # noqa: DTZ001 - local, `_time` knows
    except ValueError as error:
        raise Unreadable("no such day or time") from error


def local_day(day: date) -> str:
    """Write a day as the system does."""
    return f"{day:%d/%m/%Y}"


def local_time(when: datetime) -> str:
    """Write an instant as the system does."""
    return f"{when.astimezone(ROME):%d/%m/%Y %H:%M:%S}"
