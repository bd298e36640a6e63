"""That `explain` is true: what runs is within what it tells, and what it tells is within what the code can do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import parse

from bff.auth.profiles import MATRIX
from bff.backends import OPERATIONS
from bff.backends._operations import FILES
from bff.domain.profile import SYSTEMS, Profile
from bff.domain.system import System
from bff.execution import Unsupported
from bff.explain import Operation, _reach, explain, reading
from bff.http.answer import Refused
from bff.http.documents import Asked
from bff.observability import REGISTRY
from bff.schema import ENGINE, RULES, SCHEMA
from bff.schema._batch import BatchField
from bff.schema.rules import objects
from sandbox.server import Sandbox
from tests.house import Answer, House, house

PERSONAS = dict(zip(("legal", "admin", "light", "user", "purchaser", "ceased"), Profile, strict=True))
"""One for each profile."""

DOCUMENTS = {
    **{path.stem: path.read_text(encoding="utf-8") for path in sorted(Path("operations").glob("*.graphql"))},
    "person": "{ viewer { profile person { email } memberships { companyName } line { number contract { number } } } }",
    "company": "{ customer { company { legalRepresentative { lastName } } recipientCodes { code contract { id } } } }",
    "contracts": "{ customer { contracts(first: 2) { nodes { billing { paperless } state actions { name } } } } }",
    "mobile": "{ customer { mobileLines(first: 2) { nodes { sim { iccid } contract { id } freshness { state } } } } }",
    "fixed": "{ customer { fixedLines(first: 2) { nodes { customerCode account { code lines { number } } } } } }",
    "invoices": "{ customer { invoices(first: 3) { nodes { line { number } lineNumber contractNumber } } } }",
    "to pay": "{ customer { invoicesToPay(first: 2) { edges { cursor node { number contract { state } } } } } }",
    "orders": "{ customer { orders(first: 9) { nodes { items { line { number } shipment { carrier } } } } } }",
    "of lines": "{ customer { lines(first: 9) { nodes { invoices { totalCount } orders { totalCount } } } } }",
    "nodes": """query($ids: [ID!]!) { nodes(ids: $ids) { id
        ... on Invoice { line { number } } ... on Order { items { lineNumber } } ... on MobileLine { contract { id } }
    } }""",
    "line": "query($line: ID!) { line(id: $line) { number ... on FixedLine { account { billing { paperless } } } } }",
    "contract": "query($contract: ID!) { contract(id: $contract) { lines(first: 1) { nodes { number } } } }",
    "invoice": "query($invoice: ID!) { invoice(id: $invoice) { line { number } freshness { asOf } } }",
    "order": "query($order: ID!) { order(id: $order) { items { line { id } shipment { carrier } } } }",
    "filters": """query($line: ID!, $contract: ID!) { customer {
        byLine: invoices(filter: {lineId: $line}) { totalCount }
        byContract: invoicesToPay(filter: {contractId: $contract}) { totalCount }
        orders(filter: {lineId: $line}) { totalCount }
        mobileLines(filter: {contractIds: [$contract]}) { totalCount }
    } }""",
}
SOME_IDS = """{ customer { id
    contracts(first: 1) { nodes { id } } lines(first: 1) { nodes { id } } mobileLines(first: 1) { nodes { id } }
    invoices(first: 1) { nodes { id } } orders(first: 1) { nodes { id } }
} }"""


@pytest.fixture(scope="module")
def ids(sandbox_of_session: Sandbox) -> dict[str, dict[str, Any]]:
    """Give ids to ask with, by persona; of what they have none of, the legal representative's."""
    with house(sandbox_of_session) as guide:
        found = {persona: _ids(guide.ask(persona, SOME_IDS).data["customer"]) for persona in PERSONAS}
    return {persona: found["legal"] | own for persona, own in found.items()}


def _ids(customer: dict[str, Any]) -> dict[str, Any]:
    own = {"customer": customer.pop("id")}
    own |= {kind: page["nodes"][0]["id"] for kind, page in customer.items() if page and page["nodes"]}
    return {kind.removesuffix("s"): each for kind, each in own.items()} | {"ids": list(own.values())}


def names(operations: frozenset[Operation]) -> set[str]:
    """Name operations as the sandbox's ledger does."""
    return {f"{each.system.value.lower()} {each.name}" for each in operations}


def denied_by(answer: Answer) -> list[str]:
    return [each["extensions"]["function"] for each in answer.errors if each["extensions"]["code"] == "FORBIDDEN"]


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_nothing_is_called_or_denied_that_is_not_told(
    sandbox: Sandbox, ids: dict[str, dict[str, Any]], document: str, persona: str
) -> None:
    told = reading(Asked(document), PERSONAS[persona])
    with house(sandbox) as cold:
        answer = cold.ask(persona, document, ids[persona])
    assert answer.data is not None
    assert set(answer.calls) <= names(told.operations)
    notes = " ".join(note for _, note in told.lines)
    assert [function for function in denied_by(answer) if f"denied by {function}" not in notes] == []


