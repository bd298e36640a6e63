"""The words of all messages: whole, in both languages, and the same in each."""

import re
from string import Template

import pytest

from bff.content.message import _words, letter, sms
from bff.domain.message import LetterKind, SmsKind

GSM = "àèéìòù"
"""Letters of ours that an SMS holds without becoming two (GSM 03.38)."""
SMS_MAX = 160


def open_in(text: str) -> set[str]:
    return set(Template(text).get_identifiers())


def test_every_kind_has_its_words_and_no_other_does() -> None:
    assert set(_words()) == {"letter", "sms"}
    assert list(_words()["letter"]) == [each.value for each in LetterKind]
    assert list(_words()["sms"]) == [each.value for each in SmsKind]


@pytest.mark.parametrize("words", [*_words()["letter"].values(), *_words()["sms"].values()])
def test_both_languages_leave_the_same_open(words: dict[str, dict[str, str]]) -> None:
    for part in words.values():
        assert set(part) == {"it", "en"}
        assert open_in(part["it"]) == open_in(part["en"])


@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("language", ["it", "en"])
def test_a_letter_says_the_same_in_text_and_in_html(kind: LetterKind, language: str) -> None:
    words = _words()["letter"][kind.value]["text"][language]
    values = {name: f"{name}-value" for name in open_in(words)}
    written = letter(kind, language, "a@b.example", **values)

    assert all(value in written.text and value in written.html for value in values.values())
    plain = re.sub(r"<[^>]+>", "", re.sub(r"</p>", "\n\n", written.html.partition("<body")[2].partition(">")[2]))
    assert plain.replace("&#x27;", "'").split() == written.text.split()


@pytest.mark.parametrize("kind", SmsKind)
@pytest.mark.parametrize("language", ["it", "en"])
def test_an_sms_is_one_and_no_more(kind: SmsKind, language: str) -> None:
    written = sms(kind, language, code="123456")
    assert "123456" in written
    assert all(letter.isascii() or letter in GSM for letter in written)
    assert len(written) <= SMS_MAX


def test_what_is_left_open_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        letter(LetterKind.REGISTRATION_LINK, "it", "a@b.example", name="A")
