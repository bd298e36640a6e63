"""What becomes a request, from the wish to its end: reports, merges, office and e-mail, on good days and bad ones."""

import io
from collections.abc import Iterator
from typing import Any

import httpx
import pypdf
import pytest
from structlog.typing import EventDict

from sandbox._faults import Parameters, Quirk, Rule, System
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys.acting import Acting, acting
from tests.journeys.answer import body
from tests.journeys.ident import id_of
from tests.journeys.requested import (
    ADDRESS,
    EMAIL,
    MERGE,
    OFFICE,
    OTHER,
    PAYMENT,
    REPORT,
    emails,
    merges,
    offices,
    other_reports,
    others_bill,
    pairs,
    reports,
)
from tests.waiting import eventually

HOUR_S = 3600
LINK = "mutation ($id: ID!) { documentLinkCreate(input: { documentId: $id }) { status link { url } } }"
REQUESTS = "{ customer { requests { nodes { id kind state moreInformation document { id fileName ready } } } } }"
COMPANY = "{ customer { company { registeredOffice { street postcode town province } communicationsEmail } } }"
ERRORS = "userErrors { code message field }"


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


@pytest.fixture
def legal(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "legal")


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def strike(bff: House, quirk: Quirk, system: System, operation: str, **told: Any) -> None:
    rule = Rule(quirk=quirk, system=system, operation=operation, parameters=Parameters(**told))
    bff.sandbox.faults.set(rule)


def newest(bff: House, kind: str, persona: str = "legal") -> dict[str, Any]:
    rows = bff.ask(persona, REQUESTS).data["customer"]["requests"]["nodes"]
    found: dict[str, Any] = next(row for row in rows if row["kind"] == kind)
    return found


# --- a merge ----------------------------------------------------------------------------------------------------------


def test_a_merge_is_done_hours_later_and_then_is_one_pdf_of_both_invoices(quick: House, legal: Acting) -> None:
    [(variables, _)] = merges(legal, "all")
    first, second = next(pairs(legal))
    asked = payload(quick.ask("legal", MERGE, variables))
    assert asked["request"] == {"kind": "INVOICE_MERGE", "state": "RECEIVED", "document": None}

    quick.sandbox.clock.advance(2 * HOUR_S)
    assert newest(quick, "INVOICE_MERGE")["state"] == "RECEIVED"
    quick.sandbox.clock.advance(2 * HOUR_S)
    done = newest(quick, "INVOICE_MERGE")
    assert (done["state"], done["document"]["ready"]) == ("DONE", True)

    link = payload(quick.ask("legal", LINK, {"id": done["document"]["id"]}))["link"]["url"]
    file = httpx.get(quick.url + link.removeprefix("http://127.0.0.1:8000"), timeout=30)
    pages = pypdf.PdfReader(io.BytesIO(file.content), strict=True).pages
    text = "".join(page.extract_text() for page in pages)
    assert [text.count(bill.number) for bill in (first, second)] == [1, 1]


def test_what_is_being_merged_is_merged_again_only_when_it_is_done(quick: House, legal: Acting) -> None:
    [(variables, _)] = merges(legal, "all")
    payload(quick.ask("legal", MERGE, variables))
    again = MERGE.replace("userErrors { code field }", ERRORS)
    told = payload(quick.ask("legal", again, {**variables, "key": "again"}, headers={"accept-language": "en"}))
    assert told["userErrors"] == [
        {"code": "IN_PROGRESS", "message": "The same request is already under way.", "field": ["firstInvoiceId"]}
    ]

    quick.sandbox.clock.advance(4 * HOUR_S)
    assert payload(quick.ask("legal", MERGE, {**variables, "key": "again"}))["status"] == "ACCEPTED"
    assert len(quick.sandbox.deeds) == 2


@pytest.mark.parametrize(("place", "field"), [(0, "secondInvoiceId"), (1, "secondInvoiceId"), (2, "firstInvoiceId")])
def test_only_two_invoices_of_one_bimester_are_merged(warm: House, legal: Acting, place: int, field: str) -> None:
    found = pairs(legal)
    (first, second), (third, _) = next(found), next(found)
    mobile = next(bill for bill in legal.company.bills if bill.account == legal.company.mobile_accounts[0].id)
    chosen = [(first, first), (first, third), (mobile, second)][place]
    ids = [id_of(bill, legal.company) for bill in chosen]
    answer = warm.ask("legal", MERGE, {"first": ids[0], "second": ids[1], "key": f"wrong-{place}"})

    told = payload(answer)
    assert (told["status"], [each["field"] for each in told["userErrors"]]) == ("REJECTED", [[field]])
    assert answer.calls["fixed SubmitInvoiceMerge"] == 0


