"""The limits in force, over a real socket: told with number and limit, in the time, without a call to any system."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import get_introspection_query

from bff.execution.limits import Limits
from bff.settings import Settings, SettingsError
from sandbox.server import Sandbox
from tests.clock import HandClock, next_minute
from tests.house import Answer, House, environment, house
from tests.limits.bombs import BOMBS, nested
from tests.process import no_garbage_collected

LIMITS = Limits()
COSTLY = "query ($n: Int!) { customer { lines(first: $n) { nodes { invoices(first: 100) { nodes { number } } } } } }"


@pytest.fixture(scope="module")
def opened(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a BFF that knows who asks, so that a refused request has no reason for a call."""
    with house(sandbox_of_session) as started:
        assert started.ask("legal", "{ viewer { profile } }").status == 200
        yield started


@pytest.fixture(scope="module")
def no_garbage() -> Iterator[None]:
    """Measure without the collector, which passes over all that the whole suite holds."""
    with no_garbage_collected():
        yield


def told(answer: Answer) -> list[tuple[str, str]]:
    """Give code and message of each error of a request that was not run."""
    assert answer.data is None
    return [(error["extensions"]["code"], error["message"]) for error in answer.errors]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("{__typename}" + "#" * 20_000, "BAD_REQUEST", "The document has 20,012 characters; at most 20,000."),
        (
            "{" + "__typename " * 999 + "}",
            "BAD_REQUEST",
            "Syntax Error: Document contains more than 1000 tokens. Parsing aborted.",
        ),
        (nested(13), "DEPTH_EXCEEDED", "The operation is 13 fields deep; at most 12."),
        ("{__schema" + nested(20) + "}", "DEPTH_EXCEEDED", "The introspection is 21 fields deep; at most 20."),
        (
            "{" + "a:__typename " * 16 + "}",
            "VALIDATION_FAILED",
            "The operation has 16 aliases; at most 15.",
        ),
        (
            "{__typename" + "@skip(if:false)" * 21 + "}",
            "VALIDATION_FAILED",
            "The operation has 21 directives; at most 20.",
        ),
        ("{" + "__typename " * 21 + "}", "VALIDATION_FAILED", "The operation has 21 root fields; at most 20."),
        ("{customer{" + "id " * 101 + "}}", "VALIDATION_FAILED", "A selection set has 101 fields; at most 100."),
        (
            "query Q{...F}" + "".join(f"fragment F{n} on Query{{__typename}}" for n in range(51)),
            "VALIDATION_FAILED",
            "The document has 51 fragments; at most 50.",
        ),
        (
            "".join(f"query Q{n}{{__typename}}" for n in range(11)),
            "VALIDATION_FAILED",
            "The document has 11 operations; at most 10.",
        ),
        (
            "{customer{...F ...F}}fragment F on Customer{" + "...G " * 11 + "}fragment G on Customer{"
            "lines{" + "nodes{id} " * 44 + "}}",
            "VALIDATION_FAILED",
            "The operation has 1,959 fields; at most 1,000.",
        ),
        (
            "{customer{" + "id " * 78 + "}}",
            "VALIDATION_FAILED",
            "More than 3,000 comparisons of fields with the same response name are needed.",
        ),
    ],
    ids=[
        *("characters", "tokens", "depth", "introspection_depth", "aliases", "directives", "root_fields", "breadth"),
        *("fragments", "operations", "fields", "comparisons"),
    ],
)
def test_a_document_beyond_a_limit_is_refused_with_both_numbers_and_costs_no_call(
    opened: House, text: str, code: str, message: str
) -> None:
    answer = opened.ask("legal", text)

    assert answer.status == 400
    assert told(answer)[0] == (code, message)
    assert answer.calls == {}


def test_the_same_refusal_is_a_200_for_a_client_that_reads_only_plain_json(opened: House) -> None:
    answer = opened.ask("legal", nested(13), headers={"accept": "application/json"})

    assert (answer.status, answer.codes) == (200, [("DEPTH_EXCEEDED", "")])


def test_what_an_operation_costs_depends_on_its_variables_and_is_judged_before_it_runs(opened: House) -> None:
    cheap, dear = (opened.ask("legal", COSTLY, {"n": n}, headers={"x-cost": "true"}) for n in (1, 100))

    assert (cheap.status, cheap.errors) == (200, [])
    assert dear.status == 400
    assert told(dear) == [("COST_EXCEEDED", "The operation costs 10,203 points; at most 5,000.")]
    assert dear.response.json()["extensions"] == {"cost": {"requested": 10_203, "limit": 5_000}}
    assert dear.calls == {}


