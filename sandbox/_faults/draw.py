"""What strikes a call, and what it does to rows and pages, which all systems have alike.

A strike that finds nothing to change on an answer does not count: its rule gets the hit back.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TypeVar

from sandbox._faults.quirk import Mode, Quirk
from sandbox._faults.reach import System, modes
from sandbox._faults.rule import Parameters, Rule
from sandbox.clock import ROME

T = TypeVar("T")

NIGHT_FROM = time(23, 30)
NIGHT_TO = time(5, 30)
_FOREIGN_ROWS = 2
_MISSING_ROWS = 1
_CAPPED_ROWS = 20


@dataclass(frozen=True, slots=True)
class _Call:
    """The call that is drawn for; `running` counts the calls of its system that run, itself among them."""

    system: System
    operation: str
    keys: Sequence[str]
    now: datetime
    running: int


class _Armed:
    """A rule with its own generator and the count of its hits."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.hits = 0
        self.random = random.Random(rule.seed)  # noqa: S311 - faults must come again alike

    def strikes(self, call: _Call) -> bool:
        rule = self.rule
        if not rule.strikes_at(call.system, call.operation):
            return False
        if rule.times is not None and self.hits >= rule.times:
            return False
        if not _concerns(rule, call) or self.random.random() >= rule.rate:
            return False
        self.hits += 1
        return True


def _concerns(rule: Rule, call: _Call) -> bool:
    if rule.quirk is Quirk.NIGHT_WINDOW and rule.parameters.by_clock:
        return _is_night(call.now)
    if rule.quirk in {Quirk.POISONED_KEY, Quirk.PARTIAL_BULK} and rule.parameters.keys:
        return not set(call.keys).isdisjoint(rule.parameters.keys)
    if rule.quirk is Quirk.TOO_MANY_CALLS:
        return call.running > rule.parameters.limit
    return True


def _is_night(now: datetime) -> bool:
    """Tell whether the fixed system is closed: 23:30 to 05:30 in Rome."""
    local = now.astimezone(ROME).time()
    return local >= NIGHT_FROM or local < NIGHT_TO


class Strike:
    """A quirk that strikes one call: what it was told, its `mode` (None when it has none), a generator to play with."""

    def __init__(self, armed: _Armed, system: System) -> None:
        self._armed = armed
        self.quirk: Quirk = armed.rule.quirk
        self.parameters: Parameters = armed.rule.parameters
        self.mode: Mode | None = self.parameters.mode or next(iter(modes(system, self.quirk)), None)
        self.random: random.Random = armed.random

    def withdraw(self) -> None:
        """Give the hit back: nothing was changed."""
        self._armed.hits -= 1


