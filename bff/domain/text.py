"""Texts for people, in both languages of the customer area, and texts of people, made fit to be passed on."""

import unicodedata
from typing import NamedTuple


class Text(NamedTuple):
    """One text in Italian and in English."""

    it: str
    en: str

    def told(self, language: str) -> str:
        """Give it in a language, "it" or "en"."""
        return self.en if language == "en" else self.it


def cleaned(text: str) -> str:
    r"""Give a text of one line: without what can't be seen or written, with single blanks.

    Example:
        >>> cleaned("  Via\tRoma,\n 12\x00 ")
        'Via Roma, 12'
    """
    return " ".join("".join(map(_seen, unicodedata.normalize("NFC", text))).split())


def cleaned_lines(text: str) -> str:
    r"""Give a text of several lines, each as `cleaned` has it, without empty ones around them.

    Example:
        >>> cleaned_lines("\n Buongiorno, \r\n\r\n ho una\tdomanda.\x00")
        'Buongiorno,\n\nho una domanda.'
    """
    return "\n".join(map(cleaned, text.splitlines())).strip("\n")


def _seen(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind[0] == "Z" or kind == "Cc":
        return " "
    return "" if kind[0] == "C" else letter
