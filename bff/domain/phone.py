"""Phone numbers as they are written everywhere: E.164."""

import re
from typing import Final

_E164 = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
_SEPARATORS: Final = str.maketrans("", "", " .-/()\u00a0")


def is_e164(text: str) -> bool:
    """Tell whether a text is a phone number in E.164.

    Example:
        >>> is_e164("+390254124040"), is_e164("0254124040")
        (True, False)
    """
    return _E164.fullmatch(text) is not None


def e164(text: str) -> str | None:
    """Give a number as a person writes it in E.164; None for what is none, or has no country.

    Example:
        >>> e164("+39 02 5412-4040"), e164("0039 333 1234567"), e164("02 54124040")
        ('+390254124040', '+393331234567', None)
    """
    number = text.translate(_SEPARATORS)
    if number.startswith("00"):
        number = f"+{number[2:]}"
    return number if is_e164(number) else None