class Injected:
    """The strikes on one call; whoever plays one says whether it changed anything."""

    def __init__(self, strikes: Mapping[Quirk, Strike] | None = None) -> None:
        self._strikes = dict(strikes or {})
        self._played: set[Quirk] = set()

    def __bool__(self) -> bool:
        return bool(self._strikes)

    @property
    def names(self) -> str | None:
        """Name the quirks that strike, joined by commas; None when there is none."""
        return ",".join(self._strikes) or None

    def get(self, quirk: Quirk) -> Strike | None:
        """Give the strike of a quirk, None when it does not strike."""
        return self._strikes.get(quirk)

    def play(self, quirk: Quirk, content: T, change: Callable[[T, Strike], T]) -> T:
        """Change content as a quirk does, when it strikes."""
        strike = self.get(quirk)
        if strike is None:
            return content
        changed = change(content, strike)
        if changed != content:
            self._played.add(quirk)
        return changed

    def note(self, quirk: Quirk) -> None:
        """Say that a quirk was played."""
        self._played.add(quirk)

    def settle(self) -> None:
        """Forget the strikes that changed nothing, and give their hits back."""
        for quirk in self._strikes.keys() - self._played:
            self._strikes.pop(quirk).withdraw()

    def failed_keys(self, keys: Sequence[str]) -> list[str]:
        """Give the keys that get an error of their own instead of rows (quirk 5)."""
        strike = self.get(Quirk.PARTIAL_BULK)
        if strike is None:
            return []
        told = strike.parameters.keys
        failed = [key for key in keys if key in told] if told else list(keys[:1])
        if failed:
            self.note(Quirk.PARTIAL_BULK)
        return failed

    def rows(self, rows: Iterable[T], *, foreign: Callable[[int], Sequence[T]]) -> list[T]:
        """Play quirk 6 on the rows of an answer. `foreign(n)` gives up to n rows of another company."""
        result = self.play(Quirk.MISSING_ROWS, list(rows), _some_missing)
        result = self.play(Quirk.DUPLICATED, result, lambda rows, _: rows * 2)
        result = self.play(Quirk.FOREIGN_ROWS, result, lambda rows, strike: _with_strangers(rows, strike, foreign))
        return self.play(Quirk.SHUFFLED, result, _shuffled)

    def page_size(self, asked: int) -> int:
        """Give the rows that a page has at most (quirk 7)."""
        return self.play(
            Quirk.CAPPED_PAGE, asked, lambda size, strike: min(size, strike.parameters.rows or _CAPPED_ROWS)
        )

    def rows_at(self, first: int, rows: list[T]) -> list[T]:
        """Give all rows as they are by the time a page that begins at `first` is read (quirk 7).

        After the first page one may have come, which moves the others on, or one may have gone.
        """
        return self.play(Quirk.UNSTABLE_PAGING, rows, _moved) if first else rows

    def total(self, rows: int) -> int | str | None:
        """Give the count of all rows that the system tells, None for none (quirk 7)."""
        told: int | str | None = rows
        return self.play(Quirk.WRONG_TOTAL, told, lambda _, strike: _TOTALS[strike.mode or "high"](rows))

    def filtered(self, rows: list[T], narrowed: Callable[[list[T]], list[T]]) -> list[T]:
        """Narrow the rows of the keys by what else was asked, unless that is ignored (quirk 7)."""
        return self.play(Quirk.IGNORED_FILTER, narrowed(rows), lambda _, _strike: rows)


def _some_missing(rows: list[T], strike: Strike) -> list[T]:
    left = list(rows)
    for _ in range(min(strike.parameters.rows or _MISSING_ROWS, len(left))):
        left.pop(strike.random.randrange(len(left)))
    return left


def _with_strangers(rows: list[T], strike: Strike, foreign: Callable[[int], Sequence[T]]) -> list[T]:
    mixed = list(rows)
    for row in foreign(strike.parameters.rows or _FOREIGN_ROWS):
        mixed.insert(strike.random.randint(0, len(mixed)), row)
    return mixed


def _shuffled(rows: list[T], strike: Strike) -> list[T]:
    return strike.random.sample(rows, len(rows))


def _moved(rows: list[T], strike: Strike) -> list[T]:
    return [*rows[:1], *rows] if strike.mode == "doubled" else rows[1:]


_TOTALS: dict[str, Callable[[int], int | str | None]] = {
    "high": lambda rows: 2 * rows + 1,
    "low": lambda rows: rows // 2,
    "absent": lambda _: None,
    "nonsense": lambda _: "n.d.",
}


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
        """Give each rule with the number of answers that it changed, those that still wait included."""
        return [(armed.rule, armed.hits) for armed in self._armed]

    def draw(self, system: System, operation: str, keys: Sequence[str], now: datetime, *, running: int = 1) -> Injected:
        """Decide what strikes one call; `running` counts the calls of the system that run, this one among them.

        Of several rules of one quirk the first that strikes counts.
        """
        call = _Call(system, operation, keys, now, running)
        struck: dict[Quirk, Strike] = {}
        for armed in self._armed:
            if armed.rule.quirk not in struck and armed.strikes(call):
                struck[armed.rule.quirk] = Strike(armed, system)
        return Injected(struck)
