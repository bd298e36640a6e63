"""Amounts of traffic in every unit as whole bytes, seconds or messages, exactly.

A prefix is decimal, as operators sell it: a GB is 10^9 bytes; a GiB is 2^30. The systems send rounded decimals, so that
what is no whole number of the base unit is rounded to the nearest. Source: spec, legacy.md, quirk 9; units: sandbox.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from bff.backends._batch import Unreadable, needed
from bff.backends._code import Codes
from bff.backends._money import json_amount
from bff.domain.usage import Long, Quantity, QuantityUnit

_LIMIT = Decimal(2) ** 53

_BYTES = {"B": 1, "byte": 1, "bytes": 1} | {
    f"{prefix}{infix}B": base**power
    for power, prefix in enumerate("KMGT", start=1)
    for infix, base in (("", 1000), ("i", 1024))
}
_SECONDS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "seconds": 1,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "h": 3600,
    "hour": 3600,
}
_MESSAGES = dict.fromkeys(("msg", "sms", "message", "messages"), 1)

_UNITS: Codes[tuple[QuantityUnit, int] | None] = Codes(
    "unit of traffic",
    None,
    {
        name: (unit, size)
        for unit, sizes in (
            (QuantityUnit.BYTES, _BYTES),
            (QuantityUnit.SECONDS, _SECONDS),
            (QuantityUnit.MESSAGES, _MESSAGES),
        )
        for name, size in sizes.items()
    },
)
_CENTS: Mapping[str, Decimal] = {"eur": Decimal(1), "eurcent": Decimal("0.01")}


def is_money(units: str | None) -> bool:
    """Tell whether a unit is one of money."""
    return (units or "").strip().casefold() in _CENTS


def euros(amount: Any, units: str | None) -> Decimal:
    """Read an amount of money in euros or cents; raises Unreadable."""
    share = needed(_CENTS.get((units or "").strip().casefold()), "unit of money")
    return needed(json_amount(amount), "amount") * share


def quantity(amount: Any, units: str | None) -> Quantity:
    """Read an amount of traffic; raises Unreadable, for a unit that nobody knows too.

    Example:
        >>> quantity("1.5", "GB")
        Quantity(value=1500000000, unit=<QuantityUnit.BYTES: 'BYTES'>)
    """
    unit, size = needed(_UNITS.read(units), "unit")
    exact = needed(json_amount(amount), "amount") * size
    if not 0 <= exact < _LIMIT:
        raise Unreadable("not an amount of traffic")
    return Quantity(Long(int(exact.to_integral_value(ROUND_HALF_EVEN))), unit)
