"""Setting services beyond the matrix: what is wrong with an input, what replaces what, and bad days."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.typing import EventDict

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys import served, shown
from tests.journeys.acting import Acting, acting, mobile_lines
from tests.journeys.ident import id_of
from tests.waiting import eventually

POST = "POST /serviceOrder"
REJECTED = {"status": "REJECTED", "request": None}


@pytest.fixture
def legal(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "legal")


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


def of_contract(bff: House, query: str, *, key: str = "key-1", language: str = "it", **given: Any) -> Answer:
    who = acting(bff.sandbox.world, "legal")
    variables = {"id": id_of(served.contract(who), who.company), "key": key, **given}
    return bff.ask("legal", query, variables, headers={"accept-language": language})


def of_line(bff: House, query: str, *, key: str = "key-1", **given: Any) -> Answer:
    who = acting(bff.sandbox.world, "legal")
    line = served.served_line(mobile_lines(who, "all"))
    return bff.ask("legal", query, {"id": id_of(line, who.company), "key": key, **given})


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def errors(answer: Answer) -> list[tuple[str, str]]:
    """Give the code and path of each error of an input that was refused without a call."""
    told = payload(answer)
    assert {name: told[name] for name in REJECTED} == REJECTED
    assert answer.calls[f"mobile {POST}"] == 0
    return [(each["code"], ".".join(each["field"])) for each in told["userErrors"]]


def strike(bff: House, quirk: Quirk, **told: Any) -> None:
    bff.sandbox.faults.set(Rule(quirk=quirk, system="mobile", operation=POST, parameters=Parameters(**told)))


# --- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "due"),
    [
        ([("UNKNOWN", "1")], [("INVALID", "thresholds.0.kind")]),
        ([("DATA", "1"), ("VOICE", "1"), ("DATA", "2")], [("INVALID", "thresholds.2.kind")]),
        ([("DATA", "-0.01")], [("INVALID", "thresholds.0.limit")]),
        ([("DATA", "0.001")], [("INVALID", "thresholds.0.limit")]),
        ([("DATA", "1000000")], [("INVALID", "thresholds.0.limit")]),
        ([("DATA", "999999999999999999.999999999")], [("INVALID", "thresholds.0.limit")]),
        (
            [("UNKNOWN", "-1"), ("TOTAL", "1.234")],
            [
                ("INVALID", "thresholds.0.kind"),
                ("INVALID", "thresholds.0.limit"),
                ("INVALID", "thresholds.1.limit"),
            ],
        ),
    ],
)
def test_every_wrong_threshold_is_told_and_nothing_is_read(bff: House, rows: Any, due: Any) -> None:
    given = [{"kind": kind, "limit": limit} for kind, limit in rows]
    answer = of_contract(bff, served.THRESHOLDS, rows=given)

    assert errors(answer) == due
    assert set(answer.calls) <= {"directory GET /Users", *OF_PAYLOAD}


OF_PAYLOAD = {f"mobile GET /{name}" for name in ("organization", "customer", "agreement", "product")}
"""What the answer shows of the contract."""


def test_a_thousand_thresholds_are_no_more_errors_than_there_are_kinds(bff: House) -> None:
    answer = of_contract(bff, served.THRESHOLDS, rows=[{"kind": "DATA", "limit": "1"}] * 1000)
    assert errors(answer) == [("INVALID", f"thresholds.{place}.kind") for place in range(1, 5)]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("it", "La soglia va da 0 a 999999.99 euro, con al più due decimali."),
        ("en", "A threshold is from 0 to 999999.99 euro, with at most two decimals."),
    ],
)
def test_what_is_wrong_is_told_in_the_language_of_who_asks(bff: House, language: str, message: str) -> None:
    answer = of_contract(bff, served.THRESHOLDS, rows=[{"kind": "DATA", "limit": "-1"}], language=language)
    assert [each["message"] for each in payload(answer)["userErrors"]] == [message]


def test_every_wrong_pair_is_told(bff: House, legal: Acting) -> None:
    own, other = (line.msisdn for line in served.pairable(legal)[:2])
    pairs = [(own, "06 1234567"), (own, "+39061234567"), ("3331234567", "+39061234567"), (other, other)]
    given = [{"lineNumber": line, "pairedNumber": paired} for line, paired in pairs]

    assert errors(of_contract(bff, served.TIM_DUO, pairs=given)) == [
        ("INVALID", "pairs.0.pairedNumber"),
        ("INVALID", "pairs.1.lineNumber"),
        ("INVALID", "pairs.2.lineNumber"),
        ("INVALID", "pairs.2.pairedNumber"),
        ("INVALID", "pairs.3.pairedNumber"),
    ]


def test_a_pair_begins_with_a_line_of_the_contract_that_has_not_ceased(bff: House, legal: Acting) -> None:
    of = served.contract(legal).id
    ceased = next(line for line in legal.company.mobile_lines if line.state == "terminated")
    elsewhere = next(line for line in legal.company.mobile_lines if line.agreement_id != of)
    numbers = [served.pairable(legal)[0].msisdn, ceased.msisdn, elsewhere.msisdn, "+393999999999"]
    given = [{"lineNumber": line, "pairedNumber": f"+3906123456{place}"} for place, line in enumerate(numbers)]

    assert errors(of_contract(bff, served.TIM_DUO, pairs=given)) == [
        ("NOT_FOUND", f"pairs.{place}.lineNumber") for place in (1, 2, 3)
    ]


def test_there_are_at_most_twenty_pairs(bff: House) -> None:
    given = [{"lineNumber": f"+3933312345{place}", "pairedNumber": f"+3906123456{place}"} for place in range(10, 31)]
    assert errors(of_contract(bff, served.TIM_DUO, pairs=given)) == [("TOO_MANY_ITEMS", "pairs")]


@pytest.mark.parametrize("reference", ["", "   ", "x" * 21, "perché", "A\nB", "CIG\x00"])
def test_a_reference_that_an_invoice_can_not_bear_is_refused(bff: House, reference: str) -> None:
    assert errors(of_contract(bff, served.REFERENCE, reference=reference)) == [("INVALID", "reference")]


def test_every_wrong_sender_is_told(bff: House) -> None:
    senders = ["48383", "12", "+393331234567", "48383", "SPAM", "0039333", "12345678", "٤٨٣٨٣"]
    assert errors(of_line(bff, served.BLACK_LIST, senders=senders)) == [
        ("INVALID", f"blackList.{place}") for place in (1, 3, 4, 6, 7)
    ]


def test_lists_of_a_line_are_bounded(bff: House) -> None:
    many = [str(number) for number in range(10_000, 10_101)]
    assert errors(of_line(bff, served.BLACK_LIST, senders=many)) == [("TOO_MANY_ITEMS", "blackList")]
    assert errors(of_line(bff, served.PREMIUM, enabled=True, end=many)) == [("TOO_MANY_ITEMS", "end")]


def test_only_what_is_active_can_be_ended(bff: House, legal: Acting) -> None:
    line = served.served_line(mobile_lines(legal, "all"))
    active = shown.mobile_services(line, legal.company)["premium"]["active"][0]["code"]
    answer = of_line(bff, served.PREMIUM, enabled=True, end=[active, "PRM-0"])

    assert errors(answer) == [("NOT_SUBSCRIBED", "end.1")]


# --- who may ---------------------------------------------------------------------------------------------------------


def test_a_light_administrator_sets_the_black_list_of_their_own_line_only(bff: House) -> None:
    who = acting(bff.sandbox.world, "light")
    own = served.served_line(mobile_lines(who, "own"))
    others = [line for line in who.company.mobile_lines if line.product_id != who.membership.line_id]
    answers = [
        bff.ask("light", served.BLACK_LIST, {"id": id_of(line, who.company), "key": "key-1", "senders": ["48999"]})
        for line in (served.served_line(others), own)
    ]

    assert errors(answers[0]) == [("NOT_FOUND", "lineId")]
    told = payload(answers[1])
    assert (told["status"], told["line"]["premium"]["blackList"]) == ("ACCEPTED", ["48999"])


@pytest.mark.parametrize("persona", ["user", "purchaser", "ceased"])
def test_who_may_not_set_a_black_list_is_refused_without_a_call(bff: House, persona: str) -> None:
    line = acting(bff.sandbox.world, "legal").company.mobile_lines[0]
    company = acting(bff.sandbox.world, persona).company
    answer = bff.ask(persona, served.BLACK_LIST, {"id": id_of(line, company), "key": "key-1", "senders": []})

    assert (answer.status, answer.data, answer.codes) == (403, None, [("FORBIDDEN", "premiumBlackListSet")])
    assert set(answer.calls) <= {"directory GET /Users"}
    assert len(bff.sandbox.deeds) == 0


# --- what replaces what -----------------------------------------------------------------------------------------------


def test_thresholds_replace_those_that_were_and_none_removes_all(bff: House, legal: Acting) -> None:
    whole = shown.contract_services(served.contract(legal), legal.company)["thresholds"]
    assert len(whole) > 1
    for key, rows in (("key-1", [{"kind": "VOICE", "limit": "12.30"}]), ("key-2", [])):
        told = payload(of_contract(bff, served.THRESHOLDS, key=key, rows=rows))
        limits = [{"kind": "VOICE", "limit": {"amount": "12.30", "currency": "EUR"}}] if rows else []
        assert told["contract"]["services"]["thresholds"] == limits


def test_without_pairs_tim_duo_itself_has_ended(bff: House, legal: Acting) -> None:
    assert payload(of_contract(bff, served.TIM_DUO, pairs=[]))["contract"]["services"] == {"timDuo": []}
    pair = {"lineNumber": served.pairable(legal)[0].msisdn, "pairedNumber": "+390612345678"}
    again = of_contract(bff, served.TIM_DUO, key="key-2", pairs=[pair])

    assert errors(again) == [("NOT_SUBSCRIBED", "contractId")]


def test_a_reference_is_removed_by_null_and_by_leaving_it_out(bff: House) -> None:
    left_out = served.REFERENCE.replace(", reference: $reference", "").replace(", $reference: String", "")
    asked: list[tuple[str, dict[str, Any]]] = [(served.REFERENCE, {"reference": None}), (left_out, {})]
    for number, (query, given) in enumerate(asked):
        set_ = of_contract(bff, served.REFERENCE, key=f"set-{number}", reference="  CIG 0123456789 ")
        assert payload(set_)["contract"]["services"] == {"companyReference": "CIG 0123456789"}
        removed = of_contract(bff, query, key=f"removed-{number}", **given)
        assert payload(removed)["contract"]["services"] == {"companyReference": None}


def test_charity_sms_are_barred_and_allowed_again(bff: House) -> None:
    for key, enabled in (("key-1", False), ("key-2", True)):
        told = payload(of_contract(bff, served.CHARITY, key=key, enabled=enabled))
        assert told["contract"]["services"] == {"charitySms": enabled}


def test_a_black_list_replaces_the_one_that_was(bff: House) -> None:
    for key, senders in (("key-1", ["48999", "+393331234567"]), ("key-2", [])):
        told = payload(of_line(bff, served.BLACK_LIST, key=key, senders=senders))
        assert (told["status"], told["request"]) == ("ACCEPTED", served.REQUEST)
        assert told["line"]["premium"]["blackList"] == sorted(senders)


def test_what_was_ended_stays_so_when_premium_services_are_allowed_again(bff: House, legal: Acting) -> None:
    line = served.served_line(mobile_lines(legal, "all"))
    first, *others = (each["code"] for each in shown.mobile_services(line, legal.company)["premium"]["active"])
    of_line(bff, served.PREMIUM, enabled=False, end=[first, first])
    told = payload(of_line(bff, served.PREMIUM, key="key-2", enabled=True, end=[]))

    assert told["line"]["premium"]["enabled"]
    assert [each["code"] for each in told["line"]["premium"]["active"]] == others


# --- once, and on bad days --------------------------------------------------------------------------------------------


def test_an_amount_is_the_same_however_it_is_written_and_another_is_not(bff: House) -> None:
    for limit in ("20", "20.0", "20.00"):
        answer = of_contract(bff, served.THRESHOLDS, rows=[{"kind": "DATA", "limit": limit}])
        assert payload(answer)["status"] == "ACCEPTED"
    assert len(bff.sandbox.deeds) == 1
    other = of_contract(bff, served.THRESHOLDS, rows=[{"kind": "DATA", "limit": "20.01"}])
    assert other.codes == [("IDEMPOTENCY_MISMATCH", "spendingThresholdsSet")]


@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_what_was_taken_without_an_answer_is_settled_and_done_once(quick: House, mode: Any) -> None:
    strike(quick, Quirk.TAKEN_UNANSWERED, mode=mode)
    first = payload(of_contract(quick, served.CHARITY, enabled=False))
    quick.sandbox.faults.clear()

    assert first["status"] == ("UNKNOWN" if mode == "silent" else "DONE")
    quick.sandbox.clock.advance(6)
    eventually(lambda: payload(of_contract(quick, served.CHARITY, enabled=False))["status"] == "DONE", "not settled")
    assert len(quick.sandbox.deeds) == 1


def test_what_is_refused_later_changes_nothing_and_its_request_says_so(quick: House, legal: Acting) -> None:
    before = shown.contract_services(served.contract(legal), legal.company)["thresholds"]
    strike(quick, Quirk.REFUSED_LATER, seconds=30)
    of_contract(quick, served.THRESHOLDS, rows=[])
    quick.sandbox.clock.advance(31)
    told = payload(of_contract(quick, served.THRESHOLDS, rows=[]))

    assert told["request"]["state"] == "REJECTED"
    assert told["contract"]["services"]["thresholds"] == before


def test_reads_that_lag_are_not_remembered(quick: House) -> None:
    strike(quick, Quirk.LATE_READS, seconds=20)
    told = payload(of_contract(quick, served.CHARITY, enabled=False))
    assert (told["request"], told["contract"]["services"]) == (None, {"charitySms": True})

    quick.sandbox.clock.advance(21)
    eventually(lambda: not charity_sms(quick), "the cache shows what was")


def charity_sms(bff: House) -> bool:
    who = acting(bff.sandbox.world, "legal")
    query = "query ($id: ID!) { contract(id: $id) { services { charitySms } } }"
    data = bff.ask("legal", query, {"id": id_of(served.contract(who), who.company)}).data
    return bool(data["contract"]["services"]["charitySms"])


def test_numbers_are_written_down_nowhere(bff: House, legal: Acting, told: list[EventDict]) -> None:
    pair = {"lineNumber": served.pairable(legal)[0].msisdn, "pairedNumber": "+390612345678"}
    of_contract(bff, served.TIM_DUO, pairs=[pair])

    [line] = [event for event in told if event.get("audit")]
    assert (line["mutation"], line["outcome"]) == ("timDuoSet", "ACCEPTED")
    assert not any(number in str(told) for number in pair.values())
