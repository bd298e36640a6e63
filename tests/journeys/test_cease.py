"""Ceasing lines of both networks in one request, and calling that off: a result for each line by itself."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from structlog.typing import EventDict

from bff.acts import BELIEVED_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys.acting import Acting, Line, acting, fixed_lines, mobile_lines, number
from tests.journeys.ceased import CEASE, REVOKE, accepted, active, rejected
from tests.journeys.ident import id_of
from tests.waiting import eventually

ORDERED, SUBMITTED = "mobile POST /productOrder", "fixed SubmitLineCease"


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


def who(bff: House) -> Acting:
    return acting(bff.sandbox.world, "legal")


def both(bff: House) -> list[Line]:
    """Give two lines of each network that can be ceased, in turns."""
    mobile, fixed = (active(lines(who(bff), "all")) for lines in (mobile_lines, fixed_lines))
    return [mobile[0], fixed[0], mobile[1], fixed[1]]


def cease(bff: House, lines: Sequence[Line], key: str = "key-1", **more: Any) -> Answer:
    return ask(bff, CEASE, [id_of(line, who(bff).company) for line in lines], key, **more)


def revoke(bff: House, lines: Sequence[Line], key: str = "key-2") -> Answer:
    return ask(bff, REVOKE, [id_of(line, who(bff).company) for line in lines], key)


def ask(bff: House, query: str, ids: list[str], key: str, **more: Any) -> Answer:
    return bff.ask("legal", query, {"ids": ids, "key": key, **more})


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def statuses(answer: Answer) -> list[str]:
    return [each["status"] for each in payload(answer)["results"]]


def codes(answer: Answer) -> list[str | None]:
    return [each["userErrors"][0]["code"] if each["userErrors"] else None for each in payload(answer)["results"]]


def strike(bff: House, system: Any, operation: str, quirk: Quirk, **told: Any) -> None:
    bff.sandbox.faults.set(Rule(quirk=quirk, system=system, operation=operation, parameters=Parameters(**told)))


def test_lines_of_both_networks_are_ceased_in_one_request_and_called_off_again(bff: House) -> None:
    lines = both(bff)
    answer = cease(bff, lines)

    due = [accepted(line, lines) for line in lines]
    assert payload(answer) == {"outcome": "SUCCESS", "userErrors": [], "results": due}
    assert (answer.calls[ORDERED], answer.calls[SUBMITTED]) == (1, 1)

    told = payload(revoke(bff, lines))
    assert told["outcome"] == "SUCCESS"
    assert [each["status"] for each in told["results"]] == ["DONE", "ACCEPTED", "DONE", "ACCEPTED"]
    assert [each["subject"] for each in told["results"]] == [
        {"number": number(line), "state": "ACTIVE"} for line in lines
    ]
    assert [each["order"] and each["order"]["state"] for each in told["results"]] == [
        "CANCELLED",
        None,
        "CANCELLED",
        None,
    ]
    assert [each["request"] and each["request"]["kind"] for each in told["results"]] == [
        None,
        "CESSATION",
        None,
        "CESSATION",
    ]


def test_the_same_again_gives_the_same_answer_and_does_nothing(bff: House) -> None:
    lines = both(bff)
    first, again = cease(bff, lines), cease(bff, lines)

    assert payload(first) == payload(again)
    assert (again.calls[ORDERED], again.calls[SUBMITTED]) == (0, 0)
    assert len(bff.sandbox.deeds) == len(lines)
    assert cease(bff, lines[:1]).codes == [("IDEMPOTENCY_MISMATCH", "linesCease")]


def test_a_line_that_can_not_be_ceased_sinks_no_other(bff: House) -> None:
    mine, lines = who(bff), both(bff)
    ceased = next(line for line in mobile_lines(mine, "all") if line.state == "terminated")
    ids = ["never made", *(id_of(line, mine.company) for line in (ceased, *lines)), "never made"]

    told = payload(ask(bff, CEASE, ids, "key-1"))
    assert told["outcome"] == "PARTIAL"
    refused = [rejected("NOT_FOUND", 0), rejected("WRONG_STATE", 1, ceased, "CEASED")]
    assert told["results"] == [*refused, *(accepted(line, lines) for line in lines)]


def test_a_line_that_is_being_ceased_is_not_ceased_again_and_one_that_is_not_is_not_called_off(bff: House) -> None:
    first, other = both(bff)[:2], both(bff)[2:]
    cease(bff, first)
    assert codes(cease(bff, first, "key-2")) == ["WRONG_STATE", "WRONG_STATE"]
    assert codes(revoke(bff, other, "key-3")) == ["WRONG_STATE", "WRONG_STATE"]
    assert len(bff.sandbox.deeds) == len(first)


def test_mobile_lines_that_are_ceased_together_are_called_off_together(bff: House) -> None:
    lines = [line for line in both(bff) if line in who(bff).company.mobile_lines]
    cease(bff, lines)

    assert codes(revoke(bff, lines[:1])) == ["NOT_ELIGIBLE"]
    assert statuses(revoke(bff, lines)) == ["DONE", "DONE"]


@pytest.mark.parametrize(
    ("count", "day", "key", "errors"),
    [
        (0, None, "key-1", [("INVALID", "lineIds")]),
        (51, None, "key-1", [("TOO_MANY_ITEMS", "lineIds")]),
        (51, "2026-11-21", "", [("TOO_MANY_ITEMS", "lineIds"), ("INVALID", "wantedOn"), ("INVALID", "idempotencyKey")]),
        (1, "2027-11-23", "key-1", [("INVALID", "wantedOn")]),
    ],
)
def test_a_request_that_is_wrong_as_a_whole_tries_nothing(
    bff: House, count: int, day: str | None, key: str, errors: list[tuple[str, str]]
) -> None:
    answer = ask(bff, CEASE, [f"id-{number}" for number in range(count)], key, on=day)

    told = payload(answer)
    assert (told["outcome"], told["results"]) == ("FAILURE", [])
    assert [(each["code"], *each["field"]) for each in told["userErrors"]] == errors
    assert len(bff.sandbox.deeds) == 0


def test_the_day_that_is_wanted_reaches_both_networks(bff: House) -> None:
    assert statuses(cease(bff, both(bff), on="2026-12-31")) == ["ACCEPTED"] * 4


# --- bad days ---------------------------------------------------------------------------------------------------------


def test_a_network_that_is_closed_holds_up_no_other_and_the_same_may_be_sent_again(quick: House) -> None:
    lines = both(quick)
    with house(quick.sandbox, fixed_url="http://127.0.0.1:1") as cut:
        answer = cease(cut, lines)
    told = answer.data["linesCease"]
    assert answer.codes == [("UNAVAILABLE", f"linesCease.results.{place}.subject") for place in (1, 3)]
    assert [each["status"] for each in told["results"]] == ["ACCEPTED", "REJECTED", "ACCEPTED", "REJECTED"]
    assert {each["userErrors"][0]["code"] for each in told["results"][1::2]} == {"UNAVAILABLE"}

    assert statuses(cease(quick, lines, "key-2"))[1::2] == ["ACCEPTED", "ACCEPTED"]


def test_an_outcome_that_says_no_to_one_line_is_told_of_that_line(bff: House) -> None:
    lines = both(bff)
    strike(bff, "fixed", "SubmitLineCease", Quirk.PARTIAL_BULK, keys=[number(lines[1]).removeprefix("+39")])
    assert codes(cease(bff, lines)) == [None, "NOT_ELIGIBLE", None, None]
    assert len(bff.sandbox.deeds) == len(lines) - 1


@pytest.mark.parametrize(("system", "operation"), [("mobile", "POST /productOrder"), ("fixed", "SubmitLineCease")])
def test_what_was_taken_without_an_answer_is_settled_and_told_under_the_same_key(
    quick: House, system: str, operation: str
) -> None:
    lines = both(quick)
    strike(quick, system, operation, Quirk.TAKEN_UNANSWERED, mode="silent")
    first = cease(quick, lines)
    quick.sandbox.faults.clear()
    place = ["mobile", "fixed"].index(system)
    unknown = ["UNKNOWN", "ACCEPTED"] if system == "mobile" else ["ACCEPTED", "UNKNOWN"]
    assert statuses(first) == unknown * 2
    assert payload(first)["outcome"] == "PARTIAL"

    quick.sandbox.clock.advance(6)
    due = [accepted(line, lines) for line in lines]
    eventually(lambda: payload(cease(quick, lines))["results"] == due, f"{place} is not settled")
    assert len(quick.sandbox.deeds) == len(lines)


def test_what_was_lost_is_settled_as_not_done_and_may_be_tried_again(quick: House) -> None:
    lines = both(quick)
    strike(quick, "fixed", "SubmitLineCease", Quirk.NO_ANSWER)
    assert statuses(cease(quick, lines)) == ["ACCEPTED", "UNKNOWN"] * 2
    quick.sandbox.faults.clear()

    quick.sandbox.clock.advance(BELIEVED_S + 1)
    eventually(lambda: statuses(cease(quick, lines)) == ["ACCEPTED"] * 4, "it can't be tried again")
    assert len(quick.sandbox.deeds) == len(lines)


def test_a_line_that_spoils_an_order_is_refused_alone(bff: House) -> None:
    """Ceased in the meantime elsewhere: the network refuses the whole order, which is then sent in halves."""
    lines = active(mobile_lines(who(bff), "all"))[:5]
    strike(bff, "mobile", "POST /productOrder", Quirk.LATE_READS, seconds=3600)
    cease(bff, [lines[3]], "key-0")
    bff.sandbox.faults.clear()
    answer = cease(bff, lines)
    assert codes(answer) == [None, None, None, "NOT_ELIGIBLE", None]
    assert answer.calls[ORDERED] == 5, "the whole, its halves, and the halves of the second"
    assert len(bff.sandbox.deeds) == len(lines)
    assert statuses(cease(bff, lines)) == statuses(answer), "and what was done in parts is told as such"


# --- what is written down ---------------------------------------------------------------------------------------------


def written(told: list[EventDict]) -> list[tuple[str, str | None]]:
    return [(event["outcome"], event["why"]) for event in told if event["event"] == "change"]


def test_who_tries_lines_of_others_is_written_down(bff: House, told: list[EventDict]) -> None:
    stranger = next(each for each in bff.sandbox.world.companies if each.mobile_lines and each != who(bff).company)
    theirs = id_of(stranger.mobile_lines[0], stranger)

    assert codes(ask(bff, CEASE, [theirs], "key-1")) == ["NOT_FOUND"]
    assert written(told) == [("REFUSED", "NOT_FOUND")]


def test_what_is_wrong_with_a_whole_list_is_written_down(bff: House, told: list[EventDict]) -> None:
    assert payload(ask(bff, CEASE, [], "key-1"))["userErrors"] != []
    assert written(told) == [("REFUSED", "INVALID")]


def test_a_key_that_was_used_for_other_lines_is_written_down(bff: House, told: list[EventDict]) -> None:
    one, other, *_ = active(mobile_lines(who(bff), "all"))
    cease(bff, [one])
    cease(bff, [other])

    assert written(told) == [("ACCEPTED", None), ("REFUSED", "IDEMPOTENCY_MISMATCH")]


def test_what_could_not_be_judged_is_written_down(bff: House, told: list[EventDict]) -> None:
    bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="fixed", operation="FindLinesById"))
    [line, *_] = active(fixed_lines(who(bff), "all"))
    cease(bff, [line])

    assert [(outcome, bool(why)) for outcome, why in written(told)] == [("REFUSED", True)]