def test_a_merge_that_is_refused_later_says_so_and_may_be_asked_for_again(quick: House, legal: Acting) -> None:
    [(variables, _)] = merges(legal, "all")
    strike(quick, Quirk.REFUSED_LATER, "fixed", "SubmitInvoiceMerge", seconds=30)
    payload(quick.ask("legal", MERGE, variables))
    quick.sandbox.faults.clear()
    quick.sandbox.clock.advance(61)

    assert newest(quick, "INVOICE_MERGE")["state"] == "REJECTED"
    assert payload(quick.ask("legal", MERGE, {**variables, "key": "again"}))["status"] == "ACCEPTED"


# --- a report ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "operation"), [("fixed", "SubmitPaymentNotRecognised"), ("mobile", "POST /troubleTicket")]
)
def test_a_report_that_was_taken_without_an_answer_is_found_by_its_request_id(
    quick: House, legal: Acting, system: System, operation: str
) -> None:
    variables = by_network(legal)[system]
    strike(quick, Quirk.TAKEN_UNANSWERED, system, operation, mode="reset")
    answer = quick.ask("legal", REPORT, variables)

    assert payload(answer)["status"] == "ACCEPTED"
    assert payload(answer)["request"] == {"kind": "PAYMENT_REPORT", "state": "RECEIVED"}
    assert answer.calls[f"{system} {operation}"] == 1
    quick.sandbox.faults.clear()
    again = quick.ask("legal", REPORT, variables)
    assert payload(again) == payload(answer)
    assert again.calls[f"{system} {operation}"] == 0
    assert len(quick.sandbox.deeds) == 1


def by_network(who: Acting) -> dict[str, dict[str, Any]]:
    """Give what to ask for to report a payment, by the invoice's network."""
    accounts = {account.code for account in who.company.fixed_accounts}
    bills = {id_of(bill, who.company): bill for bill in who.company.bills}
    asked = [variables for variables, _ in reports(who, "all")]
    return {"fixed" if bills[each["id"]].account in accounts else "mobile": each for each in asked}


def test_a_silent_system_leaves_a_report_being_verified_until_it_is_found(quick: House, legal: Acting) -> None:
    variables = by_network(legal)["fixed"]
    strike(quick, Quirk.TAKEN_UNANSWERED, "fixed", "SubmitPaymentNotRecognised", mode="silent")
    assert payload(quick.ask("legal", REPORT, variables))["status"] == "UNKNOWN"
    quick.sandbox.faults.clear()
    quick.sandbox.clock.advance(6)

    eventually(lambda: payload(quick.ask("legal", REPORT, variables))["status"] == "ACCEPTED", "it is not settled")
    assert len(quick.sandbox.deeds) == 1


def test_an_invoice_whose_payment_is_reported_is_not_reported_again(bff: House, legal: Acting) -> None:
    variables = by_network(legal)["fixed"]
    payload(bff.ask("legal", REPORT, variables))
    told = payload(bff.ask("legal", REPORT, {**variables, "key": "again"}))

    assert told["userErrors"] == [{"code": "IN_PROGRESS", "field": ["invoiceId"]}]
    assert len(bff.sandbox.deeds) == 1


