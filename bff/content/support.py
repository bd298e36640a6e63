"""The file of assistance: `[[hours]]` of each way to get help, `[[question]]` with its answer in both languages."""

from collections.abc import Mapping
from datetime import time
from enum import Enum
from typing import NamedTuple

from bff.content._table import ContentError, Table, tables
from bff.content.engagement import WEEKDAYS, Weekday
from bff.domain.contact import ContactKind
from bff.domain.faq import Faq, FaqTopic
from bff.domain.opening import Hours

_LANGUAGES = ("it", "en")


class Attended(Enum):
    """Ways to get help that somebody attends to; a web mail waits, and a page of the old area is always there."""

    CALL_BACK = "CALL_BACK"
    CHAT = "CHAT"


class Support(NamedTuple):
    """When somebody answers, and what is asked often; questions by language, in the file's order."""

    hours: Mapping[ContactKind, tuple[Hours, ...]]
    questions: Mapping[str, tuple[Faq, ...]]


def read_support(text: str, file: str) -> Support:
    """Read the file.

    Raises:
        ContentError: with every mistake.
    """
    mistakes: list[str] = []
    found = tables(text, file, mistakes, ("hours", "question"))
    hours = [_hours(table) for table in found["hours"]]
    mistakes += [
        f"{file}: {each.name} has no hours; write [[hours]] with contact = {each.name!r}"
        for each in Attended
        if ContactKind[each.name] not in {kind for kind, _ in hours}
    ]
    questions = [_question(table) for table in found["question"]]
    if mistakes:
        raise ContentError(mistakes)
    return Support(
        {kind: tuple(own for of, own in hours if of is kind) for kind in ContactKind},
        {language: tuple(each[language] for each in questions) for language in _LANGUAGES},
    )


def _hours(table: Table) -> tuple[ContactKind, Hours]:
    kind = ContactKind[table.choice("contact", Attended).name]
    days = table.several("days", WEEKDAYS) or list(WEEKDAYS)
    hours = Hours(
        days=frozenset(Weekday[name].value for name in days),
        opens=table.time("opens"),
        closes=table.time("closes"),
        on_holidays=table.flag("on_holidays"),
    )
    if time.min < hours.closes <= hours.opens:
        table.wrong("closes", "is not after opens", "give a later time; 00:00:00 is the end of the day")
    table.finish()
    return kind, hours


def _question(table: Table) -> dict[str, Faq]:
    topic = table.choice("topic", FaqTopic)
    read = {language: _in_language(table, language, topic) for language in _LANGUAGES}
    table.finish()
    return read


def _in_language(table: Table, language: str, topic: FaqTopic) -> Faq:
    within = table.within(language)
    if within is None:
        if table.take(language) is None:
            table.wrong(language, "is missing", f'write {language} = {{ question = "…", answer = "…" }}')
        return Faq(topic, "", "")
    faq = Faq(topic, within.text("question"), within.text("answer"))
    within.finish()
    return faq
