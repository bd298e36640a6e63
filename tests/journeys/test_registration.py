"""Registration, step by step, by people whom nobody has let in: what comes back tells nothing of what exists."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import redis
from structlog.typing import EventDict

from bff.state.switches import KEY
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world import outsider
from sandbox.world.model import Person
from tests.house import Answer, House, house
from tests.journeys.acting import PERSONAS, matrix
from tests.waiting import eventually

NUMBER = "+393331234567"
SHOWN = "status userErrors { code message field } registration { registrationToken nextStep resendAfterSeconds }"
START = f"mutation ($number: String!) {{ registrationStart(input: {{ mobileNumber: $number }}) {{ {SHOWN} }} }}"
VERIFY = (
    "mutation ($token: String!, $code: String!) {"
    f" registrationVerify(input: {{ registrationToken: $token, code: $code }}) {{ {SHOWN} }} }}"
)
PERSON = (
    "mutation ($token: String!, $first: String!, $last: String!, $code: String!, $company: String) {"
    " registrationPerson(input: { registrationToken: $token, firstName: $first, lastName: $last, taxCode: $code,"
    f" companyTaxCode: $company }}) {{ {SHOWN} }} }}"
)
ACCOUNT = (
    "mutation ($token: String!, $email: String!, $username: String!) {"
    f" registrationAccount(input: {{ registrationToken: $token, email: $email, username: $username }}) {{ {SHOWN} }} }}"
)
COMPLETING = (
    "mutation ($token: String!, $consents: [ConsentInput!]!) {"
    " registrationComplete(input: { registrationToken: $token, consents: $consents }) {"
    f" {SHOWN} link {{ url reason }} }} }}"
)
CONSENTS: list[dict[str, Any]] = [{"code": code, "given": True} for code in ("TERMS", "PRIVACY")]
CONSENTS += [{"code": code, "given": False} for code in ("MARKETING", "PROFILING")]
EMAIL, USERNAME = "someone@business.example", "some.one"
SMS = "POST /communicationMessage"


@pytest.fixture
def timed(sandbox: Sandbox) -> Any:
    """Give a BFF whose time is the sandbox's."""
    with house(sandbox) as opened:
        yield opened


def start(bff: House, number: str = NUMBER, *, language: str = "it") -> Answer:
    return bff.ask(None, START, {"number": number}, headers={"accept-language": language})


def verify(bff: House, token: str, code: str) -> Answer:
    return bff.ask(None, VERIFY, {"token": token, "code": code})


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def token(answer: Answer) -> str:
    told = payload(answer)
    assert told["status"] == "DONE", told
    return str(told["registration"]["registrationToken"])


def verified(bff: House, number: str = NUMBER) -> str:
    """Give the token of who has confirmed their number."""
    return token(verify(bff, token(start(bff, number)), code_sent(bff.sandbox, number)))


def person(bff: House, step: str, who: Person, company: str | None, **other: str) -> Answer:
    told = {"first": who.first_name, "last": who.last_name, "code": who.tax_code, "company": company}
    return bff.ask(None, PERSON, {"token": step, **told, **other})


def account(bff: House, step: str, email: str = EMAIL, username: str = USERNAME) -> Answer:
    return bff.ask(None, ACCOUNT, {"token": step, "email": email, "username": username})


def stranger(sandbox: Sandbox) -> Person:
    """Make somebody up whom no system knows."""
    owner = sandbox.world.companies[-1].representative
    return replace(owner, first_name="Zeno", last_name="Nessuno", tax_code="NSSZNE80A01F205M")


def letters(bff: House, to: str = EMAIL) -> list[str]:
    """Give the subjects of the letters that somebody got, newest first."""
    return [each.subject or "" for each in bff.sandbox.mailbox.messages(to=to)]


def code_sent(sandbox: Sandbox, number: str = NUMBER) -> str:
    found = re.search(r"\d{6}", sandbox.mailbox.messages(to=number)[0].text)
    assert found is not None
    return found[0]


def codes(answer: Answer) -> list[tuple[str, list[str] | None]]:
    told = payload(answer)
    assert (told["status"], told["registration"]) == ("REJECTED", None)
    return [(each["code"], each["field"]) for each in told["userErrors"]]


WRONG = [("CODE_WRONG", ["code"])]
GONE = [("EXPIRED", ["registrationToken"])]


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


# --- the code ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"), [("it", "è il codice per registrarti"), ("en", "is your code to register")]
)
def test_a_number_gets_a_code_in_the_language_asked_for_and_the_code_confirms_it(
    bff: House, language: str, words: str
) -> None:
    started = start(bff, " 333 123.4567", language=language)
    told = payload(started)
    assert (told["registration"]["nextStep"], told["registration"]["resendAfterSeconds"]) == ("VERIFY", 30)
    assert started.calls == {f"mobile {SMS}": 1}
    [sms] = bff.sandbox.mailbox.messages()
    assert (sms.channel, sms.to) == ("sms", NUMBER)
    assert words in sms.text

    verified = verify(bff, token(started), f" {code_sent(bff.sandbox)} ")
    assert payload(verified)["registration"]["nextStep"] == "PERSON"
    assert token(verified) != token(started)
    assert verified.calls == {}


