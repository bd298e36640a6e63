"""Every quirk on every operation that can meet it: how one is played, and what is said of what comes up.

A `Case` is an operation of an adapter with the system's operation that is struck. A `Play` is a quirk in one of its
modes. What must come up is said by an `Expected`: a function of the good result that gives the bad one, or of both that
fails when they don't fit. Results are whole: every key, every attribute of every record; an error counts by its class.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import msgspec

from bff.backends import Backends, Limits, open_backends
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendTimeout, BackendUnavailable
from sandbox._faults import Parameters, Quirk, Rule, System, applies, modes
from sandbox._faults.quirk import Mode
from sandbox.server import Sandbox
from tests.backends.standin import access_to
from tests.backends.wire import StillClock

Result: TypeAlias = dict[str, Any]
"""By key: a record, records in a fixed order, or the class of an error. What is raised stands under every key."""
Expected: TypeAlias = Callable[[Result, Result], None]
"""Takes the good result and the bad one; fails when the bad one is not what it must be."""

_PATIENT = Limits(timeout_s=10)
_HASTY = Limits(timeout_s=0.6, idle_s=0.6)
_ROWS_A_PAGE = 2
_LATE_S = 5.0


class Case(NamedTuple):
    """An operation of an adapter, the keys it is asked for, and the system's operation that is struck."""

    name: str
    system: System
    operation: str
    keys: tuple[str, ...]
    call: Callable[[Backends, tuple[str, ...]], Awaitable[Mapping[str, Any]]]


class Play(NamedTuple):
    """A quirk in one of its modes; None when it has none."""

    quirk: Quirk
    mode: Mode | None = None

    def rules(self, case: Case) -> list[Rule]:
        """Write it down for an operation; pages that move must be several."""
        rules = [self._rule(case, self.quirk, self.mode)]
        if self.quirk is Quirk.UNSTABLE_PAGING:
            rules.append(self._rule(case, Quirk.CAPPED_PAGE, None))
        return rules

    def _rule(self, case: Case, quirk: Quirk, mode: Mode | None) -> Rule:
        return Rule(quirk=quirk, system=case.system, operation=case.operation, parameters=_told(case, quirk, mode))


def _told(case: Case, quirk: Quirk, mode: Mode | None) -> Parameters:
    return Parameters(
        mode=mode,
        seconds=_LATE_S if quirk is Quirk.SLOW_TAIL else None,
        keys=case.keys[:1] if quirk in {Quirk.POISONED_KEY, Quirk.PARTIAL_BULK} else (),
        rows=_ROWS_A_PAGE if quirk is Quirk.CAPPED_PAGE else None,
        limit=0,
    )


def plays(case: Case) -> list[Play]:
    """Give all that a case can meet."""
    return [
        Play(quirk, mode)
        for quirk in Quirk
        if quirk in applies(case.system, case.operation)
        for mode in modes(case.system, quirk) or (None,)
    ]


class Outcome(NamedTuple):
    """The result of a good call, the one of a struck call, and how many answers the quirk changed."""

    good: Result
    bad: Result
    hits: int


