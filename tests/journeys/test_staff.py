"""The telco's staff on a running house: they read as a profile of a company does, change nothing, are written down."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.typing import EventDict

from bff.app import company_mark
from bff.settings import Settings
from sandbox.server import Sandbox
from tests.house import Answer, House, environment, house
from tests.journeys.acting import PERSONAS, acting, matrix
from tests.journeys.answer import body
from tests.journeys.case import CASES

PAGE = """query Page { customer {
  company { name taxCode } lines(first: 100) { totalCount nodes { number } }
  invoices(first: 100) { totalCount nodes { number } } recipientCodes { code } users(first: 5) { totalCount }
} }"""
EXPLAIN = """query ($document: String!, $profile: Profile!, $variables: String, $operationName: String) {
  explain(document: $document, profile: $profile, variables: $variables, operationName: $operationName) {
    cost maxAge scope denied { path function } calls { system operation keys }
  }
}"""
INTROSPECTION = (
    "{ __schema { queryType { fields { name } } mutationType { name } types { name } directives { name } } }"
)


@pytest.fixture
def open_(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that lets staff in."""
    with house(sandbox, oidc_staff_audience="bff-staff") as opened:
        yield opened


def as_staff(opened: House, query: str, act_for: str = "", variables: dict[str, Any] | None = None) -> Answer:
    return opened.ask("staff", query, variables, headers={"x-act-for": act_for})


def explained(opened: House, document: str, profile: str, **given: str) -> dict[str, Any]:
    answer = as_staff(opened, EXPLAIN, variables={"document": document, "profile": profile, **given})
    assert answer.errors == []
    told: dict[str, Any] = answer.data["explain"]
    return told


# --- reading as somebody ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("persona", ["legal", "admin", "light", "ceased"])
def test_staff_read_what_a_person_of_the_profile_reads_but_for_what_is_a_persons_own(
    open_: House, sandbox: Sandbox, persona: str
) -> None:
    who = acting(sandbox.world, persona)
    theirs = open_.ask(persona, PAGE)
    answer = as_staff(open_, PAGE, f"{who.company.tax_code}; profile={who.profile}")

    due = theirs.data
    if who.may["company.holdings"] == "own":
        due["customer"]["lines"] = {"totalCount": 0, "nodes": []}
    assert answer.data == due
    assert answer.codes == theirs.codes


@pytest.mark.parametrize("persona", PERSONAS)
def test_staff_are_nobody_of_the_company(open_: House, sandbox: Sandbox, persona: str) -> None:
    who = acting(sandbox.world, persona)
    query = "{ viewer { profile person { email } memberships { id } line { number } actions { name state } } }"
    answer = as_staff(open_, query, f"{who.company.tax_code};profile={who.profile}")

    viewer = answer.data["viewer"]
    assert {each["name"] for each in viewer.pop("actions")} > {"chatOpen"}
    assert viewer == {"profile": who.profile, "person": None, "memberships": [], "line": None}
    assert answer.errors == []


def test_staff_read_without_asking_the_directory_who_they_are(open_: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "admin")
    answer = as_staff(open_, "{ customer { id } }", f"{who.company.tax_code}; profile=ADMIN_FULL")
    assert (answer.errors, answer.calls) == ([], Counter())


def test_staff_get_no_link_that_would_sign_them_in_elsewhere(open_: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "admin")
    query = "{ customer { services { tuConTi { url reason } } } }"
    answer = as_staff(open_, query, f"{who.company.tax_code}; profile=ADMIN_FULL")
    assert answer.data == {"customer": {"services": {"tuConTi": {"url": None, "reason": "PROFILE"}}}}


def test_staff_change_nothing(open_: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "legal")
    sandbox.ledger.clear()
    for function, case in CASES.items():
        if matrix()[function]["kind"] == "mutation":
            answer = as_staff(open_, case.query, f"{who.company.tax_code}; profile={who.profile}", {"id": "x"})
            assert (answer.status, answer.data) == (400, None)
            assert {code for code, _ in answer.codes} == {"VALIDATION_FAILED"}
    assert [entry for entry in sandbox.ledger.entries() if entry.system != "identity"] == []


# --- who is let in ----------------------------------------------------------------------------------------------------