def test_a_step_that_is_sent_again_gives_the_same_answer_and_another_input_is_a_mistake(bff: House) -> None:
    first = token(start(bff))
    code = code_sent(bff.sandbox)
    assert payload(verify(bff, first, code)) == payload(verify(bff, first, code))

    again = verify(bff, first, other(code))
    assert again.codes == [("IDEMPOTENCY_MISMATCH", "registrationVerify")]


@pytest.mark.parametrize("number", ["", "333", "02 1234567", "+44 7911 123456", "3331234567; DROP", "٣٣٣١٢٣٤٥٦٧"])
def test_what_is_no_mobile_number_is_told_and_nothing_is_sent(bff: House, number: str) -> None:
    answer = start(bff, number)
    assert codes(answer) == [("INVALID", ["mobileNumber"])]
    assert answer.calls == {}


def test_a_code_may_be_tried_five_times_and_then_the_right_one_is_wrong_too(bff: House) -> None:
    started = token(start(bff))
    code = code_sent(bff.sandbox)
    assert [codes(verify(bff, started, other(code))) for _ in range(5)] == [WRONG] * 5
    assert codes(verify(bff, started, code)) == WRONG


def test_the_tries_of_a_day_are_counted_by_number_whatever_the_code(timed: House) -> None:
    for _ in range(2):
        started = token(start(timed))
        for _ in range(5):
            verify(timed, started, other(code_sent(timed.sandbox)))
    timed.sandbox.clock.advance(700)
    started = token(start(timed))

    answer = verify(timed, started, code_sent(timed.sandbox))
    assert answer.codes == [("RATE_LIMITED", "registrationVerify")]
    assert answer.errors[0]["extensions"]["retryAfterSeconds"] > 80_000
    elsewhere = token(start(timed, "+393339999999"))
    assert token(verify(timed, elsewhere, code_sent(timed.sandbox, "+393339999999")))


@pytest.mark.redis
def test_tries_that_come_at_once_at_two_workers_are_five_all_the_same(sandbox: Sandbox, redis_url: str) -> None:
    with (
        house(sandbox, state_redis_url=redis_url, otp_checks_per_day="100") as one,
        house(sandbox, state_redis_url=redis_url, otp_checks_per_day="100") as two,
    ):
        started = token(start(one))
        code = code_sent(sandbox)
        wrong = [f"{(int(code) + each) % 10**6:06d}" for each in range(1, 25)]
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda place: verify((one, two)[place % 2], started, wrong[place]), range(24)))
        outcomes = [each.codes or codes(each) for each in told]
        assert {each[0][0] for each in outcomes} <= {"CODE_WRONG", "IN_PROGRESS"}
        for _ in range(5):
            codes(verify(two, started, other(code)))
        assert codes(verify(one, started, code)) == WRONG


@pytest.mark.redis
def test_sends_and_checks_of_a_day_are_counted_by_all_workers_together(sandbox: Sandbox, redis_url: str) -> None:
    with house(sandbox, state_redis_url=redis_url) as one, house(sandbox, state_redis_url=redis_url) as two:
        with ThreadPoolExecutor(8) as pool:
            sent = list(pool.map(lambda place: start((one, two)[place % 2]).codes, range(12)))
        assert [each for each in sent if not each] == [[]] * 5
        assert len(sandbox.mailbox.messages(to=NUMBER)) == 5


def test_a_code_ends_with_its_five_minutes(timed: House) -> None:
    started = token(start(timed))
    timed.sandbox.clock.advance(299)
    assert codes(verify(timed, started, other(code_sent(timed.sandbox)))) == WRONG
    timed.sandbox.clock.advance(2)
    assert codes(verify(timed, started, code_sent(timed.sandbox))) == GONE


def test_five_codes_are_sent_to_a_number_in_ten_minutes(bff: House) -> None:
    for _ in range(5):
        token(start(bff))
    answer = start(bff, "0039 3331234567")
    assert answer.codes == [("RATE_LIMITED", "registrationStart")]
    assert answer.errors[0]["extensions"]["retryAfterSeconds"] <= 600
    assert answer.calls == {}
    assert len(bff.sandbox.mailbox.messages(to=NUMBER)) == 5


def test_each_start_has_a_code_of_its_own(bff: House) -> None:
    first, code = token(start(bff)), code_sent(bff.sandbox)
    second = token(start(bff))
    assert codes(verify(bff, second, code)) == WRONG or code == code_sent(bff.sandbox)
    assert token(verify(bff, first, code))


