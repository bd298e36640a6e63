"""Phone numbers as they are written everywhere: E.164."""

import re

_E164 = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)


def is_e164(text: str) -> bool:
    """Tell whether a text is a phone number in E.164.

    Example:
        >>> is_e164("+390254124040"), is_e164("0254124040")
        (True, False)
    """
    return _E164.fullmatch(text) is not None
