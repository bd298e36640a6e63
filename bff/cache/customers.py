"""Whose company a network's customer code or party is, as this process has read it.

Events name customers by these codes, those of recommendations by the party, and what is kept of a company stands under
its tax code. Who has not read a company since its codes were forgotten holds nothing of it, so that an event of it
concerns nobody here.
"""

from collections.abc import Iterable

from bff.cache.lru import Lru
from bff.domain.system import System

_KEPT_MAX = 50_000


class Customers:
    """Tax codes by the customer codes of both networks; those used longest ago are forgotten."""

    def __init__(self, kept_max: int = _KEPT_MAX) -> None:
        self._companies: Lru[tuple[System, str], str] = Lru(kept_max)

    def learn(self, system: System, codes: Iterable[str], tax_code: str) -> None:
        """Take note of a company's codes on a network."""
        for code in codes:
            if self._companies.get((system, code)) != tax_code:
                self._companies.put((system, code), tax_code, 1)

    def company(self, system: System, code: str) -> str | None:
        """Give the tax code of a customer's company; None when nobody has asked for it here."""
        return self._companies.get((system, code))
