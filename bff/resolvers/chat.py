"""Opening a chat: a conversation is begun once under its key, and a link to it is minted anew each time.

Nothing is done in any system before the person follows the link: the chat's site begins the conversation then, by the
name that the link has for it (docs/adr/0015).
"""

from collections.abc import Sequence
from typing import Protocol

from bff.context import Context
from bff.domain.change import Changed, ChangeStatus
from bff.domain.contact import ContactKind
from bff.domain.deed import Judged
from bff.domain.deed.assistance import ChatOpening
from bff.domain.error_code import ErrorCode
from bff.domain.faq import FaqTopic
from bff.domain.link import ExternalLink
from bff.domain.period import ROME
from bff.domain.text import Text
from bff.resolvers import acting, contact, link, viewer

_DOING = acting.Doing("chatOpen", None, ())


class Wanted(acting.Keyed, Protocol):
    """What it is about; None lets the bot ask."""

    topic: FaqTopic | None


async def begin(context: Context, wanted: Wanted) -> Changed:
    """Begin a conversation. Raises BffError when it was not begun."""
    topic = None if wanted.topic is None else wanted.topic.value

    async def prepare() -> Judged:
        _refuse_when_unanswered(context)
        await acting.judge(context, _DOING.mutation, viewer.signed_in(context))
        await context.allowances.take(_DOING.mutation, context.principal.person_key)
        return Judged(ChatOpening(topic=topic))

    return await acting.change(context, _DOING, wanted.idempotency_key, {"topic": topic}, prepare, subject_key=topic)


def links(context: Context, changes: Sequence[Changed]) -> list[ExternalLink | None]:
    """Give a link to each conversation; None to one that was refused, and while nobody answers."""
    closed = contact.unanswered(context, ContactKind.CHAT) is not None
    return [
        None
        if closed or each.status is not ChangeStatus.DONE or each.made_key is None
        else link.to_chat(context, each.made_key, each.subject_key)
        for each in changes
    ]


def _refuse_when_unanswered(context: Context) -> None:
    """Refuse as the button does, and say when somebody answers again. Raises Refused."""
    closure = contact.unanswered(context, ContactKind.CHAT)
    if closure is None:
        return
    why = Text("In questo momento nessuno risponde.", "Nobody answers at the moment.")
    if closure.until is not None:
        opens = f"{closure.until.astimezone(ROME):%d/%m/%Y %H:%M}"
        why = Text(f"{why.it} La chat riapre il {opens}.", f"{why.en} The chat opens again on {opens}.")
    acting.refuse(context, ErrorCode.UNAVAILABLE, why)
