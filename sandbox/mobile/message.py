"""TMF681 `POST /communicationMessage`: an SMS goes to the mailbox, whatever operator its number is of."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from sandbox.mail.mailbox import Message
from sandbox.mobile._render import Document, instant
from sandbox.mobile.collection import BadQuery
from sandbox.stage import Sandboxed

MESSAGE_PATH: Final = "/tmf-api/communicationManagement/v4/communicationMessage"
_DUE: Final = "messageType SMS, sender, content and one receiver with its phoneNumber are due"
_NUMBER: Final = re.compile(r"\+\d{6,15}")


class Asked(msgspec.Struct, frozen=True):
    """What is to be sent, and to whom."""

    sender: str
    number: str
    content: str


def read_message(body: bytes) -> Asked:
    """Read a message. Raises BadQuery."""
    try:
        told: Any = msgspec.json.decode(body)
        [receiver] = told["receiver"]
        asked = Asked(str(told["sender"]["name"]), str(receiver["phoneNumber"]), str(told["content"]))
        is_sms = told["messageType"] == "SMS" and _NUMBER.fullmatch(asked.number)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError) as error:
        raise BadQuery(_DUE) from error
    if not is_sms:
        raise BadQuery(_DUE)
    return asked


def send(stage: Sandboxed, asked: Asked) -> Document:
    """Send a text; every time that it is asked for it is another message."""
    sent = stage.mailbox.put(stage.clock.now(), "sms", sender=asked.sender, to=asked.number, text=asked.content)
    return _document(sent)


def _document(sent: Message) -> Document:
    return {
        "id": sent.id,
        "messageType": "SMS",
        "content": sent.text,
        "sendTime": instant(sent.at),
        "sender": {"name": sent.sender, "@type": "Sender"},
        "receiver": [{"phoneNumber": sent.to, "@type": "Receiver"}],
        "state": "completed",
        "@type": "CommunicationMessage",
    }
