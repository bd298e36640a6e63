"""Getting help, and the answers that are due: for the cells of the matrix, on the sandbox's day, a Sunday."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.journeys.acting import Acting
from tests.journeys.helped import free
from tests.journeys.ident import slot_id

Asked = Sequence[tuple[Mapping[str, str], dict[str, Any]]]

BOOK = (
    'mutation ($slot: ID!, $key: ID!, $number: String! = "+39 02 5412-4040") {'
    "  callBackBook(input: { slotId: $slot, number: $number, topic: INVOICES, idempotencyKey: $key }) {"
    "  status userErrors { code field message } slot { from to } } }"
)
CHAT = (
    "mutation ($key: ID!, $topic: FaqTopic) { chatOpen(input: { topic: $topic, idempotencyKey: $key }) {"
    "  status userErrors { code field message } chat { url reason } } }"
)
MAIL = (
    "mutation ($key: ID!, $text: String!) {"
    "  supportMailSend(input: { topic: GENERAL, text: $text, idempotencyKey: $key }) {"
    "  status userErrors { code field message } } }"
)
EMAIL = (
    "mutation ($email: String!, $key: ID!) { personalEmailChange(input: { email: $email, idempotencyKey: $key }) {"
    "  status userErrors { code field message } person { email pendingEmail } } }"
)
CREDENTIALS = (
    "mutation ($credential: Credential!) { personalCredentialsChange(input: { credential: $credential }) {"
    "  status userErrors { code } link { reason } } }"
)
CLOSED = {
    "code": "UNAVAILABLE",
    "field": None,
    "message": "In questo momento nessuno risponde. La chat riapre il 23/11/2026 08:00.",
}


def books(who: Acting) -> Asked:
    """Book the first free time, and try to book it again."""
    first, *others = free()
    booked = {"from": first.start.isoformat(), "to": first.end.isoformat()}
    told = ", ".join(f"{slot.start:%d/%m/%Y %H:%M}" for slot in others[:3])
    taken = {
        "code": "CONFLICT",
        "field": ["slotId"],
        "message": f"Questo orario non è più libero. I più vicini: {told}.",
    }
    asked = {"slot": slot_id(first, who.company)}
    return [
        (
            {**asked, "key": f"call-{who.membership.id}"},
            {"callBackBook": {"status": "DONE", "userErrors": [], "slot": booked}},
        ),
        (
            {**asked, "key": f"call-{who.membership.id}-again"},
            {"callBackBook": {"status": "REJECTED", "userErrors": [taken], "slot": None}},
        ),
    ]


def chats(who: Acting) -> Asked:
    """Open a chat while nobody answers."""
    return [
        (
            {"key": f"chat-{who.membership.id}", "topic": "INVOICES"},
            {"chatOpen": {"status": "REJECTED", "userErrors": [CLOSED], "chat": None}},
        )
    ]


def mails(who: Acting) -> Asked:
    """Send a mail, and one without a word."""
    nothing = {"code": "INVALID", "field": ["text"], "message": "Scrivi un testo da 1 a 4.000 caratteri."}
    return [
        (
            {"key": f"mail-{who.membership.id}", "text": "Buongiorno,\n\nho una domanda."},
            {"supportMailSend": {"status": "DONE", "userErrors": []}},
        ),
        (
            {"key": f"mail-{who.membership.id}-2", "text": " \n\t\u200b"},
            {"supportMailSend": {"status": "REJECTED", "userErrors": [nothing]}},
        ),
    ]


def credentials() -> Asked:
    """Ask for a link for either."""
    due = {"status": "DONE", "userErrors": [], "link": {"reason": None}}
    return [({"credential": each}, {"personalCredentialsChange": due}) for each in ("PASSWORD", "USERNAME")]


def emails(who: Acting) -> Asked:
    """Ask for a new address, and for the one that the person has."""
    old, new = who.user.person.email, f"new.{who.user.person.email}"
    same = {"code": "INVALID", "field": ["email"], "message": "È già il tuo indirizzo."}
    shown = {"email": old, "pendingEmail": new}
    return [
        (
            {"email": f" {new} ", "key": f"email-{who.membership.id}"},
            {"personalEmailChange": {"status": "ACCEPTED", "userErrors": [], "person": shown}},
        ),
        (
            {"email": old.upper(), "key": f"email-{who.membership.id}-same"},
            {"personalEmailChange": {"status": "REJECTED", "userErrors": [same], "person": shown}},
        ),
    ]
