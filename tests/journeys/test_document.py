"""Links to invoices: what a person is given, what they are refused, and that a refused change changes nothing."""

import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from bff.http.negotiation import JSON
from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Bill, Company
from tests.house import House, house
from tests.journeys.acting import acting, invoices
from tests.journeys.answer import body
from tests.journeys.ident import IDS, document_id

CREATE = """mutation ($id: ID!) {
  documentLinkCreate(input: { documentId: $id }) {
    __typename status userErrors { code message field } link { url expiresAt fileName }
  }
}"""


def newest(sandbox: Sandbox, persona: str = "legal") -> tuple[Bill, Company]:
    who = acting(sandbox.world, persona)
    return invoices(who)[0], who.company


def test_a_link_is_of_this_service_and_ends_in_five_minutes(bff: House, sandbox: Sandbox) -> None:
    bill, company = newest(sandbox)
    given = bff.ask("legal", CREATE, {"id": document_id(bill, company)}).data["documentLinkCreate"]

    assert (given["__typename"], given["status"], given["userErrors"]) == ("DocumentLinkCreatePayload", "DONE", [])
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/documents/[A-Za-z0-9_-]{22}", given["link"]["url"])
    left = datetime.fromisoformat(given["link"]["expiresAt"]) - sandbox.clock.now()
    assert timedelta(minutes=4, seconds=50) < left <= timedelta(minutes=5, seconds=10)


def test_a_link_to_what_the_page_has_shown_costs_no_call(bff: House, sandbox: Sandbox) -> None:
    shown = bff.ask("legal", "{ customer { invoices(first: 1) { nodes { document { id } } } } }")
    document = shown.data["customer"]["invoices"]["nodes"][0]["document"]["id"]

    answer = bff.ask("legal", CREATE, {"id": document})

    assert answer.data["documentLinkCreate"]["status"] == "DONE"
    assert answer.calls == Counter()


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("it", "Il documento non esiste o non è tuo."),
        ("en-GB,en;q=0.9,it;q=0.1", "There is no such document, or it isn't yours."),
    ],
)
def test_a_document_that_is_not_there_is_told_in_the_language_of_the_person(
    bff: House, language: str, message: str
) -> None:
    answer = bff.ask("legal", CREATE, {"id": "never-made"}, headers={"accept-language": language})

    assert (answer.status, answer.errors) == (200, [])
    assert answer.calls == {"directory GET /Users": 1}
    assert answer.data["documentLinkCreate"] == {
        "__typename": "DocumentLinkCreatePayload",
        "status": "REJECTED",
        "userErrors": [{"code": "NOT_FOUND", "message": message, "field": ["documentId"]}],
        "link": None,
    }


def test_a_document_of_others_or_beyond_the_window_answers_byte_for_byte_as_one_that_is_not_there(
    warm: House, sandbox: Sandbox
) -> None:
    who, stranger = acting(sandbox.world, "legal"), sandbox.world.companies[-1]
    own = who.company.tax_code
    warm.ask("legal", CREATE, {"id": "first"})
    never_made = body(warm.ask("legal", CREATE, {"id": "never-made"}))
    oldest_paid = min((bill for bill in who.company.bills if not bill.outstanding), key=lambda bill: bill.issued_on)
    foreign = IDS.decode(document_id(stranger.bills[0], stranger), stranger.tax_code)
    ids = [
        document_id(stranger.bills[0], stranger),
        IDS.encode("Document", foreign.system, foreign.key, own),
        document_id(oldest_paid, who.company),
        IDS.encode("Document", None, ("NEWS", "1"), own),
        IDS.encode("Invoice", foreign.system, foreign.key, own),
    ]

    assert [body(warm.ask("legal", CREATE, {"id": each})) == never_made for each in ids] == [True] * len(ids)


