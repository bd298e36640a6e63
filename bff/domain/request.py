"""Service requests: what was asked for in the customer area, and the tickets that it opened."""

from datetime import datetime
from enum import Enum
from typing import Final

import msgspec

from bff.domain.invoice import InvoiceKey
from bff.domain.system import System


class RequestKind(Enum):
    """What a request is for."""

    REGISTERED_OFFICE = "REGISTERED_OFFICE"
    COMMUNICATIONS_EMAIL = "COMMUNICATIONS_EMAIL"
    SIM_BLOCK = "SIM_BLOCK"
    CESSATION = "CESSATION"
    RELOCATION = "RELOCATION"
    NUISANCE_CALLS = "NUISANCE_CALLS"
    BILLING = "BILLING"
    SERVICE = "SERVICE"
    PAYMENT_REPORT = "PAYMENT_REPORT"
    INVOICE_MERGE = "INVOICE_MERGE"
    UNKNOWN = "UNKNOWN"


class RequestState(Enum):
    """State of a request or ticket."""

    RECEIVED = "RECEIVED"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


OPEN: Final = frozenset({RequestState.RECEIVED, RequestState.IN_PROGRESS})
"""States of what is still to be done."""


class RequestSortField(Enum):
    """What requests are sorted by."""

    MADE_AT = "MADE_AT"
    STATE = "STATE"
    KIND = "KIND"


class Ticket(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A ticket that a request opened; `note` is its last, None when it has none."""

    number: str
    state: RequestState
    opened_at: datetime
    note: str | None


TICKET: Final = "ticket/"
"""How the keys of the mobile network's tickets begin, and of no other requests."""


class ServiceRequest(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A request.

    `customer_key` is the mobile customer's id or the fixed customer's code; `asked_by` is the directory's id of the
    person who made it. Both are None when not told. `line_key` is the line concerned, in the request's system; None
    when none or several. `merges` are the invoices that a merge puts together, in their order; empty when it is none,
    or they are not told.
    """

    key: str
    customer_key: str | None
    system: System
    reference: str
    kind: RequestKind
    state: RequestState
    made_at: datetime
    updated_at: datetime
    asked_by: str | None
    line_key: str | None
    more_information: str | None
    ticket: Ticket | None
    merges: tuple[InvoiceKey, ...] = ()
    as_of: datetime

    @property
    def merged(self) -> InvoiceKey | None:
        """The first of the invoices that a merge has put together, by which its file is known; None until then."""
        return self.merges[0] if self.merges and self.state is RequestState.DONE else None