def test_who_can_not_read_requests_is_told_the_protocol_number(bff: House) -> None:
    [(variables, _)] = reports(acting(bff.sandbox.world, "ceased"), "all")
    told = payload(bff.ask("ceased", REPORT.replace("status", "status reference"), variables))

    made = next(iter(bff.sandbox.deeds)).request
    assert made is not None
    assert (told["reference"], told["request"]) == (made.id, None)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"paidOn": "2026-11-23"}, "paidOn", "The payment can't be in the future."),
        ({"paidOn": "2021-11-21"}, "paidOn", "The payment is older than 5 years."),
        ({"amount": "0"}, "amount", "The amount must be above zero."),
        ({"amount": "-1.00"}, "amount", "The amount must be above zero."),
        ({"amount": "1.001"}, "amount", "The amount has two decimals at most."),
        ({"amount": "100000000"}, "amount", "The amount is too large."),
        ({"reference": "x" * 51}, "reference", "The reference has 50 characters at most."),
    ],
)
def test_a_payment_that_can_not_have_been_made_is_refused_and_not_sent(
    warm: House, legal: Acting, change: dict[str, str], field: str, message: str
) -> None:
    variables = {**by_network(legal)["fixed"], "payment": PAYMENT | change, "key": f"wrong-{change}"}
    query = REPORT.replace("userErrors { code field }", ERRORS)
    answer = warm.ask("legal", query, variables, headers={"accept-language": "en"})

    assert payload(answer)["userErrors"] == [{"code": "INVALID", "message": message, "field": ["payment", field]}]
    assert answer.calls["fixed SubmitPaymentNotRecognised"] == 0


def test_all_that_is_wrong_is_told_at_once_and_in_italian_by_default(warm: House, legal: Acting) -> None:
    wrong = {"paidOn": "2027-01-01", "amount": "0.00", "reference": "y" * 60}
    variables = {**by_network(legal)["fixed"], "payment": PAYMENT | wrong, "key": "all-wrong"}
    told = payload(warm.ask("legal", REPORT.replace("userErrors { code field }", ERRORS), variables))

    assert [each["field"][1] for each in told["userErrors"]] == ["paidOn", "amount", "reference"]
    assert told["userErrors"][0]["message"] == "Il pagamento non può essere nel futuro."


@pytest.mark.parametrize("network", ["fixed", "mobile"])
def test_a_reference_with_odd_characters_is_passed_on_without_them(bff: House, legal: Acting, network: str) -> None:
    odd = PAYMENT | {"reference": " CRO\x00\n1\u200b2\ufffe3 "}
    told = payload(bff.ask("legal", REPORT, {**by_network(legal)[network], "payment": odd}))

    assert told["status"] == "ACCEPTED"
    if network == "mobile":
        assert "riferimento CRO 123" in newest(bff, "PAYMENT_REPORT")["moreInformation"]


# --- another customer's invoice ---------------------------------------------------------------------------------------


def test_a_wrong_number_and_a_wrong_amount_answer_alike_after_the_same_calls(bff: House, legal: Acting) -> None:
    [(variables, _)] = other_reports(legal, "all")
    right = variables["invoice"]
    bff.ask("legal", OTHER, {**variables, "invoice": {**right, "amount": "0.01"}})
    answers = [
        bff.ask("legal", OTHER, {**variables, "invoice": {**right, **wrong}, "key": f"wrong-{wrong}"})
        for wrong in ({"number": "NONESUCH1"}, {"amount": "0.02"})
    ]

    assert body(answers[0]) == body(answers[1])
    assert answers[0].calls == answers[1].calls
    assert payload(answers[0])["userErrors"] == [{"code": "NOT_FOUND", "field": ["invoice"]}]
    assert len(bff.sandbox.deeds) == 0


def test_a_report_on_anothers_invoice_is_the_reporters_request_and_tells_nothing_of_whose_it_is(
    bff: House, legal: Acting
) -> None:
    [(variables, due)] = other_reports(legal, "all")
    assert bff.ask("legal", OTHER, variables).data == due
    bill = others_bill(legal)

    request = newest(bff, "PAYMENT_REPORT")
    assert bill.number not in str(request)
    assert bill.account not in str(request)


def test_looks_for_others_invoices_are_counted_by_person(sandbox: Sandbox, legal: Acting) -> None:
    [(variables, _)] = other_reports(legal, "all")
    wrong = {**variables, "invoice": {"number": "NONESUCH1", "amount": "1.00"}}
    with house(sandbox, other_invoices_per_day="2") as opened:
        told = [opened.ask("legal", OTHER, {**wrong, "key": f"look-{place}"}) for place in range(3)]
        others = opened.ask("admin", OTHER, wrong)

    assert [payload(each)["userErrors"][0]["code"] for each in told[:2]] == ["NOT_FOUND"] * 2
    assert told[2].codes == [("RATE_LIMITED", "otherInvoicePaymentReport")]
    assert told[2].calls["fixed LookupThirdPartyInvoice"] == 0
    assert payload(others)["userErrors"][0]["code"] == "NOT_FOUND"


