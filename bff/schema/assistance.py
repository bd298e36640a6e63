"""Getting help: a call back, a web mail, the chat."""

from collections.abc import Sequence

import strawberry

from bff.domain import contact as contact_record
from bff.domain import link as link_record
from bff.domain.change import Changed
from bff.resolvers import call_back, chat, support_mail
from bff.schema._batch import Call, Each, batch
from bff.schema._view import PARENT, view
from bff.schema.change import KEY, ChangeResult
from bff.schema.contact import CallSlot
from bff.schema.faq import FaqTopic
from bff.schema.link import ExternalLink


@strawberry.input(description="Booking of a call back.")
class CallBackBookInput:
    """See `bff.resolvers.call_back.book`."""

    slot_id: strawberry.ID = strawberry.field(description="Time wanted, from Contact.slots.")
    number: str = strawberry.field(description="Number to call, with its country code.")
    topic: FaqTopic = strawberry.field(description="What it is about.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class CallBackBookPayload(ChangeResult):
    """Answer to callBackBook; CONFLICT when the time was taken meanwhile."""

    @batch(CallSlot | None, rule=PARENT)
    @staticmethod
    async def slot(changes: Sequence[Changed], call: Call) -> Each[contact_record.CallSlot | None]:
        """Time booked; null when rejected."""
        return call_back.slots(call.context, changes)


@strawberry.input(description="Mail to support.")
class SupportMailSendInput:
    """See `bff.resolvers.support_mail.send`."""

    topic: FaqTopic = strawberry.field(description="What it is about.")
    text: str = strawberry.field(description="Text, up to 4,000 characters.")
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class SupportMailSendPayload(ChangeResult):
    """Answer to supportMailSend; support answers by e-mail, to the registration address."""

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def reference(changes: Sequence[Changed], call: Call) -> Each[str | None]:  # noqa: ARG004 - as all of them
        """Reference of the mail, for who calls about it; null when rejected, and while nobody knows."""
        return support_mail.references(changes)


@strawberry.input(description="Opening of a chat.")
class ChatOpenInput:
    """See `bff.resolvers.chat.begin`."""

    topic: FaqTopic | None = strawberry.field(description="What it is about; null lets the bot ask.", default=None)
    idempotency_key: strawberry.ID = strawberry.field(description=KEY)


@view(Changed, rule=PARENT)
class ChatOpenPayload(ChangeResult):
    """Answer to chatOpen; the same key leads to the same conversation."""

    @batch(ExternalLink | None, rule=PARENT)
    @staticmethod
    async def chat(changes: Sequence[Changed], call: Call) -> Each[link_record.ExternalLink | None]:
        """The chat, with the customer's context handed over; null when rejected or closed."""
        return chat.links(call.context, changes)
