"""Tickets that ask for something: TMF621 `POST /troubleTicket`. A ticket is a request by itself.

What it says of a payment or an address is a text for who works on it, which the customer reads too. Names of types are
the sandbox's. Official file: spec, tmf/TMF621.
"""

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from bff.backends._code import Codes
from bff.backends._shape import Text
from bff.backends.mobile._wire import Wire
from bff.domain.address import Address
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.request import MobileTicket
from bff.domain.error_code import ErrorCode
from bff.domain.payment_made import PaymentMade, PaymentMethod
from bff.domain.period import ROME
from bff.domain.request import TICKET, RequestKind
from bff.domain.wish import NuisanceCalls

_SEVERITY = "Minor"
_STATES = Codes(
    "TMF621 ticket status",
    ChangeStatus.ACCEPTED,
    {
        **dict.fromkeys(("acknowledged", "pending", "held", "inProgress"), ChangeStatus.ACCEPTED),
        **dict.fromkeys(("closed", "resolved"), ChangeStatus.DONE),
        **dict.fromkeys(("rejected", "cancelled"), ChangeStatus.REJECTED),
    },
)
_TYPES = {
    RequestKind.PAYMENT_REPORT: "paymentNotRecognised",
    RequestKind.REGISTERED_OFFICE: "registeredOffice",
    RequestKind.NUISANCE_CALLS: "nuisanceCalls",
}
_BY = {
    PaymentMethod.BANK_TRANSFER: "con bonifico",
    PaymentMethod.POSTAL_SLIP: "con bollettino postale",
    PaymentMethod.ONLINE: "online",
    PaymentMethod.COUNTER: "allo sportello",
    PaymentMethod.OTHER: "in altro modo",
}


class MadeTicket(Wire, frozen=True, gc=False):
    """A ticket as far as it tells what became of it."""

    id: Text
    status: Text | None = None
    external_id: Text | None = None

    @property
    def request_ids(self) -> Sequence[str]:
        """Of the request that it is; empty without one."""
        return () if self.external_id is None else (self.external_id,)

    def told(self) -> Told:
        """Tell what became of it."""
        status = _STATES.read(self.status)
        why = ErrorCode.NOT_ELIGIBLE if status is ChangeStatus.REJECTED else None
        return Told(status, why, request_key=f"{TICKET}{self.id}")


def document(deed: MobileTicket, request_id: str, about: PaymentMade | Address | NuisanceCalls) -> dict[str, Any]:
    """Write a ticket."""
    return {
        "description": described(about),
        "severity": _SEVERITY,
        "ticketType": _TYPES[deed.kind],
        "externalId": request_id,
        "relatedParty": [
            {"id": deed.customer_key, "role": "customer", "@type": "RelatedParty", "@referredType": "Customer"},
            {"id": deed.person_key, "role": "requester", "@type": "RelatedParty", "@referredType": "Individual"},
        ],
        "relatedEntity": [
            {"id": key, "role": role, "@type": "RelatedEntity", "@referredType": referred}
            for key, role, referred in ((deed.bill_key, "bill", "CustomerBill"), (deed.line_key, "line", "Product"))
            if key is not None
        ],
        "@type": "TroubleTicket",
    }


@singledispatch
def described(about: object) -> str:
    """Say what a ticket asks for."""
    raise TypeError(f"no ticket is about {type(about).__name__}")


@described.register
def _(about: PaymentMade) -> str:
    amount = f"{about.amount:.2f}".replace(".", ",")
    reference = "" if about.reference is None else f", riferimento {about.reference}"
    return f"Pagamento di {amount} € del {about.paid_on:%d/%m/%Y} {_BY[about.method]}{reference}, non riconosciuto."


@described.register
def _(about: Address) -> str:
    return f"Nuova sede legale: {about.street}, {about.postcode} {about.town} ({about.province})."


@described.register
def _(about: NuisanceCalls) -> str:
    times = ", ".join(f"{each.astimezone(ROME):%d/%m/%Y %H:%M}" for each in about.times)
    note = "" if about.note is None else f" {about.note}"
    return f"Chiamate moleste da {about.caller or 'numero nascosto'}: {times}.{note}"
