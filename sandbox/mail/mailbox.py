"""The mailbox of the sandbox: every letter and SMS that went out, newest first, for whoever it was sent to."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime

import msgspec

_KEPT = 1_000


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """A letter or an SMS (`channel` is "mail" or "sms"); an SMS has neither subject nor HTML."""

    id: str
    at: datetime
    channel: str
    sender: str
    to: str
    text: str
    subject: str | None = None
    html: str | None = None
    language: str | None = None
    reply_to: str | None = None
    message_id: str | None = None


class Mailbox:
    """All messages; the oldest are forgotten after 1,000."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque(maxlen=_KEPT)
        self._numbers = 0
        self._adding = threading.Lock()

    def put(
        self,
        at: datetime,
        channel: str,
        *,
        sender: str,
        to: str,
        text: str,
        subject: str | None = None,
        html: str | None = None,
        language: str | None = None,
        reply_to: str | None = None,
        message_id: str | None = None,
    ) -> Message:
        """Keep a message; a letter of the same Message-ID to the same address is the first one again."""
        with self._adding:
            if message_id is not None:
                for each in self._messages:
                    if (each.to, each.message_id) == (to, message_id):
                        return each
            self._numbers += 1
            kept = Message(
                f"MSG-{self._numbers:06d}", at, channel, sender, to, text, subject, html, language, reply_to, message_id
            )
            self._messages.appendleft(kept)
        return kept

    def messages(self, *, to: str | None = None) -> list[Message]:
        """Give the messages, or only those to an address or number; newest first."""
        return [each for each in self._messages.copy() if to in {None, each.to}]

    def clear(self) -> None:
        """Forget all messages, and number from one again."""
        with self._adding:
            self._messages.clear()
            self._numbers = 0
