"""Getting help: a time for a call back is taken once, and a chat knows who writes for whom about what."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jws import extract_compact
from structlog.typing import EventDict

from bff.acts import BELIEVED_S, LEASE_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.clock import ROME
from sandbox.server import Sandbox
from sandbox.world.appointment import Slot
from tests.house import Answer, House, house
from tests.journeys.acting import PERSONAS, acting
from tests.journeys.assisted import BOOK, CHAT
from tests.journeys.helped import free
from tests.journeys.ident import slot_id
from tests.waiting import eventually

POST = "POST /appointment"
MONDAY = datetime(2026, 11, 23, 10, 5, tzinfo=ROME)
FREE = "{ contacts { slots { from } } }"
NO_NUMBER = "Scrivi il numero con il prefisso internazionale, per esempio +39 02 1234567."


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


@pytest.fixture
def monday(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF on a Monday morning, whose links the stand-ins believe."""
    sandbox.clock.set(MONDAY)
    with house(sandbox, public_url="http://business.example") as opened:
        sandbox.trusted.issuer = "http://business.example"
        sandbox.trusted.keys_url = f"{opened.url}/.well-known/jwks.json"
        yield opened


def book(bff: House, slot: Slot, key: str, *, persona: str = "legal", **more: str) -> Answer:
    company = acting(bff.sandbox.world, persona).company
    return bff.ask(persona, BOOK, {"slot": slot_id(slot, company), "key": key, **more})


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def codes(answer: Answer) -> list[tuple[str, str]]:
    return [(each["code"], ".".join(each["field"])) for each in payload(answer)["userErrors"]]


def offered(bff: House, persona: str = "legal") -> list[str]:
    return [each["from"] for each in bff.ask(persona, FREE).data["contacts"][0]["slots"]]


def strike(bff: House, quirk: Quirk, **told: Any) -> None:
    bff.sandbox.faults.set(Rule(quirk=quirk, system="mobile", operation=POST, parameters=Parameters(**told)))


# --- call back --------------------------------------------------------------------------------------------------------


def test_a_time_that_was_booked_is_offered_to_nobody_any_more(bff: House) -> None:
    first = free()[0]
    assert offered(bff)[0] == first.start.isoformat()

    assert payload(book(bff, first, "key-1"))["status"] == "DONE"

    assert offered(bff) == [slot.start.isoformat() for slot in free()[1:]]
    with house(bff.sandbox) as other:
        assert offered(other, "mobile") == [slot.start.isoformat() for slot in free()[1:]]


def test_the_contact_centre_is_told_what_it_needs_and_the_number_is_written_nowhere(
    bff: House, told: list[EventDict]
) -> None:
    book(bff, free()[0], "key-1", number="0039 (02) 5412.4041")

    [deed] = bff.sandbox.deeds
    who = acting(bff.sandbox.world, "legal")
    booking = deed.value
    assert (booking.number, booking.topic, booking.slot) == ("+390254124041", "INVOICES", free()[0])
    assert (booking.requested_by, booking.company) == (who.user.id, who.company.tax_code)
    assert "54124041" not in str(told)
    assert who.company.tax_code not in str([event for event in told if event.get("audit")])


@pytest.mark.parametrize("number", ["", "02 54124040", "+39", "+0039 02 1234567", "+39 02 ABCDEFG", "+" + "3" * 40])
def test_all_that_is_wrong_is_told_at_once_and_nothing_is_called(bff: House, number: str) -> None:
    bff.ask("legal", "{ viewer { profile } }")
    answer = bff.ask("legal", BOOK, {"slot": "nonsense", "key": "key-1", "number": number})

    assert codes(answer) == [("NOT_FOUND", "slotId"), ("INVALID", "number")]
    assert payload(answer)["userErrors"][1]["message"] == NO_NUMBER
    assert answer.calls == Counter()


