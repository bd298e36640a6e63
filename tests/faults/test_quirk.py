"""Quirks 1 to 6 of the systems (spec, legacy.md) seen from the page: what fails is told, the rest is whole.

Each is played on whole systems and on single operations of both networks, and on the directory. After each the page is
whole again: nothing bad is remembered.
"""

import time
from itertools import product
from typing import Any, NamedTuple

import pytest

from sandbox._faults import NUMBERS, Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.faults.conftest import PATIENCE_S
from tests.faults.dashboard import (
    GARBLED,
    HEADERS,
    PLACES,
    QUERY,
    REJECTED,
    TIMEOUT,
    UNAVAILABLE,
    Blocks,
    Place,
    Told,
    broken,
    by_path,
    error,
    errors,
    extensions,
    mobile_line,
    whole,
)
from tests.house import Answer, House, house
from tests.plan.cost import company_of

SLACK_S = 1.0
BISECTION = """
{
  customer {
    contracts(first: 100) {
      nodes {
        number
        lines(first: 1) {
          totalCount
        }
      }
    }
  }
}
"""


class Shape(NamedTuple):
    """A quirk, what it is told, and what the client is told of it."""

    quirk: Quirk
    parameters: Parameters
    told: Told


FAILURES = {
    "night fault": Shape(Quirk.NIGHT_WINDOW, Parameters(mode="fault"), UNAVAILABLE),
    "night refused": Shape(Quirk.NIGHT_WINDOW, Parameters(mode="refused"), UNAVAILABLE),
    "night page": Shape(Quirk.NIGHT_WINDOW, Parameters(mode="html"), UNAVAILABLE),
    "error with 500": Shape(Quirk.ERROR_FAULT_500, Parameters(), REJECTED),
    "error with 200": Shape(Quirk.ERROR_FAULT_200, Parameters(), REJECTED),
    "error in an answer": Shape(Quirk.ERROR_CODE_IN_ANSWER, Parameters(), REJECTED),
    "500 empty": Shape(Quirk.HTTP_ERROR, Parameters(status=500, body="empty"), UNAVAILABLE),
    "502 page": Shape(Quirk.HTTP_ERROR, Parameters(status=502, body="html"), UNAVAILABLE),
    "504 text": Shape(Quirk.HTTP_ERROR, Parameters(status=504, body="plain"), UNAVAILABLE),
    "truncated": Shape(Quirk.TRUNCATED, Parameters(), GARBLED),
    "page instead": Shape(Quirk.HTML_INSTEAD, Parameters(), GARBLED),
}
# SCIM has no codes of its own for a failure (RFC 7644, 3.12): 500 says that it is down, and with 200 it is no answer.
DIRECTORY_FAILURES = FAILURES | {
    "error with 500": FAILURES["error with 500"]._replace(told=UNAVAILABLE),
    "error with 200": FAILURES["error with 200"]._replace(told=GARBLED),
    "error in an answer": FAILURES["error in an answer"]._replace(told=GARBLED),
}
SILENCES = (Quirk.SLOW_TAIL, Quirk.NO_ANSWER)
SEEN_THROUGH = (Quirk.WRONG_CONTENT_TYPE, Quirk.SHUFFLED, Quirk.DUPLICATED, Quirk.FOREIGN_ROWS)
SHORT = {
    "mobileLines": ("mobile", "GET /product", ("lines",)),
    "fixedLines": ("fixed", "FindLinesByAccount", ("lines",)),
    "invoices": ("mobile", "GET /customerBill", ()),
    "orders": ("fixed", "FindOrdersByCustomer", ()),
}
"""List, where a row goes missing, and which other lists lack it then."""
BULKS = (Quirk.PARTIAL_BULK, Quirk.POISONED_KEY)


def ask(house: House, query: str = QUERY) -> Answer:
    return house.ask("legal", query, headers=HEADERS)


def strike(sandbox: Sandbox, quirk: Quirk, place: Place, parameters: Parameters | None = None) -> None:
    rule = Rule(
        quirk=quirk,
        system=place.system,  # type: ignore[arg-type]  # a name of the literal
        operation=place.operation,
        parameters=parameters or Parameters(),
    )
    sandbox.faults.set(rule)


