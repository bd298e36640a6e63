"""What a file of questions and opening hours may say, and what is said of its mistakes."""

from pathlib import Path

import pytest

from bff.content import ContentError
from bff.content.support import read_support
from bff.domain.contact import ContactKind
from bff.domain.faq import FaqTopic

OWN = Path("bff/content/support.toml")
HOURS = """
[[hours]]
contact = "CALL_BACK"
opens = 08:30:00
closes = 18:30:00
[[hours]]
contact = "CHAT"
days = ["SATURDAY"]
opens = 09:00:00
closes = 00:00:00
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ContentError) as refused:
        read_support(text, "help.toml")
    return refused.value.mistakes


def test_the_file_that_comes_with_the_bff_is_good_and_has_every_topic_in_both_languages() -> None:
    support = read_support(OWN.read_text(encoding="utf-8"), OWN.name)
    for language in ("it", "en"):
        assert {faq.topic for faq in support.questions[language]} == set(FaqTopic)
    assert support.hours[ContactKind.WEB_MAIL] == ()


def test_hours_without_days_hold_every_day() -> None:
    support = read_support(HOURS, "help.toml")
    assert support.hours[ContactKind.CALL_BACK][0].days == set(range(7))
    assert support.hours[ContactKind.CHAT][0].days == {5}


def test_all_mistakes_are_told_at_once() -> None:
    text = """
    [[hours]]
    contact = "CALL_BACK"
    opens = 18:00:00
    closes = 08:00:00
    [[question]]
    topic = "MONEY"
    [question.it]
    question = "Quanto?"
    anser = "Tanto."
    """
    assert mistakes(text) == [
        "help.toml, hours 1: closes is not after opens; give a later time; 00:00:00 is the end of the day",
        "help.toml: CHAT has no hours; write [[hours]] with contact = 'CHAT'",
        "help.toml, question 1: topic is 'MONEY'; give one of GENERAL, INVOICES",
        'help.toml, question 1, it: answer is missing; write answer = "…"',
        "help.toml, question 1, it: anser is not known; did you mean answer?",
        'help.toml, question 1: en is missing; write en = { question = "…", answer = "…" }',
    ]
