"""What filters share: lists of a sensible length, looked up at once."""

import unicodedata
from collections.abc import Hashable, Sequence
from typing import TypeVar

from bff.errors import BadRequest

V = TypeVar("V", bound=Hashable)

VALUES_MAX = 50
SEARCH_MAX = 200


def among(name: str, values: Sequence[V] | None) -> frozenset[V] | None:
    """Give the values that a filter allows; None allows all.

    Raises:
        BadRequest: there are more than 50, so many that testing rows by them would hold up everyone else.
    """
    if values is None:
        return None
    if len(values) > VALUES_MAX:
        raise BadRequest(f"`{name}` has {len(values)} values; at most {VALUES_MAX} are allowed.")
    return frozenset(values)


def bare(text: str) -> str:
    """Give a text without its accents and without regard to case, as names are sorted and looked for.

    Example:
        >>> bare("Nicolò D'Alò")
        "nicolo d'alo"
    """
    if text.isascii():
        return text.casefold()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def folded(search: str | None) -> str:
    """Give the text to look for, without regard to case and to blanks around it; empty is found everywhere."""
    return (search or "").strip().casefold()


def searched(search: str | None) -> str:
    """Give the text to look for as `bare` gives the texts that it is looked for in, without blanks around it.

    Raises:
        BadRequest: it has more than 200 characters, so many that taking accents away would hold up everyone else.
    """
    text = (search or "").strip()
    if len(text) > SEARCH_MAX:
        raise BadRequest(f"`search` has {len(text)} characters; at most {SEARCH_MAX} are allowed.")
    return bare(text)