def assert_whole_again(house: House, sandbox: Sandbox, company: Company) -> None:
    sandbox.faults.clear()
    answer = ask(house)
    assert (answer.data, answer.errors) == (whole(company, sandbox.clock.now()), [])


def test_every_quirk_has_a_case() -> None:
    cases = {shape.quirk for shape in FAILURES.values()} | {*SILENCES, *SEEN_THROUGH, *BULKS, Quirk.MISSING_ROWS}
    assert cases == {quirk for number in range(1, 7) for quirk in NUMBERS[number]}


# --- quirk 1: late, never ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quirk", "name"),
    [
        (Quirk.NO_ANSWER, "all of mobile"),
        (Quirk.NO_ANSWER, "fixed lines"),
        (Quirk.SLOW_TAIL, "all of fixed"),
        (Quirk.SLOW_TAIL, "mobile bills"),
    ],
)
def test_a_system_that_does_not_answer_costs_its_blocks_and_no_more_than_its_time(
    hasty: House, sandbox: Sandbox, small: Company, quirk: Quirk, name: str
) -> None:
    place = PLACES[name]
    strike(sandbox, quirk, place)
    began = time.monotonic()
    answer = ask(hasty)
    assert PATIENCE_S <= time.monotonic() - began < PATIENCE_S + SLACK_S
    assert answer.data == broken(small, sandbox.clock.now(), place)
    assert by_path(answer.errors) == errors(place, TIMEOUT)
    assert_whole_again(hasty, sandbox, small)


def test_an_answer_that_is_late_but_in_time_costs_nothing(bff: House, sandbox: Sandbox, small: Company) -> None:
    strike(sandbox, Quirk.SLOW_TAIL, PLACES["fixed lines"], Parameters(seconds=0.1))
    answer = ask(bff)
    assert (answer.data, answer.errors) == (whole(small, sandbox.clock.now()), [])


def test_a_chain_of_late_answers_ends_at_the_deadline_of_the_request(sandbox: Sandbox, small: Company) -> None:
    """Customers, accounts and lines of fixed come one after the other: three times 0.5 s do not fit into 0.8 s."""
    place = PLACES["all of fixed"]
    strike(sandbox, Quirk.SLOW_TAIL, place, Parameters(seconds=0.5))
    with house(sandbox, request_deadline_s="0.8", backend_timeout_s="0.7") as hurried:
        began = time.monotonic()
        answer = hurried.ask("legal", QUERY, headers=HEADERS)
        assert time.monotonic() - began < 0.8 + SLACK_S
    shown = whole(small, sandbox.clock.now())["customer"]
    fixed = broken(small, sandbox.clock.now(), place)["customer"]
    # The company needs the first step only, which is in time.
    assert answer.data == {"customer": fixed | {"company": shown["company"]}}
    assert {each["extensions"]["code"] for each in answer.errors} == {"DEADLINE_EXCEEDED"}
    assert [each["path"] for each in by_path(answer.errors)] == [
        each["path"] for each in errors(place, TIMEOUT) if each["path"] != ["customer", "company"]
    ]


# --- quirks 2 to 4: closed, errors in all shapes, garbage -------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        *product(("all of mobile", "all of fixed"), FAILURES),
        *product(("mobile lines", "mobile bills", "fixed lines", "fixed orders"), ("error with 200", "502 page")),
    ],
)
def test_what_fails_costs_its_blocks_and_the_rest_of_the_page_is_whole(
    bff: House, sandbox: Sandbox, small: Company, name: str, failure: str
) -> None:
    place, shape = PLACES[name], FAILURES[failure]
    strike(sandbox, shape.quirk, place, shape.parameters)
    answer = ask(bff)
    assert answer.status == 200
    assert answer.data == broken(small, sandbox.clock.now(), place)
    assert by_path(answer.errors) == errors(place, shape.told)
    assert_whole_again(bff, sandbox, small)


