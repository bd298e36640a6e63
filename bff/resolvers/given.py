"""What a mutation was given: read, and all that is wrong with it told at once, each with its place and in words.

Whether what was given can be right at all is `domain.given`'s to say.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Final, Protocol

from bff.domain import given
from bff.domain.address import Address
from bff.domain.text import Text
from bff.resolvers import acting

NAME_MAX: Final = 70
"""Characters of a name: as many as a SEPA mandate holds."""
AHEAD_MAX: Final = timedelta(days=365)
"""How far off a day may be that is wanted."""
DAY: Final = Text("Il giorno va da oggi a un anno.", "The day is from today to a year from now.")
"""What is wrong with a day that is not `within_a_year`."""
NUMBER: Final = Text(
    "Il numero va scritto con il prefisso internazionale, per esempio +393331234567.",
    "The number must have its international prefix, for example +393331234567.",
)
"""What is wrong with a phone number that is not E.164."""
_STREET_MAX = 100
_TOWN_MAX = 60
_WORDS_MIN = 2

_STREET = Text("Servono via e numero civico.", "The street with its number is needed.")
_POSTCODE = Text("Il CAP ha 5 cifre.", "A postcode has 5 digits.")
_TOWN = Text("Serve la località.", "The town is needed.")
_PROVINCE = Text("La provincia è una sigla di 2 lettere.", "A province is 2 letters, as on number plates.")


class AddressGiven(Protocol):
    """An address as it was typed."""

    street: str
    postcode: str
    town: str
    province: str


class Given(acting.Wrong):
    """Reads an input and gathers what is wrong with it."""

    def read(self, read: Callable[[str], str | None], text: str, why: Text, *field: str) -> str:
        """Read a text; where that gives None it is wrong for a reason, and the text counts for nothing."""
        value = read(text)
        if value is None:
            self.add(why, *field)
        return value or ""

    def address(self, typed: AddressGiven, *field: str) -> Address:
        """Read an address."""
        return Address(
            self.read(_street, typed.street, _STREET, *field, "street"),
            self.read(given.postcode, typed.postcode, _POSTCODE, *field, "postcode"),
            self.read(_town, typed.town, _TOWN, *field, "town"),
            self.read(given.province, typed.province, _PROVINCE, *field, "province"),
        )


def within_a_year(day: date | None, today: date) -> bool:
    """Tell whether a day can be wanted; None, as soon as possible, always can."""
    return day is None or today <= day <= today + AHEAD_MAX


def as_given(typed: AddressGiven) -> dict[str, Any]:
    """Give an address as JSON would have it, as it was typed."""
    return {"street": typed.street, "postcode": typed.postcode, "town": typed.town, "province": typed.province}


def _street(text: str) -> str | None:
    """Read a street with what it is called: `Via Roma, 12`, `Piazza Duomo`."""
    read = given.words(text, longest=_STREET_MAX)
    return read if read is not None and len(read.split()) >= _WORDS_MIN else None


def _town(text: str) -> str | None:
    return given.words(text, longest=_TOWN_MAX)