def test_a_token_that_is_none_is_told_as_one_that_has_run_out(bff: House) -> None:
    good = token(start(bff))
    code = code_sent(bff.sandbox)
    later = token(verify(bff, good, code))
    for wrong in ("", "x", "é", "A" * 43, "A" * 5000, good[:-2] + "AA", good + "=", later, "../..", "null"):
        answer = verify(bff, wrong, code)
        assert codes(answer) == GONE, wrong
        assert answer.calls == {}


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16"])
def test_what_is_no_code_is_told_and_is_no_try(bff: House, wrong: str) -> None:
    started = token(start(bff))
    for _ in range(6):
        assert codes(verify(bff, started, wrong)) == [("INVALID", ["code"])]
    assert token(verify(bff, started, code_sent(bff.sandbox)))


# --- bad days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_a_code_that_may_be_on_its_way_can_be_used(bff: House, mode: Any) -> None:
    told = Parameters(mode=mode)
    rule = Rule(quirk=Quirk.TAKEN_UNANSWERED, system="mobile", operation=SMS, parameters=told)
    bff.sandbox.faults.set(rule)
    answer = payload(start(bff))
    bff.sandbox.faults.clear()

    assert answer["status"] == "UNKNOWN"
    assert token(verify(bff, answer["registration"]["registrationToken"], code_sent(bff.sandbox)))


def test_a_code_that_was_surely_not_sent_is_an_error(sandbox: Sandbox) -> None:
    with house(sandbox, mobile_url="http://127.0.0.1:1") as cut:
        answer = start(cut)
    assert answer.codes == [("UNAVAILABLE", "registrationStart")]


def test_what_can_not_be_kept_is_not_begun(sandbox: Sandbox) -> None:
    with house(sandbox, state_redis_url="redis://127.0.0.1:1", redis_timeout_s="0.1") as opened:
        answer = start(opened)
    assert answer.codes == [("UNAVAILABLE", "registrationStart")]
    assert answer.calls == {}


# --- who may ----------------------------------------------------------------------------------------------------------


def test_codes_are_not_tried_by_alias(bff: House) -> None:
    started = token(start(bff))
    one = f'registrationVerify(input: {{ registrationToken: "{started}", code: "000000" }}) {{ status }}'
    for twice in (f"mutation {{ a: {one} b: {one} }}", f"mutation {{ {one} simBlock(input: {{}}) {{ status }} }}"):
        assert bff.ask(None, twice).status in {400, 401}
        assert bff.ask("legal", twice).status == 400
    assert token(verify(bff, started, code_sent(bff.sandbox)))


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { profile } }",
        "{ viewer { profile } } # registrationStart",
        'mutation { registrationStart(input: { mobileNumber: "1" }) { status nothing } }',
        'mutation { ...f } fragment f on Mutation { registrationStart(input: { mobileNumber: "1" }) { status } }',
        'mutation { registrationStart(input: { mobileNumber: "1" }) { status } usersExport(input: {}) { status } }',
        "query registrationStart { __typename }",
        "{ registrationStart",
        "subscription { registrationStart }",
    ],
)
def test_whoever_is_not_signed_in_is_told_so_whatever_else_they_ask(bff: House, query: str) -> None:
    answer = bff.ask(None, query)
    assert (answer.status, answer.data, answer.codes) == (401, None, [("UNAUTHENTICATED", "")])


PUBLIC = {
    "registration.start": START,
    "registration.verify": VERIFY,
    "registration.person": PERSON,
    "registration.account": ACCOUNT,
    "registration.complete": COMPLETING,
}
"""By function; the whole way through is below."""


def test_the_public_rows_of_the_matrix_are_the_public_fields_of_the_schema() -> None:
    rows = {function for function, row in matrix().items() if "public" in row.values()}
    schema = Path("schema.graphql").read_text(encoding="utf-8")
    in_schema = set(re.findall(r'@public\(function: "([^"]+)"', schema))
    assert in_schema == set(PUBLIC) <= rows


@pytest.mark.parametrize("persona", [None, *PERSONAS])
@pytest.mark.parametrize("function", PUBLIC)
def test_whoever_asks_may_register_whatever_profile_they_have(bff: House, function: str, persona: str | None) -> None:
    """A cell of the matrix: what comes back is the same for all, and nobody's membership counts."""
    variables: dict[str, Any] = dict.fromkeys(re.findall(r"\$(\w+): String!", PUBLIC[function]), "none")
    variables["consents"] = []
    answer = bff.ask(persona, PUBLIC[function], variables)
    told = payload(answer)
    assert (told["status"], told["userErrors"] != [], told["registration"]) == ("REJECTED", True, None)
    assert set(answer.calls) <= {"directory GET /Users"}


def test_who_acts_for_several_companies_need_not_choose_one_to_register(bff: House) -> None:
    assert payload(bff.ask("double", START, {"number": "x"}))["status"] == "REJECTED"


