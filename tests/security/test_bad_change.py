"""Every field of every input of every mutation, struck by values that make no sense.

Nothing is INTERNAL, whatever comes. What is refused does nothing, and is told at its field, in the language asked for,
without what was given; nor do the logs have it.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type
from structlog.typing import EventDict

from bff.domain.error_code import ErrorCode
from bff.http.negotiation import GRAPHQL_JSON
from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys import billed, ceased, served
from tests.journeys.acting import Acting, acting, mobile_lines
from tests.journeys.case import CASES
from tests.journeys.ident import id_of
from tests.security.strikes import MARK, Raw, Strike, good_input, ids_for, strikes
from tests.security.walk import schema

ANSWER_MAX = 64_000
REQUEST_ERRORS = {"VALIDATION_FAILED", "BAD_REQUEST"}
FIELD_ERRORS = {"BAD_REQUEST", "BAD_DATA"}
"""A filter that is too long; a line of which its system tells nothing."""
FREE = {
    *("idempotencyKey", "text", "note", "policeReport", "reference", "search"),
    *("street", "town", "holder", "firstName", "lastName"),
}
"""Fields of words, where odd ones may be taken once what can't be seen or written is left out."""
FINE = {
    "null",
    "empty",
    "blanks",
    "nothing",
    "negative nothing",
    "twice the same",
    "101 of the same",
    "1000 of the same",
}
"""What may be taken in other fields: leaving one out, no rows, naught, the same again."""
BESIDE: Mapping[str, Collection[str]] = {
    "linesCeaseRevoke": {"WRONG_STATE"},
    "registeredOfficeChange": {"IN_PROGRESS"},
    "invoicesPay": {"IN_PROGRESS"},
    "otherInvoicePay": {"IN_PROGRESS"},
    "simChange": {"INVALID"},
    "registrationVerify": {"EXPIRED"},
    "registrationPerson": {"EXPIRED"},
    "registrationAccount": {"EXPIRED"},
    "registrationComplete": {"REQUIRED"},
}
"""By mutation, what else refuses an input whose struck field is fine: the thing's state, the other field, the token."""
TO_MONDAY_S = 172_800
"""Until somebody answers in the chat."""


def _blocked(who: Acting) -> Any:
    line = next(each for each in mobile_lines(who, "all") if each.sim is not None and each.sim.blocked)
    return {"lineId": id_of(line, who.company), "idempotencyKey": "k"}


def _active(who: Acting) -> Any:
    lines = ceased.active(mobile_lines(who, "all"))[-2:]
    return {"lineIds": [id_of(each, who.company) for each in lines], "idempotencyKey": "k"}


def _ivr(who: Acting) -> Any:
    return good_input(billed.IVR, {"id": id_of(billed.one_of_many(who), who.company), "enabled": True, "key": "k"})


def _black_list(who: Acting) -> Any:
    line = served.served_line(mobile_lines(who, "all"))
    return good_input(served.BLACK_LIST, {"id": id_of(line, who.company), "key": "k", "senders": ["48000"]})


_PERSON = {"firstName": "Zeno", "lastName": "Nessuno", "taxCode": "NSSZNE80A01F205M", "companyTaxCode": "00488410010"}
_STEP = {"registrationToken": "A" * 43}
_FILTER = {"states": ["REGISTERED"], "profiles": ["ADMIN_FULL"], "search": "a"}
_OTHERS: Mapping[str, Callable[[Acting], Any]] = {
    "simUnblock": _blocked,
    "linesCeaseRevoke": _active,
    "ivrSet": _ivr,
    "premiumBlackListSet": _black_list,
    "usersExport": lambda _who: {"filter": _FILTER},
    "registrationStart": lambda _who: {"mobileNumber": "+393331234567"},
    "registrationVerify": lambda _who: {**_STEP, "code": "123456"},
    "registrationPerson": lambda _who: {**_STEP, **_PERSON},
    "registrationAccount": lambda _who: {**_STEP, "email": "someone@example.it", "username": "some.one"},
    "registrationComplete": lambda _who: {**_STEP, "consents": [{"code": "TERMS", "given": True}]},
}
"""Inputs of mutations that no cell of the matrix plays, or not with all fields."""


