"""Deeds by which people get help."""

import uuid
from base64 import b32encode
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

_REFERENCE: Final = 10


class CallBack(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="call-back", tag_field="deed"):
    """To book a call back at a free time; `topic` is the schema's word."""

    slot_key: str
    start: datetime
    end: datetime
    person_key: str
    topic: str


class Called(NamedTuple):
    """What the contact centre must know beside it: the number to call, and the company's tax code."""

    number: str
    company: str


class SupportMail(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="support-mail", tag_field="deed"):
    """To send a web mail to the support desk: all of it is beside the deed, and kept nowhere."""


class EmailChange(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="email-change", tag_field="deed"):
    """To send the link that confirms a new registration e-mail: all of it is beside the deed."""


class ChatOpening(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="chat", tag_field="deed"):
    """To begin a conversation; `topic` is the schema's word, None lets the bot ask."""

    topic: str | None


def reference_of(request_id: str) -> str:
    """Give the reference of a web mail that people can read out: 10 letters and digits of its request id.

    Example:
        >>> reference_of("0b0cf1db-f6eb-5d59-90a3-01a17f912069")
        'WM-BMGPDW7W5N'
    """
    return f"WM-{b32encode(uuid.UUID(request_id).bytes)[:_REFERENCE].decode()}"
