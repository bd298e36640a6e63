"""The words of the messages that go out: `message.toml` beside this module, read once.

A letter is written as text; its HTML is made of the same paragraphs, so that both say the same. What is filled in never
becomes markup.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

from bff.domain.message import Letter, LetterKind, SmsKind

_LINK: Final = "${link}"
_PAGE: Final = (
    '<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>'
    '<body style="font:16px/1.5 sans-serif;max-width:40rem;margin:auto;padding:1rem;white-space:pre-line">{body}'
    "</body></html>"
)
_BUTTON: Final = '<p><a href="{url}" style="font-weight:bold">{url}</a></p>'


def letter(kind: LetterKind, language: str, to: str, **values: str) -> Letter:
    """Write a letter.

    Args:
        kind: which one.
        language: "it" or "en".
        to: the address that it goes to.
        values: what its words leave open, for example `link` and `name`.

    Raises:
        KeyError: a value is missing.
    """
    words = _words()["letter"][kind.value]
    text: str = words["text"][language].strip()
    subject = Template(words["subject"][language]).substitute(values)
    return Letter(
        to=to,
        subject=subject,
        text=Template(text).substitute(values) + "\n",
        html=_html(text, subject, language, values),
        language=language,
    )


def sms(kind: SmsKind, language: str, **values: str) -> str:
    """Write a text for an SMS. Raises KeyError when a value is missing."""
    return Template(_words()["sms"][kind.value]["text"][language]).substitute(values)


def _html(text: str, subject: str, language: str, values: Mapping[str, str]) -> str:
    safe = {name: escape(value) for name, value in values.items()}
    body = "".join(_paragraph(each.strip(), safe) for each in text.split("\n\n"))
    return _PAGE.format(language=language, title=escape(subject), body=body)


def _paragraph(text: str, safe: Mapping[str, str]) -> str:
    if text == _LINK:
        return _BUTTON.format(url=safe["link"])
    return f"<p>{Template(escape(text)).substitute(safe)}</p>"


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files("bff.content") / "message.toml").read_text(encoding="utf-8"))
