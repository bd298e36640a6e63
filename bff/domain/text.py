"""Texts for people, in both languages of the customer area."""

from typing import NamedTuple


class Text(NamedTuple):
    """One text in Italian and in English."""

    it: str
    en: str

    def told(self, language: str) -> str:
        """Give it in a language, "it" or "en"."""
        return self.en if language == "en" else self.it