@pytest.mark.parametrize("shape", DIRECTORY_FAILURES.values(), ids=DIRECTORY_FAILURES)
def test_without_the_directory_nobody_is_let_in_and_the_failure_is_told(
    bff: House, sandbox: Sandbox, small: Company, shape: Shape
) -> None:
    strike(sandbox, shape.quirk, Place("directory", "*", Blocks()), shape.parameters)
    assert_refused(ask(bff), shape.told)
    assert_whole_again(bff, sandbox, small)


@pytest.mark.parametrize("quirk", SILENCES)
def test_a_silent_directory_is_waited_for_no_longer_than_its_time(
    hasty: House, sandbox: Sandbox, small: Company, quirk: Quirk
) -> None:
    strike(sandbox, quirk, Place("directory", "*", Blocks()))
    began = time.monotonic()
    assert_refused(ask(hasty), TIMEOUT)
    assert time.monotonic() - began < PATIENCE_S + SLACK_S
    assert_whole_again(hasty, sandbox, small)


def assert_refused(answer: Answer, told: Told) -> None:
    expected = {"errors": [{"message": told.message, "extensions": extensions(told, "directory")}]}
    assert (answer.status, answer.response.json()) == (503, expected)
    assert set(answer.calls) == {"directory GET /Users"}


# --- quirk 5: partial bulk answers, poisoned keys ---------------------------------------------------------------------


@pytest.mark.parametrize("quirk", BULKS)
def test_an_account_that_fails_by_itself_leaves_the_lines_of_the_others(
    bff: House, sandbox: Sandbox, small: Company, quirk: Quirk
) -> None:
    failed = small.fixed_accounts[0].code
    strike(sandbox, quirk, PLACES["fixed lines"], Parameters(keys=(failed,)))
    answer = ask(bff)
    lost = {f"+39{line.id}" for line in small.fixed_lines if line.account_code == failed}
    assert answer.data == without(whole(small, sandbox.clock.now()), ("fixedLines", "lines"), "FIXED", lost)
    assert by_path(answer.errors) == counts_missing("fixed", ("fixedLines", "lines"))
    assert_whole_again(bff, sandbox, small)


def test_a_contract_that_poisons_its_batch_leaves_the_lines_of_the_others(
    bff: House, sandbox: Sandbox, small: Company
) -> None:
    failed = small.agreements[0].id
    strike(sandbox, Quirk.POISONED_KEY, PLACES["mobile lines"], Parameters(keys=(failed,)))
    answer = ask(bff)
    lost = {line.msisdn for line in small.mobile_lines if line.agreement_id == failed}
    assert answer.data == without(whole(small, sandbox.clock.now()), ("mobileLines", "lines"), "MOBILE", lost)
    assert by_path(answer.errors) == counts_missing("mobile", ("mobileLines", "lines"))
    assert_whole_again(bff, sandbox, small)


def test_one_poisoned_contract_of_24_is_found_by_halving_and_costs_only_itself(bff: House, sandbox: Sandbox) -> None:
    big = company_of(sandbox.world, "big")
    contracts = sorted(big.agreements, key=lambda agreement: agreement.number)
    strike(sandbox, Quirk.POISONED_KEY, PLACES["mobile lines"], Parameters(keys=(contracts[5].id,)))
    answer = bff.ask("big", BISECTION, headers=HEADERS)
    held = [sum(line.agreement_id == contract.id for line in big.mobile_lines) for contract in contracts]
    nodes: list[dict[str, Any]] = [
        {"number": contract.number, "lines": {"totalCount": count}}
        for contract, count in zip(contracts, held, strict=True)
    ]
    nodes[5]["lines"] = None
    assert answer.data == {"customer": {"contracts": {"nodes": nodes}}}
    assert answer.errors == [error(REJECTED, "mobile", ["customer", "contracts", "nodes", 5, "lines"], BISECTION)]
    [(_, refused)] = sandbox.faults.hits()
    assert refused == 5  # batches of 24, 12, 6, 3 and 1


