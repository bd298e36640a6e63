"""The chat: a bot first, then a person, who both know what was handed over, in a page for whoever comes with a link.

A link names its conversation: a second one of the same name leads to where the first one was left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import Any, Final

from sandbox.stage import Sandboxed

PATH: Final = "chat"
_TOPICS: Final = {
    "it": {"GENERAL": "informazioni generali", "INVOICES": "fatture", None: "Di che cosa si tratta?"},
    "en": {"GENERAL": "general questions", "INVOICES": "invoices", None: "What is it about?"},
}
_WORDS: Final = {
    "it": {
        "bot": "Assistente virtuale: ciao {name}, scrivi per {company} ({profile}). Argomento: {topic}",
        "person": "Operatore: buongiorno {name}, ho già davanti i dati di {company} e l'argomento: {topic}",
        "ask": "Parla con una persona",
    },
    "en": {
        "bot": "Virtual assistant: hello {name}, you write for {company} ({profile}). Topic: {topic}",
        "person": "Agent: good morning {name}, I have {company} and the topic before me: {topic}",
        "ask": "Talk to a person",
    },
}


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation: its name, what was handed over with it, and whether a person has taken it over."""

    id: str
    person: str
    company: str
    context: dict[str, Any]
    with_person: bool = False


class Chat:
    """The conversations since the start."""

    def __init__(self, stage: Sandboxed) -> None:
        self._stage = stage
        self._conversations: dict[str, Conversation] = {}

    def enter(self, claims: dict[str, Any]) -> str | None:
        """Begin a conversation, or go on with it; give its page, None for claims that name none or are of another."""
        context = claims.get("context") or {}
        if not isinstance(context.get("conversation"), str):
            return None
        new = Conversation(context["conversation"], claims["sub"], claims["company"], context)
        held = self._conversations.setdefault(new.id, new)
        return None if (held.person, held.company) != (new.person, new.company) else self._page(held)

    def hand_over(self, conversation_id: str) -> str | None:
        """Let a person take a conversation over; give its page, None when there is none."""
        held = self._conversations.get(conversation_id)
        if held is None:
            return None
        held = self._conversations[conversation_id] = replace(held, with_person=True)
        return self._page(held)

    def _page(self, held: Conversation) -> str:
        """Show who writes for whom about what, as the telco's own registry has them."""
        language = "en" if held.context.get("language") == "en" else "it"
        user = next((each for each in self._stage.world.users if each.id == held.person), None)
        company = self._stage.world.by_tax_code.get(held.company)
        topics, topic = _TOPICS[language], held.context.get("topic")
        said = _WORDS[language]["person" if held.with_person else "bot"].format(
            name="?" if user is None else f"{user.person.first_name} {user.person.last_name}",
            company="?" if company is None else company.name,
            profile=held.context.get("profile", "?"),
            topic=topics.get(topic, topics[None]),
        )
        button = "" if held.with_person else _BUTTON.format(escape(held.id), escape(_WORDS[language]["ask"]))
        return f"<p>{escape(said)}</p>{button}"


_BUTTON: Final = '<form method="post" action="/chat/{}/person"><button>{}</button></form>'
