"""Another company's ids answer as ids that were never made: byte for byte, and without a call."""

from collections import Counter
from collections.abc import Iterator

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from sandbox.server import Sandbox
from sandbox.world.model import Company, ServiceRequest
from tests.house import House
from tests.journeys.acting import ORDERS_FROM, acting
from tests.journeys.answer import body
from tests.journeys.ident import IDS, id_of
from tests.security.walk import reachable, schema

_RESULTS = " outcome results { status userErrors { code message field } subject { id } } userErrors { code field } } }"

PLACES = {
    "Query.node(id)": "query ($id: ID!) { node(id: $id) { __typename id } }",
    "Query.nodes(ids)": "query ($id: ID!) { nodes(ids: [$id, $id]) { __typename id } }",
    "Query.line(id)": "query ($id: ID!) { line(id: $id) { id invoices { totalCount } } }",
    "Query.contract(id)": "query ($id: ID!) { contract(id: $id) { id lines { totalCount } } }",
    "Query.invoice(id)": "query ($id: ID!) { invoice(id: $id) { id } }",
    "Query.order(id)": "query ($id: ID!) { order(id: $id) { id } }",
    "Query.request(id)": "query ($id: ID!) { request(id: $id) { id } }",
    "Query.offers(campaignId)": "query ($id: ID!) { offers(campaignId: $id) { totalCount } }",
    "InvoiceFilter.lineId": "query ($id: ID!) { customer {"
    " invoices(filter: { lineId: $id }) { totalCount nodes { id } }"
    " invoicesToPay(filter: { lineId: $id }) { totalCount nodes { id } } } }",
    "InvoiceFilter.contractId": "query ($id: ID!) { customer {"
    " invoices(filter: { contractId: $id }) { totalCount nodes { id } }"
    " invoicesToPay(filter: { contractId: $id }) { totalCount nodes { id } } } }",
    "OrderFilter.lineId": "query ($id: ID!) { customer {"
    " orders(filter: { lineId: $id }) { totalCount nodes { id } } } }",
    "RequestFilter.lineId": "query ($id: ID!) { customer {"
    " requests(filter: { lineId: $id }) { totalCount nodes { id } } } }",
    "MobileLineFilter.contractIds": "query ($id: ID!) { customer {"
    " mobileLines(filter: { contractIds: [$id] }) { totalCount nodes { id } }"
    " contracts { nodes { lines(filter: { contractIds: [$id] }) { totalCount } } } } }",
    "ContractDirectDebitSetInput.contractId": "mutation ($id: ID!) {"
    " contractDirectDebitSet(input: { contractId: $id, directDebit: { end: true }, idempotencyKey: 1 }) {"
    " status userErrors { code message field } contract { id } request { id } } }",
    "ContractDeliveryAddressChangeInput.contractId": "mutation ($id: ID!) { contractDeliveryAddressChange(input: {"
    ' contractId: $id, address: { street: "Via Roma, 1", postcode: "20121", town: "Milano", province: "MI" }'
    " idempotencyKey: 1 }) { status userErrors { code message field } contract { id } request { id } } }",
    "ContractPaperlessSetInput.contractId": "mutation ($id: ID!) {"
    " contractPaperlessSet(input: { contractId: $id, paperless: true, idempotencyKey: 1 }) {"
    " status userErrors { code message field } contract { id } request { id } } }",
    "FixedLineDirectDebitSetInput.lineId": "mutation ($id: ID!) {"
    " fixedLineDirectDebitSet(input: { lineId: $id, directDebit: { end: true }, idempotencyKey: 1 }) {"
    " status userErrors { code message field } lines { id } request { id } } }",
    "FixedLineDeliveryAddressChangeInput.lineId": "mutation ($id: ID!) { fixedLineDeliveryAddressChange(input: {"
    ' lineId: $id, address: { street: "Via Roma, 1", postcode: "20121", town: "Milano", province: "MI" }'
    " idempotencyKey: 1 }) { status userErrors { code message field } lines { id } request { id } } }",
    "TiAvvisoSetInput.lineId": "mutation ($id: ID!) {"
    " tiAvvisoSet(input: { lineId: $id, enabled: false, idempotencyKey: 1 }) {"
    " status userErrors { code message field } line { id } request { id } } }",
    "IvrSetInput.lineId": "mutation ($id: ID!) { ivrSet(input: { lineId: $id, enabled: true, idempotencyKey: 1 }) {"
    " status userErrors { code message field } line { id } request { id } } }",
    "FixedLinePaperlessSetInput.lineId": "mutation ($id: ID!) {"
    " fixedLinePaperlessSet(input: { lineId: $id, paperless: true, idempotencyKey: 1 }) {"
    " status userErrors { code message field } lines { id } request { id } } }",
    "SimChangeInput.lineId": "mutation ($id: ID!) {"
    ' simChange(input: { lineId: $id, newIccid: "8939010000000000018", idempotencyKey: 1 }) {'
    " status userErrors { code message field } line { id } order { id } } }",
    "MobileNuisanceReportInput.lineId": "mutation ($id: ID!) { mobileNuisanceReport("
    ' input: { lineId: $id, times: ["2026-11-20T02:30:00+01:00"], idempotencyKey: 1 }) {'
    " status userErrors { code message field } request { id } } }",
    "FixedNuisanceReportInput.lineId": "mutation ($id: ID!) { fixedNuisanceReport("
    ' input: { lineId: $id, times: ["2026-11-20T02:30:00+01:00"], idempotencyKey: 1 }) {'
    " status userErrors { code message field } request { id } } }",
    "FixedLineRelocateInput.lineId": "mutation ($id: ID!) { fixedLineRelocate(input: { lineId: $id,"
    ' address: { street: "Via Roma, 1", postcode: "20121", town: "Milano", province: "MI" },'
    ' contactPhone: "+390212345678", idempotencyKey: 1 }) {'
    " status userErrors { code message field } line { id } request { id } } }",
    "LinesCeaseInput.lineIds": "mutation ($id: ID!) {"
    " linesCease(input: { lineIds: [$id], reason: OTHER, idempotencyKey: 1 }) {"
    " outcome userErrors { code } results { status userErrors { code message field }"
    " subject { id } order { id } request { id } } } }",
    "LinesCeaseRevokeInput.lineIds": "mutation ($id: ID!) {"
    " linesCeaseRevoke(input: { lineIds: [$id, $id], idempotencyKey: 1 }) {"
    " outcome userErrors { code } results { status userErrors { code message field }"
    " subject { id } order { id } request { id } } } }",
    "SimBlockInput.lineId": "mutation ($id: ID!) { simBlock(input: { lineId: $id, reason: LOST, idempotencyKey: 1 }) {"
    " status userErrors { code message field } line { id } request { id } } }",
    "SimUnblockInput.lineId": "mutation ($id: ID!) { simUnblock(input: { lineId: $id, idempotencyKey: 1 }) {"
    " status userErrors { code message field } line { id } request { id } } }",
    "SpendingThresholdsSetInput.contractId": "mutation ($id: ID!) {"
    " spendingThresholdsSet(input: { contractId: $id, thresholds: [], idempotencyKey: 1 }) {"
    " status userErrors { code message field } contract { id } request { id } } }",
    "TimDuoSetInput.contractId": "mutation ($id: ID!) {"
    " timDuoSet(input: { contractId: $id, pairs: [], idempotencyKey: 1 }) {"
    " status userErrors { code message field } contract { id } request { id } } }",
    "CompanyReferenceSetInput.contractId": "mutation ($id: ID!) {"
    " companyReferenceSet(input: { contractId: $id, reference: null, idempotencyKey: 1 }) {"
    " status userErrors { code message field } contract { id } request { id } } }",
    "CharitySmsSetInput.contractId": "mutation ($id: ID!) {"
    " charitySmsSet(input: { contractId: $id, enabled: true, idempotencyKey: 1 }) {"
    " status userErrors { code message field } contract { id } request { id } } }",
    "PremiumServicesSetInput.lineId": "mutation ($id: ID!) {"
    " premiumServicesSet(input: { lineId: $id, enabled: true, idempotencyKey: 1 }) {"
    " status userErrors { code message field } line { id } request { id } } }",
    "PremiumBlackListSetInput.lineId": "mutation ($id: ID!) {"
    " premiumBlackListSet(input: { lineId: $id, blackList: [], idempotencyKey: 1 }) {"
    " status userErrors { code message field } line { id } request { id } } }",
    "CallBackBookInput.slotId": "mutation ($id: ID!) {"
    ' callBackBook(input: { slotId: $id, number: "+39021234567", topic: GENERAL, idempotencyKey: 1 }) {'
    " status userErrors { code message field } slot { id } } }",
    "OfferBuyInput.offerId": "mutation ($id: ID!) { offerBuy(input: { offerId: $id, idempotencyKey: 1 }) {"
    " status userErrors { code message field } order { id } } }",
    "OfferBuyInput.lineIds": "mutation ($id: ID!) {"
    " offerBuy(input: { offerId: $id, lineIds: [$id, $id], idempotencyKey: 1 }) {"
    " status userErrors { code message field } order { id } } }",
    "InvoicePaymentReportInput.invoiceId": "mutation ($id: ID!) { invoicePaymentReport(input: { invoiceId: $id,"
    ' payment: { paidOn: "2026-11-20", amount: "1.00", method: OTHER }, idempotencyKey: 1 }) {'
    " status userErrors { code message field } reference request { id } invoice { id } } }",
    "InvoicesMergeInput.firstInvoiceId": "mutation ($id: ID!) {"
    " invoicesMerge(input: { firstInvoiceId: $id, secondInvoiceId: $id, idempotencyKey: 1 }) {"
    " status userErrors { code message field } request { id } } }",
    "InvoicesMergeInput.secondInvoiceId": "mutation ($id: ID!) {"
    " invoicesMerge(input: { firstInvoiceId: $id, secondInvoiceId: $id, idempotencyKey: 2 }) {"
    " status userErrors { code message field } request { id } } }",
    "MembershipSwitchInput.membershipId": "mutation ($id: ID!) {"
    " membershipSwitch(input: { membershipId: $id, idempotencyKey: 1 }) {"
    " status userErrors { code message field } viewer { profile } } }",
    "UserCreateInput.lineId": 'mutation ($id: ID!) { userCreate(input: { firstName: "Mario", lastName: "Rossi",'
    ' taxCode: "RSSMRA85T10A562S", email: "m@example.it", profile: END_USER, lineId: $id, idempotencyKey: 1 }) {'
    " status userErrors { code message field } user { id } } }",
    "UserToRegisterInput.userId": "mutation ($id: ID!) {"
    " usersRegister(input: { users: [{ userId: $id }], idempotencyKey: 1 }) {" + _RESULTS,
    "UsersProfileChangeInput.userIds": "mutation ($id: ID!) {"
    " usersProfileChange(input: { userIds: [$id], profile: ADMIN_LIGHT, idempotencyKey: 1 }) {" + _RESULTS,
    **{
        f"{name[0].upper()}{name[1:]}Input.userIds": f"mutation ($id: ID!) {{ {name}(input: {{ userIds: [$id],"
        f" idempotencyKey: 1 }}) {{ {_RESULTS}"
        for name in ("usersPasswordReset", "usersCredentialsSend", "usersDeactivate", "usersDelete")
    },
    "InvoicesPayInput.invoiceIds": "mutation ($id: ID!) {"
    " invoicesPay(input: { invoiceIds: [$id], idempotencyKey: 1 }) {"
    " status userErrors { code message field } payment { id } } }",
    "LineTopUpInput.lineId": "mutation ($id: ID!) {"
    ' lineTopUp(input: { lineId: $id, amount: "10", idempotencyKey: 1 }) {'
    " status userErrors { code message field } payment { id } } }",
    "DocumentLinkCreateInput.documentId": "mutation ($id: ID!) { documentLinkCreate(input: { documentId: $id }) {"
    " status userErrors { code message field } link { url } } }",
}
"""A query for every place where a client may put an id."""