def test_of_the_first_query_every_call_that_is_told_is_made_and_every_denial(bff: House) -> None:
    document = DOCUMENTS["first"]
    assert set(bff.ask("legal", document).calls) == names(reading(Asked(document), PERSONAS["legal"]).operations)
    for persona, profile in PERSONAS.items():
        assert len(denied_by(bff.ask(persona, document))) == len(reading(Asked(document), profile).denied)


@pytest.mark.parametrize("profile", Profile)
def test_a_system_that_a_profile_never_asks_is_not_told(profile: Profile) -> None:
    every = Asked(DOCUMENTS["nodes"]), Asked(DOCUMENTS["first"]), Asked(DOCUMENTS["invoices"])
    told = {each.system for asked in every for each in reading(asked, profile).operations}
    assert told == SYSTEMS[profile] | {System.DIRECTORY}


def test_a_persons_companies_are_read_as_the_profile_held_there_asks() -> None:
    asked = Asked("{ viewer { memberships { companyName } } }")
    assert reading(asked, Profile.END_USER).loaders == ("parties", "fixed_customers")


# --- found in the code ------------------------------------------------------------------------------------------------


def fields() -> Iterator[BatchField]:
    for made in objects(SCHEMA):
        for field in made.fields.values():
            definition = field.extensions.get("strawberry-definition")
            if isinstance(definition, BatchField):
                yield definition


def test_every_loader_is_used_by_a_field() -> None:
    records = list(RULES.types(Profile.LEGAL_REPRESENTATIVE).rows)
    used = {name for field in fields() for name in _reach.loaders(field.run, records)}
    assert used == set(_reach.all_loaders())
    assert len(used) > 15


OF_CHANGES = {
    "FindByExternalRequestId",
    "LookupThirdPartyInvoice",
    "GET /Users/{id}",
    "GET /appointment",
    "GET /payment",
    "GET /topupBalance",
    "GET /sessions",
}
"""What is asked only for a change: neither these, nor files, nor what changes something are read by a field."""


def test_every_operation_of_the_systems_is_behind_a_loader_of_one_system_or_tells_who_asks() -> None:
    remembered = {"paid"}  # by ourselves
    behind = [_reach.operations(name) for name in _reach.all_loaders() if name not in remembered]
    assert [len({each.system for each in operations}) for operations in behind] == [1] * len(behind)
    found = {each for operations in (*behind, _reach.of_principal()) for each in operations}
    assert found == {
        Operation(system, facts.group, name)
        for system, named in OPERATIONS.items()
        if system is not System.IDENTITY  # whose keys are read when one is not known
        for name, facts in named.items()
        if facts.group != FILES and facts.reads and name not in OF_CHANGES
    }


def test_a_thing_asked_for_by_its_type_reads_no_other_types() -> None:
    told = reading(Asked("query($id: ID!) { contract(id: $id) { number } }"), Profile.ADMIN_FULL)
    assert told.loaders == ("parties", "contracts")


# --- in print ---------------------------------------------------------------------------------------------------------

SMALL = """
query Small($few: Boolean! = true) {
  customer {
    company { name registeredOffice { town } }
    contracts(first: 5) { nodes { number billing { paperless } } }
    invoices(first: 2) @skip(if: $few) { totalCount }
    lines(first: 3) { nodes { n: number ... on FixedLine { location { town } } } }
  }
}
"""


