"""What quirks 8 to 12 do to a single value, whatever the protocol. Source: legacy.md."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from enum import Enum, auto
from typing import Final

from sandbox._faults import Quirk

AMBIGUOUS: Final = "2026-10-25T02:30:00"
"""Rome's time when the clocks go back: two instants."""
NONEXISTENT: Final = "2026-03-29T02:30:00"
"""Rome's time when the clocks go forward: none."""
CREDITS: Final = frozenset({"creditNote", "appliedBillingCredit", "NC"})
"""The kinds of invoice whose amounts are negative where an amount has a sign."""

_LONG: Final = re.compile(r"\+?\d{11,}")
_GRAVE, _ACUTE = "\N{COMBINING GRAVE ACCENT}", "\N{COMBINING ACUTE ACCENT}"


class Kind(Enum):
    """What a value is; it decides which quirks can meet it."""

    TEXT = auto()  # names, ids, numbers, addresses
    CODE = auto()  # one of an enumeration
    FLAG = auto()  # yes or no
    DATE = auto()
    AMOUNT = auto()


def without_zeros(text: str) -> str:
    """Take the leading zeros off a number: 0254124040 is 254124040."""
    return (text.lstrip("0") or "0") if text.isdecimal() else text


def scientific(text: str) -> str:
    """Write 11 digits or more as a spreadsheet does, with six that count: 8.93901E+18."""
    return f"{Decimal(text):.5E}" if _LONG.fullmatch(text) else text


def padded(text: str) -> str:
    """Put blanks around."""
    return f"  {text}   "


def apostrophised(text: str) -> str:
    """Write accents as apostrophes: UNIVERSITÀ is UNIVERSITA'."""
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", apart.replace(_GRAVE, "'").replace(_ACUTE, "'"))


def in_other_case(code: str) -> str:
    """Write in lower case what is in upper, all else in upper."""
    return code.lower() if code.isupper() else code.upper()


def notation(amount: Decimal, mode: str | None, *, credit: bool) -> str | Decimal:
    """Write an amount in a mode of AMOUNT_NOTATION; a `credit` is negative where there is a sign.

    A Decimal stands for a JSON number, to be written digit by digit.
    """
    cents = f"{amount:.2f}".replace(".", ",")
    sign = "-" if credit else "+"
    match mode:
        case "italian":
            return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
        case "comma":
            return f"{amount.normalize():f}".replace(".", ",")
        case "sign_first":
            return sign + cents
        case "sign_last":
            return cents + sign
        case "float":
            return _as_float(amount)
    return ""


def _as_float(amount: Decimal) -> Decimal:
    """Give what arithmetic in binary leaves of an amount: 12.299999999999999 for 12.30, 1E+2 for 100."""
    if amount == amount.to_integral():
        return amount.normalize()
    return Decimal(repr(math.nextafter(float(amount), 0)))


TEXTS: Final[Mapping[Quirk, tuple[Collection[Kind], Callable[[str], str]]]] = {
    Quirk.LOST_ZEROS: ({Kind.TEXT}, without_zeros),
    Quirk.SCIENTIFIC_NOTATION: ({Kind.TEXT}, scientific),
    Quirk.APOSTROPHES: ({Kind.TEXT}, apostrophised),
    Quirk.UNKNOWN_CODE: ({Kind.CODE}, lambda _: "ZZZ"),
    Quirk.WRONG_CASE: ({Kind.CODE, Kind.FLAG}, in_other_case),
    Quirk.PADDED_FIELDS: (set(Kind), padded),
}
"""The quirks that make of a text another one: of which kinds, and how. In the order in which they are played."""