MALFORMED = ["", "x", "null", "MO-000006-0001", "AAAA", "=" * 40, "é", "A" * 4000, "../../etc/passwd", "' OR 1=1 --"]


@pytest.fixture
def stranger(sandbox: Sandbox) -> Company:
    """Give a company of both networks that none of the personas here acts for."""
    company = sandbox.world.companies[-1]
    assert company.agreements
    assert company.fixed_lines
    return company


def _rows(company: Company) -> list[object]:
    return [
        company,
        company.agreements[0],
        company.mobile_lines[0],
        company.fixed_lines[0],
        company.bills[0],
        company.bills[-1],
        company.orders[0],
        next(order for order in company.orders if order.network == "fixed"),
        *_recent_requests(company),
    ]


def _recent_requests(company: Company) -> list[ServiceRequest]:
    """Give two requests of the window, where there are as many."""
    return [request for request in company.requests if request.made_at.date() >= ORDERS_FROM][:2]


@pytest.mark.parametrize("place", PLACES)
def test_a_foreign_id_answers_byte_for_byte_as_one_that_was_never_made(
    warm: House, sandbox: Sandbox, stranger: Company, place: str
) -> None:
    own = acting(sandbox.world, "legal").company
    warm.ask("legal", PLACES[place], {"id": "first"})
    never_made = warm.ask("legal", PLACES[place], {"id": IDS.encode("Nothing", None, ("none",), own.tax_code)})

    for row in _rows(stranger):
        foreign = warm.ask("legal", PLACES[place], {"id": id_of(row, stranger)})

        assert body(foreign) == body(never_made)
        assert foreign.calls == never_made.calls == Counter()
    assert not never_made.errors


