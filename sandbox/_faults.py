"""Faults on demand: quirks 1 to 6 of the legacy systems, each by its name.

A rule says where a quirk strikes, how often and how many times. Nothing strikes unless a rule asks for it. Rules are
seeded: the same calls in the same order meet the same faults. How a quirk looks on the wire is `stage`'s matter, and
for row quirks (`Injected`) the operation's. Source: spec, legacy.md, 'How these systems misbehave'.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time
from enum import StrEnum
from typing import Literal, TypeVar

import msgspec

from sandbox.clock import ROME

T = TypeVar("T")

NIGHT_FROM = time(23, 30)
NIGHT_TO = time(5, 30)


class Quirk(StrEnum):
    """What can go wrong."""

    SLOW_TAIL = "slow_tail"
    """Answers after `seconds` (8)."""
    NO_ANSWER = "no_answer"
    """Takes the request and stays silent."""
    NIGHT_WINDOW = "night_window"
    """Closed for the night: `mode` is fault (DB900), refused (connection reset) or html (503 page)."""
    ERROR_FAULT_500 = "error_fault_500"
    """The system's own error body, with 500."""
    ERROR_FAULT_200 = "error_fault_200"
    """The same error body, with 200."""
    ERROR_CODE_IN_ANSWER = "error_code_in_answer"
    """An error code inside an answer that looks good."""
    HTTP_ERROR = "http_error"
    """`status` (502) with a `body` that is empty, html or plain."""
    TRUNCATED = "truncated"
    """The first half of the body."""
    HTML_INSTEAD = "html_instead"
    """200 with an HTML page."""
    WRONG_CONTENT_TYPE = "wrong_content_type"
    """The good body under another `contentType` (text/plain)."""
    PARTIAL_BULK = "partial_bulk"
    """Rows of some keys, an error for each of `keys` (the first key). SOAP only: TM Forum has no such answer."""
    POISONED_KEY = "poisoned_key"
    """One of `keys` in a batch fails the whole batch."""
    SHUFFLED = "shuffled"
    """Rows in another order."""
    DUPLICATED = "duplicated"
    """Rows twice."""
    FOREIGN_ROWS = "foreign_rows"
    """`rows` (2) rows of another company among the others."""
    MISSING_ROWS = "missing_rows"
    """`rows` (1) of the rows left out."""


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What a quirk can be told; each reads only what its description names."""

    seconds: float = 8.0
    mode: Literal["fault", "refused", "html"] = "fault"
    by_clock: bool = False  # night_window: only from 23:30 to 05:30 in Rome, by the sandbox's clock
    code: str = "E999"
    message: str = "Errore interno"
    status: int = 502
    body: Literal["empty", "html", "plain"] = "html"
    content_type: str = "text/plain"
    keys: tuple[str, ...] = ()
    rows: int | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """Where a quirk strikes (`*`: everywhere), with which probability, at most how many `times` (None: no end)."""

    quirk: Quirk
    system: Literal["*", "mobile", "fixed", "directory", "identity"] = "*"
    operation: str = "*"
    rate: float = 1.0
    times: int | None = None
    seed: int = 0
    parameters: Parameters = Parameters()

    def __post_init__(self) -> None:
        """Refuse a rule that could never do what it says."""
        if not 0 <= self.rate <= 1:
            raise ValueError("rate must be between 0 and 1")
        if self.quirk is Quirk.POISONED_KEY and not self.parameters.keys:
            raise ValueError("poisoned_key needs parameters.keys")
        if self.quirk is Quirk.PARTIAL_BULK and self.system != "fixed":
            raise ValueError("partial_bulk needs system fixed: only SOAP answers have errors by key")


class _Armed:
    """A rule with its own generator and the count of its hits."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.hits = 0
        self.random = random.Random(rule.seed)  # noqa: S311 - faults must come again alike

    def strikes(self, system: str, operation: str, keys: Sequence[str], now: datetime) -> bool:
        rule = self.rule
        if rule.system not in {"*", system} or rule.operation not in {"*", operation}:
            return False
        if rule.times is not None and self.hits >= rule.times:
            return False
        if not _concerns(rule, keys, now) or self.random.random() >= rule.rate:
            return False
        self.hits += 1
        return True