class Matrix:
    """Plays pairs on a running sandbox; the good result of a case is asked for once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._good: dict[Case, Result] = {}

    def forget(self) -> None:
        """Ask for the good results anew."""
        self._good.clear()

    async def played(self, case: Case, play: Play) -> Outcome:
        """Call an operation without and with a quirk."""
        if case not in self._good:
            self._sandbox.faults.clear()
            self._good[case] = await _result(self._sandbox, case, _PATIENT)
        self._sandbox.faults.set(*play.rules(case))
        hasty = play.quirk in {Quirk.SLOW_TAIL, Quirk.NO_ANSWER} or play == Play(Quirk.TAKEN_UNANSWERED, "silent")
        bad = await _result(self._sandbox, case, _HASTY if hasty else _PATIENT)
        [(_, hits), *_] = self._sandbox.faults.hits()
        self._sandbox.faults.clear()
        return Outcome(self._good[case], bad, hits)


async def _result(sandbox: Sandbox, case: Case, limits: Limits) -> Result:
    """Call an operation through adapters of its own: what a breaker remembers is not a matter of this one."""
    backends = open_backends(access_to(sandbox), StillClock(), limits=limits, jitter=lambda: 0.0)
    try:
        return {key: _settled(value) for key, value in (await case.call(backends, case.keys)).items()}
    except BackendError as error:
        return dict.fromkeys(case.keys, type(error))
    finally:
        await backends.aclose()


def _settled(value: Any) -> Any:
    if isinstance(value, BackendError):
        return type(value)
    return sorted(value, key=msgspec.json.encode) if isinstance(value, list) else value


# --- what may come up -------------------------------------------------------------------------------------------------


def same(good: Result, bad: Result) -> None:
    """The quirk is seen through."""
    assert bad == good


def fails(error: type[BackendError]) -> Expected:
    """Every key fails in the same way."""

    def check(good: Result, bad: Result) -> None:
        assert bad == dict.fromkeys(good, error)

    return check


def first_fails(error: type[BackendError]) -> Expected:
    """The first key fails, the others are what they were."""

    def check(good: Result, bad: Result) -> None:
        assert bad == good | {next(iter(good)): error}

    return check


def becomes(change: Callable[[Any], Any]) -> Expected:
    """Every record is changed by a function; where that gives the class of an error, it is the error of the key."""

    def changed(value: Any) -> Any:
        if not isinstance(value, list):
            return change(value)
        records = [change(record) for record in value]
        return next((record for record in records if isinstance(record, type)), _settled(records))

    def check(good: Result, bad: Result) -> None:
        assert bad == {key: changed(value) for key, value in good.items()}

    return check


def replaced(**changes: Any) -> Expected:
    """Every record has these attributes changed."""
    return becomes(lambda record: msgspec.structs.replace(record, **changes))


def each_fails(error: type[BackendError]) -> Expected:
    """Every key that has records fails; an empty list stays one."""

    def check(good: Result, bad: Result) -> None:
        assert bad == {key: error if value else value for key, value in good.items()}

    return check


def one_row_less(good: Result, bad: Result) -> None:
    """One record at most is not there, be it of several keys; a key of a single record goes with it."""
    rows, left = _rows(good), _rows(bad)
    lost = [row for row in rows if row not in left]
    assert all(row in rows for row in left)
    assert all(row == lost[0] for row in lost)


def _rows(result: Result) -> list[Any]:
    return [row for value in result.values() for row in (value if isinstance(value, list) else [value])]


REACHED_AND_FAILED: Mapping[Play, Expected] = {
    Play(Quirk.SLOW_TAIL): fails(BackendTimeout),
    Play(Quirk.NO_ANSWER): fails(BackendTimeout),
    **{Play(Quirk.NIGHT_WINDOW, mode): fails(BackendUnavailable) for mode in modes("mobile", Quirk.NIGHT_WINDOW)},
    **{Play(Quirk.TOO_MANY_CALLS, mode): fails(BackendUnavailable) for mode in modes("mobile", Quirk.TOO_MANY_CALLS)},
    Play(Quirk.ERROR_FAULT_500): fails(BackendRejected),
    Play(Quirk.ERROR_FAULT_200): fails(BackendRejected),
    Play(Quirk.ERROR_CODE_IN_ANSWER): fails(BackendRejected),
    Play(Quirk.HTTP_ERROR): fails(BackendUnavailable),
    Play(Quirk.TRUNCATED): fails(BackendGarbled),
    Play(Quirk.HTML_INSTEAD): fails(BackendGarbled),
    Play(Quirk.WRONG_CONTENT_TYPE): same,
    Play(Quirk.POISONED_KEY): first_fails(BackendRejected),
    Play(Quirk.TAKEN_UNANSWERED, "silent"): fails(BackendTimeout),
    Play(Quirk.TAKEN_UNANSWERED, "reset"): fails(BackendUnavailable),
    Play(Quirk.LATE_READS): same,
    Play(Quirk.REFUSED_LATER): same,
}
"""Quirks 1 to 5, 14, 15 and 18, alike for both legacies."""


def lacking(cases: Iterable[Case], expected: Callable[[Case, Play], Expected | None]) -> list[str]:
    """Name the pairs for which nothing is expected: a table that lacks one proves less than it says."""
    return [f"{case.name}: {play}" for case in cases for play in plays(case) if expected(case, play) is None]