@cache
def functions() -> Mapping[str, str]:
    """Give the function of each mutation that guards it, the first of several."""
    sdl = Path("schema.graphql").read_text(encoding="utf-8")
    [fields] = re.findall(r"^type Mutation \{$(.*?)^\}$", sdl, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r'^  (\w+)\(.*?@(?:profiles|public)\(function: "([^"]+)"', fields, re.MULTILINE | re.DOTALL))


def good(mutation: str, who: Acting) -> Any:
    if mutation in _OTHERS:
        return _OTHERS[mutation](who)
    case = CASES[functions()[mutation]]
    return good_input(case.query, case.asks(who, "all")[0].variables)


def _strikes(sandbox: Sandbox, mutation: str) -> Iterator[Strike]:
    who = acting(sandbox.world, "legal")
    stranger = next(each for each in sandbox.world.companies if each.tax_code != who.company.tax_code)
    return strikes(mutation, good(mutation, who), ids_for(who.company, stranger))


# --- sending ----------------------------------------------------------------------------------------------------------

_NUMBERS = count()


def _query(mutation: str) -> str:
    """Ask for all that a payload tells of what went wrong."""
    root = schema().mutation_type
    assert root is not None
    payload = get_named_type(root.fields[mutation].type)
    assert isinstance(payload, GraphQLObjectType)
    errors = "userErrors { code message field }"
    told = f"outcome results {{ status {errors} }}" if "results" in payload.fields else "status"
    of = get_named_type(root.fields[mutation].args["input"].type)
    return f"mutation ($input: {of}!) {{ {mutation}(input: $input) {{ {told} {errors} }} }}"