def _concerns(rule: Rule, keys: Sequence[str], now: datetime) -> bool:
    if rule.quirk is Quirk.NIGHT_WINDOW and rule.parameters.by_clock:
        return _is_night(now)
    if rule.quirk in {Quirk.POISONED_KEY, Quirk.PARTIAL_BULK} and rule.parameters.keys:
        return not set(keys).isdisjoint(rule.parameters.keys)
    return True


def _is_night(now: datetime) -> bool:
    """Tell whether the fixed system is closed: 23:30 to 05:30 in Rome."""
    local = now.astimezone(ROME).time()
    return local >= NIGHT_FROM or local < NIGHT_TO


class Strike(msgspec.Struct, frozen=True):
    """A quirk that strikes one call, with what it was told and a generator to play it with."""

    quirk: Quirk
    parameters: Parameters
    random: random.Random


class Injected:
    """The strikes on one call; the operation asks it what to do to its rows before it renders them."""

    def __init__(self, strikes: Sequence[Strike] = ()) -> None:
        self._strikes = {strike.quirk: strike for strike in strikes}

    def __bool__(self) -> bool:
        return bool(self._strikes)

    @property
    def names(self) -> str | None:
        """Name the quirks, joined by commas; None when there is none."""
        return ",".join(self._strikes) or None

    def get(self, quirk: Quirk) -> Strike | None:
        """Give the strike of a quirk, None when it does not strike."""
        return self._strikes.get(quirk)

    def failed_keys(self, keys: Sequence[str]) -> list[str]:
        """Give the keys that get an error of their own instead of rows (quirk 5)."""
        strike = self.get(Quirk.PARTIAL_BULK)
        if strike is None:
            return []
        return [key for key in keys if key in strike.parameters.keys] if strike.parameters.keys else list(keys[:1])

    def rows(self, rows: Iterable[T], *, foreign: Callable[[int], Sequence[T]]) -> list[T]:
        """Play quirk 6 on the rows of an answer. `foreign(n)` gives up to n rows of another company."""
        result = list(rows)
        if (strike := self.get(Quirk.MISSING_ROWS)) is not None:
            for _ in range(min(strike.parameters.rows or 1, len(result))):
                result.pop(strike.random.randrange(len(result)))
        if self.get(Quirk.DUPLICATED) is not None:
            result += result
        if (strike := self.get(Quirk.FOREIGN_ROWS)) is not None:
            for row in foreign(strike.parameters.rows or 2):
                result.insert(strike.random.randint(0, len(result)), row)
        if (strike := self.get(Quirk.SHUFFLED)) is not None:
            strike.random.shuffle(result)
        return result


class Faults:
    """The rules in force."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._armed = [_Armed(rule) for rule in rules]

    def set(self, *rules: Rule) -> None:
        """Put these rules in the place of all others; their counts begin at nought."""
        self._armed = [_Armed(rule) for rule in rules]

    def clear(self) -> None:
        """Let everything work."""
        self._armed = []

    def hits(self) -> list[tuple[Rule, int]]:
        """Give each rule with the number of calls that it struck."""
        return [(armed.rule, armed.hits) for armed in self._armed]

    def draw(self, system: str, operation: str, keys: Sequence[str], now: datetime) -> Injected:
        """Decide what strikes one call."""
        return Injected(
            [
                Strike(armed.rule.quirk, armed.rule.parameters, armed.random)
                for armed in self._armed
                if armed.strikes(system, operation, keys, now)
            ]
        )


def read_rules(text: str | bytes) -> list[Rule]:
    """Read rules from JSON: a list of objects. Raises msgspec.ValidationError that says what is wrong where."""
    return msgspec.json.decode(text, type=list[Rule])