@pytest.mark.parametrize("place", PLACES)
def test_a_malformed_id_answers_as_one_that_was_never_made(warm: House, sandbox: Sandbox, place: str) -> None:
    own = acting(sandbox.world, "legal").company
    good = id_of(own.mobile_lines[0], own)
    damaged = [good[:-1], good[1:], good + "A", good[:-1] + ("A" if good[-1] != "A" else "B"), good.swapcase()]
    never_made = warm.ask("legal", PLACES[place], {"id": IDS.encode("Nothing", None, ("none",), own.tax_code)})

    for text in (*MALFORMED, *damaged):
        assert body(warm.ask("legal", PLACES[place], {"id": text})) == body(never_made), text


@pytest.mark.parametrize(
    "place", ["Query.line(id)", "Query.contract(id)", "Query.invoice(id)", "Query.order(id)", "Query.request(id)"]
)
def test_an_own_id_of_another_type_answers_as_one_that_was_never_made(
    warm: House, sandbox: Sandbox, place: str
) -> None:
    own = acting(sandbox.world, "legal").company
    fitting = {"line": (2, 3), "contract": (1,), "invoice": (4, 5), "order": (6, 7), "request": (8, 9)}[place[6:-4]]
    never_made = warm.ask("legal", PLACES[place], {"id": IDS.encode("Nothing", None, ("none",), own.tax_code)})

    for index, row in enumerate(_rows(own)):
        answer = warm.ask("legal", PLACES[place], {"id": id_of(row, own)})

        assert (body(answer) == body(never_made)) is (index not in fitting)


