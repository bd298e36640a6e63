"""One way to act, by the block of a SIM: once under a key, refused with a reason, and settled when nobody knows."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from structlog.typing import EventDict

from bff.acts import BELIEVED_S, LEASE_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import HOST, Answer, House, house
from tests.journeys.acting import acting, mobile_lines
from tests.journeys.changed import FIXED_PAPERLESS, PAPERLESS, fixed_paperless, unblocked
from tests.journeys.ident import id_of
from tests.waiting import eventually

BLOCK = """mutation ($id: ID!, $key: ID!, $reason: SimBlockReason!) {
  simBlock(input: { lineId: $id, reason: $reason, idempotencyKey: $key }) {
    status userErrors { code message field } request { state } line { state }
  }
}"""
UNBLOCK = """mutation ($id: ID!, $key: ID!) {
  simUnblock(input: { lineId: $id, idempotencyKey: $key }) { status userErrors { code } line { state } }
}"""
POST = "POST /serviceOrder"
ORDERED = f"mobile {POST}"
SET = "PATCH /billingAccount/{id}"
ACCEPTED = {"status": "ACCEPTED", "userErrors": [], "request": {"state": "DONE"}, "line": {"state": "BLOCKED"}}
DONE = ACCEPTED | {"status": "DONE"}
"""When it was asked about afterwards, the order was completed."""


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


def block(bff: House, key: str = "key-1", *, reason: str = "LOST", language: str = "it") -> Answer:
    return bff.ask("legal", BLOCK, asked(bff, key) | {"reason": reason}, headers={"accept-language": language})


def unblock(bff: House, key: str) -> Answer:
    return bff.ask("legal", UNBLOCK, asked(bff, key))


def asked(bff: House, key: str) -> dict[str, str]:
    who = acting(bff.sandbox.world, "legal")
    return {"id": id_of(unblocked(mobile_lines(who, "all")), who.company), "key": key}


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def strike(bff: House, quirk: Quirk, operation: str = POST, **told: Any) -> None:
    bff.sandbox.faults.set(Rule(quirk=quirk, system="mobile", operation=operation, parameters=Parameters(**told)))


# --- once -------------------------------------------------------------------------------------------------------------


def test_a_sim_is_blocked_and_released_and_the_answers_show_it(bff: House) -> None:
    assert payload(block(bff)) == ACCEPTED
    assert payload(unblock(bff, "key-2")) == {"status": "ACCEPTED", "userErrors": [], "line": {"state": "ACTIVE"}}
    assert [deed.value for deed in bff.sandbox.deeds] == [True, False]


def test_the_same_key_with_the_same_input_gives_the_same_answer_and_does_nothing(bff: House) -> None:
    first, again = block(bff), block(bff)

    assert payload(again) == payload(first) == ACCEPTED
    assert (first.calls[ORDERED], again.calls[ORDERED]) == (1, 0)
    assert len(bff.sandbox.deeds) == 1


def test_the_same_key_with_other_input_is_a_mistake_of_the_program(bff: House) -> None:
    block(bff)
    answer = block(bff, reason="STOLEN")

    assert (answer.data, answer.codes) == ({"simBlock": None}, [("IDEMPOTENCY_MISMATCH", "simBlock")])
    assert answer.calls == Counter()


def test_of_many_sent_at_once_one_is_done_and_the_others_are_told_that_it_is_under_way(bff: House) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: block(bff), range(60)))

    codes = Counter(answer.codes[0][0] if answer.errors else answer.data["simBlock"]["status"] for answer in answers)
    assert set(codes) <= {"ACCEPTED", "IN_PROGRESS"}
    assert len(bff.sandbox.deeds) == 1
    assert sum(answer.calls[ORDERED] for answer in answers) == 1


@pytest.mark.parametrize(
    ("language", "message"), [("it", "La SIM è già bloccata."), ("en", "The SIM is already blocked.")]
)
def test_what_the_button_refuses_the_mutation_refuses_in_the_language_of_who_asks(
    bff: House, language: str, message: str
) -> None:
    block(bff)
    told = payload(block(bff, "key-2", language=language))

    assert told["status"] == "REJECTED"
    assert told["userErrors"] == [{"code": "WRONG_STATE", "message": message, "field": ["lineId"]}]
    assert len(bff.sandbox.deeds) == 1


def test_what_was_refused_may_be_asked_for_again_under_its_key(bff: House) -> None:
    block(bff)
    assert payload(block(bff, "key-2"))["status"] == "REJECTED"
    unblock(bff, "key-3")

    assert payload(block(bff, "key-2")) == ACCEPTED


def test_a_key_that_is_none_is_refused_without_a_call(bff: House) -> None:
    for key in ("", "x" * 129):
        answer = block(bff, key)
        assert payload(answer)["userErrors"][0]["field"] == ["idempotencyKey"]
        assert answer.calls[ORDERED] == 0


def test_the_line_is_judged_as_it_is_and_not_as_it_was_remembered(bff: House) -> None:
    who = acting(bff.sandbox.world, "legal")
    line = unblocked(mobile_lines(who, "all"))
    shown = "query ($id: ID!) { line(id: $id) { state } }"
    assert bff.ask("legal", shown, {"id": id_of(line, who.company)}).data == {"line": {"state": "ACTIVE"}}
    with house(bff.sandbox) as other:  # with caches of its own: as if it were another channel
        block(other)

    assert payload(block(bff, "key-2"))["userErrors"][0]["code"] == "WRONG_STATE"


# --- fresh sign-in ----------------------------------------------------------------------------------------------------

EXPORT = "mutation { usersExport(input: {}) { status } }"


@pytest.mark.parametrize("ago_s", [301, None])
def test_a_sign_in_that_is_not_fresh_is_told_how_fresh_it_must_be_and_nothing_is_done(
    bff: House, told: list[EventDict], ago_s: int | None
) -> None:
    signed_in = None if ago_s is None else int(bff.sandbox.clock.now().timestamp()) - ago_s
    token = bff.sandbox.token("legal", auth_time=signed_in)
    answer = bff.ask("legal", EXPORT, headers={"authorization": f"Bearer {token}"})

    assert (answer.status, answer.data, answer.codes) == (401, None, [("STEP_UP_REQUIRED", "usersExport")])
    assert answer.response.headers["www-authenticate"] == (
        'Bearer error="insufficient_user_authentication", error_description="A more recent sign-in is needed",'
        ' max_age="300"'
    )
    [line] = [event for event in told if event["event"] == "change_refused"]
    assert (line["why"], line["mutations"]) == ("STEP_UP_REQUIRED", ["usersExport"])


def test_a_sign_in_of_a_moment_ago_is_fresh_and_what_needs_none_asks_for_none(bff: House) -> None:
    now_s = int(bff.sandbox.clock.now().timestamp())
    for ago_s, query in ((290, EXPORT), (3000, "mutation { documentLinkCreate(input: { documentId: 1 }) { status } }")):
        token = bff.sandbox.token("legal", auth_time=now_s - ago_s)
        assert bff.ask("legal", query, headers={"authorization": f"Bearer {token}"}).status == 200


def test_an_operation_has_one_change_that_needs_a_fresh_sign_in(bff: House) -> None:
    twice = "mutation { first: usersExport(input: {}) { status } second: usersExport(input: {}) { status } }"
    answer = bff.ask("legal", twice)

    assert (answer.status, answer.data, answer.errors[0]["extensions"]["code"]) == (400, None, "VALIDATION_FAILED")
    assert "One change that needs a fresh sign-in" in answer.errors[0]["message"]


def test_nothing_is_done_that_can_not_be_remembered(sandbox: Sandbox) -> None:
    with house(sandbox, state_redis_url="redis://127.0.0.1:1", redis_timeout_s="0.1") as opened:
        answer = block(opened)

    assert (answer.data, answer.codes) == ({"simBlock": None}, [("UNAVAILABLE", "simBlock")])
    assert answer.calls[ORDERED] == 0


# --- bad days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_what_was_taken_and_not_answered_is_known_or_settled_and_never_done_twice(quick: House, mode: Any) -> None:
    strike(quick, Quirk.TAKEN_UNANSWERED, mode=mode)
    first = payload(block(quick))
    quick.sandbox.faults.clear()

    assert first["status"] == ("UNKNOWN" if mode == "silent" else "DONE")  # a reset is asked about at once
    quick.sandbox.clock.advance(6)
    eventually(lambda: payload(block(quick)) == DONE, "it is not settled")
    assert len(quick.sandbox.deeds) == 1


def test_what_was_lost_is_settled_as_not_done_once_the_system_is_believed_and_may_be_tried_again(quick: House) -> None:
    strike(quick, Quirk.NO_ANSWER)
    assert payload(block(quick))["status"] == "UNKNOWN"
    quick.sandbox.faults.clear()
    quick.sandbox.clock.advance(LEASE_S)
    assert payload(block(quick))["status"] == "UNKNOWN"
    assert len(quick.sandbox.deeds) == 0

    quick.sandbox.clock.advance(BELIEVED_S)
    eventually(lambda: payload(block(quick)) == ACCEPTED, "it can't be tried again")
    assert len(quick.sandbox.deeds) == 1


@pytest.mark.parametrize("quirk", [Quirk.HTTP_ERROR, Quirk.ERROR_FAULT_500, Quirk.HTML_INSTEAD, Quirk.TRUNCATED])
def test_an_answer_that_tells_nothing_is_no_reason_to_send_it_again(quick: House, quirk: Quirk) -> None:
    strike(quick, quirk)
    answer = block(quick)

    assert payload(answer)["status"] == ("DONE" if quirk is Quirk.TRUNCATED else "UNKNOWN")
    assert answer.calls[ORDERED] == 1


def test_what_surely_was_not_sent_is_an_error_and_may_be_sent_again(quick: House) -> None:
    urls = quick.sandbox.urls
    with house(quick.sandbox, mobile_url="http://127.0.0.1:1") as cut:
        answer = cut.ask("legal", BLOCK, asked(cut, "key-1") | {"reason": "LOST"})
    assert answer.codes[0][0] == "UNAVAILABLE"
    assert urls.mobile
    assert payload(block(quick)) == ACCEPTED


def test_reads_that_lag_are_not_remembered(quick: House) -> None:
    strike(quick, Quirk.LATE_READS, seconds=20)
    assert payload(block(quick)) == ACCEPTED | {"line": {"state": "ACTIVE"}, "request": None}

    quick.sandbox.clock.advance(21)
    eventually(lambda: state(quick) == "BLOCKED", "the cache shows what was")


def state(bff: House) -> str:
    query, variables = "query ($id: ID!) { line(id: $id) { state } }", {"id": asked(bff, "")["id"]}
    return str(bff.ask("legal", query, variables).data["line"]["state"])


def test_what_is_accepted_and_refused_later_is_told_by_its_request(quick: House) -> None:
    strike(quick, Quirk.REFUSED_LATER, seconds=30)
    assert payload(block(quick))["request"] == {"state": "RECEIVED"}

    quick.sandbox.clock.advance(31)
    assert payload(block(quick)) == ACCEPTED | {"request": {"state": "REJECTED"}, "line": {"state": "ACTIVE"}}


# --- nobody waits -----------------------------------------------------------------------------------------------------


def test_a_request_whose_time_is_over_is_told_that_it_is_being_verified_and_the_change_goes_on(
    sandbox: Sandbox,
) -> None:
    with house(sandbox, request_deadline_s="1.2", backend_timeout_s="1.2", connect_timeout_s="0.3") as hasty:
        assert state(hasty) == "ACTIVE"  # what is read before is in the cache
        strike(hasty, Quirk.SLOW_TAIL, seconds=1.1)
        assert payload(block(hasty))["status"] == "UNKNOWN"
        sandbox.faults.clear()

        eventually(lambda: block(hasty).data == {"simBlock": ACCEPTED}, "it does not go on")
        assert len(sandbox.deeds) == 1


def test_a_client_that_goes_away_ends_no_change(bff: House) -> None:
    strike(bff, Quirk.SLOW_TAIL, seconds=0.5)
    body = {"query": BLOCK, "variables": asked(bff, "key-1") | {"reason": "LOST"}}
    headers = {"authorization": f"Bearer {bff.sandbox.token('legal')}"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{bff.url}/graphql", json=body, headers=headers, timeout=0.3)

    eventually(lambda: len(bff.sandbox.deeds) == 1, "it was ended")
    bff.sandbox.faults.clear()
    eventually(lambda: block(bff).data == {"simBlock": ACCEPTED}, "it was not noted")
    assert len(bff.sandbox.deeds) == 1


# --- a value that is set ----------------------------------------------------------------------------------------------


def set_paperless(bff: House, key: str, *, paperless: bool) -> Answer:
    who = acting(bff.sandbox.world, "legal")
    contract = next(each for each in who.company.agreements if each.state == "active")
    variables = {"id": id_of(contract, who.company), "key": key, "paperless": paperless}
    query = PAPERLESS.replace("$key: ID!", "$key: ID!, $paperless: Boolean!").replace(
        "paperless: true", "paperless: $paperless"
    )
    return bff.ask("legal", query, variables)


def test_a_value_is_set_and_set_back_and_the_answers_show_it(bff: House) -> None:
    for key, wanted in (("key-1", True), ("key-2", False), ("key-3", True)):
        told = payload(set_paperless(bff, key, paperless=wanted))
        assert told["status"] == "DONE"
        assert told["contract"]["billing"] == {"paperless": wanted}
    assert payload(set_paperless(bff, "key-2", paperless=False))["contract"]["billing"] == {"paperless": True}, (
        "a replay sets nothing, and shows what is true now"
    )
    assert [deed.value for deed in bff.sandbox.deeds] == [True, False, True]


def test_a_value_that_was_set_without_an_answer_is_read_back(quick: House) -> None:
    strike(quick, Quirk.TAKEN_UNANSWERED, SET, mode="reset")
    answer = set_paperless(quick, "key-1", paperless=True)

    assert payload(answer)["status"] == "DONE"
    assert answer.calls[f"mobile {SET}"] == 1


def test_a_value_that_is_not_there_when_it_is_read_back_is_set_once_more(quick: House) -> None:
    first = Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation=SET, times=1)
    quick.sandbox.faults.set(first)
    payload(set_paperless(quick, "key-0", paperless=False))
    quick.sandbox.faults.set(first)
    answer = set_paperless(quick, "key-1", paperless=True)

    assert payload(answer)["status"] == "DONE"
    assert answer.calls[f"mobile {SET}"] == 2


@pytest.mark.parametrize(
    ("quirk", "told", "calls"),
    [
        (Quirk.CLOCK_SKEW, {}, 2),  # refused for its signature, which is made anew
        (Quirk.TAKEN_UNANSWERED, {"mode": "reset"}, 1),
        (Quirk.HTTP_ERROR, {}, 2),
        (Quirk.ERROR_CODE_IN_ANSWER, {}, 2),
    ],
)
def test_a_value_of_the_fixed_network_is_set_on_a_bad_day(
    bff: House, quirk: Quirk, told: dict[str, Any], calls: int
) -> None:
    times = None if quirk is Quirk.CLOCK_SKEW else 1
    rule = Rule(quirk=quirk, system="fixed", operation="SetPaperless", times=times, parameters=Parameters(**told))
    who = acting(bff.sandbox.world, "legal")
    [(variables, due)] = fixed_paperless(who, "all")
    bff.sandbox.faults.set(rule)
    answer = bff.ask("legal", FIXED_PAPERLESS, variables)

    assert (answer.errors, answer.data) == ([], due)
    assert answer.calls["fixed SetPaperless"] == calls
    assert len(bff.sandbox.deeds) == 1


def test_the_fixed_network_is_told_who_asks_and_under_which_request_id(bff: House, told: list[EventDict]) -> None:
    who = acting(bff.sandbox.world, "legal")
    [(variables, _)] = fixed_paperless(who, "all")
    bff.ask("legal", FIXED_PAPERLESS, variables)

    [line] = [event for event in told if event.get("audit")]
    assert line["change"] == next(iter(bff.sandbox.deeds)).request_id


# --- what is written down ---------------------------------------------------------------------------------------------


def test_every_change_leaves_a_line_in_the_audit_log_with_ids_only(bff: House, told: list[EventDict]) -> None:
    block(bff)
    block(bff)
    block(bff, "key-2")

    block(bff, reason="STOLEN")
    strike(bff, Quirk.HTTP_ERROR, "GET /product")
    block(bff, "key-3")

    lines = [event for event in told if event.get("audit")]
    assert [(line["event"], line["mutation"], line["outcome"], line["why"]) for line in lines] == [
        ("change", "simBlock", "ACCEPTED", None),
        ("change", "simBlock", "REPLAYED", None),
        ("change", "simBlock", "REFUSED", "WRONG_STATE"),
        ("change", "simBlock", "REFUSED", "IDEMPOTENCY_MISMATCH"),
        ("change", "simBlock", "FAILED", "UNAVAILABLE"),
    ]
    assert {line["address"] for line in lines} == {HOST}
    who = acting(bff.sandbox.world, "legal")
    assert {line["person"] for line in lines} == {who.user.id}
    assert who.company.tax_code not in str(lines)
    assert lines[0]["change"] == lines[1]["change"] == next(iter(bff.sandbox.deeds)).request_id
