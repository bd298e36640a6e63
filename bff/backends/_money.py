"""Amounts in every notation as exact cents; floats have no part in it (spec, legacy.md, quirk 9).

| on the wire | is | because |
| --- | --- | --- |
| JSON number `12.3`, `1e2` | 12.30, 100.00 | the text is read, not a float |
| JSON number `12.299999999999999` | 12.30 | within a millionth of a cent: a float's own noise |
| text `1.234,56`, `1234,5`, `+12,30`, `12,30-` | 1234.56, 1234.50, 12.30, -12.30 | a comma is Italian |
| text `12.3`, `1234` | 12.30, 1234.00 | one or two digits after a dot are no thousands |
| text `1.234` | nothing | 1234 or 1.234: nobody can tell |
| text `12,300` | nothing | a comma before three digits may be English thousands |
| JSON number `12.345` | nothing | no whole number of cents is no amount of a bill |

What is nothing raises Unreadable: no amount is better than a wrong one.
"""

import re
from decimal import Decimal
from typing import Any

from bff.backends._batch import Unreadable
from bff.backends._shape import Number
from bff.backends._text import tidy
from bff.domain.money import Money

_CENT = Decimal("0.01")
_NOISE = Decimal("1e-8")
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_ITALIAN = re.compile(r"([+-]?)(\d{1,12}|\d{1,3}(?:\.\d{3}){1,3}(?=,))(?:,(\d{1,2}))?([+-]?)", re.ASCII)
_ITALIAN_AS_A_RULE = re.compile(r"(?:[0-9]{1,9}|[0-9]{1,3}(?:\.[0-9]{3}){1,2}),[0-9]{2}")
_PLAIN = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,2})?", re.ASCII)
_LIMIT = Decimal(10) ** 12


def money(amount: Decimal) -> Money:
    """Give a whole number of cents as money; raises Unreadable for any other, and for what nobody could owe."""
    if not abs(amount) < _LIMIT:
        raise Unreadable("not an amount")
    cents = amount.quantize(_CENT)
    if cents != amount:
        raise Unreadable("not a whole number of cents")
    return Money(cents)


def json_amount(value: Any) -> Decimal | None:
    """Read an amount where the contract says JSON number, whatever came instead; None when it is null or empty."""
    if isinstance(value, Number):
        return _number(value)
    if isinstance(value, str):
        text = tidy(value)
        return None if text is None else _text(text)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if value is None:
        return None
    raise Unreadable("not an amount")


def italian_amount(text: str) -> Decimal:
    """Read an amount in Italian notation; its sign stands before or behind, not both. Raises Unreadable.

    Dots without a comma are refused: they may stand before thousands or before decimals.

    Example:
        >>> italian_amount("1.234,56"), italian_amount("12,30-")
        (Decimal('1234.56'), Decimal('-12.30'))
    """
    if _ITALIAN_AS_A_RULE.fullmatch(text):  # most are, and it takes half the time
        return Decimal(text.replace(".", "").replace(",", "."))
    match = _ITALIAN.fullmatch(text)
    if match is None or (match[1] and match[4]):
        raise Unreadable("not an amount")
    before, whole, part, behind = match.groups()
    amount = Decimal(f"{whole.replace('.', '')}.{part or 0}")
    return -amount if "-" in (before, behind) else amount


def _number(text: str) -> Decimal:
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    if not _NUMBER.fullmatch(text):
        raise Unreadable("not an amount")
    exact = Decimal(text)
    if not abs(exact) < _LIMIT:
        raise Unreadable("not an amount")
    nearest = exact.quantize(_CENT)
    return nearest if abs(exact - nearest) < _NOISE else exact


def _text(text: str) -> Decimal:
    if "," in text:
        return italian_amount(text)
    if not _PLAIN.fullmatch(text):
        raise Unreadable("not an amount, or one of two")
    return Decimal(text)