@pytest.mark.usefixtures("no_garbage")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_no_call_and_little_time(opened: House, name: str) -> None:
    began = time.process_time()
    answer = opened.ask("legal", BOMBS[name])

    assert answer.status in {200, 400}
    assert answer.calls == {}
    assert time.process_time() - began < 0.5, "twenty times what the goal says, for machines that are busy"


def test_an_introspection_of_the_usual_tools_is_answered_with_the_default_limits(opened: House) -> None:
    answer = opened.ask("legal", get_introspection_query(input_value_deprecation=True))
    assert (answer.status, answer.errors) == (200, [])


def test_what_has_more_rows_than_its_price_says_ends_where_an_answer_is_too_long(opened: House) -> None:
    around = "number account { lines { " * 3 + "id" + " } }" * 3
    answer = opened.ask("big", f"{{ customer {{ a: fixedLines(first: 1) {{ nodes {{ {around} }} }} }} }}")

    assert answer.status == 200
    assert {code for code, _ in answer.codes} == {"COST_EXCEEDED"}
    assert items(answer.data) <= 20_000


def items(data: Any) -> int:
    """Count the items of all lists of an answer."""
    below = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return (len(data) if isinstance(data, list) else 0) + sum(map(items, below))


# --- the budget -------------------------------------------------------------------------------------------------------


def test_a_person_who_has_spent_their_minute_is_told_when_to_come_again(sandbox_of_session: Sandbox) -> None:
    clock = HandClock(next_minute(sandbox_of_session.clock.now()))
    clock.advance(20)
    query = "{ viewer { profile } }"
    with house(sandbox_of_session, clock=clock, limit_cost="3", limit_points_per_minute="3") as opened:
        spent = [opened.ask("legal", query, headers={"x-cost": "true"}) for _ in range(4)]
        plain = opened.ask("legal", query, headers={"accept": "application/json"})
        other = opened.ask("admin", query)
        clock.advance(40)
        later = opened.ask("legal", query)

    assert [answer.status for answer in spent] == [200, 200, 200, 429]
    assert told(spent[-1]) == [("RATE_LIMITED", "The operation costs 1 points; 0 of 3 are left in this minute.")]
    (error,) = spent[-1].errors
    assert error["extensions"]["retryAfterSeconds"] == 40
    assert error["extensions"]["retryable"] is True
    assert spent[-1].response.headers["retry-after"] == "40"
    assert spent[-1].response.json()["extensions"] == {
        "cost": {"requested": 1, "limit": 3, "remaining": 0, "resetSeconds": 40}
    }
    assert spent[-1].calls == {}
    assert plain.status == 429
    assert (other.status, later.status) == (200, 200)


def test_the_cost_is_told_to_who_asks_for_it(sandbox_of_session: Sandbox) -> None:
    clock = HandClock(next_minute(sandbox_of_session.clock.now()))
    clock.advance(20)
    with house(sandbox_of_session, clock=clock, limit_points_per_minute="50000") as opened:
        asked = opened.ask("legal", COSTLY, {"n": 20}, headers={"x-cost": "true"})
        unasked = opened.ask("legal", COSTLY, {"n": 20})

    assert asked.response.json()["extensions"] == {
        "cost": {"requested": 2_043, "limit": 5_000, "remaining": 47_957, "resetSeconds": 40}
    }
    assert "extensions" not in unasked.response.json()


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"limit_depth": "0"}, "BFF_LIMIT_DEPTH: should be greater than or equal to 1"),
        ({"limit_cost": "1000000"}, "BFF_LIMIT_COST: should be less than or equal to 999999"),
        (
            {"limit_cost": "100", "limit_points_per_minute": "99"},
            "BFF_LIMIT_POINTS_PER_MINUTE: is less than BFF_LIMIT_COST, so that some operation could never run",
        ),
    ],
)
def test_a_limit_that_nothing_or_everything_would_pass_is_no_limit(
    sandbox_of_session: Sandbox, given: dict[str, str], wrong: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.read(environment(sandbox_of_session, **given))

    assert wrong in str(refused.value)
