"""The table of what can strike where, against reality: every mark is played on the wire, the rest is refused."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Route

from sandbox import matrix
from sandbox._faults import MODES, NUMBERS, Parameters, Quirk, Rule, System, applies, modes, operations
from sandbox.directory import app as directory
from sandbox.fixed import contract
from sandbox.identity import app as identity
from sandbox.mobile import app as mobile
from sandbox.server import Sandbox
from tests.sandbox.probe import CANCEL, MESSAGE, SEARCH, TASK, Asked, Probe

TOLD: dict[Quirk, dict[str, Any]] = {
    Quirk.SLOW_TAIL: {"seconds": 0.02},
    Quirk.CAPPED_PAGE: {"rows": 1},
    Quirk.TOO_MANY_CALLS: {"limit": 0},
}

LATER = {Quirk.LATE_READS, Quirk.REFUSED_LATER}
"""What shows in other answers than its own."""
DROPPED = {
    (Quirk.TAKEN_UNANSWERED, "silent"),
    (Quirk.TAKEN_UNANSWERED, "reset"),
    (Quirk.NO_ANSWER, None),
    (Quirk.NIGHT_WINDOW, "refused"),
    (Quirk.TOO_MANY_CALLS, "reset"),
}
"""What means that no answer comes at all."""
FAILED = {
    (Quirk.NIGHT_WINDOW, "fault"),
    (Quirk.NIGHT_WINDOW, "html"),
    (Quirk.ERROR_FAULT_500, None),
    (Quirk.HTTP_ERROR, None),
    (Quirk.POISONED_KEY, None),
    (Quirk.TOO_MANY_CALLS, "fault"),
    (Quirk.CLOCK_SKEW, None),
}
"""What means an answer with 500 or more; from any other it would be the sandbox's own failure."""


@pytest.fixture(scope="module")
def probe() -> Iterator[Probe]:
    with Sandbox() as sandbox, Probe(sandbox) as opened:
        yield opened


@pytest.mark.parametrize(("system", "operation"), operations(), ids=str)
def test_what_applies_changes_an_answer_in_each_of_its_modes(probe: Probe, system: System, operation: str) -> None:
    marked = [(quirk, mode) for quirk in applies(system, operation) for mode in modes(system, quirk) or (None,)]
    assert len(marked) >= 10
    assert [pair for pair in marked if not is_seen(probe, system, operation, *pair)] == []


def is_seen(probe: Probe, system: System, operation: str, quirk: Quirk, mode: str | None) -> bool:
    """Tell whether a quirk changes any of the answers of an operation, or when they come; a crash changes none."""
    told = {"mode": mode, **TOLD.get(quirk, {})}
    for asked in probe.requests(system, operation):
        if quirk is Quirk.POISONED_KEY and not asked.keys:
            continue
        good, struck = probe.good(system, operation, asked), probe.struck(system, operation, quirk, asked, **told)
        if struck.status != good.status and not is_meant(quirk, mode, struck.status):
            return False
        if quirk in LATER:
            return probe.sandbox.ledger.entries()[-1].fault == quirk.value
        if struck.wire != good.wire or (quirk is Quirk.SLOW_TAIL and struck.seconds >= TOLD[quirk]["seconds"]):
            return True
    return False


def is_meant(quirk: Quirk, mode: str | None, status: int | None) -> bool:
    """Tell whether a quirk may answer with a status, None for no answer."""
    if status is None:
        return (quirk, mode) in DROPPED
    return status < 500 or (quirk, mode) in FAILED


def test_what_does_not_apply_is_refused_as_a_rule() -> None:
    spared = [(place, quirk) for place in operations() for quirk in Quirk if quirk not in applies(*place)]
    assert len(spared) > 500
    for (system, operation), quirk in spared:
        with pytest.raises(ValueError, match=f"{quirk} can't strike operation"):
            Rule(quirk=quirk, system=system, operation=operation, parameters=Parameters(keys=("a",)))


def test_the_same_request_gets_the_same_answer_when_nothing_is_on(probe: Probe) -> None:
    for system, operation in operations():
        asked = next(probe.requests(system, operation))
        assert probe.send(system, operation, asked).wire == probe.good(system, operation, asked).wire