def test_a_plan_is_told_once_for_the_profiles_that_share_it() -> None:
    document = "query Own { customer { company { name } lines(first: 3) { nodes { n: number } } } viewer { profile } }"
    profiles = [Profile.LEGAL_REPRESENTATIVE, Profile.END_USER, Profile.ADMIN_FULL, Profile.CEASED_CUSTOMER]
    assert explain(Asked(document), profiles).splitlines() == [
        "query Own: 8 of 5,000 points",
        "",
        "LEGAL_REPRESENTATIVE, ADMIN_FULL",
        "  Query",
        "    customer   batch",
        "      company  batch: parties, fixed_customers",
        "        name",
        "      lines    batch: parties, fixed_customers, contracts, fixed_accounts, mobile_lines,",
        "               contract_lines, account_lines",
        "        nodes",
        "          on MobileLine",
        "            n=number",
        "          on FixedLine",
        "            n=number",
        "    viewer     batch",
        "      profile",
        "may read",
        "  who asks         DIRECTORY/users: GET /Users",
        "  parties          MOBILE/customers: GET /organization, GET /customer",
        "  fixed_customers  FIXED/customers: FindCustomersByTaxCode",
        "  contracts        MOBILE/contracts: GET /agreement",
        "  fixed_accounts   FIXED/accounts: FindAccountsByCustomer",
        "  mobile_lines     MOBILE/lines: GET /product, GET /resource",
        "  contract_lines   MOBILE/lines: GET /product, GET /resource",
        "  account_lines    FIXED/lines: FindLinesByAccount",
        "",
        "END_USER",
        "  Query",
        "    customer   batch",
        "      company  batch: parties",
        "        name",
        "      lines    batch: parties, contracts, mobile_lines, contract_lines",
        "        nodes",
        "          on MobileLine",
        "            n=number",
        "          on FixedLine",
        "            n=number",
        "    viewer     batch",
        "      profile",
        "may read",
        "  who asks        DIRECTORY/users: GET /Users",
        "  parties         MOBILE/customers: GET /organization, GET /customer",
        "  contracts       MOBILE/contracts: GET /agreement",
        "  mobile_lines    MOBILE/lines: GET /product, GET /resource",
        "  contract_lines  MOBILE/lines: GET /product, GET /resource",
        "",
        "CEASED_CUSTOMER",
        "  Query",
        "    customer   batch",
        "      company  denied by company.read",
        "      lines    denied by company.holdings",
        "    viewer     batch",
        "      profile",
        "may read",
        "  who asks  DIRECTORY/users: GET /Users",
    ]


def test_variables_count_in_the_cost_and_in_what_is_selected() -> None:
    few, all_ = (explain(Asked(SMALL, variables={"few": few}), [Profile.ADMIN_FULL]) for few in (True, False))
    assert "mobile_invoices" not in few
    assert "mobile_invoices" in all_
    document = "query($n: Int!) { customer { contracts(first: $n) { nodes { number } } } }"
    assert explain(Asked(document, variables={"n": 50}), []).startswith("query: 52 of 5,000 points")


def test_the_table_has_a_row_for_each_profile() -> None:
    rows = explain(Asked(SMALL), list(Profile), table=True).splitlines()[2:]
    assert rows[0].split() == ["profile", "denied", "loaders", "operations"]
    assert [row.split()[0] for row in rows[1:]] == [profile.value for profile in Profile]
    told = reading(Asked(SMALL), Profile.END_USER)
    assert rows[4].split() == ["END_USER", str(len(told.denied)), str(len(told.loaders)), str(len(told.operations))]


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_no_line_is_wider_than_a_hundred_columns(document: str) -> None:
    assert max(map(len, explain(Asked(document), list(Profile)).splitlines())) <= 100


def test_a_name_of_any_length_finds_its_place() -> None:
    alias = "a" * 64
    told = explain(Asked(f"{{ customer {{ {alias}: contracts(first: 1) {{ totalCount }} }} }}"), list(Profile))
    assert f"      {alias}=contracts\n              batch: parties, contracts\n" in told


def test_a_reference_that_is_null_without_an_error_is_told_as_denied_too() -> None:
    lines = reading(Asked("{ viewer { line { number } } }"), Profile.CEASED_CUSTOMER).lines
    assert ("    line", "denied by mobile.detail, without an error") in lines
    assert MATRIX["mobile.detail"].reach(Profile.CEASED_CUSTOMER) is None


def test_what_has_no_plan_is_told_so() -> None:
    asked = Asked("{ __schema { queryType { name } } }")
    assert explain(asked, list(Profile)).endswith("\n\ngraphql-core executes it, without a plan: introspection.\n")
    with pytest.raises(Unsupported, match="introspection"):
        reading(asked, Profile.ADMIN_FULL)


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        "{ customer { colour } }",
        "{ customer",
        "{ a: __typename " + " ".join(f"a{n}: __typename" for n in range(20)) + " }",
        "{ customer { lines(first: 100) { nodes { invoices(first: 100) { nodes { number } } } } } }",
        "query A { __typename } query B { __typename }",
    ],
    ids=["unknown field", "syntax", "limit", "cost", "unclear"],
)
def test_what_the_endpoint_refuses_is_refused_with_its_words(bff: House, document: str) -> None:
    with pytest.raises(Refused) as refused:
        explain(Asked(document), list(Profile))
    refusals = [(each["message"], each.get("locations")) for each in refused.value.answer.errors]
    assert refusals == [(each["message"], each.get("locations")) for each in bff.ask("legal", document).errors]


# --- counted ----------------------------------------------------------------------------------------------------------


def test_plans_are_counted_when_they_are_made() -> None:
    document = parse("{ viewer { profile } }")
    before = REGISTRY.get_sample_value("bff_plans_made_total") or 0
    for _ in range(3):
        for profile in Profile:
            ENGINE.plan(document, audience=(profile, frozenset()))
    assert REGISTRY.get_sample_value("bff_plans_made_total") == before + len(Profile)