def test_a_time_that_only_looked_free_is_refused_by_the_contact_centre_and_others_are_told(bff: House) -> None:
    """Reads lag behind writes (quirk 15): two see the same time free, one gets it."""
    strike(bff, Quirk.LATE_READS, seconds=60)
    first, second, *_ = free()
    assert payload(book(bff, first, "key-1"))["status"] == "DONE"
    answer = book(bff, first, "key-2", persona="admin")

    assert (codes(answer), answer.calls[f"mobile {POST}"]) == ([("CONFLICT", "slotId")], 1)
    assert f"{second.start:%d/%m/%Y %H:%M}" in payload(answer)["userErrors"][0]["message"]
    assert len(bff.sandbox.deeds) == 1


def test_a_time_that_has_begun_is_not_free(quick: House) -> None:
    first = free()[0]
    quick.sandbox.clock.set(first.start)

    assert codes(book(quick, first, "key-1")) == [("CONFLICT", "slotId")]


def test_the_same_key_books_once_and_another_input_is_a_mismatch(bff: House) -> None:
    first, second, *_ = free()
    assert payload(book(bff, first, "key-1")) == payload(book(bff, first, "key-1"))
    assert book(bff, second, "key-1").codes == [("IDEMPOTENCY_MISMATCH", "callBackBook")]
    assert len(bff.sandbox.deeds) == 1


@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_a_booking_without_an_answer_is_known_or_settled_and_never_made_twice(quick: House, mode: Any) -> None:
    strike(quick, Quirk.TAKEN_UNANSWERED, mode=mode)
    status = payload(book(quick, free()[0], "key-1"))["status"]
    quick.sandbox.faults.clear()

    assert status == ("UNKNOWN" if mode == "silent" else "DONE")
    quick.sandbox.clock.advance(6)
    eventually(lambda: payload(book(quick, free()[0], "key-1"))["status"] == "DONE", "it is not settled")
    assert len(quick.sandbox.deeds) == 1


def test_an_appointment_that_fails_later_frees_its_time(quick: House) -> None:
    strike(quick, Quirk.REFUSED_LATER, seconds=30)
    assert payload(book(quick, free()[0], "key-1"))["status"] == "ACCEPTED"
    assert free()[0].start.isoformat() not in offered(quick)
    quick.sandbox.faults.clear()

    quick.sandbox.clock.advance(31)
    eventually(lambda: free()[0].start.isoformat() in offered(quick), "it is not free again")


def test_a_person_books_so_many_call_backs_in_a_day_and_others_may_go_on(sandbox: Sandbox) -> None:
    with house(sandbox, call_backs_per_day="2") as strict:
        slots = free()
        for number in (0, 1):
            assert payload(book(strict, slots[number], f"key-{number}"))["status"] == "DONE"
        answer = book(strict, slots[2], "key-2")
        assert answer.codes == [("RATE_LIMITED", "callBackBook")]
        assert 86_000 < answer.errors[0]["extensions"]["retryAfterSeconds"] <= 86_400
        assert payload(book(strict, slots[0], "key-0"))["status"] == "DONE", "a replay counts nothing"
        assert payload(book(strict, slots[2], "key-2", persona="admin"))["status"] == "DONE"


@pytest.mark.redis
def test_what_a_person_may_do_in_a_day_is_counted_for_all_workers_together(sandbox: Sandbox, redis_url: str) -> None:
    redis: dict[str, Any] = {"redis_url": redis_url, "state_redis_url": redis_url, "call_backs_per_day": "1"}
    with house(sandbox, **redis) as one, house(sandbox, **redis) as other:
        assert payload(book(one, free()[0], "key-1"))["status"] == "DONE"
        assert book(other, free()[1], "key-2").codes == [("RATE_LIMITED", "callBackBook")]


# --- web mail ---------------------------------------------------------------------------------------------------------

MAIL = (
    "mutation ($key: ID!, $text: String!, $topic: FaqTopic! = INVOICES) {"
    "  supportMailSend(input: { topic: $topic, text: $text, idempotencyKey: $key }) {"
    "  status userErrors { code field message } reference } }"
)
DESK = "support@business.example"
SILENT = "support@silent.example"
WORDS = "Buongiorno,\r\n\r\nla fattura <b>12</b> è sbagliata: ${company} & $name.\r\n\r\nAda"