def test_the_table_has_every_operation_of_every_system(probe: Probe) -> None:
    stage = probe.sandbox.stage
    assert named("mobile") == {
        f"GET /{path.rpartition('/')[2]}{form}" for path in mobile.collections_by_path(stage) for form in ("", "/{id}")
    } | {
        f"POST /{TASK}",
        f"GET /{TASK}/{{id}}",
        f"POST /{SEARCH}",
        f"POST /{MESSAGE}",
        "POST /paymentMethod",
        "POST /serviceOrder",
        "POST /payment",
        "POST /topupBalance",
        "POST /productOrder",
        f"POST /{CANCEL}",
        "POST /troubleTicket",
        "POST /appointment",
        "PATCH /billingAccount/{id}",
        "GET /billDocument/{id}",
    }
    assert named("fixed") == contract.operations()
    assert named("directory") == routed(directory.create_app(stage).routes, directory.PATH)
    assert named("identity") == routed(identity.create_app(stage).routes, "")


def named(system: System) -> set[str]:
    return {operation for of, operation in operations() if of == system}


def routed(routes: Any, prefix: str) -> set[str]:
    return {
        f"{method} {route.path.removeprefix(prefix)}"
        for route in routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }


def test_what_is_no_operation_meets_nothing() -> None:
    assert applies("mobile", "FindLinesById") == frozenset()
    with pytest.raises(ValueError, match="there is no operation 'GET /prodct' of system 'mobile'"):
        Rule(quirk=Quirk.TRUNCATED, system="mobile", operation="GET /prodct")


@pytest.mark.parametrize(
    ("quirk", "system", "mode", "possible"),
    [
        (Quirk.AMOUNT_NOTATION, "fixed", "italian", "comma, sign_first, sign_last, empty"),
        (Quirk.AMOUNT_NOTATION, "fixed", "float", "comma, sign_first, sign_last, empty"),
        (Quirk.NIGHT_WINDOW, "*", "reset", "fault, refused, html"),
        (Quirk.TRUNCATED, "*", "html", "none"),
    ],
)
def test_a_mode_that_a_quirk_does_not_have_is_refused(quirk: Quirk, system: Any, mode: Any, possible: str) -> None:
    with pytest.raises(ValueError, match=f"{quirk} has no mode '{mode}' here; it has {possible}"):
        Rule(quirk=quirk, system=system, parameters=Parameters(mode=mode))


def test_a_rule_for_all_strikes_only_where_it_can(probe: Probe) -> None:
    probe.sandbox.faults.set(Rule(quirk=Quirk.AMOUNT_NOTATION, parameters=Parameters(mode="float")))
    places: list[tuple[System, str]] = [
        ("mobile", "GET /customerBill"),
        ("mobile", "GET /product"),
        ("fixed", "FindInvoicesByAccount"),
    ]
    struck = [is_struck(probe, *place) for place in places]
    probe.sandbox.faults.clear()
    assert struck == [True, False, False]


def is_struck(probe: Probe, system: System, operation: str) -> bool:
    probe.send(system, operation, next(probe.requests(system, operation)))
    return probe.sandbox.ledger.entries()[-1].fault is not None


def test_a_strike_that_finds_nothing_to_change_does_not_count(probe: Probe) -> None:
    rule = Rule(quirk=Quirk.DUPLICATED, system="mobile", times=1)
    probe.sandbox.faults.set(rule)
    answers = [
        probe.send("mobile", "GET /product", Asked(content={"id": key})) for key in ("none", "PRD-00010010001", "none")
    ]
    faults = [entry.fault for entry in probe.sandbox.ledger.entries()[-3:]]
    hits = probe.sandbox.faults.hits()
    probe.sandbox.faults.clear()
    assert [answer.headers["x-result-count"] for answer in answers] == ["0", "2", "0"]
    assert faults == [None, "duplicated", None]
    assert hits == [(rule, 1)]


def test_every_quirk_has_a_number_and_can_strike_somewhere() -> None:
    assert tuple(itertools.chain.from_iterable(NUMBERS.values())) == tuple(Quirk)
    assert frozenset().union(*(applies(*place) for place in operations())) == frozenset(Quirk)
    assert {mode for system in ("mobile", "fixed") for quirk in Quirk for mode in modes(system, quirk)} == set(
        itertools.chain.from_iterable(MODES.values())
    )


def test_the_page_of_what_strikes_where_is_not_stale() -> None:
    assert matrix.PAGE.read_text(encoding="utf-8") == matrix.page(), "run: python -m sandbox quirks --write"


def test_the_page_says_why_for_each_quirk_that_is_not_everywhere_and_for_no_other() -> None:
    explained = list(itertools.chain.from_iterable(quirks for quirks, _ in matrix.WHY_NOT))
    assert len(explained) == len(set(explained))
    assert set(explained) == matrix.unmarked()