@pytest.mark.redis
def test_what_an_operator_has_closed_is_closed_for_everybody(sandbox: Sandbox, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.hset(KEY, "registration.start", "")
    with house(sandbox, state_redis_url=redis_url, switch_period_s=0.02) as opened:
        eventually(lambda: start(opened).status != 200, "it is not closed")
        assert start(opened).codes == [("MAINTENANCE", "registrationStart")]


def test_a_token_that_is_sent_must_be_good(bff: House) -> None:
    answer = bff.ask(None, START, {"number": NUMBER}, headers={"authorization": "Bearer x"})
    assert (answer.status, answer.codes) == (401, [("UNAUTHENTICATED", "")])


def test_what_is_refused_is_in_the_audit_log_too(sandbox: Sandbox, told: list[EventDict]) -> None:
    with house(sandbox, registration_calls_max="2") as strict:
        start(strict, "x")
        verify(strict, "A" * 43, "123456")
        start(strict)
    lines = [(event["step"], event["outcome"]) for event in told if event.get("audit")]
    assert lines == [("start", "INVALID"), ("verify", "EXPIRED"), ("start", "RATE_LIMITED")]
    assert all(event["address"] == "127.0.0.1" for event in told if event.get("audit"))


def test_steps_are_counted_by_address(sandbox: Sandbox) -> None:
    with house(sandbox, registration_calls_max="3") as strict:
        assert [start(strict, "x").codes for _ in range(3)] == [[]] * 3
        assert start(strict, "x").codes == [("RATE_LIMITED", "registrationStart")]
        assert verify(strict, "x", "123456").codes == [("RATE_LIMITED", "registrationVerify")]


def test_who_calls_is_told_by_our_own_proxies_alone(sandbox: Sandbox) -> None:
    """Else whoever sends enough through a proxy of ours locks all others out, or counts as another each time."""

    def codes_of(bff: House, forwarded: str) -> list[str]:
        answer = bff.ask(None, START, {"number": "x"}, headers={"x-forwarded-for": forwarded})
        return [code for code, _ in answer.codes]

    with house(sandbox, registration_calls_max="1", trusted_proxies="127.0.0.0/8, 10.0.0.1") as behind:
        assert codes_of(behind, "198.51.100.1") == []
        assert codes_of(behind, "198.51.100.2, 10.0.0.1") == []
        assert codes_of(behind, "203.0.113.9, 198.51.100.1") == ["RATE_LIMITED"]
    with house(sandbox, registration_calls_max="1") as bare:
        assert codes_of(bare, "198.51.100.1") == []
        assert codes_of(bare, "198.51.100.2") == ["RATE_LIMITED"]


def test_points_are_counted_by_network(sandbox: Sandbox) -> None:
    with house(sandbox, limit_cost="100", limit_points_per_minute="100", trusted_proxies="127.0.0.1") as bff:
        outcomes = [
            bff.ask(None, START, {"number": "x"}, headers={"x-forwarded-for": f"2001:db8::{each}"}).codes
            for each in range(1, 30)
        ]
    assert outcomes[0] == []
    assert outcomes[-1] == [("RATE_LIMITED", "")]


def test_the_audit_log_has_a_line_for_each_step_with_ids_only(bff: House, told: list[EventDict]) -> None:
    started = token(start(bff))
    code = code_sent(bff.sandbox)
    verify(bff, started, other(code))
    verify(bff, started, code)

    lines = [event for event in told if event.get("audit")]
    steps = [(line["event"], line["step"], line["outcome"]) for line in lines]
    assert steps == [
        ("registration", "start", "DONE"),
        ("registration", "code", "CODE_WRONG"),
        ("registration", "verify", "CODE_WRONG"),
        ("registration", "verify", "DONE"),
    ]
    assert len({line["registration"] for line in lines} - {None}) == 1
    assert not any(secret in str(told) for secret in (NUMBER, code, started))


# --- who it is --------------------------------------------------------------------------------------------------------

ASKED = {
    "directory GET /Users": 1,
    "mobile GET /organization": 1,
    "mobile GET /customer": 1,
    "mobile GET /agreement": 1,
    "mobile GET /individual": 1,
    "fixed FindCustomersByTaxCode": 1,
}
LETTER = {"directory GET /Users": 1, "mail send": 1}
COMPLETE = "Conferma la tua e-mail"
REFUSED = "La registrazione non può essere completata"


def applicants(sandbox: Sandbox) -> dict[str, tuple[Person, str | None, str]]:
    """Give people of all kinds: who they are, for which company, and the letter that they are due."""
    world = sandbox.world
    small, neighbour = world.companies[0], world.companies[-1]
    pending = next(each for each in world.users if each.memberships[0].registration_state == "TO_REGISTER")
    registered = next(each for each in world.users if each.memberships[0].registration_state == "REGISTERED")
    nobody, owner = stranger(sandbox), neighbour.representative
    called_otherwise = replace(owner, first_name="Altro")
    return {
        "the owner of a customer": (neighbour.representative, neighbour.tax_code, COMPLETE),
        "somebody expected": (pending.person, pending.memberships[0].company_tax_code, COMPLETE),
        "somebody expected who names no company": (pending.person, None, COMPLETE),
        "a stranger": (nobody, neighbour.tax_code, REFUSED),
        "a stranger for a company that is none": (nobody, "00488410010", REFUSED),
        "a stranger who names no company": (nobody, None, REFUSED),
        "the owner of another company": (neighbour.representative, small.tax_code, REFUSED),
        "the owner by another name": (called_otherwise, neighbour.tax_code, REFUSED),
        "somebody who is registered": (registered.person, registered.memberships[0].company_tax_code, REFUSED),
    }


KINDS_DUE = {
    outsider.PARTLY: COMPLETE,
    outsider.LEFT_LATELY: COMPLETE,
    outsider.LARGE: REFUSED,
    outsider.FRAMEWORK: REFUSED,
    outsider.PROSPECT: REFUSED,
    outsider.LEFT_LONG_AGO: REFUSED,
    outsider.LEFT_MOBILE: REFUSED,
}


def test_only_a_small_customer_not_exclusively_under_a_framework_agreement_or_who_left_lately_comes_in(
    bff: House,
) -> None:
    answers, got = set(), {}
    for number, (kind, company) in enumerate(zip(outsider.KINDS, bff.sandbox.world.outsiders, strict=True)):
        email, mobile = f"a{number}@business.example", f"+3933312300{number:02d}"
        first = person(bff, verified(bff, mobile), company.representative, company.tax_code)
        second = account(bff, token(first), email, f"some.one.{number}")
        assert (first.calls, second.calls) == (ASKED, LETTER), kind
        answers.add((alike(first), alike(second)))
        [got[kind]] = letters(bff, email)
    assert len(answers) == 1
    assert got == KINDS_DUE


def test_the_largest_company_is_looked_up_by_no_more_calls(bff: House) -> None:
    big = max(bff.sandbox.world.companies, key=lambda each: len(each.mobile_lines))
    answer = person(bff, verified(bff), big.representative, big.tax_code)
    assert answer.calls == ASKED


def test_whoever_it_is_gets_the_same_answers_after_the_same_calls_and_only_a_letter_tells(bff: House) -> None:
    answers, got = set(), {}
    for number, (name, (who, company, _)) in enumerate(applicants(bff.sandbox).items()):
        email, mobile = f"a{number}@business.example", f"+3933312300{number:02d}"
        first = person(bff, verified(bff, mobile), who, company)
        second = account(bff, token(first), email, f"some.one.{number}")
        assert (first.calls, second.calls) == (ASKED, LETTER), name
        answers.add((alike(first), alike(second)))
        got[name] = letters(bff, email)
    assert len(answers) == 1
    assert got == {name: [letter] for name, (_, _, letter) in applicants(bff.sandbox).items()}


def alike(answer: Answer) -> str:
    """Give the bytes of an answer but for its token and its trace."""
    return re.sub(r'"registrationToken":"[^"]{43}"', "", answer.response.text)


def test_a_username_that_is_taken_is_told_to_nobody_but_by_letter(bff: House) -> None:
    owner, company = bff.sandbox.world.companies[-1].representative, bff.sandbox.world.companies[-1].tax_code
    step, taken = token(person(bff, verified(bff), owner, company)), bff.sandbox.world.users[0].username
    refused, free = account(bff, step, username=taken.upper()), account(bff, step, username="nobody.has.this")

    assert alike(refused) == alike(free)
    assert refused.calls == free.calls == LETTER
    assert letters(bff) == [COMPLETE, REFUSED]


def test_who_was_expected_may_keep_the_username_that_they_were_given(bff: House) -> None:
    pending = next(each for each in bff.sandbox.world.users if each.memberships[0].registration_state == "TO_REGISTER")
    kept = account(bff, token(person(bff, verified(bff), pending.person, None)), username=pending.username)
    assert kept.calls == LETTER
    assert letters(bff) == [COMPLETE]
    assert payload(complete(bff, links(bff)[0]))["status"] == "DONE"


def test_all_that_is_wrong_with_a_person_is_told_at_once_and_nothing_is_asked(bff: House) -> None:
    step, owner = verified(bff), bff.sandbox.world.companies[-1].representative
    answer = person(bff, step, owner, "00488410011", first="http://x.example", last="", code="RSSMRA80A01H501X")
    fields = ("firstName", "lastName", "taxCode", "companyTaxCode")
    assert codes(answer) == [("INVALID", [field]) for field in fields]
    assert answer.calls == {}
    assert codes(person(bff, step, owner, None, code="00488410010")) == [("INVALID", ["taxCode"])]
    assert token(person(bff, step, owner, None))


def test_all_that_is_wrong_with_an_account_is_told_at_once(bff: House) -> None:
    owner = bff.sandbox.world.companies[-1].representative
    step = token(person(bff, verified(bff), owner, None))
    for email, username in (
        ("", ""),
        ("a@b", "abc"),
        ("a@b.example\r\nBcc: c@d.example", "a b c d"),
        ("à@b.it", "-abc"),
    ):
        answer = account(bff, step, email, username)
        assert codes(answer) == [("INVALID", ["email"]), ("INVALID", ["username"])]
        assert answer.calls == {}
    assert letters(bff) == []


def test_a_person_is_looked_up_once_and_other_input_is_a_mistake(bff: House) -> None:
    step, neighbour = verified(bff), bff.sandbox.world.companies[-1]
    first = person(bff, step, neighbour.representative, neighbour.tax_code)
    again = person(bff, step, neighbour.representative, neighbour.tax_code)
    assert payload(first) == payload(again)
    assert again.calls == {}
    assert person(bff, step, neighbour.representative, None).codes == [("IDEMPOTENCY_MISMATCH", "registrationPerson")]


def test_people_are_looked_up_ten_times_a_day_for_a_number(bff: House) -> None:
    nobody, due = stranger(bff.sandbox), "registrationPerson"
    with house(bff.sandbox, otp_checks_per_day="2", otp_checks_max="1") as strict:
        steps = [verified(strict) for _ in range(2)]
        assert token(person(strict, steps[0], nobody, None))
        bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="directory"))
        assert person(strict, steps[1], nobody, None).codes == [("UNAVAILABLE", due)]
        bff.sandbox.faults.clear()
        assert person(strict, steps[1], nobody, None).codes == [("RATE_LIMITED", due)]


