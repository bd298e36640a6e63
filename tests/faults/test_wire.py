"""Faults of the wire between the BFF and each system (spec, reliability-security.md, 'Faults the tests inject').

Each is seen from the page: the system's blocks say what happened, the rest is whole, no connection that was struck
stays open, and the page is whole again afterwards.
"""

import tracemalloc
from collections.abc import Iterator
from itertools import product

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.chaos.judge import Judge
from tests.faults.conftest import PATIENCE_S
from tests.faults.dashboard import (
    GARBLED,
    HEADERS,
    PLACES,
    QUERY,
    REJECTED,
    TIMEOUT,
    UNAVAILABLE,
    Told,
    broken,
    by_path,
    errors,
    extensions,
    whole,
)
from tests.faults.proxied import PAUSES_S, Wired, wired
from tests.house import Answer
from tests.plan.cost import company_of
from tests.proxy import BOMB_BYTES, ENDLESS_BYTES, WireFault
from tests.waiting import eventually

FAILURES = {
    WireFault.REFUSED: UNAVAILABLE,
    WireFault.UNACCEPTED: UNAVAILABLE,
    WireFault.RESET_AT_ONCE: UNAVAILABLE,
    WireFault.SILENT: TIMEOUT,
    WireFault.HALF_OPEN: TIMEOUT,
    WireFault.RESET_BEFORE_BODY: UNAVAILABLE,
    WireFault.RESET_IN_BODY: UNAVAILABLE,
    WireFault.DRIP: TIMEOUT,
    WireFault.TRUNCATED: UNAVAILABLE,
    WireFault.LONG_LENGTH: TIMEOUT,
    WireFault.SHORT_LENGTH: GARBLED,
    WireFault.BROKEN_CHUNKS: UNAVAILABLE,
    WireFault.PAGE: GARBLED,
    WireFault.ERROR_500: UNAVAILABLE,
    WireFault.ERROR_WITH_200: GARBLED,
    WireFault.ENDLESS_BODY: GARBLED,
    WireFault.GZIP_BOMB: GARBLED,
    WireFault.GARBAGE: UNAVAILABLE,
    WireFault.ENDLESS_HEADERS: UNAVAILABLE,
    WireFault.ENDLESS_CONTINUE: UNAVAILABLE,
}
"""What the client is told."""
TIMES_S = dict.fromkeys((fault for fault, told in FAILURES.items() if told is TIMEOUT), (PATIENCE_S, PATIENCE_S)) | {
    WireFault.UNACCEPTED: (2, 0.2)
}
"""How long a house waits for a system in all, and to connect, where the test waits with it; 2 s elsewhere."""
SEEN_THROUGH = (WireFault.WRONG_TYPE, WireFault.RESET_AFTER_BODY)
NETWORKS = ("mobile", "fixed")
SYSTEMS = (*NETWORKS, "directory", "identity")

RESETS = 10
"""Most come as the connection is set up, some after; the rare one before is made in tests/backends/test_http.py."""
CALLS_AT_ONCE = 6
"""No more calls than this are under way when a page asks one system at once."""
ANSWER_MAX_BYTES = 1024 * 1024


def ask(wire: Wired, persona: str = "legal") -> Answer:
    return wire.house.ask(persona, QUERY, headers=HEADERS)


def told(system: str, fault: WireFault) -> Told:
    """Give what a client is told; TM Forum and SCIM bodies are JSON, so that one without rows is their refusal."""
    if fault is WireFault.ERROR_WITH_200 and system in {"mobile", "directory"}:
        return REJECTED
    return FAILURES[fault]


@pytest.fixture
def wire(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Wired]:
    """Give a house behind proxies that waits no longer than the test's fault needs."""
    timeout_s, connect_s = TIMES_S.get(request.node.callspec.params.get("fault"), (2, 2))
    with wired(sandbox, backend_timeout_s=str(timeout_s), connect_timeout_s=str(connect_s)) as opened:
        yield opened


def assert_let_go(wire: Wired, system: str) -> None:
    eventually(lambda: wire.proxies[system].counts.struck_open == 0, "a struck connection stays open")


def assert_whole_again(wire: Wired, sandbox: Sandbox, company: Company) -> None:
    wire.heal()
    answer = ask(wire)
    assert (answer.data, answer.errors) == (whole(company, sandbox.clock.now()), [])


# --- what fails -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("system", "fault"), [*product(NETWORKS, FAILURES)])
def test_a_bad_wire_to_a_network_costs_its_blocks_and_the_rest_of_the_page_is_whole(
    wire: Wired, sandbox: Sandbox, small: Company, system: str, fault: WireFault
) -> None:
    place = PLACES[f"all of {system}"]
    wire.proxies[system].play(fault)
    answer = ask(wire)
    assert answer.status == 200
    assert answer.data == broken(small, sandbox.clock.now(), place)
    assert by_path(answer.errors) == errors(place, told(system, fault))
    assert_let_go(wire, system)
    assert_whole_again(wire, sandbox, small)


