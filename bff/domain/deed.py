"""Deeds: what is to be done in a system, and what became of it, as both are remembered until nobody asks again.

A deed holds ids, codes and yes or no, nothing that tells of a person: it is kept. What else its call needs is handed on
beside it. What may be done is `act`'s matter.
"""

from enum import Enum
from typing import TypeAlias

import msgspec

from bff.domain.change import ChangeStatus
from bff.domain.error_code import ErrorCode


class Step(Enum):
    """How far a deed has come."""

    RESERVED = "RESERVED"
    SENT = "SENT"
    DONE = "DONE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class Told(msgspec.Struct, frozen=True, gc=False):
    """What became of a deed: why it was refused, and the keys of the request or order to follow; None without one."""

    status: ChangeStatus
    why: ErrorCode | None = None
    request_key: str | None = None
    order_key: str | None = None


class SimOrder(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="sim-order", tag_field="deed"):
    """To block the SIM of a line, or to release it; `reason` is the schema's word, None where none is told."""

    line_key: str
    customer_key: str
    person_key: str
    block: bool
    reason: str | None = None


class MobilePaperless(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="mobile-paperless", tag_field="deed"):
    """To turn the paperless invoice of a mobile account on or off."""

    account_key: str
    paperless: bool


class FixedPaperless(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag="fixed-paperless", tag_field="deed"):
    """To turn the paperless invoice of an account of fixed lines on or off."""

    account_code: str
    customer_code: str
    person_key: str
    paperless: bool


Deed: TypeAlias = SimOrder | MobilePaperless | FixedPaperless
"""Any of them."""

UNKNOWN = Told(ChangeStatus.UNKNOWN)
"""Sent, and nobody knows yet what became of it."""
