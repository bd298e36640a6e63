"""Ways to get help."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from bff.domain import contact as record
from bff.domain.url import Url
from bff.resolvers import contact
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, plain, view
from bff.schema.directives import assumed

described(
    record.ContactKind,
    CALL_BACK="A call back at a time booked.",
    WEB_MAIL="Web mail.",
    CHAT="Chat: the bot first, then a person.",
    FIXED_ASSISTANCE="Assistance for fixed lines, in the old area.",
    MOBILE_ASSISTANCE="Assistance for mobile lines, in the old area.",
)


@view(record.CallSlot, rule=PARENT)
class CallSlot:
    """A time for a call back."""

    @batch(strawberry.ID, rule=PARENT)
    @staticmethod
    async def id(slots: Sequence[record.CallSlot], call: Call) -> Each[str]:
        """Opaque id, to book it."""
        return contact.slot_ids(call.context, slots)

    start: datetime = plain("From.", name="from")
    end: datetime = plain("To.", name="to")


@view(record.Contact, rule="support.contacts")
class Contact:
    """A way to get help."""

    kind: record.ContactKind = plain("Which one.")
    open: bool = plain("True when usable now: of a call back and the chat, when somebody answers.")
    url: Url | None = plain("Page of the old area; null for the other kinds.")

    @batch(list[CallSlot] | None, rule=PARENT, counts=assumed(50))
    @staticmethod
    async def slots(contacts: Sequence[record.Contact], call: Call) -> Each[Sequence[record.CallSlot] | None]:
        """Free times of the next 5 working days, today's that are to come included; null but for CALL_BACK."""
        return await contact.slots(call.context, contacts)