def test_the_same_account_is_written_to_again_only_after_a_while(timed: House) -> None:
    neighbour = timed.sandbox.world.companies[-1]
    step = token(person(timed, verified(timed), neighbour.representative, neighbour.tax_code))
    first, again = account(timed, step), account(timed, step)
    assert payload(first) == payload(again)
    assert (first.calls, again.calls) == (LETTER, {})
    timed.sandbox.clock.advance(31)
    assert account(timed, step).calls == LETTER
    assert links(timed) == [links(timed)[0]] * 2, "it is the same link"


def links(bff: House, to: str = EMAIL) -> list[str]:
    """Give the tokens of the links that somebody got, newest first."""
    texts = [each.text for each in bff.sandbox.mailbox.messages(to=to)]
    found = [re.search(r"/registration\?token=([\w-]{43})\n", text) for text in texts]
    return [each[1] for each in found if each is not None]


def test_another_address_gets_another_link_and_the_first_ones_opens_no_more(bff: House) -> None:
    neighbour = bff.sandbox.world.companies[-1]
    step = token(person(bff, verified(bff), neighbour.representative, neighbour.tax_code))
    account(bff, step)
    account(bff, step, "other@business.example")
    assert links(bff) != links(bff, "other@business.example")
    assert [len(links(bff)), len(links(bff, "other@business.example"))] == [1, 1]