def without(data: dict[str, Any], blocks: tuple[str, ...], system: str, numbers: set[str]) -> dict[str, Any]:
    """Take rows out of lists, and their counts."""
    shown = data["customer"]
    for block in blocks:
        assert numbers <= {row["number"] for row in shown[block]["nodes"]}
        shown[block] = {
            "totalCount": None,
            "freshness": [
                {**entry, "state": "UNAVAILABLE" if entry["system"] == system else "FRESH"}
                for entry in shown[block]["freshness"]
            ],
            "nodes": [row for row in shown[block]["nodes"] if row["number"] not in numbers],
        }
    return {"customer": shown}


def counts_missing(system: str, blocks: tuple[str, ...]) -> list[dict[str, Any]]:
    return errors(Place(system, "*", Blocks(halved=frozenset(blocks))), REJECTED)


# --- quirk 6 (and the wrong type of 4): what can be seen through ------------------------------------------------------


@pytest.mark.parametrize("system", ["mobile", "fixed", "directory"])
@pytest.mark.parametrize("quirk", SEEN_THROUGH)
def test_what_can_be_seen_through_changes_nothing(
    bff: House, sandbox: Sandbox, small: Company, quirk: Quirk, system: str
) -> None:
    strike(sandbox, quirk, Place(system, "*", Blocks()))
    answer = ask(bff)
    assert (answer.data, answer.errors) == (whole(small, sandbox.clock.now()), [])
    [(_, hits)] = sandbox.faults.hits()
    one_row = (quirk, system) == (Quirk.SHUFFLED, "directory")  # the person who asks: no other order
    assert (hits > 0) is not one_row


def test_all_that_rows_can_do_at_once_in_all_systems_changes_nothing(
    bff: House, sandbox: Sandbox, small: Company
) -> None:
    sandbox.faults.set(*(Rule(quirk=quirk) for quirk in SEEN_THROUGH))
    answer = ask(bff)
    assert (answer.data, answer.errors) == (whole(small, sandbox.clock.now()), [])


@pytest.mark.parametrize("block", SHORT)
def test_a_missing_row_is_missing_and_nothing_else(bff: House, sandbox: Sandbox, small: Company, block: str) -> None:
    system, operation, others = SHORT[block]
    strike(sandbox, Quirk.MISSING_ROWS, Place(system, operation, Blocks()))
    answer = ask(bff)
    assert answer.errors == []
    shown, all_of_it = answer.data["customer"], whole(small, sandbox.clock.now())["customer"]
    (lost,) = [row for row in all_of_it[block]["nodes"] if row not in shown[block]["nodes"]]
    for name in (block, *others):
        rows = [row for row in all_of_it[name]["nodes"] if row["number"] != lost["number"]]
        all_of_it[name] |= {"totalCount": len(all_of_it[name]["nodes"]) - 1, "nodes": rows}
    assert shown == all_of_it


def test_a_missing_sim_leaves_its_line_without_one_and_in_no_known_state(
    bff: House, sandbox: Sandbox, small: Company
) -> None:
    strike(sandbox, Quirk.MISSING_ROWS, Place("mobile", "GET /resource", Blocks()))
    answer = ask(bff)
    shown, lines = answer.data["customer"]["mobileLines"]["nodes"], sorted(small.mobile_lines, key=lambda x: x.msisdn)
    (place,) = [place for place, line in enumerate(lines) if shown[place] != mobile_line(line)]
    expected = whole(small, sandbox.clock.now())
    expected["customer"]["mobileLines"]["nodes"][place] |= {"sim": None, "state": shown[place]["state"]}
    assert (answer.data, answer.errors) == (expected, [])
    assert shown[place]["state"] == (
        "UNKNOWN" if lines[place].state == "active" else mobile_line(lines[place])["state"]
    )


def test_a_person_whose_row_the_directory_counts_and_leaves_out_is_no_stranger(bff: House, sandbox: Sandbox) -> None:
    strike(sandbox, Quirk.MISSING_ROWS, Place("directory", "*", Blocks()))
    answer = ask(bff)
    assert (answer.status, answer.data) == (503, None)
    assert [(each["extensions"]["code"], each["extensions"]["system"]) for each in answer.errors] == [
        ("BAD_DATA", "DIRECTORY")
    ]
