"""Help: questions by topic and words, who answers when, times for a call back, and a bad day of each system."""

from datetime import datetime
from typing import Any

import pytest

from sandbox._faults import Quirk, Rule
from sandbox.clock import ROME
from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys import helped
from tests.journeys.answer import bad_request, told

CONTACTS = "{ contacts { kind open slots { from to } } }"
FAQS = "query ($topic: FaqTopic, $search: String) { faqs(topic: $topic, search: $search) { topic question answer } }"


def found(warm: House, search: str | None = None, topic: str | None = None, language: str = "it") -> list[Any]:
    answer = warm.ask("user", FAQS, {"topic": topic, "search": search}, headers={"accept-language": language})
    assert (answer.errors, answer.calls["mobile POST /searchTimeSlot"]) == ([], 0)
    rows: list[Any] = answer.data["faqs"]
    return rows


@pytest.mark.parametrize("language", ["it", "en"])
def test_questions_come_by_topic_in_the_language_that_is_asked_for(warm: House, language: str) -> None:
    assert found(warm, topic="INVOICES", language=language) == helped.questions(language, "INVOICES")


@pytest.mark.parametrize("search", ["PERCHE fattura", "fattura  perchè", "Perché, la FATTURA?"])
def test_all_words_are_looked_for_whatever_their_accents_and_case(warm: House, search: str) -> None:
    [faq] = found(warm, search)
    assert faq["question"] == "Ho pagato, ma la fattura risulta ancora da pagare: perché?"


def test_a_word_that_is_nowhere_finds_nothing_and_none_finds_all(warm: House) -> None:
    assert found(warm, "fattura unicorno") == []
    assert found(warm, " ?! ") == helped.questions()


def test_a_search_of_too_many_words_is_refused(warm: House) -> None:
    answer = warm.ask("user", FAQS, {"search": " ".join(f"w{number}" for number in range(51))})
    assert answer.data == {"faqs": None}
    assert told(answer) == [bad_request("faqs", "`search` has 51 words; at most 50 are allowed.")]


def test_a_search_that_is_longer_than_any_question_is_refused_before_its_accents_are_taken_away(warm: House) -> None:
    answer = warm.ask("user", FAQS, {"search": "ấ" * 201})
    assert answer.data == {"faqs": None}
    assert told(answer) == [bad_request("faqs", "`search` has 201 characters; at most 200 are allowed.")]


@pytest.mark.parametrize(
    ("now", "open_"),
    [
        (datetime(2026, 11, 23, 8, 29, tzinfo=ROME), ["WEB_MAIL", "CHAT"]),
        (datetime(2026, 11, 23, 8, 31, tzinfo=ROME), ["CALL_BACK", "WEB_MAIL", "CHAT"]),
        (datetime(2026, 11, 28, 12, 0, tzinfo=ROME), ["WEB_MAIL", "CHAT"]),
        (datetime(2026, 12, 8, 12, 0, tzinfo=ROME), ["WEB_MAIL"]),
        (datetime(2027, 3, 29, 12, 0, tzinfo=ROME), ["WEB_MAIL"]),
    ],
    ids=["before nine", "monday", "saturday", "immaculate conception", "easter monday"],
)
def test_a_contact_is_open_while_somebody_answers(sandbox: Sandbox, now: datetime, open_: list[str]) -> None:
    sandbox.clock.set(now)
    with house(sandbox) as bff:
        answer = bff.ask("user", "{ contacts { kind open url } }")
    assert answer.errors == []
    assert [each["kind"] for each in answer.data["contacts"] if each["open"] and each["url"] is None] == open_


def test_of_today_only_the_times_that_are_to_come_are_free(sandbox: Sandbox) -> None:
    sandbox.clock.set(datetime(2026, 11, 23, 12, 1, tzinfo=ROME))
    with house(sandbox) as bff:
        answer = bff.ask("user", CONTACTS)
    free = answer.data["contacts"][0]["slots"]
    assert free == [slot for slot in helped.slots() if slot["from"] > "2026-11-23T12:01"]
    assert len(free) < len(helped.slots())


def test_times_are_asked_for_once_in_half_a_minute(bff: House, sandbox: Sandbox) -> None:
    calls = [bff.ask(persona, CONTACTS).calls["mobile POST /searchTimeSlot"] for persona in ("legal", "admin", "legal")]
    assert calls == [1, 0, 0]
    sandbox.clock.advance(31)
    with house(sandbox) as later:
        assert later.ask("legal", CONTACTS).calls["mobile POST /searchTimeSlot"] == 1


@pytest.mark.parametrize(
    ("quirk", "code"),
    [(Quirk.NO_ANSWER, "TIMEOUT"), (Quirk.HTTP_ERROR, "UNAVAILABLE"), (Quirk.TRUNCATED, "BAD_DATA")],
)
def test_without_the_appointments_there_are_no_times_and_all_else(sandbox: Sandbox, quirk: Quirk, code: str) -> None:
    sandbox.faults.set(Rule(quirk=quirk, system="mobile", operation="POST /searchTimeSlot"))
    patience_s = "0.5" if quirk is Quirk.NO_ANSWER else "1.9"
    with house(sandbox, backend_timeout_s=patience_s, connect_timeout_s=patience_s) as bff:
        answer = bff.ask("legal", CONTACTS)
    assert answer.codes == [(code, "contacts.0.slots")]
    assert [each["kind"] for each in answer.data["contacts"]] == [
        *("CALL_BACK", "WEB_MAIL", "CHAT", "FIXED_ASSISTANCE", "MOBILE_ASSISTANCE")
    ]
    assert [each["slots"] for each in answer.data["contacts"]] == [None] * 5


def test_the_old_area_is_offered_while_nobody_knows_which_networks_the_customer_is_on(sandbox: Sandbox) -> None:
    sandbox.faults.set(
        Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /organization"),
        Rule(quirk=Quirk.HTTP_ERROR, system="fixed", operation="FindCustomersByTaxCode"),
    )
    with house(sandbox) as bff:
        answer = bff.ask("legal", "{ contacts { kind url } }")
    assert answer.errors == []
    assert [each["kind"] for each in answer.data["contacts"] if each["url"]] == [
        *("FIXED_ASSISTANCE", "MOBILE_ASSISTANCE")
    ]
