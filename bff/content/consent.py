"""The consents that are asked for at the end of a registration: `consent.toml` beside this module, read once."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from bff.domain.text import Text


class Consent(NamedTuple):
    """Something to agree to; without a `required` one nobody can come in."""

    code: str
    required: bool
    text: Text


@cache
def consents() -> tuple[Consent, ...]:
    """Give them in the order in which they are asked for."""
    read = tomllib.loads((files("bff.content") / "consent.toml").read_text(encoding="utf-8"))
    return tuple(Consent(each["code"], each["required"], Text(**each["text"])) for each in read["consent"])