def test_letters_are_counted_by_address_and_by_number(bff: House) -> None:
    neighbour = bff.sandbox.world.companies[-1]
    step = token(person(bff, verified(bff), neighbour.representative, neighbour.tax_code))
    for number in range(5):
        assert payload(account(bff, step, username=f"some.one.{number}"))["status"] == "DONE"
    assert account(bff, step, "elsewhere@business.example").codes == [("RATE_LIMITED", "registrationAccount")]
    second = token(person(bff, verified(bff, "+393339999999"), neighbour.representative, neighbour.tax_code))
    assert account(bff, second).codes == [("RATE_LIMITED", "registrationAccount")]
    assert payload(account(bff, second, "elsewhere@business.example"))["status"] == "DONE"


def test_an_address_that_the_relay_refuses_is_told_whoever_it_is(bff: House) -> None:
    neighbour = bff.sandbox.world.companies[-1]
    for number, who in (("+393331111111", neighbour.representative), ("+393332222222", stranger(bff.sandbox))):
        step = token(person(bff, verified(bff, number), who, neighbour.tax_code))
        assert codes(account(bff, step, "a@refused.example")) == [("INVALID", ["email"])]
        assert account(bff, step, "a@busy.example").codes == [("UNAVAILABLE", "registrationAccount")]


@pytest.mark.parametrize("system", ["mobile", "fixed", "directory"])
def test_a_system_that_fails_is_told_whoever_it_is_and_the_step_can_be_sent_again(bff: House, system: Any) -> None:
    neighbour = bff.sandbox.world.companies[-1]
    for number, who in (("+393331111111", neighbour.representative), ("+393332222222", stranger(bff.sandbox))):
        step = verified(bff, number)
        bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system=system))
        answer = person(bff, step, who, neighbour.tax_code)
        bff.sandbox.faults.clear()
        assert answer.codes == [("UNAVAILABLE", "registrationPerson")]
        assert token(person(bff, step, who, neighbour.tax_code))


# --- the way in -------------------------------------------------------------------------------------------------------

VIEWER = "{ viewer { profile person { firstName email username mobileNumber } memberships { companyName } } }"
PASSWORD = "una password lunga"


def linked(bff: House, who: Person, company: str | None, *, number: str = NUMBER, username: str = USERNAME) -> str:
    """Give the token of the link that somebody gets."""
    token(account(bff, token(person(bff, verified(bff, number), who, company)), username=username))
    return links(bff)[0]


def complete(bff: House, link: str, consents: list[dict[str, Any]] | None = None) -> Answer:
    return bff.ask(None, COMPLETING, {"token": link, "consents": CONSENTS if consents is None else consents})


def owner(sandbox: Sandbox) -> tuple[Person, str]:
    """Give who represents a company that nobody has registered for."""
    neighbour = sandbox.world.companies[-1]
    return neighbour.representative, neighbour.tax_code


