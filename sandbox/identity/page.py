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
        "with_password": "Oppure con nome utente e password:",
        "username": "Nome utente",
        "password": "Password",
        "again": "Ripeti la password",
        "wrong": "Nome utente o password errati.",
        "account_password": "Scegli la password",
        "account_username": "Scegli il nome utente",
        "save": "Salva",
        "done": "Fatto",
        "done_text": "Ora puoi accedere.",
        "expired": "Il link non è più valido: chiedine un altro.",
        "rule": "Da 10 a 128 caratteri.",
        "password_length": "La password deve avere da 10 a 128 caratteri.",
        "password_again": "Le due password sono diverse.",
        "username_form": "Il nome utente deve avere da 4 a 64 lettere, cifre o . _ @ -",
        "username_taken": "Questo nome utente non è disponibile.",
    },
    "en": {
        "sign_in": "Sign in",
        "choose": "Choose who to be: this is a test environment and no password is needed.",
        "signed_out": "You are signed out",
        "refused": "Invalid request",
        "with_password": "Or with username and password:",
        "username": "Username",
        "password": "Password",
        "again": "Password again",
        "wrong": "Wrong username or password.",
        "account_password": "Choose your password",
        "account_username": "Choose your username",
        "save": "Save",
        "done": "Done",
        "done_text": "You can sign in now.",
        "expired": "The link is no longer good: ask for another.",
        "rule": "10 to 128 characters.",
        "password_length": "The password must have 10 to 128 characters.",
        "password_again": "The two passwords differ.",
        "username_form": "The username must have 4 to 64 letters, digits or . _ @ -",
        "username_taken": "This username is not available.",
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
label {{ display: block; margin: .5rem 0; }}
input {{ display: block; width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; }}
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


def sign_in(personas: Sequence[Persona], *, query: str, language: str, wrong: bool = False) -> str:
    """Render the sign-in page, whose forms post to the same authorization request (`query`).

    `wrong` says that the password was.
    """
    buttons = "\n".join(
        f'<button name="persona" value="{escape(persona.name)}">'
        f"<strong>{escape(persona.name)}</strong> · {escape(persona.title)}</button>"
        for persona in personas
    )
    text = escape(_TEXTS[language]["choose"])
    form = f'<p>{text}</p>\n<form method="post" action="?{escape(query)}">\n{buttons}\n</form>'
    entered = _form(f"?{escape(query)}", ("username", "password"), "sign_in", language)
    said = _said("wrong", language) if wrong else ""
    return _page("sign_in", f"{said}{form}\n{_said('with_password', language)}{entered}", language)


def account(purpose: str, *, ticket: str, username: str, language: str, wrong: str | None = None) -> str:
    """Render the page where a password or a username is chosen; `wrong` names what was wrong with the last one.

    `username` is the one of now, and empty for nobody's yet.
    """
    fields = ("password", "again") if purpose == "password" else ("username",)
    form = _form(f"?ticket={escape(ticket)}", fields, "save", language)
    now = f"<p>{escape(_TEXTS[language]['username'])}: <strong>{escape(username)}</strong></p>" if username else ""
    rule = _said("rule", language) if purpose == "password" else ""
    return _page(f"account_{purpose}", (_said(wrong, language) if wrong else "") + now + rule + form, language)


def account_done(*, language: str) -> str:
    """Render the page after it was chosen."""
    return _page("done", _said("done_text", language), language)


def account_expired(*, language: str) -> str:
    """Render the page of a link that is not good."""
    return _page("refused", _said("expired", language), language)


def signed_out(*, language: str) -> str:
    """Render the page after a sign-out that names no address to go back to."""
    return _page("signed_out", "", language)


def refused(reason: str, *, language: str) -> str:
    """Render why a request can't even be sent back to its client."""
    return _page("refused", f"<p>{escape(reason)}</p>", language)


def _form(action: str, fields: Sequence[str], button: str, language: str) -> str:
    texts = _TEXTS[language]
    inputs = "\n".join(
        f'<label>{escape(texts[name])}<input name="{name}" type="{"text" if name == "username" else "password"}"'
        " required></label>"
        for name in fields
    )
    return f'<form method="post" action="{action}">\n{inputs}\n<button>{escape(texts[button])}</button>\n</form>'


def _said(text: str, language: str) -> str:
    return f"<p>{escape(_TEXTS[language][text])}</p>"


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