def test_an_id_of_ours_for_a_thing_that_is_not_ours_answers_as_one_that_was_never_made(
    warm: House, sandbox: Sandbox, stranger: Company
) -> None:
    own = acting(sandbox.world, "legal").company
    never_made = warm.ask("legal", PLACES["Query.node(id)"], {"id": "never-made"})

    for row in _rows(stranger)[1:]:
        named = IDS.decode(id_of(row, stranger), stranger.tax_code)
        mine = IDS.encode(named.type, named.system, named.key, own.tax_code)

        assert body(warm.ask("legal", PLACES["Query.node(id)"], {"id": mine})) == body(never_made), named.type


def test_a_cursor_is_no_id_and_an_id_is_no_cursor(warm: House, sandbox: Sandbox) -> None:
    own = acting(sandbox.world, "legal").company
    edges = warm.ask("legal", "{ customer { lines(first: 1) { edges { cursor } } } }").data["customer"]["lines"][
        "edges"
    ]
    by_cursor = warm.ask("legal", PLACES["Query.node(id)"], {"id": edges[0]["cursor"]})
    query = "query ($after: String!) { customer { lines(after: $after) { totalCount } } }"
    by_id = warm.ask("legal", query, {"after": id_of(own.mobile_lines[0], own)})

    assert (by_cursor.data, by_cursor.errors) == ({"node": None}, [])
    assert by_id.data == {"customer": {"lines": None}}
    assert by_id.codes == [("BAD_REQUEST", "customer.lines")]


def test_two_companies_never_have_an_id_in_common(sandbox: Sandbox, stranger: Company) -> None:
    own = acting(sandbox.world, "legal").company

    assert {id_of(row, own) for row in _rows(own)}.isdisjoint(id_of(row, stranger) for row in _rows(own)[1:])


def test_every_place_for_an_id_in_the_schema_has_a_case() -> None:
    assert set(_places()) == set(PLACES)


def _places() -> Iterator[str]:
    types = schema().type_map
    for type_name, field_name in reachable():
        field = types[type_name].fields[field_name]  # type: ignore[attr-defined]
        for name, argument in field.args.items():
            if get_named_type(argument.type).name == "ID":
                yield f"{type_name}.{field_name}({name})"
    for made in types.values():
        if isinstance(made, GraphQLInputObjectType):
            for name, taken in made.fields.items():
                if get_named_type(taken.type).name == "ID" and name != "idempotencyKey":  # which is the client's
                    yield f"{made.name}.{name}"
