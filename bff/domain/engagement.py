"""Engagement rules: which shortcuts, boxes, tools and alerts a customer is shown, by who they are and when. Pure.

A rule is chosen when its profiles, its time and its target all agree. The first two cost nothing; what a target asks
of the customer are facts, which somebody else reads: only those that a rule asks for whose profiles and time agree.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Final, TypeVar

import msgspec

from bff.domain.period import ROME
from bff.domain.profile import Profile
from bff.domain.text import Text
from bff.domain.url import Url


class Fact(Enum):
    """What a rule may ask of a customer; the value is its name in the file of rules."""

    SEGMENT = "segment"
    MOBILE = "MOBILE"
    FIXED = "FIXED"
    PREPAID = "PREPAID"
    FIBRE = "FIBRE"
    INVOICES_TO_PAY = "invoices_to_pay"
    OVERDUE_INVOICES = "overdue_invoices"
    SUSPENDED_LINES = "suspended_lines"


PRODUCTS: Final = (Fact.MOBILE, Fact.FIXED, Fact.PREPAID, Fact.FIBRE)
"""What a customer may hold."""
COUNTS: Final = (Fact.INVOICES_TO_PAY, Fact.OVERDUE_INVOICES, Fact.SUSPENDED_LINES)
"""What is counted, so that a rule may ask for a least number and its text may tell it."""

Facts = Mapping[Fact, int | frozenset[str]]
"""What is known: segments by name, how many of a product or a count. A fact that is missing is not known."""


class AlertSeverity(Enum):
    """How serious a notice is."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


def filled(text: Text, language: str, facts: Facts) -> str:
    """Give a text in a language; `{invoices_to_pay}` and other counts stand for their numbers."""
    words = text.told(language)
    for fact in COUNTS:
        words = words.replace(f"{{{fact.value}}}", str(facts.get(fact, "")))
    return words


class Schedule(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """When a rule holds; all that is given must agree, days are Rome's.

    `starts_at` is the first instant of a campaign and `ends_at` the first one after it. `first_days` and `last_days`
    count days of the month from its begin and from its end. `weekdays` has 0 for Monday.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    first_days: int | None = None
    last_days: int | None = None
    weekdays: frozenset[int] | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether a moment agrees.

        Instants are compared, not clocks, which show an hour of autumn twice.
        """
        instant = now.timestamp()
        if self.starts_at is not None and instant < self.starts_at.timestamp():
            return False
        if self.ends_at is not None and instant >= self.ends_at.timestamp():
            return False
        day = now.astimezone(ROME).date()
        left = monthrange(day.year, day.month)[1] - day.day
        return (
            (self.first_days is None or day.day <= self.first_days)
            and (self.last_days is None or left < self.last_days)
            and (self.weekdays is None or day.weekday() in self.weekdays)
        )


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Which customers; all that is given must agree. `least` has a least number for counts."""

    segments: frozenset[str] = frozenset()
    holds: frozenset[Fact] = frozenset()
    lacks: frozenset[Fact] = frozenset()
    least: Mapping[Fact, int] = {}

    @property
    def facts(self) -> frozenset[Fact]:
        """What it asks for."""
        segment = {Fact.SEGMENT} if self.segments else set()
        return self.holds | self.lacks | frozenset(self.least) | segment

    def meets(self, facts: Facts) -> bool:
        """Tell whether a customer is one; what is not known is not met, be it asked for or against."""
        if any(fact not in facts for fact in self.facts):
            return False
        segments = facts.get(Fact.SEGMENT, frozenset())
        return (
            (not self.segments or (isinstance(segments, frozenset) and not self.segments.isdisjoint(segments)))
            and all(facts[fact] for fact in self.holds)
            and not any(facts[fact] for fact in self.lacks)
            and all(_number(facts[fact]) >= least for fact, least in self.least.items())
        )


def _number(fact: int | frozenset[str]) -> int:
    return fact if isinstance(fact, int) else len(fact)


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown, to whom and when; `profiles` of None are all."""

    id: str
    profiles: frozenset[Profile] | None = None
    schedule: Schedule = Schedule()
    target: Target = Target()


class Link(Rule, frozen=True, kw_only=True):
    """A shortcut or a tool: a short text that opens a page."""

    label: Text
    url: Url


class Box(Rule, frozen=True, kw_only=True):
    """A box: a title, a text, a picture or film, and the page that it opens."""

    title: Text
    text: Text | None
    media_url: Url | None
    url: Url


class Notice(Rule, frozen=True, kw_only=True):
    """An alert on top of the page."""

    severity: AlertSeverity
    message: Text


class Engagement(msgspec.Struct, frozen=True, kw_only=True):
    """All rules, each list in the order in which it is shown."""

    shortcuts: tuple[Link, ...] = ()
    tools: tuple[Link, ...] = ()
    boxes: tuple[Box, ...] = ()
    alerts: tuple[Notice, ...] = ()


R = TypeVar("R", bound=Rule)


def live(rules: Iterable[R], profile: Profile | None, now: datetime) -> list[R]:
    """Keep the rules whose profiles and time agree."""
    return [rule for rule in rules if (rule.profiles is None or profile in rule.profiles) and rule.schedule.holds(now)]


def needed(rules: Iterable[Rule]) -> frozenset[Fact]:
    """Give the facts that rules ask for."""
    return frozenset(fact for rule in rules for fact in rule.target.facts)


def chosen(rules: Sequence[R], facts: Facts) -> list[R]:
    """Keep the rules whose targets the customer meets."""
    return [rule for rule in rules if rule.target.meets(facts)]
