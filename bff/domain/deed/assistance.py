"""Deeds by which people get help."""

from datetime import datetime
from typing import NamedTuple

import msgspec


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


class ChatOpening(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="chat", tag_field="deed"):
    """To begin a conversation; `topic` is the schema's word, None lets the bot ask."""

    topic: str | None
