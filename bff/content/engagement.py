"""The file of engagement rules: `[[shortcut]]`, `[[box]]`, `[[tool]]`, `[[alert]]`, each shown in the file's order."""

import re
from enum import Enum
from typing import Any, Final

from bff.content._table import ContentError, Table, tables
from bff.domain.engagement import (
    COUNTS,
    PRODUCTS,
    AlertSeverity,
    Box,
    Engagement,
    Fact,
    Link,
    Notice,
    Schedule,
    Target,
)
from bff.domain.profile import Profile
from bff.domain.text import Text
from bff.domain.url import Url

_COUNT_MAX = 10_000
_DAYS_MAX = 31
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Weekday(Enum):
    """Days of the week, as `datetime.weekday` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


WEEKDAYS: Final = tuple(day.name for day in Weekday)


def read_engagement(text: str, file: str, area_url: str) -> Engagement:
    """Read the rules; a page that is a path lies below `area_url`.

    Raises:
        ContentError: with every mistake.
    """
    mistakes: list[str] = []
    found = tables(text, file, mistakes, ("shortcut", "box", "tool", "alert"))
    ids: set[str] = set()
    rules = Engagement(
        shortcuts=tuple(_link(table, ids, area_url) for table in found["shortcut"]),
        tools=tuple(_link(table, ids, area_url) for table in found["tool"]),
        boxes=tuple(_box(table, ids, area_url) for table in found["box"]),
        alerts=tuple(_notice(table, ids) for table in found["alert"]),
    )
    if mistakes:
        raise ContentError(mistakes)
    return rules


def _link(table: Table, ids: set[str], area_url: str) -> Link:
    label, url = _text(table, "label"), _page(table, "page", area_url)
    return Link(label=label, url=url, **_conditions(table, ids, [label]))


def _box(table: Table, ids: set[str], area_url: str) -> Box:
    title, text = _text(table, "title"), table.both("text", optional=True)
    media_url = table.page("media", area_url, optional=True)
    url = _page(table, "page", area_url)
    return Box(title=title, text=text, media_url=media_url, url=url, **_conditions(table, ids, [title, text]))


def _notice(table: Table, ids: set[str]) -> Notice:
    severity, message = table.choice("severity", AlertSeverity), _text(table, "message")
    return Notice(severity=severity, message=message, **_conditions(table, ids, [message]))


def _text(table: Table, name: str) -> Text:
    return table.both(name) or Text("", "")


def _page(table: Table, name: str, area_url: str) -> Url:
    return table.page(name, area_url) or Url("")


def _conditions(table: Table, ids: set[str], texts: list[Text | None]) -> dict[str, Any]:
    """Read what all rules have, when all else of a rule is read."""
    id_ = table.text("id")
    if id_ in ids:
        table.wrong("id", f"is {id_!r}, which an earlier rule has", "give each rule its own")
    ids.add(id_)
    names = table.several("profiles", [profile.name for profile in Profile])
    schedule, target = _schedule(table), _target(table)
    _check_placeholders(table, target, texts)
    table.finish()
    profiles = None if names is None else frozenset(Profile[name] for name in names)
    return {"id": id_, "profiles": profiles, "schedule": schedule, "target": target}


def _schedule(table: Table) -> Schedule:
    starts_at, ends_at = table.start("from"), table.end("to")
    if starts_at and ends_at and ends_at.timestamp() <= starts_at.timestamp():
        table.wrong("to", "is not after from", "give a later day or moment")
    weekdays = table.several("weekdays", WEEKDAYS)
    return Schedule(
        starts_at=starts_at,
        ends_at=ends_at,
        first_days=table.number("first_days", most=_DAYS_MAX),
        last_days=table.number("last_days", most=_DAYS_MAX),
        weekdays=None if weekdays is None else frozenset(Weekday[name].value for name in weekdays),
    )


def _target(table: Table) -> Target:
    holds, lacks = _products(table, "holds"), _products(table, "lacks")
    for fact in sorted(holds & lacks, key=lambda each: each.value):
        table.wrong("lacks", f"holds {fact.value}, as holds does", "no customer is both; name it once")
    least = {fact: table.number(fact.value, most=_COUNT_MAX) for fact in COUNTS}
    return Target(
        segments=frozenset(table.several("segments", None) or ()),
        holds=holds,
        lacks=lacks,
        least={fact: number for fact, number in least.items() if number is not None},
    )


def _products(table: Table, name: str) -> frozenset[Fact]:
    return frozenset(Fact(each) for each in table.several(name, [fact.value for fact in PRODUCTS]) or ())


def _check_placeholders(table: Table, target: Target, texts: list[Text | None]) -> None:
    """Refuse a number in a text that the rule doesn't ask for: it would not be known."""
    known = [fact.value for fact in target.least]
    for text in texts:
        for name in _PLACEHOLDER.findall(f"{text.it}{text.en}" if text else ""):
            if name not in known:
                counts = ", ".join(fact.value for fact in COUNTS)
                table.wrong(f"{{{name}}}", "is no number that the rule asks for", f"ask for one of {counts}")