def test_staff_come_in_by_their_own_door_only(open_: House, sandbox: Sandbox) -> None:
    tax_code = acting(sandbox.world, "admin").company.tax_code
    by_the_customers = open_.ask("staff", "{ viewer { profile } }")
    customer = open_.ask("admin", "{ viewer { profile } }", headers={"x-act-for": f"{tax_code}; profile=ADMIN_FULL"})
    for answer in (by_the_customers, customer):
        assert (answer.status, answer.codes, answer.calls) == (401, [("UNAUTHENTICATED", "")], Counter())


def test_without_the_role_nobody_is_staff(open_: House, sandbox: Sandbox) -> None:
    token = sandbox.token("staff", roles=["sales"])
    headers = {"authorization": f"Bearer {token}", "x-act-for": ""}
    answer = open_.ask(None, "{ viewer { profile } }", headers=headers)
    assert (answer.status, answer.codes) == (403, [("ACCOUNT_DISABLED", "")])


@pytest.mark.parametrize(
    "act_for", ["12345678903", "12345678903; profile=ADMIN", "; profile=ADMIN_FULL", "x; profile=ADMIN_FULL", "{}"]
)
def test_a_header_that_can_not_be_read_says_how_it_is_written(open_: House, act_for: str) -> None:
    answer = as_staff(open_, "{ customer { id } }", act_for)
    assert (answer.status, answer.codes) == (400, [("BAD_REQUEST", "")])
    assert "X-Act-For must be a company's tax code and a profile" in answer.errors[0]["message"]


def test_staff_who_act_for_nobody_are_told_to_choose(open_: House) -> None:
    answer = as_staff(open_, "{ customer { id } }")
    assert answer.data == {"customer": None}
    assert answer.errors[0]["message"] == "Say for which company you ask: the header X-Act-For is empty."


def test_where_no_audience_is_set_nobody_is_staff(bff: House) -> None:
    assert as_staff(bff, "{ viewer { profile } }").codes == [("UNAUTHENTICATED", "")]


# --- what is written down ---------------------------------------------------------------------------------------------


def test_every_call_is_one_line_with_ids_only(open_: House, sandbox: Sandbox, told: list[EventDict]) -> None:
    who = acting(sandbox.world, "legal")
    act_for = f"{who.company.tax_code}; profile=ADMIN_FULL"
    as_staff(open_, PAGE, act_for)
    as_staff(open_, "{ nothing }", act_for)
    as_staff(open_, "{ __typename }")
    open_.ask("legal", PAGE)

    lines = [each for each in told if each.get("audit")]
    mark = company_mark(Settings.read(environment(sandbox)))(who.company.tax_code)
    assert [(each["operation"], each["company"], each["profile"], each["outcome"]) for each in lines] == [
        ("Page", mark, "ADMIN_FULL", "errors"),
        (None, mark, "ADMIN_FULL", "refused"),
        (None, None, None, "ok"),
    ]
    assert {each["staff"] for each in lines} == {"staff-support-1"}
    assert who.company.tax_code not in json.dumps(told, default=str)


def test_who_is_refused_is_written_down_too(open_: House, told: list[EventDict]) -> None:
    as_staff(open_, "{ viewer { profile } }", "nonsense")
    assert [(each["event"], each["reason"]) for each in told if each.get("audit")] == [("staff_refused", "header")]


# --- what is absent from the customers' schema ------------------------------------------------------------------------


def test_a_customer_meets_what_is_for_staff_as_what_does_not_exist(open_: House) -> None:
    asked = '{{ {name}(document: "x", profile: ADMIN_FULL) {{ cost }} }}'
    there, nowhere = (open_.ask("legal", asked.format(name=name)) for name in ("explain", "exploit"))
    assert there.status == 400
    assert body(there).replace(b"explain", b"exploit") == body(nowhere)
    typed = "query ($id: ID!) { node(id: $id) { ... on %s { __typename } } }"
    there, nowhere = (open_.ask("legal", typed % name, {"id": "x"}) for name in ("Explanation", "Exploration"))
    assert body(there).replace(b"Explanation", b"Exploration") == body(nowhere)


def test_introspection_tells_a_customer_nothing_of_it_and_staff_all(open_: House) -> None:
    theirs, ours = open_.ask("legal", INTROSPECTION).data, as_staff(open_, INTROSPECTION).data
    for part, name in (("types", "Explanation"), ("directives", "staff")):
        names = [{each["name"] for each in told["__schema"][part]} for told in (theirs, ours)]
        assert [name in each for each in names] == [False, True]
    assert "staff" not in json.dumps(theirs).lower()
    fields = [{each["name"] for each in told["__schema"]["queryType"]["fields"]} for told in (theirs, ours)]
    assert fields[1] - fields[0] == {"explain"}
    assert ours["__schema"]["mutationType"] is None


