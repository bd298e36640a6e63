"""The pages that a person sees: pick who to be, see that one has left, see why nothing works.

Plain HTML without scripts, in Italian or English by Accept-Language. All that comes from outside is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from sandbox.world.model import Persona

_TEXTS: Final = {
    "it": {
        "sign_in": "Accedi",
        "choose": "Scegli chi essere: questo è un ambiente di prova e non serve una password.",
        "signed_out": "Sei uscito",
        "refused": "Richiesta non valida",
    },
    "en": {
        "sign_in": "Sign in",
        "choose": "Choose who to be: this is a test environment and no password is needed.",
        "signed_out": "You are signed out",
        "refused": "Invalid request",
    },
}
_PAGE: Final = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; }}
button {{ display: block; width: 100%; margin: .5rem 0; padding: .75rem 1rem; font: inherit; text-align: left; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""


def language_of(accept_language: str | None) -> str:
    """Choose "it" or "en": the one that the header wants more, Italian when it says neither."""
    wanted = [_weighted(part) for part in (accept_language or "").split(",")]
    known = [(weight, tag) for tag, weight in wanted if tag in _TEXTS]
    return max(known, key=lambda item: item[0], default=(0.0, "it"))[1]


def sign_in(personas: Sequence[Persona], *, query: str, language: str) -> str:
    """Render the sign-in page, whose form posts the choice to the same authorization request (`query`)."""
    buttons = "\n".join(
        f'<button name="persona" value="{escape(persona.name)}">'
        f"<strong>{escape(persona.name)}</strong> · {escape(persona.title)}</button>"
        for persona in personas
    )
    text = escape(_TEXTS[language]["choose"])
    form = f'<p>{text}</p>\n<form method="post" action="?{escape(query)}">\n{buttons}\n</form>'
    return _page("sign_in", form, language)


def signed_out(*, language: str) -> str:
    """Render the page after a sign-out that names no address to go back to."""
    return _page("signed_out", "", language)


def refused(reason: str, *, language: str) -> str:
    """Render why a request can't even be sent back to its client."""
    return _page("refused", f"<p>{escape(reason)}</p>", language)


def _page(title: str, content: str, language: str) -> str:
    return _PAGE.format(language=language, title=_TEXTS[language][title], content=content)


def _weighted(part: str) -> tuple[str, float]:
    """Read one range of Accept-Language: its primary tag and weight."""
    tag, _, quality = part.strip().partition(";")
    try:
        weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
    except ValueError:
        weight = 0.0
    return tag.split("-")[0].lower(), weight
