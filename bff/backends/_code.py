"""Codes of a system to values of ours: one table per code, unknown ones told once in the log.

Blanks around a code and its case don't count: TM Forum's own files have the value "aborted " (spec, legacy.md, quirk
12).
"""

from collections.abc import Mapping
from typing import Generic, TypeVar

from bff.observability import logger

V = TypeVar("V")

_log = logger(__name__)

_REMEMBERED = 100


class Codes(Generic[V]):
    """A table of codes. `name` tells the log whose they are; `unknown` stands for every code that is not in it."""

    def __init__(self, name: str, unknown: V, known: Mapping[str, V]) -> None:
        self._name = name
        self._unknown = unknown
        self._known = {code.casefold(): value for code, value in known.items()}
        self._as_written: dict[str | None, V] = dict(known.items())
        self._told: set[str] = set()

    def read(self, raw: str | None) -> V:
        """Give the value of a code; None is an unknown one."""
        if (value := self._as_written.get(raw)) is not None:
            return value
        code = (raw or "").strip()
        if (value := self._known.get(code.casefold())) is not None:
            return value
        self._tell(code[:40])
        return self._unknown

    def _tell(self, code: str) -> None:
        if code not in self._told and len(self._told) < _REMEMBERED:
            self._told.add(code)
            _log.warning("unknown_code", table=self._name, value=code)


def is_code(raw: str | None, code: str) -> bool:
    """Tell whether a text is a code, whatever its case and the blanks around it."""
    return raw == code or (raw is not None and raw.strip().casefold() == code.casefold())
