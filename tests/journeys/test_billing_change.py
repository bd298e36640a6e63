"""How things are billed, changed: told apart when it is wrong, kept nowhere when it is personal, right on bad days."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import redis
from structlog.typing import EventDict

from bff.acts import BELIEVED_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import FixedLine
from tests.house import Answer, House, house
from tests.journeys import billed
from tests.journeys.acting import Acting, acting, number
from tests.journeys.ident import id_of
from tests.waiting import eventually

METHOD, ACCOUNT = "POST /paymentMethod", "PATCH /billingAccount/{id}"


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


@pytest.fixture
def who(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "legal")


def with_messages(query: str) -> str:
    return query.replace("userErrors { code field }", "userErrors { code message field }")


def debit(bff: House, who: Acting, wanted: Mapping[str, Any], key: str = "key-1", **options: Any) -> Answer:
    variables = {"id": id_of(billed.debited(who), who.company), "debit": wanted, "key": key}
    return bff.ask("legal", with_messages(billed.CONTRACT_DEBIT), variables, **options)


def deliver(bff: House, who: Acting, address: Mapping[str, str], key: str = "key-1", **options: Any) -> Answer:
    variables = {"id": id_of(billed.on_paper(who), who.company), "address": address, "key": key}
    return bff.ask("legal", with_messages(billed.CONTRACT_DELIVERY), variables, **options)


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def strike(bff: House, quirk: Quirk, operation: str, times: int | None = None, **told: Any) -> None:
    system: Any = "mobile" if " " in operation else "fixed"
    bff.sandbox.faults.set(
        Rule(quirk=quirk, system=system, operation=operation, times=times, parameters=Parameters(**told))
    )


# --- what is wrong with it --------------------------------------------------------------------------------------------

WRONG_MANDATE = {"iban": "IT60X0542811101000000123457", "holder": " ", "holderTaxCode": "1", "signerTaxCode": "2"}
MESSAGES = {
    "it": [
        "L'IBAN non è corretto.",
        "Serve l'intestatario del conto, fino a 70 caratteri.",
        "Il codice fiscale dell'intestatario non è corretto.",
        "Il codice fiscale di chi firma non è corretto: ha 16 caratteri.",
    ],
    "en": [
        "This is no IBAN.",
        "The holder is needed, in up to 70 characters.",
        "The tax code of the holder is not right.",
        "The tax code of who signs is not right: it has 16 characters.",
    ],
}


@pytest.mark.parametrize("language", ["it", "en"])
def test_all_that_is_wrong_with_a_mandate_is_told_at_once_and_nothing_is_asked(
    bff: House, who: Acting, language: str
) -> None:
    answer = debit(bff, who, {"mandate": WRONG_MANDATE}, headers={"accept-language": language})

    assert payload(answer)["status"] == "REJECTED"
    assert payload(answer)["userErrors"] == [
        {"code": "INVALID", "message": message, "field": ["directDebit", "mandate", name]}
        for name, message in zip(WRONG_MANDATE, MESSAGES[language], strict=True)
    ]
    assert set(answer.calls).isdisjoint({f"mobile {METHOD}", f"mobile {ACCOUNT}"})
    assert len(bff.sandbox.deeds) == 0


@pytest.mark.parametrize("name", list(WRONG_MANDATE))
@pytest.mark.parametrize("text", ["", "\u0000", "x" * 3000, "\u202e", "🙂" * 80])
def test_one_wrong_field_of_a_mandate_is_told_alone(bff: House, who: Acting, name: str, text: str) -> None:
    told = payload(debit(bff, who, billed.mandate(who, **{name: text})))
    assert [each["field"] for each in told["userErrors"]] == [["directDebit", "mandate", name]]


def test_the_tax_code_of_a_company_is_no_signature(bff: House, who: Acting) -> None:
    told = payload(debit(bff, who, billed.mandate(who, signerTaxCode=who.company.tax_code)))
    assert [each["field"][-1] for each in told["userErrors"]] == ["signerTaxCode"]


@pytest.mark.parametrize("wanted", [{}, {"end": True, "mandate": WRONG_MANDATE}, {"end": None}, {"mandate": None}])
def test_a_direct_debit_is_either_begun_or_ended(bff: House, who: Acting, wanted: dict[str, Any]) -> None:
    answer = debit(bff, who, wanted)
    assert answer.status == 400
    assert len(bff.sandbox.deeds) == 0


@pytest.mark.parametrize("wanted", ["{}", "{ mandate: null, end: false }", "{ end: null }", "{ end: $end }"])
def test_so_is_one_that_is_written_in_the_document(bff: House, who: Acting, wanted: str) -> None:
    text = (
        "mutation ($end: Boolean) { contractDirectDebitSet(input: {"
        f' contractId: "x", idempotencyKey: "1", directDebit: {wanted} }}) {{ status }} }}'
    )
    answer = bff.ask("legal", text, {"end": None})
    assert {code for code, _ in answer.codes} == {"VALIDATION_FAILED"}
    assert len(bff.sandbox.deeds) == 0


def test_an_end_that_is_none_is_told_so(bff: House, who: Acting) -> None:
    [error] = payload(debit(bff, who, {"end": False}))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["directDebit", "end"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("street", "Roma"),
        ("street", ""),
        ("street", "Via \u0007Roma, 1"),
        ("street", "Via " + "x" * 200),
        ("postcode", "2012"),
        ("postcode", "٢٠١٢١"),
        ("town", " "),
        ("province", "XX"),
        ("province", "Milano"),
    ],
)
def test_what_is_wrong_with_an_address_is_told(bff: House, who: Acting, name: str, text: str) -> None:
    [error] = payload(deliver(bff, who, billed.ADDRESS | {name: text}))["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["address", name])
    assert len(bff.sandbox.deeds) == 0


def test_an_address_is_kept_as_it_is_meant(bff: House, who: Acting) -> None:
    typed = {"street": "  Via   Roma, 1 ", "postcode": " 20121", "town": "milano ", "province": "mi"}
    told = payload(deliver(bff, who, typed))
    assert told["contract"]["billing"]["deliveryAddress"] == {
        "street": "Via Roma, 1",
        "postcode": "20121",
        "town": "milano",
        "province": "MI",
    }


def test_a_direct_debit_that_waits_for_the_bank_is_not_replaced(bff: House, who: Acting) -> None:
    assert payload(debit(bff, who, billed.mandate(who)))["status"] == "DONE"
    told = payload(debit(bff, who, {"end": True}, "key-2"))
    assert [(error["code"], error["field"]) for error in told["userErrors"]] == [("IN_PROGRESS", ["contractId"])]


def test_a_direct_debit_that_is_not_there_is_not_ended(bff: House, who: Acting) -> None:
    assert payload(debit(bff, who, {"end": True}))["status"] == "DONE"
    mobile = payload(debit(bff, who, {"end": True}, "key-2"))
    paid_else = {each.code for each in who.company.fixed_accounts if each.direct_debit_iban is None}
    line = next(each for each in who.company.fixed_lines if each.account_code in paid_else and each.state == "ATT")
    fixed = payload(
        bff.ask("legal", billed.FIXED_DEBIT, {"id": id_of(line, who.company), "debit": {"end": True}, "key": "key-3"})
    )

    for told in (mobile, fixed):
        assert [(error["code"], error["field"]) for error in told["userErrors"]] == [
            ("WRONG_STATE", ["directDebit", "end"])
        ]
    assert sum(deed.what in {"payment-method", "debit"} for deed in bff.sandbox.deeds) == 1


# --- done, and done again ---------------------------------------------------------------------------------------------


def test_a_direct_debit_is_ended_and_begun_again(bff: House, who: Acting) -> None:
    ended = payload(debit(bff, who, {"end": True}))
    assert (ended["status"], ended["contract"]["billing"]) == ("DONE", {"directDebit": None})

    begun = payload(debit(bff, who, billed.mandate(who), "key-2"))
    assert begun["contract"]["billing"]["directDebit"]["iban"].endswith(billed.IBAN[-4:])
    assert "*" * 20 in begun["contract"]["billing"]["directDebit"]["iban"]


def test_the_same_mandate_again_does_nothing_and_another_under_its_key_is_a_mistake(bff: House, who: Acting) -> None:
    first = debit(bff, who, billed.mandate(who))
    again = debit(bff, who, billed.mandate(who))
    other = debit(bff, who, billed.mandate(who, holder="Officina Rossi"))

    assert payload(again) == payload(first)
    assert again.calls[f"mobile {METHOD}"] == 0
    assert other.codes == [("IDEMPOTENCY_MISMATCH", "contractDirectDebitSet")]
    assert sum(deed.what == "payment-method" for deed in bff.sandbox.deeds) == 1


def test_a_direct_debit_needs_a_fresh_sign_in(bff: House, who: Acting) -> None:
    old = bff.sandbox.token("legal", auth_time=int(bff.sandbox.clock.now().timestamp()) - 301)
    answer = debit(bff, who, billed.mandate(who), headers={"authorization": f"Bearer {old}"})
    assert (answer.status, answer.codes) == (401, [("STEP_UP_REQUIRED", "contractDirectDebitSet")])


# --- bad days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [METHOD, ACCOUNT])
@pytest.mark.parametrize(
    ("quirk", "told"),
    [
        (Quirk.TAKEN_UNANSWERED, {"mode": "reset"}),
        (Quirk.HTTP_ERROR, {}),
        (Quirk.ERROR_CODE_IN_ANSWER, {}),
        (Quirk.TRUNCATED, {}),
        (Quirk.HTML_INSTEAD, {}),
    ],
)
def test_a_mandate_is_made_once_on_a_bad_day(
    bff: House, who: Acting, operation: str, quirk: Quirk, told: dict[str, Any]
) -> None:
    strike(bff, quirk, operation, times=1, **told)
    answer = debit(bff, who, billed.mandate(who))

    assert payload(answer)["status"] == "DONE"
    assert payload(answer)["contract"]["billing"]["directDebit"]["holder"] == billed.HOLDER
    assert sum(deed.what == "payment-method" for deed in bff.sandbox.deeds) == 1


@pytest.mark.parametrize("operation", [METHOD, ACCOUNT])
def test_a_mandate_that_nobody_answered_is_settled_by_asking(quick: House, who: Acting, operation: str) -> None:
    strike(quick, Quirk.TAKEN_UNANSWERED, operation, mode="silent")
    assert payload(debit(quick, who, billed.mandate(who)))["status"] == "UNKNOWN"
    quick.sandbox.faults.clear()
    made = sum(deed.what == "payment-method" for deed in quick.sandbox.deeds)
    assert made == 1

    quick.sandbox.clock.advance(BELIEVED_S + 6)
    eventually(lambda: payload(debit(quick, who, billed.mandate(who)))["status"] == "DONE", "it is not settled")
    assert sum(deed.what == "payment-method" for deed in quick.sandbox.deeds) == 1


def test_an_address_that_nobody_answered_is_known_again_by_its_mark(quick: House, who: Acting) -> None:
    strike(quick, Quirk.TAKEN_UNANSWERED, ACCOUNT, mode="silent")
    assert payload(deliver(quick, who, billed.ADDRESS))["status"] == "UNKNOWN"
    quick.sandbox.faults.clear()

    quick.sandbox.clock.advance(6)
    eventually(lambda: payload(deliver(quick, who, billed.ADDRESS))["status"] == "DONE", "it is not settled")
    assert [deed.what for deed in quick.sandbox.deeds] == ["delivery"]


def test_an_address_that_was_lost_is_settled_as_not_set_and_may_be_tried_again(quick: House, who: Acting) -> None:
    strike(quick, Quirk.NO_ANSWER, ACCOUNT)
    assert payload(deliver(quick, who, billed.ADDRESS))["status"] == "UNKNOWN"
    quick.sandbox.faults.clear()
    assert len(quick.sandbox.deeds) == 0

    quick.sandbox.clock.advance(BELIEVED_S + 6)
    eventually(lambda: payload(deliver(quick, who, billed.ADDRESS))["status"] == "DONE", "it can't be tried again")
    assert len(quick.sandbox.deeds) == 1


def test_reads_that_lag_are_not_remembered(quick: House, who: Acting) -> None:
    strike(quick, Quirk.LATE_READS, ACCOUNT, seconds=20)
    before = payload(deliver(quick, who, billed.ADDRESS))
    assert before["status"] == "ACCEPTED"
    assert before["contract"]["billing"]["deliveryAddress"] != billed.ADDRESS

    quick.sandbox.clock.advance(21)
    eventually(lambda: address_of(quick, who) == billed.ADDRESS, "the cache shows what was")


def address_of(bff: House, who: Acting) -> Any:
    """Give where the paper invoices of the contract go, by sending the same once more."""
    return payload(deliver(bff, who, billed.ADDRESS))["contract"]["billing"]["deliveryAddress"]


# --- fixed lines ------------------------------------------------------------------------------------------------------

SUBMIT, SERVICE, DELIVERY = "SubmitDirectDebit", "SetLineService", "SetInvoiceDeliveryAddress"


def fixed_debit(bff: House, who: Acting, wanted: Mapping[str, Any], key: str = "key-1") -> Answer:
    variables = {"id": id_of(billed.one_of_many(who), who.company), "debit": wanted, "key": key}
    return bff.ask("legal", billed.FIXED_DEBIT, variables)


def serve(bff: House, line: FixedLine, who: Acting, *, query: str = billed.TI_AVVISO, **wanted: Any) -> Answer:
    return bff.ask("legal", query, {"id": id_of(line, who.company), "enabled": True, "key": "key-1"} | wanted)


def test_a_direct_debit_of_fixed_lines_is_awaited_and_then_in_force(quick: House, who: Acting) -> None:
    begun = fixed_debit(quick, who, billed.mandate(who))
    [(_, due)] = billed.fixed_debit(who, "all")
    assert begun.data == due
    waits = payload(fixed_debit(quick, who, {"end": True}, "key-2"))
    assert waits["userErrors"] == [{"code": "IN_PROGRESS", "field": ["lineId"]}]

    quick.sandbox.clock.advance(billed.FIXED_BANK_DAYS * 86400 + 60)
    ended = payload(fixed_debit(quick, who, {"end": True}, "key-3"))
    assert (ended["status"], ended["request"]) == ("ACCEPTED", {"kind": "BILLING", "state": "DONE"})
    assert [line["account"]["billing"]["directDebit"] for line in ended["lines"]] == [None] * len(ended["lines"])


def test_a_direct_debit_that_the_bank_refuses_is_told_by_its_request_and_shown_no_more(
    quick: House, who: Acting
) -> None:
    strike(quick, Quirk.REFUSED_LATER, SUBMIT, seconds=30)
    assert payload(fixed_debit(quick, who, billed.mandate(who)))["request"]["state"] == "RECEIVED"

    quick.sandbox.clock.advance(31)
    eventually(
        lambda: payload(fixed_debit(quick, who, billed.mandate(who)))["request"]["state"] == "REJECTED",
        "the request is not refused",
    )
    shown = payload(fixed_debit(quick, who, billed.mandate(who)))["lines"][0]["account"]["billing"]["directDebit"]
    assert shown["holder"] != billed.HOLDER


@pytest.mark.parametrize("operation", [SUBMIT, SERVICE])
@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_what_the_fixed_network_took_without_an_answer_is_found_by_its_request_id(
    quick: House, who: Acting, operation: str, mode: str
) -> None:
    def ask() -> Any:
        line = billed.one_of_many(who)
        if operation == SUBMIT:
            return payload(fixed_debit(quick, who, billed.mandate(who)))
        return payload(serve(quick, line, who, number="3331234567"))

    strike(quick, Quirk.TAKEN_UNANSWERED, operation, mode=mode)
    first = ask()["status"]
    quick.sandbox.faults.clear()
    found = "ACCEPTED" if operation == SUBMIT else "DONE"  # a service is done by the time that it is asked about

    assert first == ("UNKNOWN" if mode == "silent" else found)
    quick.sandbox.clock.advance(6)
    eventually(lambda: ask()["status"] == found, "it is not settled")
    assert len(quick.sandbox.deeds) == 1


@pytest.mark.parametrize(
    ("quirk", "told", "calls"),
    [
        (Quirk.CLOCK_SKEW, {}, 2),  # refused for its signature, which is made anew
        (Quirk.TAKEN_UNANSWERED, {"mode": "reset"}, 1),
        (Quirk.HTTP_ERROR, {}, 2),
        (Quirk.ERROR_FAULT_200, {}, 2),
    ],
)
def test_an_address_of_the_fixed_network_is_set_on_a_bad_day(
    bff: House, who: Acting, quirk: Quirk, told: dict[str, Any], calls: int
) -> None:
    strike(bff, quirk, DELIVERY, times=None if quirk is Quirk.CLOCK_SKEW else 1, **told)
    [(variables, due)] = billed.fixed_delivery(who, "all")
    answer = bff.ask("legal", billed.FIXED_DELIVERY, variables)

    assert (answer.errors, answer.data) == ([], due)
    assert answer.calls[f"fixed {DELIVERY}"] == calls
    assert len(bff.sandbox.deeds) == 1


@pytest.mark.parametrize(
    "street", ["Piazza Duomo", "Via Roma, 12/A", "Strada Statale 11, km 3", "Via XX Settembre, snc"]
)
def test_a_street_is_shown_by_the_fixed_network_as_it_was_given(bff: House, who: Acting, street: str) -> None:
    [(variables, _)] = billed.fixed_delivery(who, "all")
    answer = bff.ask("legal", billed.FIXED_DELIVERY, variables | {"address": billed.ADDRESS | {"street": street}})

    assert payload(answer)["status"] == "DONE"
    assert payload(answer)["lines"][0]["account"]["billing"]["deliveryAddress"]["street"] == street


@pytest.mark.parametrize(("typed", "code"), [(None, "INVALID"), ("02 1234567", "INVALID"), ("", "INVALID")])
def test_ti_avviso_needs_a_mobile_number(bff: House, who: Acting, typed: str | None, code: str) -> None:
    told = payload(serve(bff, billed.one_of_many(who), who, number=typed))

    assert told["userErrors"] == [{"code": code, "field": ["notifyNumber"]}]
    assert len(bff.sandbox.deeds) == 0


def test_the_ivr_is_turned_on_and_off(bff: House, who: Acting) -> None:
    line = billed.one_of_many(who)
    for enabled in (True, False, True):
        told = payload(
            serve(bff, line, who, query=billed.IVR, enabled=enabled, key=f"ivr-{enabled}-{len(bff.sandbox.deeds)}")
        )
        assert told == {
            "status": "ACCEPTED",
            "userErrors": [],
            "line": {"number": number(line), "ivr": enabled},
            "request": {"kind": "SERVICE", "state": "DONE"},
        }


@pytest.mark.parametrize(("state", "code"), [("CES", "WRONG_STATE"), ("SOS", "WRONG_STATE"), ("ATP", "IN_PROGRESS")])
def test_a_service_of_a_line_that_is_not_in_force_is_not_changed(
    bff: House, who: Acting, state: str, code: str
) -> None:
    line = next(each for each in who.company.fixed_lines if each.state == state)
    told = payload(serve(bff, line, who, query=billed.IVR))

    assert told["userErrors"] == [{"code": code, "field": ["lineId"]}]
    assert len(bff.sandbox.deeds) == 0


# --- what is kept of it -----------------------------------------------------------------------------------------------


@pytest.mark.redis
def test_nothing_personal_is_kept_or_logged(
    sandbox: Sandbox, who: Acting, redis_url: str, told: list[EventDict]
) -> None:
    with house(sandbox, state_redis_url=redis_url) as opened:
        payload(debit(opened, who, billed.mandate(who)))
        payload(debit(opened, who, {"mandate": {**billed.mandate(who)["mandate"], **WRONG_MANDATE}}, "key-2"))
        payload(deliver(opened, who, billed.ADDRESS))
        payload(fixed_debit(opened, who, billed.mandate(who), "key-4"))
        payload(serve(opened, billed.one_of_many(who), who, number="3331234567", key="key-5"))
        opened.ask("legal", billed.FIXED_DELIVERY, billed.fixed_delivery(who, "all")[0][0])
        kept = b" ".join(contents(redis_url))

    personal = [*billed.mandate(who)["mandate"].values(), WRONG_MANDATE["iban"], billed.ADDRESS["street"], "3331234567"]
    for deed in (b"mobile-debit", b"mobile-delivery", b"fixed-debit", b"fixed-delivery", b"fixed-service"):
        assert deed in kept
    for text in personal:
        assert text.encode() not in kept
        assert text not in str(told)


def contents(url: str) -> Iterator[bytes]:
    """Give all that a Redis holds, names and values."""
    with redis.Redis.from_url(url) as client:
        for name in client.scan_iter():
            yield name
            if client.type(name) == b"hash":
                for field, value in client.hgetall(name).items():
                    yield from (field, value)