@pytest.mark.parametrize("system", NETWORKS)
def test_a_connection_reset_as_it_opens_is_no_fault_of_ours_however_early_that_is(wire: Wired, system: str) -> None:
    wire.proxies[system].play(WireFault.RESET_AT_ONCE)
    query = "{ customer { mobileLines(first: 1) { totalCount } fixedLines(first: 1) { totalCount } } }"
    codes = set()
    for _ in range(RESETS):
        codes |= {code for code, _ in wire.house.ask("legal", query).codes}
        wire.time.pass_by(PAUSES_S)
    assert codes == {"UNAVAILABLE"}


@pytest.mark.parametrize("fault", FAILURES)
def test_a_bad_wire_to_the_directory_lets_nobody_in_and_says_why(
    wire: Wired, sandbox: Sandbox, small: Company, fault: WireFault
) -> None:
    wire.proxies["directory"].play(fault)
    assert_refused(ask(wire), told("directory", fault), "directory")
    assert_let_go(wire, "directory")
    assert_whole_again(wire, sandbox, small)


@pytest.mark.parametrize("fault", FAILURES)
def test_a_bad_wire_to_the_identity_provider_lets_nobody_in_before_its_keys_are_known(
    wire: Wired, sandbox: Sandbox, small: Company, fault: WireFault
) -> None:
    wire.proxies["identity"].play(fault)
    assert_refused(ask(wire), UNAVAILABLE, "identity")
    assert_let_go(wire, "identity")
    assert_whole_again(wire, sandbox, small)


@pytest.mark.parametrize("fault", [WireFault.REFUSED, WireFault.GARBAGE])
def test_a_bad_wire_to_the_identity_provider_matters_to_nobody_once_its_keys_are_known(
    wire: Wired, sandbox: Sandbox, small: Company, fault: WireFault
) -> None:
    ask(wire)
    wire.proxies["identity"].play(fault)
    answer = ask(wire, "admin")
    assert (answer.data, answer.errors) == (whole(small, sandbox.clock.now()), [])


def assert_refused(answer: Answer, told: Told, system: str) -> None:
    expected = {"errors": [{"message": told.message, "extensions": extensions(told, system)}]}
    assert (answer.status, answer.response.json()) == (503, expected)


# --- what can be seen through -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("system", "fault"), [*product(SYSTEMS, SEEN_THROUGH)])
def test_a_whole_answer_counts_whatever_its_type_says_and_whatever_comes_after_it(
    wire: Wired, sandbox: Sandbox, small: Company, system: str, fault: WireFault
) -> None:
    wire.proxies[system].play(fault)
    answer = ask(wire)
    assert (answer.data, answer.errors) == (whole(small, sandbox.clock.now()), [])
    assert wire.proxies[system].hits > 0


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_kept_connection_that_ends_as_it_is_used_again_is_replaced_unseen(
    wire: Wired, sandbox: Sandbox, small: Company, system: str
) -> None:
    ask(wire, "mobile")  # of another company: nothing of the page is known yet, and connections are there
    if system == "identity":
        wire.time.pass_by(KEYS_GOOD_S)
    wire.proxies[system].play(WireFault.STALE, times=1)
    answer = ask(wire)
    assert (answer.data, answer.errors) == (whole(small, sandbox.clock.now()), [])
    assert wire.proxies[system].hits == 1


KEYS_GOOD_S = 24 * 3600 + 1


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_answer_that_comes_once_more_shows_nobody_what_is_anothers(
    wire: Wired, sandbox: Sandbox, system: str
) -> None:
    judge = Judge(sandbox.world)
    wire.proxies[system].play(WireFault.ANSWERED_TWICE)
    for persona in ("legal", "mobile", "fixed", "admin", "ceased") * 2:
        judge.judge(company_of(sandbox.world, persona).tax_code, ask(wire, persona).response)
    assert wire.proxies[system].hits > 1


# --- how much is read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("system", "fault"), [*product(SYSTEMS, (WireFault.ENDLESS_BODY, WireFault.GZIP_BOMB))])
def test_of_a_hundred_megabytes_no_more_is_kept_than_an_answer_may_have(
    sandbox: Sandbox, system: str, fault: WireFault
) -> None:
    assert min(ENDLESS_BYTES, BOMB_BYTES) >= 100_000_000
    with wired(sandbox, answer_max_bytes=str(ANSWER_MAX_BYTES)) as wire:
        wire.proxies[system].play(fault)
        peak_bytes = peak_of_a_page(wire)
    assert peak_bytes < CALLS_AT_ONCE * 2 * ANSWER_MAX_BYTES
    assert wire.proxies[system].hits > 0


def peak_of_a_page(wire: Wired) -> int:
    """Ask for the page, and give how many bytes more than before were held at once, by all in this process."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        ask(wire)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
