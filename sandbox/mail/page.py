"""The mailbox as a page for people: plain HTML without scripts, all escaped; addresses in a text are links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Final

from sandbox.mail.mailbox import Message

_ADDRESS: Final = re.compile(r"https?://[^\s<>\"']+")
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="15">
<title>Mailbox</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; }}
article {{ border: 1px solid #bbb; border-radius: .5rem; margin: 1rem 0; padding: .5rem 1rem; }}
header {{ color: #555; }}
.text {{ white-space: pre-wrap; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<main>
<h1>Mailbox</h1>
{content}
</main>
</body>
</html>
"""


def page(messages: Sequence[Message]) -> str:
    """Render the messages as they come."""
    return _PAGE.format(content="\n".join(map(_message, messages)) or "<p>Nothing was sent yet.</p>")


def _message(message: Message) -> str:
    title = f"<h2>{escape(message.subject)}</h2>" if message.subject else ""
    about = f"{message.at:%d/%m/%Y %H:%M:%S} · {message.channel} · {message.sender} → {message.to}"
    return (
        f'<article id="{escape(message.id)}" lang="{escape(message.language or "it")}">'
        f'<header>{escape(about)}</header>{title}<div class="text">{_linked(message.text)}</div></article>'
    )


def _linked(text: str) -> str:
    """Escape a text, and make links of the addresses in it."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        url = escape(found[0])
        parts += [escape(text[end : found.start()]), f'<a href="{url}">{url}</a>']
        end = found.end()
    return "".join([*parts, escape(text[end:])])