def subject_of(bff: House, link: str, username: str = USERNAME) -> str:
    """Set a password behind a link of the provider, sign in with it, and tell as whom."""
    assert httpx.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 200
    asked = {
        "client_id": "app",
        "response_type": "code",
        "redirect_uri": "http://localhost:3000/",
        "code_challenge": "w1TpKUdYE9hUAcNSeeSRFioHDxfUxuHho_JHAfZ_vDM",
        "code_challenge_method": "S256",
    }
    issuer = bff.sandbox.urls.identity
    given = {"username": username, "password": PASSWORD}
    back = httpx.post(f"{issuer}/authorize", params=asked, data=given)
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "client_id": "app", "redirect_uri": asked["redirect_uri"], "code": code}
    answer = httpx.post(f"{issuer}/token", data={**form, "code_verifier": "v" * 64}).json()
    return str(answer["access_token"])


def test_the_owner_of_a_company_comes_in_and_sees_themselves(bff: House) -> None:
    who, company = owner(bff.sandbox)
    told = payload(complete(bff, linked(bff, who, company)))
    assert (told["status"], told["registration"]["nextStep"], told["link"]["reason"]) == ("DONE", "DONE", None)
    assert letters(bff) == ["Benvenuto nell'area clienti", COMPLETE]
    assert USERNAME in bff.sandbox.mailbox.messages(to=EMAIL)[0].text

    access = subject_of(bff, told["link"]["url"])
    answer = bff.ask(None, VIEWER, headers={"authorization": f"Bearer {access}"})
    assert answer.errors == []
    assert answer.data["viewer"] == {
        "profile": "LEGAL_REPRESENTATIVE",
        "person": {"firstName": who.first_name, "email": EMAIL, "username": USERNAME, "mobileNumber": NUMBER},
        "memberships": [{"companyName": bff.sandbox.world.companies[-1].name}],
    }


def test_who_left_the_fixed_network_lately_comes_in_as_that(bff: House) -> None:
    company = bff.sandbox.world.outsiders[outsider.KINDS.index(outsider.LEFT_LATELY)]
    told = payload(complete(bff, linked(bff, company.representative, company.tax_code, username="who.left")))
    access = subject_of(bff, told["link"]["url"], "who.left")
    answer = bff.ask(None, VIEWER, headers={"authorization": f"Bearer {access}"})
    assert answer.errors == []
    assert answer.data["viewer"]["profile"] == "CEASED_CUSTOMER"


def test_who_was_expected_comes_in_with_the_profile_that_they_were_given(bff: House) -> None:
    pending = next(each for each in bff.sandbox.world.users if each.memberships[0].registration_state == "TO_REGISTER")
    told = payload(complete(bff, linked(bff, pending.person, None)))
    assert told["status"] == "DONE"

    access = subject_of(bff, told["link"]["url"])
    answer = bff.ask(None, VIEWER, headers={"authorization": f"Bearer {access}"})
    assert answer.errors == []
    assert answer.data["viewer"]["profile"] == pending.memberships[0].profile
    assert answer.data["viewer"]["person"]["username"] == USERNAME


def test_a_representative_whom_another_company_has_invited_comes_in_for_their_own(bff: House) -> None:
    who, company = owner(bff.sandbox)
    invite(bff, who)
    told = payload(complete(bff, linked(bff, who, company, username="an.owner")))
    assert (told["status"], told["link"]["reason"]) == ("DONE", None)

    access = subject_of(bff, told["link"]["url"], "an.owner")
    headers = {"authorization": f"Bearer {access}"}
    choosing = "{ viewer { memberships { id companyName profile } } }"
    choice = bff.ask(None, choosing, headers=headers)
    assert (choice.status, choice.errors) == (200, [])
    held = choice.data["viewer"]["memberships"]
    own = {each["companyName"]: each for each in held}[bff.sandbox.world.companies[-1].name]
    assert own["profile"] == "LEGAL_REPRESENTATIVE"
    answer = bff.ask(None, VIEWER, headers={**headers, "x-membership": own["id"]})
    assert answer.data["viewer"]["person"]["username"] == "an.owner"


def test_who_was_invited_while_they_registered_begins_again(bff: House) -> None:
    who, company = owner(bff.sandbox)
    link = linked(bff, who, company)
    invite(bff, who)
    assert codes(complete(bff, link)) == [("NOT_ELIGIBLE", None)]
    again = linked(bff, who, company, number="+393331234568")
    assert payload(complete(bff, again))["status"] == "DONE"


def invite(bff: House, who: Person) -> None:
    """Have another company's representative make somebody a user of theirs."""
    query = (
        "mutation ($first: String!, $last: String!, $code: String!) { userCreate(input: { firstName: $first,"
        ' lastName: $last, taxCode: $code, email: "invited@business.example", profile: ADMIN_FULL,'
        ' idempotencyKey: "invite" }) { status } }'
    )
    given = {"first": who.first_name, "last": who.last_name, "code": who.tax_code}
    assert payload(bff.ask("legal", query, given))["status"] == "DONE"


