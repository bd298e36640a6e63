"""How the fixed legacy writes values: Italian amounts, Rome's local time, addresses in parts, nothing in many forms.

Source: spec, legacy/fixed-legacy.xsd (AmountIt, LocalDateTime, YesNo, Address) and legacy.md, quirks 9, 10 and 12.
"""

import re
from collections.abc import Callable, Hashable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from xml.etree.ElementTree import Element

from bff.backends import _time
from bff.backends._batch import Unreadable, needed
from bff.backends._money import italian_amount
from bff.backends._text import postcode, tidy
from bff.backends.fixed._xml import is_nil
from bff.domain.address import Address
from bff.domain.period import ROME, rome_day

NAMESPACE = "urn:legacy:fixed:crm-billing:v3"

_PREFIX = f"{{{NAMESPACE}}}"
_SAID = attrgetter("tag", "text")
_DAYS_KEPT = 4096  # a page has few days, each many times
_SEPARATORS = str.maketrans(",.", ".,")
_FLAGS = {"S": True, "N": False}
_INSTANT = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})(?: ([0-9]{2}):([0-9]{2}):([0-9]{2}))?")


class Row:
    """An element with its children by name, gone through once. Children of other namespaces are nobody's."""

    __slots__ = ("_element", "_told")

    def __init__(self, element: Element) -> None:
        self._element = element
        # What each child says: its text, or the child itself where it takes a closer look, as with two of a name.
        self._told: dict[str, str | Element | None] = {
            child.tag: child if len(child) else tidy(child.text or "") for child in element
        }
        if len(self._told) != len(element):
            self._told = {child.tag: child for child in element}

    @property
    def content(self) -> Hashable:
        """What the row says: the names and texts in it, in their order."""
        return tuple(map(_SAID, self._element.iter()))

    def text(self, name: str) -> str | None:
        """Give the text of a child without the blanks around it; None when there is none, in whatever form.

        Raises Unreadable when two children of the name differ, or one has children: which text was meant is unknown.
        """
        told = self._told.get(_PREFIX + name)
        return self._closely(name) if isinstance(told, Element) else told

    def _closely(self, name: str) -> str | None:
        told = {_text(child) for child in self._named(name)}
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
        children = [child for child in self._named(name) if not is_nil(child)]
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

    def _named(self, name: str) -> list[Element]:
        return self._element.findall(_PREFIX + name)


def identity(read: Callable[[Row], str]) -> Callable[[Row], str]:
    """Tell rows apart by what `read` makes of them, and by all they say where that can't be read."""

    def told(row: Row) -> str:
        try:
            return read(row)
        except Unreadable:
            return repr(row.content)

    return told


def _text(element: Element) -> str | None:
    if len(element):
        raise Unreadable("parts where a text is due")
    return tidy(element.text or "")


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


def written_amount(amount: Decimal) -> str:
    """Write an amount of euros as the system does: 1.234,56."""
    return f"{amount:,.2f}".translate(_SEPARATORS)


def local_day(day: date) -> str:
    """Write a day as the system does."""
    return f"{day:%d/%m/%Y}"


def local_time(when: datetime) -> str:
    """Write an instant as the system does."""
    return f"{when.astimezone(ROME):%d/%m/%Y %H:%M:%S}"
