"""IBANs, of which nothing but the last four characters ever leaves an adapter.

Whether one is right was checked when it was given; here only its shape is, so that no other number is shown as one.
"""

import re

_SHOWN = 4
_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def masked(text: str | None) -> str | None:
    """Give an IBAN with all but its last four characters hidden; None when there is none, or it can't be one.

    Example:
        >>> masked("IT60 X054 2811 1010 0000 0123 456")
        '***********************3456'
    """
    iban = "".join((text or "").split()).upper()
    return "*" * (len(iban) - _SHOWN) + iban[-_SHOWN:] if _SHAPE.fullmatch(iban) else None