# --- the company ------------------------------------------------------------------------------------------------------


def test_the_office_changes_when_its_request_is_done_and_is_asked_for_once_at_a_time(quick: House) -> None:
    who = acting(quick.sandbox.world, "fixed")
    [(variables, due)] = offices(who, "all")
    assert quick.ask("fixed", OFFICE, variables).data == due
    assert quick.ask("fixed", COMPANY).data["customer"]["company"]["registeredOffice"] != ADDRESS
    again = payload(quick.ask("fixed", OFFICE, {**variables, "key": "again"}))
    assert again["userErrors"] == [{"code": "IN_PROGRESS", "field": None}]

    quick.sandbox.clock.advance(49 * HOUR_S)
    assert quick.ask("fixed", COMPANY).data["customer"]["company"]["registeredOffice"] == ADDRESS
    assert newest(quick, "REGISTERED_OFFICE", "fixed")["state"] == "DONE"


def test_a_company_of_the_mobile_network_alone_asks_for_its_office_by_a_ticket(bff: House) -> None:
    who = acting(bff.sandbox.world, "mobile")
    [(variables, due)] = offices(who, "all")
    answer = bff.ask("mobile", OFFICE, variables)

    assert answer.data == due
    assert answer.calls["mobile POST /troubleTicket"] == 1
    information = newest(bff, "REGISTERED_OFFICE", "mobile")["moreInformation"]
    assert information == "Nuova sede legale: Via Garibaldi, 7, 20121 Milano (MI)."


def test_an_office_that_can_not_be_is_refused_field_by_field(warm: House) -> None:
    wrong = {"street": "Via\x00", "postcode": "2012", "town": "", "province": "ZZ"}
    told = payload(warm.ask("fixed", OFFICE, {"address": wrong, "key": "wrong"}))

    assert [each["field"] for each in told["userErrors"]] == [["address", name] for name in ADDRESS]


@pytest.mark.parametrize(
    "email", ["", "anna", "anna@example", "a b@example.it", "a@exa\x00mple.it", "x" * 250 + "@a.it"]
)
def test_an_e_mail_that_can_not_be_one_is_refused(warm: House, email: str) -> None:
    answer = warm.ask("legal", EMAIL, {"email": email, "key": f"wrong-{email[:30]}"})

    assert payload(answer)["userErrors"] == [{"code": "INVALID", "field": ["email"]}]
    assert answer.calls["fixed SetContactEmail"] == 0


def test_an_e_mail_that_was_set_without_an_answer_is_set_once(quick: House, legal: Acting) -> None:
    [(variables, due)] = emails(legal, "all")
    strike(quick, Quirk.TAKEN_UNANSWERED, "fixed", "SetContactEmail", mode="reset")
    answer = quick.ask("legal", EMAIL, variables)

    assert answer.data == {"communicationsEmailChange": due["communicationsEmailChange"] | {"status": "DONE"}}
    assert len(quick.sandbox.deeds) == 1


def test_nothing_of_what_was_typed_is_written_down(bff: House, legal: Acting, told: list[EventDict]) -> None:
    [(variables, _)] = emails(legal, "all")
    bff.ask("legal", EMAIL, variables)
    bff.ask("legal", REPORT, by_network(legal)["fixed"])

    lines = str([event for event in told if event.get("audit")])
    assert "communicationsEmailChange" in lines
    assert variables["email"] not in lines
    assert PAYMENT["amount"] not in lines


@pytest.mark.parametrize("persona", ["fixed", "mobile"])
def test_another_office_that_was_asked_for_is_told_again_while_the_systems_are_away(bff: House, persona: str) -> None:
    asked = {"address": ADDRESS, "key": "office"}
    first = payload(bff.ask(persona, OFFICE.replace("request { kind state }", ""), asked))
    assert first["status"] == "ACCEPTED"
    bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="fixed"), Rule(quirk=Quirk.HTTP_ERROR, system="mobile"))
    assert payload(bff.ask(persona, OFFICE.replace("request { kind state }", ""), asked)) == first