def _json(value: Any) -> str:
    """Write JSON, with the raw parts as they stand."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_json(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value)


def _under_new_key(strike: Strike) -> Any:
    """Give the input of a strike under a key that was never used, where it is not the key that is struck."""
    if strike.field == "idempotencyKey" or "idempotencyKey" not in strike.input:
        return strike.input
    return {**strike.input, "idempotencyKey": f"strike-{next(_NUMBERS)}"}


def sent(opened: House, mutation: str, strike: Strike, language: str) -> httpx.Response:
    body = f'{{"query":{json.dumps(_query(mutation))},"variables":{{"input":{_json(_under_new_key(strike))}}}}}'
    headers = {"content-type": "application/json", "accept": GRAPHQL_JSON, "accept-language": language}
    if not mutation.startswith("registration"):
        headers["authorization"] = f"Bearer {opened.sandbox.token('legal')}"
    return opened.client.post("/graphql", content=body.encode(), headers=headers)


# --- what must hold ---------------------------------------------------------------------------------------------------


def written(sandbox: Sandbox) -> tuple[int, int, int]:
    return len(sandbox.deeds), len(list(sandbox.sessions)), len(sandbox.mailbox.messages())


def _user_errors(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*payload["userErrors"], *(error for each in payload.get("results", ()) for error in each["userErrors"])]


def _leads_somewhere(mutation: str, field: Sequence[str]) -> bool:
    """Tell whether a path is one of the input: names of fields, places in lists; of a consent its code."""
    root = schema().mutation_type
    assert root is not None
    at: Any = root.fields[mutation].args["input"].type
    for step in field:
        at = at.of_type if isinstance(at, GraphQLNonNull) else at
        if isinstance(at, GraphQLList):
            if not (step.isdigit() or step.isupper()):
                return False
            at = at.of_type
        elif isinstance(at, GraphQLInputObjectType) and step in at.fields:
            at = at.fields[step].type
        else:
            return False
    return True


def _is_about(strike: Strike, error: Mapping[str, Any]) -> bool:
    """Tell whether a user error is of the field that was struck, or of what it is in, or what is in it."""
    field = tuple(error["field"] or ())
    return bool(field) and (field[: len(strike.path)] == strike.path or strike.path[: len(field)] == field)


def _check_payload(mutation: str, strike: Strike, payload: Mapping[str, Any], *, wrote: bool) -> None:
    errors = _user_errors(payload)
    for error in errors:
        assert error["code"] in ErrorCode.__members__
        assert error["message"]
        assert error["field"] is None or _leads_somewhere(mutation, error["field"])
    if payload.get("status", payload.get("outcome")) in {"REJECTED", "FAILURE"}:
        assert not wrote
        assert any(_is_about(strike, error) or error["code"] in BESIDE.get(mutation, ()) for error in errors)
    elif payload.get("outcome") != "PARTIAL":
        assert strike.field in FREE or strike.what in FINE


def _check(mutation: str, strike: Strike, response: httpx.Response, *, wrote: bool) -> list[str]:
    """Hold an answer against all that must be true of it; give the messages for the customer."""
    assert MARK not in response.text
    assert len(response.content) <= ANSWER_MAX
    answer = response.json()
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert all(error["message"] for error in answer.get("errors", ()))
    if response.status_code != httpx.codes.OK:
        assert response.status_code in {400, 413}
        assert (codes <= REQUEST_ERRORS, "data" in answer, wrote) == (True, False, False)
        return []
    if codes:
        assert (codes <= FIELD_ERRORS, answer["data"], wrote) == (True, {mutation: None}, False)
        return []
    _check_payload(mutation, strike, answer["data"][mutation], wrote=wrote)
    return [error["message"] for error in _user_errors(answer["data"][mutation])]


@pytest.fixture(scope="module")
def patient(sandbox_of_session: Sandbox) -> Iterator[House]:
    """Give a BFF that lets people do everything often."""
    counted = ("call_backs", "other_invoices", "support_mails", "email_changes", "chats")
    often: Any = {f"{each}_per_day": "1000" for each in counted}
    with house(sandbox_of_session, registration_calls_max="1000000", otp_sends_max="100", **often) as opened:
        yield opened


@pytest.mark.parametrize("mutation", functions())
def test_what_makes_no_sense_is_told_at_its_field_and_does_nothing(
    sandbox: Sandbox, patient: House, told: list[EventDict], mutation: str
) -> None:
    if mutation == "chatOpen":
        sandbox.clock.advance(TO_MONDAY_S)
    for strike in _strikes(sandbox, mutation):
        messages = []
        for language in ("it", "en"):
            before = written(sandbox)
            response = sent(patient, mutation, strike, language)
            wrote = written(sandbox) != before

            try:
                messages.append(_check(mutation, strike, response, wrote=wrote))
                assert not any(MARK in str(event) or event["log_level"] == "error" for event in told)
            except AssertionError as error:
                error.add_note(f"{'.'.join(strike.path)}, {strike.what}, {language}: {response.text[:1_000]}")
                raise
            if wrote:
                sandbox.deeds.clear()
                sandbox.sessions.clear()
        it, en = messages
        assert not set(it) & set(en), (strike.path, strike.what)


def test_every_field_of_every_input_is_struck(sandbox: Sandbox) -> None:
    root = schema().mutation_type
    assert root is not None
    struck = {(each.owner, each.field) for mutation in root.fields for each in _strikes(sandbox, mutation)}

    waiting = [get_named_type(field.args["input"].type) for field in root.fields.values()]
    inputs: dict[str, GraphQLInputObjectType] = {}
    while waiting:
        named = waiting.pop()
        if isinstance(named, GraphQLInputObjectType) and named.name not in inputs:
            inputs[named.name] = named
            waiting += [get_named_type(field.type) for field in named.fields.values()]
    every = {(named.name, field) for named in inputs.values() for field in named.fields}
    assert functions().keys() == root.fields.keys()
    assert {each for each in struck if each[0] is not None} == every
