"""Web mail: a letter to the support desk, which answers to the person's registration e-mail.

What is written goes out and is kept nowhere. The reference follows from the request id, so that it is known whatever
becomes of the answer.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from msgspec.structs import replace

from bff.content.message import letter
from bff.context import Context
from bff.domain.change import Changed, ChangeStatus
from bff.domain.deed import Judged
from bff.domain.deed.assistance import SupportMail
from bff.domain.error_code import ErrorCode
from bff.domain.faq import FaqTopic
from bff.domain.message import Letter, LetterKind
from bff.domain.system import System
from bff.domain.text import Text, cleaned_lines
from bff.resolvers import acting, viewer

TEXT_MAX: Final = 4_000
"""Characters of a web mail."""

_DOING = acting.Doing("supportMailSend", System.MAIL, ())
_TOPICS = {
    FaqTopic.GENERAL: Text("Informazioni generali", "General questions"),
    FaqTopic.INVOICES: Text("Fatture", "Invoices"),
}
_TEXT = Text("Scrivi un testo da 1 a 4.000 caratteri.", "Write a text of 1 to 4,000 characters.")


class Wanted(acting.Keyed, Protocol):
    """What it is about, and what is written."""

    topic: FaqTopic
    text: str


async def send(context: Context, wanted: Wanted) -> Changed:
    """Send a web mail. Raises BffError when it was surely not sent."""
    text = cleaned_lines(wanted.text)

    async def prepare() -> Judged:
        if not 0 < len(text) <= TEXT_MAX:
            acting.refuse(context, ErrorCode.INVALID, _TEXT, "text")
        await acting.judge(context, _DOING.mutation, viewer.signed_in(context))
        await context.allowances.take(_DOING.mutation, context.principal.person_key)
        return Judged(SupportMail(), lambda reference: _letter(context, wanted.topic, text, reference))

    given = {"topic": wanted.topic.value, "text": text}
    return await acting.change(context, _DOING, wanted.idempotency_key, given, prepare)


def references(changes: Sequence[Changed]) -> list[str | None]:
    """Give the reference of each web mail; None where it was refused, and while nobody knows."""
    return [None if each.status is ChangeStatus.REJECTED else each.made_key for each in changes]


def _letter(context: Context, topic: FaqTopic, text: str, reference: str) -> Letter:
    user, profile = context.principal.user, context.principal.profile
    written = letter(
        LetterKind.SUPPORT,
        context.language,
        context.content.support_mailbox,
        reference=reference,
        topic=_TOPICS[topic].told(context.language),
        name=f"{user.first_name} {user.last_name}",
        profile="" if profile is None else profile.value,
        company=context.customer,
        text=text,
    )
    return replace(written, reply_to=user.email)
