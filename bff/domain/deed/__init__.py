"""Deeds: what is to be done in a system, and what became of it, as both are remembered until nobody asks again.

A deed holds ids, codes and yes or no, nothing that tells of a person: it is kept. What else its call needs, an IBAN or
an address, is handed on beside it, and gone when the call has ended. What may be done is `act`'s matter. A module per
concept holds its deeds.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple, TypeAlias

import msgspec

from bff.domain.change import ChangeStatus, UserError
from bff.domain.deed.assistance import CallBack, ChatOpening, EmailChange, SupportMail
from bff.domain.deed.billing import (
    FixedDebit,
    FixedDelivery,
    FixedPaperless,
    MobileDebit,
    MobileDelivery,
    MobilePaperless,
)
from bff.domain.deed.line import FixedCease, FixedLineRequest, MobileCease, MobileCeaseRevoke
from bff.domain.deed.offer import OfferOrder
from bff.domain.deed.payment import Checkout
from bff.domain.deed.registration import PersonRegistered
from bff.domain.deed.request import ContactEmail, FixedOffice, FixedPaymentReport, InvoiceMerge, MobileTicket
from bff.domain.deed.service import FixedServiceSet, ServiceOrder
from bff.domain.deed.sim import SimChange, SimOrder
from bff.domain.deed.user import CredentialsMail, UserChange, UserMade
from bff.domain.error_code import ErrorCode


class Step(Enum):
    """How far a deed has come."""

    RESERVED = "RESERVED"
    SENT = "SENT"
    DONE = "DONE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class Told(msgspec.Struct, frozen=True, gc=False):
    """What became of a deed.

    Attributes:
        status: what became of it.
        why: it was refused.
        request_key: of the request to follow; None without one.
        order_key: of the order to follow; None without one.
        made_key: of what else was made, for example a user or a payment; None when nothing was.
        items: of a deed on several things, what became of each, by its key; empty where all share what is told.
        errors: what the customer was told when it was refused before it was sent; empty when it was sent.
    """

    status: ChangeStatus
    why: ErrorCode | None = None
    request_key: str | None = None
    order_key: str | None = None
    made_key: str | None = None
    items: Mapping[str, "Told"] = {}
    errors: tuple[UserError, ...] = ()


Deed: TypeAlias = (
    PersonRegistered
    | SimOrder
    | UserMade
    | UserChange
    | CredentialsMail
    | ServiceOrder
    | OfferOrder
    | MobilePaperless
    | FixedPaperless
    | FixedPaymentReport
    | InvoiceMerge
    | FixedOffice
    | ContactEmail
    | MobileTicket
    | CallBack
    | ChatOpening
    | MobileDelivery
    | FixedDelivery
    | MobileDebit
    | SupportMail
    | MobileCease
    | MobileCeaseRevoke
    | FixedCease
    | FixedDebit
    | FixedServiceSet
    | Checkout
    | FixedLineRequest
    | SimChange
    | EmailChange
)
"""Any of them."""


class Shown(NamedTuple):
    """The value that a system shows now, beside the mark of the one that it was to be set to: all that a deed held."""

    mark: str
    value: Any


class Judged(NamedTuple):
    """A deed that may be done.

    Attributes:
        deed: what is to be done.
        content: what its call needs beside it and must not be kept.
        items: keys of the things that a deed on several is about; empty for a deed on one.
        refused: why those are not among them that were asked for too, by their keys.
    """

    deed: Deed
    content: Any = None
    items: tuple[str, ...] = ()
    refused: Mapping[str, Told] = {}


UNKNOWN = Told(ChangeStatus.UNKNOWN)
"""Sent, and nobody knows yet what became of it."""

_FIRST = (ChangeStatus.UNKNOWN, ChangeStatus.ACCEPTED, ChangeStatus.DONE, ChangeStatus.REJECTED)


def together(items: Mapping[str, Told]) -> Told:
    """Sum up what became of several things: unknown as long as one is, rejected when all are."""
    found = {each.status for each in items.values()}
    return Told(next(status for status in _FIRST if status in found), items=dict(items))