def test_who_has_come_in_comes_in_once(timed: House) -> None:
    link = linked(timed, *owner(timed.sandbox))
    first, again = complete(timed, link), complete(timed, link)
    assert payload(first) == payload(again)
    assert again.calls == {}
    assert len(timed.sandbox.deeds) == 1
    assert letters(timed) == ["Benvenuto nell'area clienti", COMPLETE]
    changed = [{**each, "given": True} for each in CONSENTS]
    assert complete(timed, link, changed).codes == [("IDEMPOTENCY_MISMATCH", "registrationComplete")]

    timed.sandbox.clock.advance(601)
    assert codes(complete(timed, link)) == GONE, "an old letter opens no page where a password is set"


def test_the_consents_are_told_when_they_are_missing_and_those_that_are_needed_must_be_given(bff: House) -> None:
    link = linked(bff, *owner(bff.sandbox))
    told = payload(complete(bff, link, []))["userErrors"]
    names = [each["code"] for each in CONSENTS]
    assert [(each["code"], each["field"]) for each in told] == [("REQUIRED", ["consents", name]) for name in names]
    assert "condizioni di uso" in told[0]["message"]

    without = [{**each, "given": each["code"] != "PRIVACY"} for each in CONSENTS]
    assert codes(complete(bff, link, without)) == [("REQUIRED", ["consents", "PRIVACY"])]
    for one_more in (CONSENTS[0], {"code": "X", "given": True}):
        assert codes(complete(bff, link, [*CONSENTS, one_more])) == [("INVALID", ["consents", "4", "code"])]
    assert len(bff.sandbox.deeds) == 0
    assert payload(complete(bff, link))["status"] == "DONE"


def test_a_link_is_good_for_a_day_and_only_the_last_one_is(timed: House) -> None:
    who, company = owner(timed.sandbox)
    step = token(person(timed, verified(timed), who, company))
    account(timed, step)
    account(timed, step, "other@business.example")
    [first], [second] = links(timed), links(timed, "other@business.example")
    assert codes(complete(timed, first)) == GONE
    assert codes(complete(timed, step)) == GONE
    timed.sandbox.clock.advance(86_401)
    assert codes(complete(timed, second)) == GONE


def test_a_username_that_was_taken_meanwhile_is_told_behind_the_link(bff: House) -> None:
    who, company = owner(bff.sandbox)
    pending = next(each for each in bff.sandbox.world.users if each.memberships[0].registration_state == "TO_REGISTER")
    first = linked(bff, who, company)
    second = linked(bff, pending.person, None, number="+393339999999")
    assert payload(complete(bff, second))["status"] == "DONE"
    assert codes(complete(bff, first)) == [("TAKEN", None)]


def test_who_is_no_longer_let_in_is_told_behind_the_link(bff: House) -> None:
    first, second = (linked(bff, *owner(bff.sandbox), number=number) for number in (NUMBER, "+393339999999"))
    assert payload(complete(bff, first))["status"] == "DONE"
    assert codes(complete(bff, second)) == [("NOT_ELIGIBLE", None)]


@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_what_was_written_and_not_answered_is_settled_and_written_once(sandbox: Sandbox, mode: Any) -> None:
    with house(sandbox, settle_period_s=0.02) as quick:
        link = linked(quick, *owner(sandbox))
        told = Parameters(mode=mode)
        rule = Rule(quirk=Quirk.TAKEN_UNANSWERED, system="directory", operation="POST /Users", parameters=told)
        sandbox.faults.set(rule)
        first = payload(complete(quick, link))
        sandbox.faults.clear()
        assert first["status"] == ("UNKNOWN" if mode == "silent" else "DONE")
        sandbox.clock.advance(6)
        eventually(lambda: payload(complete(quick, link))["status"] == "DONE", "it is not settled")
        assert len(sandbox.deeds) == 1


def test_a_provider_that_fails_has_its_page_given_later(bff: House) -> None:
    link = linked(bff, *owner(bff.sandbox))
    bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="identity", operation="POST /account/links"))
    first = payload(complete(bff, link))
    assert (first["status"], first["link"]) == ("DONE", {"url": None, "reason": "SYSTEM_UNAVAILABLE"})
    bff.sandbox.faults.clear()
    assert payload(complete(bff, link))["link"]["url"].startswith(bff.sandbox.urls.identity)


def test_the_consents_are_in_the_audit_log_and_nothing_that_tells_who_it_is(bff: House, told: list[EventDict]) -> None:
    who, company = owner(bff.sandbox)
    link = linked(bff, who, company)
    assert payload(complete(bff, link))["status"] == "DONE"
    lines = [event for event in told if event.get("audit")]
    assert [line["outcome"] for line in lines if line.get("step") == "consents"] == ["TERMS,PRIVACY"]
    personal = (who.tax_code, who.last_name, company, EMAIL, USERNAME, NUMBER, link)
    assert [value for value in personal if value in str(told)] == []
