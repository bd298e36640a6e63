"""Appointments for a call back: what is asked for by TMF646 `POST /appointment`, and how one tells what became of it.

A time that somebody else has taken meanwhile is refused with 409 (*sandbox*: the official file says no more than that
it may be).
"""

from collections.abc import Sequence
from typing import Any

from bff.backends._code import Codes
from bff.backends._shape import Text
from bff.backends.mobile._wire import Wire
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.assistance import CallBack, Called
from bff.domain.error_code import ErrorCode

_STATES = Codes(
    "TMF646 appointment state",
    ChangeStatus.ACCEPTED,
    {
        "initialized": ChangeStatus.ACCEPTED,
        "confirmed": ChangeStatus.DONE,
        "completed": ChangeStatus.DONE,
        "cancelled": ChangeStatus.REJECTED,
        "failed": ChangeStatus.REJECTED,
    },
)


class MadeAppointment(Wire, frozen=True, gc=False):
    """An appointment as far as it tells what became of it."""

    id: Text
    status: Text | None = None
    external_id: Text | None = None

    @property
    def request_ids(self) -> Sequence[str]:
        """The request that it was made of."""
        return () if self.external_id is None else (self.external_id,)

    def told(self) -> Told:
        """Tell what became of it."""
        status = _STATES.read(self.status)
        return Told(status, ErrorCode.CONFLICT if status is ChangeStatus.REJECTED else None)


def document(deed: CallBack, request_id: str, called: Called) -> dict[str, Any]:
    """Write the appointment that is asked for."""
    number = {"phoneNumber": called.number, "@type": "MediumCharacteristic"}
    return {
        "category": "callBack",
        "description": deed.topic,
        "externalId": request_id,
        "validFor": {"startDateTime": deed.start.isoformat(), "endDateTime": deed.end.isoformat()},
        "contactMedium": [{"mediumType": "telephone number", "characteristic": number, "@type": "ContactMedium"}],
        "relatedEntity": [
            {"id": deed.slot_key, "role": "timeSlot", "@type": "RelatedEntity", "@referredType": "TimeSlot"}
        ],
        "relatedParty": [
            {"id": called.company, "role": "customer", "@type": "RelatedParty", "@referredType": "Organization"},
            {"id": deed.person_key, "role": "requester", "@type": "RelatedParty", "@referredType": "Individual"},
        ],
        "@type": "Appointment",
    }
