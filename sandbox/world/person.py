"""People with plausible names, and tax codes that follow from them."""

from __future__ import annotations

import random
import unicodedata
from datetime import date, timedelta
from typing import NamedTuple

from sandbox.world.identifier import person_tax_code
from sandbox.world.model import Person
from sandbox.world.place import TOWNS

_MEN = (
    *("Alessandro", "Andrea", "Antonio", "Carlo", "Davide", "Enrico", "Fabio", "Federico", "Francesco", "Giorgio"),
    *("Giovanni", "Giuseppe", "Lorenzo", "Luca", "Marco", "Matteo", "Michele", "Paolo", "Roberto", "Stefano"),
)
_WOMEN = (
    *("Alessia", "Anna", "Barbara", "Chiara", "Claudia", "Cristina", "Elena", "Federica", "Francesca", "Giulia"),
    *("Laura", "Lucia", "Maria", "Martina", "Monica", "Paola", "Sara", "Silvia", "Simona", "Valentina"),
)
_LAST_NAMES = (
    *("Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco"),
    *("Bruno", "Gallo", "Conti", "De Luca", "Mancini", "Costa", "Giordano", "Rizzo", "Lombardi", "Moretti"),
    *("Barbieri", "Fontana", "Santoro", "Mariani", "Rinaldi", "Caruso", "Ferrara", "Galli", "Martini", "Leone"),
    *("Longo", "Gentile", "Martinelli", "Vitale", "Lombardo", "Serra", "Coppola", "De Santis", "D'Angelo", "Marchetti"),
)
_OLDEST = date(1957, 1, 1)
_DAYS = 17_000  # to 2003


class Name(NamedTuple):
    """A first and a last name, and which form of tax code goes with it."""

    first: str
    last: str
    woman: bool


def name(rng: random.Random, *, last: str | None = None) -> Name:
    """Make up a name, or only a first name to go with `last`."""
    woman = rng.random() < 0.5  # noqa: PLR2004 - as many women as men
    return Name(rng.choice(_WOMEN if woman else _MEN), last or rng.choice(_LAST_NAMES), woman)


def person(rng: random.Random, *, number: int, called: Name, domain: str, mobile_number: str) -> Person:
    """Make up the person of a name; `number` makes the id."""
    born_on = _OLDEST + timedelta(days=rng.randrange(_DAYS))
    return Person(
        id=f"IND-{number:06d}",
        first_name=called.first,
        last_name=called.last,
        tax_code=person_tax_code(
            first_name=called.first,
            last_name=called.last,
            born_on=born_on,
            woman=called.woman,
            born_in=rng.choice(TOWNS),
        ),
        email=f"{slug(called.first)}.{slug(called.last)}@{domain}",
        mobile_number=mobile_number,
    )


def slug(text: str) -> str:
    """Reduce a text to the lower-case letters and digits that an address may hold."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum())
