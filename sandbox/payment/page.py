"""The hosted page: what is to be paid, and three ways to go on. Plain HTML without scripts, in Italian or English."""

from __future__ import annotations

from html import escape
from typing import Final

from sandbox.payment.session import Session

_TEXTS: Final = {
    "it": {
        "title": "Pagamento",
        "test": "Questo è un ambiente di prova: non si spende denaro.",
        "paid": "Paga",
        "declined": "Fai rifiutare il pagamento",
        "cancelled": "Torna senza pagare",
        "over": "Questo pagamento è concluso.",
        "back": "Torna al sito",
    },
    "en": {
        "title": "Payment",
        "test": "This is a test environment: no money is spent.",
        "paid": "Pay",
        "declined": "Have the payment declined",
        "cancelled": "Go back without paying",
        "over": "This payment is over.",
        "back": "Back to the site",
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
<h1>{title}: € {amount}</h1>
{content}
</main>
</body>
</html>
"""
WAYS: Final = ("paid", "declined", "cancelled")
"""What the buttons say that becomes of a session."""


def page(session: Session) -> str:
    """Render the page of a session."""
    texts = _TEXTS["en" if session.language == "en" else "it"]
    if session.state != "open":
        content = f'<p>{texts["over"]}</p>\n<p><a href="{escape(session.return_url)}">{texts["back"]}</a></p>'
    else:
        buttons = "\n".join(f'<button name="way" value="{way}">{texts[way]}</button>' for way in WAYS)
        content = f'<p>{texts["test"]}</p>\n<form method="post">\n{buttons}\n</form>'
    euros, cents = divmod(session.cents, 100)
    amount = f"{euros},{cents:02d}" if session.language != "en" else f"{euros}.{cents:02d}"
    return _PAGE.format(language=escape(session.language), title=texts["title"], amount=amount, content=content)