def test_a_ceased_customer_gets_links_to_their_six_bimesters_only(warm: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "ceased")
    shown = invoices(who)
    older = [bill for bill in who.company.bills if bill not in shown]
    assert older

    def status(bill: Bill) -> str:
        answer = warm.ask("ceased", CREATE, {"id": document_id(bill, who.company)})
        return str(answer.data["documentLinkCreate"]["status"])

    assert {status(bill) for bill in shown[:3]} == {"DONE"}
    assert {status(bill) for bill in older[:3]} == {"REJECTED"}


def test_a_system_that_fails_is_an_error_and_no_refusal(bff: House, sandbox: Sandbox) -> None:
    bill, company = newest(sandbox)
    sandbox.faults.set(*(Rule(quirk=Quirk.HTTP_ERROR, system=system) for system in ("mobile", "fixed")))

    answer = bff.ask("legal", CREATE, {"id": document_id(bill, company)})

    assert answer.data == {"documentLinkCreate": None}
    assert answer.codes == [("UNAVAILABLE", "documentLinkCreate")]


# --- a denied mutation refuses the operation --------------------------------------------------------------------------

TWICE = """mutation ($id: ID!, $too: Boolean = true) {
  first: documentLinkCreate(input: { documentId: $id }) { status }
  ... on Mutation @include(if: $too) { second: documentLinkCreate(input: { documentId: $id }) { status } }
}"""


def test_a_denied_mutation_refuses_the_operation_with_an_error_for_each_of_its_fields(bff: House) -> None:
    answer = bff.ask("user", TWICE, {"id": "x"})

    assert answer.status == 403
    assert "data" not in answer.response.json()
    assert answer.codes == [("FORBIDDEN", "first"), ("FORBIDDEN", "second")]
    assert set(answer.calls) <= {"directory GET /Users"}


def test_what_is_not_selected_is_not_refused(bff: House) -> None:
    assert bff.ask("user", TWICE, {"id": "x", "too": False}).codes == [("FORBIDDEN", "first")]
    named = "mutation { __typename }"
    assert bff.ask("user", named).data == {"__typename": "Mutation"}


def test_a_client_that_takes_plain_json_only_is_told_in_the_body(bff: House) -> None:
    answer = bff.ask("user", TWICE, {"id": "x"}, headers={"accept": JSON})

    assert (answer.status, answer.data, len(answer.errors)) == (200, None, 2)


def test_who_has_not_chosen_a_membership_changes_nothing(bff: House) -> None:
    answer = bff.ask("double", CREATE, {"id": "x"})

    assert (answer.status, answer.codes) == (400, [("BAD_REQUEST", "documentLinkCreate")])


def test_a_get_changes_nothing(sandbox: Sandbox) -> None:
    with house(sandbox, http_get="true") as bff:
        headers = {"authorization": f"Bearer {sandbox.token('legal')}"}
        parameters = {"query": 'mutation { documentLinkCreate(input: { documentId: "x" }) { status } }'}
        answer = bff.client.get("/graphql", params=parameters, headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_page_of_another_site_could_send_changes_nothing(bff: House, content_type: str) -> None:
    body = b'{"query": "mutation { documentLinkCreate(input: { documentId: 1 }) { status } }"}'
    headers = {"authorization": f"Bearer {bff.sandbox.token('legal')}", "content-type": content_type}
    assert bff.client.post("/graphql", content=body, headers=headers).status_code == 415


def test_variables_that_do_not_fit_are_told_before_any_denial(bff: House) -> None:
    answer = bff.ask("user", CREATE, {"id": None})

    assert (answer.status, [code for code, _ in answer.codes]) == (400, ["VALIDATION_FAILED"])


def test_the_changes_of_one_operation_are_made_one_after_the_other(bff: House, sandbox: Sandbox) -> None:
    bill, company = newest(sandbox)
    answer = bff.ask("legal", TWICE, {"id": document_id(bill, company)})

    assert answer.data == {"first": {"status": "DONE"}, "second": {"status": "DONE"}}
