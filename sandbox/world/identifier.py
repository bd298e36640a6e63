"""Made-up identifiers that pass the checks of the real ones: tax codes, VAT numbers, IBANs, ICCIDs, phone numbers."""

from __future__ import annotations

import random
import unicodedata
from datetime import date

from schwifty import IBAN
from stdnum import luhn
from stdnum.it import codicefiscale

from sandbox.world.place import Town

_MONTHS = "ABCDEHLMPRST"
_VOWELS = "AEIOU"
_WOMAN_DAY = 40  # added to the day of birth
_MOBILE_PREFIXES = ("320", "328", "329", "333", "334", "335", "338", "339", "347", "348", "349")
_BANKS = (("03069", "09606"), ("02008", "01600"), ("05034", "11750"), ("05387", "02400"), ("01030", "02800"))
_NAME_CONSONANTS = 3


def person_tax_code(*, first_name: str, last_name: str, born_on: date, woman: bool, born_in: Town) -> str:
    """Compute a person's codice fiscale."""
    day = born_on.day + (_WOMAN_DAY if woman else 0)
    number = (
        f"{_surname_part(last_name)}{_name_part(first_name)}"
        f"{born_on:%y}{_MONTHS[born_on.month - 1]}{day:02d}{born_in.code}"
    )
    return number + str(codicefiscale.calc_check_digit(number))


def _surname_part(name: str) -> str:
    consonants, vowels = _letters(name)
    return (consonants + vowels + "XXX")[:3]


def _name_part(name: str) -> str:
    consonants, vowels = _letters(name)
    if len(consonants) > _NAME_CONSONANTS:
        consonants = consonants[0] + consonants[2:]
    return (consonants + vowels + "XXX")[:3]


def _letters(name: str) -> tuple[str, str]:
    """Give consonants and vowels; an accented letter counts as the plain one."""
    plain = unicodedata.normalize("NFD", name.upper())
    letters = [letter for letter in plain if "A" <= letter <= "Z"]
    return (
        "".join(letter for letter in letters if letter not in _VOWELS),
        "".join(letter for letter in letters if letter in _VOWELS),
    )


def vat_number(rng: random.Random) -> str:
    """Make up a VAT number: 11 digits, the seventh to tenth from a tax office; a company's tax code is its equal."""
    number = f"{rng.randint(100_000, 2_999_999):07d}{rng.randint(1, 99):03d}"
    return number + str(luhn.calc_check_digit(number))


def iban(rng: random.Random) -> str:
    """Make up an Italian IBAN with good check digits and CIN."""
    bank, branch = rng.choice(_BANKS)
    account = f"{rng.randint(1, 999_999_999):012d}"
    return str(IBAN.generate("IT", bank_code=bank, branch_code=branch, account_code=account))


def iccid(serial: int) -> str:
    """Make the ICCID of a serial number: 19 digits with a good Luhn digit."""
    number = f"893910{serial:012d}"
    return number + str(luhn.calc_check_digit(number))


class Numbers:
    """Phone numbers, none of them given twice."""

    def __init__(self, rng: random.Random) -> None:
        self._random = rng
        self._given: set[str] = set()

    def mobile(self) -> str:
        """Make up a mobile number (E.164)."""
        return self._fresh("+39", _MOBILE_PREFIXES, 10)

    def fixed(self, area_code: str) -> str:
        """Make up a fixed number of an area: with its leading 0, without +39."""
        return self._fresh("", (area_code,), 10)

    def _fresh(self, lead: str, prefixes: tuple[str, ...], digits: int) -> str:
        while True:
            prefix = self._random.choice(prefixes)
            room = digits - len(prefix)
            number = f"{lead}{prefix}{self._random.randrange(2 * 10 ** (room - 1), 9 * 10 ** (room - 1))}"
            if number not in self._given:
                self._given.add(number)
                return number