def test_staff_read_the_schema_where_customers_may_not(sandbox: Sandbox) -> None:
    with house(sandbox, oidc_staff_audience="bff-staff", introspection="false") as opened:
        assert opened.ask("legal", INTROSPECTION).status == 400
        assert as_staff(opened, INTROSPECTION).errors == []


# --- explain ----------------------------------------------------------------------------------------------------------


def test_a_document_is_explained_and_nothing_is_called(open_: House, sandbox: Sandbox) -> None:
    sandbox.ledger.clear()
    told = explained(open_, PAGE, "ADMIN_LIGHT")
    assert [entry for entry in sandbox.ledger.entries() if entry.system != "identity"] == []
    assert told["denied"] == [
        {"path": ["customer", "recipientCodes"], "function": "company.recipient"},
        {"path": ["customer", "users"], "function": "users.list"},
    ]
    assert told["scope"] == "PERSON"
    assert told["cost"] > 200
    assert {"system": "FIXED", "operation": "FindInvoicesByAccount", "keys": 50} in told["calls"]
    assert {"system": "DIRECTORY", "operation": "GET /Users", "keys": 1} in told["calls"]


@pytest.mark.parametrize(("persona", "profile"), [*zip(PERSONAS, list(matrix()["viewer.read"])[4:], strict=True)])
def test_what_is_explained_is_what_happens(open_: House, persona: str, profile: str) -> None:
    told = explained(open_, PAGE, profile)
    answer = open_.ask(persona, PAGE, headers={"x-cost": "true"})
    calls = {f"{each['system'].lower()} {each['operation']}" for each in told["calls"]}
    assert set(answer.calls) <= calls
    assert [(each["function"], ".".join(each["path"])) for each in told["denied"]] == [
        (error["extensions"]["function"], ".".join(error["path"])) for error in answer.errors
    ]
    assert answer.response.json()["extensions"]["cost"]["requested"] == told["cost"]


@pytest.mark.parametrize(
    ("document", "profile", "kept"),
    [
        ("{ customer { company { name } } }", "ADMIN_FULL", (900, "CUSTOMER")),
        ("{ customer { company { name } invoicesToPay { totalCount } } }", "ADMIN_FULL", (120, "CUSTOMER")),
        ("{ customer { lines { totalCount } } }", "ADMIN_FULL", (300, "CUSTOMER")),
        ("{ customer { lines { totalCount } } }", "END_USER", (300, "PERSON")),
        ("{ customer { company { name } actions { name } } }", "ADMIN_FULL", (0, "PERSON")),
        ("{ viewer { profile } }", "ADMIN_FULL", (0, "PERSON")),
        ("{ customer { id } }", "ADMIN_FULL", (0, "CUSTOMER")),
    ],
)
def test_an_answer_keeps_as_long_as_what_keeps_least(
    open_: House, document: str, profile: str, kept: tuple[int, str]
) -> None:
    told = explained(open_, document, profile)
    assert (told["maxAge"], told["scope"]) == kept


def test_variables_and_the_name_of_the_operation_count(open_: House) -> None:
    document = """query One($first: Int) { customer { contracts(first: $first) { nodes { number } } } }
        query Two { customer { id } }"""
    costs = [
        explained(open_, document, "ADMIN_FULL", operationName="One", variables=variables)["cost"]
        for variables in ('{"first": 1}', '{"first": 100}')
    ]
    assert costs[1] - costs[0] == 99
    assert explained(open_, document, "ADMIN_FULL", operationName="Two")["calls"] == [
        {"system": "DIRECTORY", "operation": "GET /Users", "keys": 1}
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"document": "{"}, "Syntax Error"),
        ({"document": "{ explain }"}, "Cannot query field 'explain' on type 'Query'."),
        ({"document": "{ customer { id } }", "variables": "[]"}, "`variables` must be an object in JSON."),
        ({"document": "{ __schema { queryType { name } } }"}, "It has no plan"),
    ],
)
def test_what_can_not_be_explained_says_why(open_: House, given: dict[str, str], message: str) -> None:
    answer = as_staff(open_, EXPLAIN, variables={"profile": "ADMIN_FULL", **given})
    assert answer.codes == [("BAD_REQUEST", "explain")]
    assert answer.errors[0]["message"].startswith(message)