def mail(bff: House, key: str = "key-1", text: str = WORDS, *, language: str = "it", **more: str) -> Answer:
    return bff.ask("legal", MAIL, {"key": key, "text": text, **more}, headers={"accept-language": language})


@pytest.fixture
def desk(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF whose letters are the only ones in the mailbox."""
    sandbox.mailbox.clear()
    with house(sandbox) as opened:
        yield opened
    sandbox.mailbox.clear()


def test_the_support_desk_gets_what_was_written_and_answers_to_the_person(desk: House) -> None:
    reference = payload(mail(desk))["reference"]

    [letter] = desk.sandbox.mailbox.messages(to=DESK)
    who = acting(desk.sandbox.world, "legal")
    assert re.fullmatch("WM-[A-Z2-7]{10}", reference)
    assert letter.subject == f"[{reference}] Fatture"
    assert letter.reply_to == who.user.person.email
    for told in (who.user.person.last_name, who.company.tax_code, reference, WORDS.replace("\r", "")):
        assert told in letter.text
    assert "&lt;b&gt;12&lt;/b&gt;" in (letter.html or "")


def test_no_word_of_a_mail_and_no_address_is_written_down(desk: House, told: list[EventDict]) -> None:
    mail(desk)

    assert [event["outcome"] for event in told if event.get("audit")] == ["DONE"]
    person = acting(desk.sandbox.world, "legal").user.person
    for secret in ("fattura", person.email, person.last_name):
        assert secret not in str(told)


@pytest.mark.parametrize("text", ["", " \n\t\u200b\x00 ", "x" * 4_001, "è\n" * 2_001])
def test_a_text_that_is_none_or_too_long_is_refused_and_nothing_is_sent(desk: House, text: str) -> None:
    answer = mail(desk, text=text)
    assert codes(answer) == [("INVALID", "text")]
    assert (payload(answer)["reference"], desk.sandbox.mailbox.messages()) == (None, [])


def test_what_looks_like_headers_or_an_end_stays_text(desk: House) -> None:
    evil = (
        "Ciao\r\nBcc: all@elsewhere.example\r\n.\r\nMAIL FROM:<me@elsewhere.example>\r\nRCPT TO:<you@elsewhere.example>"
    )
    assert payload(mail(desk, text=evil))["status"] == "DONE"

    [letter] = desk.sandbox.mailbox.messages()
    assert letter.to == DESK
    assert "Bcc: all@elsewhere.example\n.\nMAIL FROM" in letter.text


def test_the_same_key_sends_once_and_other_words_are_a_mismatch(desk: House) -> None:
    first, again = payload(mail(desk)), payload(mail(desk))

    assert first == again
    assert mail(desk, text="Altro").codes == [("IDEMPOTENCY_MISMATCH", "supportMailSend")]
    assert len(desk.sandbox.mailbox.messages()) == 1


def test_a_mail_without_an_answer_may_be_sent_again_under_its_key_and_comes_once(sandbox: Sandbox) -> None:
    """Nobody can ask a relay what it has: the same letter has the same Message-ID."""
    sandbox.mailbox.clear()
    hasty: dict[str, Any] = {"backend_timeout_s": "0.5", "connect_timeout_s": "0.3"}
    with house(sandbox, settle_period_s=0.02, support_mailbox=SILENT, support_mails_per_day="5", **hasty) as quick:
        assert payload(mail(quick))["status"] == "UNKNOWN"
        sandbox.clock.advance(BELIEVED_S + LEASE_S)
        eventually(lambda: mail(quick).calls["mail send"] == 1, "it can't be sent again")
        assert len(sandbox.mailbox.messages(to=SILENT)) == 1
    sandbox.mailbox.clear()


def test_a_relay_that_is_away_is_told_and_nothing_is_lost(desk: House) -> None:
    with house(desk.sandbox, mail_url="smtp://127.0.0.1:1") as cut:
        assert mail(cut).codes == [("UNAVAILABLE", "supportMailSend")]
    assert payload(mail(desk))["status"] == "DONE"


# --- chat -------------------------------------------------------------------------------------------------------------


def chat(bff: House, key: str = "key-1", *, persona: str = "legal", **more: str) -> Answer:
    return bff.ask(persona, CHAT, {"key": key, **more})


def link(answer: Answer) -> str:
    told = payload(answer)
    assert (told["status"], told["userErrors"], told["chat"]["reason"]) == ("DONE", [], None)
    url: str = told["chat"]["url"]
    return url


def claims(url: str) -> dict[str, Any]:
    token = extract_compact(parse_qs(urlsplit(url).query)["token"][0].encode())
    told: dict[str, Any] = httpx.Response(200, content=token.payload).json()
    return told


@pytest.mark.parametrize("persona", PERSONAS)
def test_the_chat_knows_who_writes_for_whom_about_what(monday: House, persona: str) -> None:
    who = acting(monday.sandbox.world, persona)
    answer = chat(monday, persona=persona, topic="INVOICES")
    page = httpx.get(link(answer))

    assert page.status_code == 200
    name = f"{who.user.person.first_name} {who.user.person.last_name}"
    for told in (name, who.company.name, who.profile, "fatture", "Assistente virtuale"):
        assert told in page.text
    assert set(answer.calls) <= {"directory GET /Users"}


def test_the_bot_hands_over_to_a_person_who_knows_the_same(monday: House) -> None:
    url = link(chat(monday, topic="INVOICES"))
    form = re.search(r'action="([^"]+)"', httpx.get(url).text)
    assert form is not None

    page = httpx.post(f"{monday.sandbox.urls.external}{form[1]}")

    company = acting(monday.sandbox.world, "legal").company
    assert "Operatore" in page.text
    assert company.name in page.text
    assert "fatture" in page.text


def test_the_same_key_leads_by_a_new_link_to_the_same_conversation_and_another_to_another(monday: House) -> None:
    first, again, other = link(chat(monday)), link(chat(monday)), link(chat(monday, "key-2"))

    assert first != again
    conversations = [claims(url)["context"]["conversation"] for url in (first, again, other)]
    assert conversations[0] == conversations[1] != conversations[2]
    assert [httpx.get(url).status_code for url in (first, first, again)] == [200, 403, 200]
    assert chat(monday, topic="GENERAL").codes == [("IDEMPOTENCY_MISMATCH", "chatOpen")]


def test_a_link_to_the_chat_expires_and_tells_nothing_that_could_be_left_out(monday: House) -> None:
    url = link(chat(monday))
    told = claims(url)
    assert set(told) == {"iss", "aud", "sub", "company", "iat", "exp", "jti", "context"}
    assert set(told["context"]) == {"conversation", "profile", "language"}

    monday.sandbox.clock.advance(151)
    assert httpx.get(url).status_code == 403


def test_the_chat_opens_on_monday_and_says_so_on_sunday_in_the_language_of_who_asks(bff: House) -> None:
    answer = bff.ask("legal", CHAT, {"key": "key-1"}, headers={"accept-language": "en"})
    message = "Nobody answers at the moment. The chat opens again on 23/11/2026 08:00."
    assert payload(answer) == {
        "status": "REJECTED",
        "userErrors": [{"code": "UNAVAILABLE", "field": None, "message": message}],
        "chat": None,
    }


def test_a_person_begins_so_many_chats_in_a_day(sandbox: Sandbox) -> None:
    sandbox.clock.set(MONDAY)
    with house(sandbox, chats_per_day="1") as strict:
        link(chat(strict))
        link(chat(strict))  # the same one
        assert chat(strict, "key-2").codes == [("RATE_LIMITED", "chatOpen")]


def test_every_chat_leaves_a_line_in_the_audit_log_and_no_token(monday: House, told: list[EventDict]) -> None:
    url = link(chat(monday))

    [line] = [event for event in told if event.get("audit")]
    assert (line["mutation"], line["outcome"]) == ("chatOpen", "DONE")
    assert line["change"] == claims(url)["context"]["conversation"]
    assert parse_qs(urlsplit(url).query)["token"][0] not in str(told)
