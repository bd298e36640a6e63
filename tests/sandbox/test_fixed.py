"""The fixed system called by zeep, a client that knows nothing of ours; every answer is validated against the XSD."""

# zeep says that it is typed and leaves its functions without types.
# mypy: disable-error-code="no-untyped-call"

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import zeep
import zeep.exceptions
import zeep.helpers
from lxml import etree
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

import sandbox.fixed
from sandbox._faults import Injected, Parameters, Quirk, Rule
from sandbox.clock import ROME
from sandbox.credentials import FIXED_PASSWORD, FIXED_USERNAME
from sandbox.fixed import finder
from sandbox.fixed.finder import FINDERS, Holdings
from sandbox.fixed.row import Charged, invoice_state
from sandbox.fixed.soap import Envelope, element
from sandbox.server import Sandbox
from sandbox.world.model import Bill, Company
from sandbox.world.service import fixed_services

SCHEMA = etree.XMLSchema(file=str(Path(sandbox.fixed.__file__).with_name("fixed-legacy.xsd")))
HEADER = {"sourceSystem": "BFF", "channel": "WEB", "correlationId": "c-1", "sentAt": "22/11/2026 09:30:00"}
FINE = {"code": "000", "severity": "I", "message": None}
UNKNOWN_KEY = {"code": "404", "severity": "E", "message": "Chiave sconosciuta"}


class Validated(zeep.Plugin):
    """Fails on an answer that the XSD does not allow."""

    def ingress(self, envelope: Any, http_headers: Any, operation: Any) -> tuple[Any, Any]:
        del operation
        [content] = envelope.find("{*}Body")
        SCHEMA.assertValid(content.find("detail")[0] if content.tag.endswith("}Fault") else content)
        return envelope, http_headers


class SandboxToken(UsernameToken):
    """A digest token made at the sandbox's time, or `skew` off it."""

    def __init__(self, running: Sandbox, *, skew: timedelta = timedelta(), **changes: Any) -> None:
        super().__init__(**{"username": FIXED_USERNAME, "password": FIXED_PASSWORD, "use_digest": True, **changes})
        self._running = running
        self._skew = skew

    def apply(self, envelope: Any, headers: Any) -> Any:
        self.created = self._running.clock.now().astimezone(UTC) + self._skew
        return super().apply(envelope, headers)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="module")
def client(running: Sandbox) -> Iterator[zeep.Client]:
    with requests.Session() as session:
        yield zeep.Client(
            f"{running.urls.fixed}/ws/FixedLegacy?wsdl",
            wsse=SandboxToken(running),
            transport=Transport(session=session),
            plugins=[Validated()],
        )


@pytest.fixture(autouse=True)
def fresh(running: Sandbox) -> None:
    running.faults.clear()
    running.ledger.clear()


Call = Callable[..., Any]


@pytest.fixture
def call(client: zeep.Client) -> Call:
    return caller(client)


def caller(client: zeep.Client) -> Call:
    """Make what calls an operation and gives its answer as plain dicts and lists."""

    def called(operation: str, *keys: str, header: dict[str, str] | None = None, **parameters: Any) -> Any:
        asked = {"header": header or HEADER, **({"key": list(keys)} if keys else {}), **parameters}
        return zeep.helpers.serialize_object(client.service[operation](**asked), dict)

    return called


def another(client: zeep.Client, token: SandboxToken | None) -> zeep.Client:
    """Make a client with other credentials and the same contract."""
    return zeep.Client(client.wsdl, wsse=token, transport=client.transport, plugins=[Validated()])


def company_of(running: Sandbox, persona: str) -> Company:
    subject = next(each.subject for each in running.world.personas if each.name == persona)
    user = next(user for user in running.world.users if user.subject == subject)
    return running.world.by_tax_code[user.memberships[0].company_tax_code]


def today(running: Sandbox) -> date:
    return running.clock.now().astimezone(ROME).date()


def fixed_bills(company: Company) -> list[Bill]:
    accounts = {account.code for account in company.fixed_accounts}
    return [bill for bill in company.bills if bill.account in accounts]


def in_account_order(bills: list[Bill], accounts: list[str]) -> list[str]:
    return [bill.number for account in accounts for bill in bills if bill.account == account]


def refused(call: Call, operation: str, *keys: str, **parameters: Any) -> tuple[str, str]:
    """Call what must end in a fault; give SOAP's fault code and the system's own."""
    with pytest.raises(zeep.exceptions.Fault) as caught:
        call(operation, *keys, **parameters)
    [legacy] = caught.value.detail
    return caught.value.code, legacy.findtext("{*}code")


def test_the_wsdl_is_served_whole_with_the_address_that_listens(client: zeep.Client, running: Sandbox) -> None:
    [service] = client.wsdl.services.values()
    [port] = service.ports.values()

    assert port.binding_options["address"] == f"{running.urls.fixed}/ws/FixedLegacy"
    assert len(port.binding.all()) == 30


def test_ping_says_that_there_is_no_maintenance(call: Call, running: Sandbox) -> None:
    assert call("Ping") == {"outcome": FINE, "maintenance": "N", "until": None}
    [entry] = running.ledger.entries(system="fixed")
    assert (entry.operation, entry.keys, entry.status) == ("Ping", 0, 200)


def test_customers_are_found_by_tax_code(call: Call, running: Sandbox) -> None:
    small, ceased, mobile_only = (company_of(running, name) for name in ("legal", "ceased", "mobile"))
    keys = [small.tax_code, ceased.tax_code, mobile_only.tax_code]

    answer = call("FindCustomersByTaxCode", *keys)

    [first, left] = answer["customer"]
    office = small.office
    assert first == {
        "customerCode": small.fixed_customers[0].code,
        "companyName": small.name,
        "taxCode": small.tax_code,
        "vatNumber": small.vat_number,
        "segment": small.fixed_customers[0].segment,
        "legalAddress": {
            "toponym": office.toponym,
            "street": office.street,
            "civic": office.civic,
            "postCode": office.postcode,
            "city": office.town,
            "province": office.province,
            "istatCode": None,
        },
        "legalRepTaxCode": small.representative.tax_code,
        "legalRepGivenName": small.representative.first_name,
        "legalRepFamilyName": small.representative.last_name,
        "contactEmail": small.fixed_customers[0].contact_email,
        "ceasedOn": None,
    }
    ceased_on = ceased.fixed_customers[0].ceased_on
    assert ceased_on is not None
    assert left["ceasedOn"] == f"{ceased_on:%d/%m/%Y}"
    assert answer["itemOutcome"] == [{"key": mobile_only.tax_code, "outcome": UNKNOWN_KEY}]
    assert (answer["outcome"], answer["pageInfo"]) == (FINE, {"pageNo": 1, "lastPage": "S", "totalRows": 2})
    assert running.ledger.entries(system="fixed")[0].keys == 3


def test_a_company_may_have_several_customer_codes(call: Call, running: Sandbox) -> None:
    big = company_of(running, "big")

    answer = call("FindCustomersByTaxCode", big.tax_code)

    assert [row["customerCode"] for row in answer["customer"]] == [each.code for each in big.fixed_customers]
    assert len(answer["customer"]) > 1


def test_accounts_are_found_by_customer_with_their_direct_debit_or_without(call: Call, running: Sandbox) -> None:
    big = company_of(running, "big")

    rows = call("FindAccountsByCustomer", *(each.code for each in big.fixed_customers))["account"]

    by_code = {row["accountCode"]: row for row in rows}
    assert set(by_code) == {account.code for account in big.fixed_accounts}
    for account in big.fixed_accounts:
        row = by_code[account.code]
        assert row["customerCode"] == account.customer_code
        assert (row["directDebit"] == "S") is (account.direct_debit_iban is not None)
        assert (row["iban"], row["holderName"]) == (account.direct_debit_iban, account.holder_name)
        assert (row["paperless"] == "S") is account.paperless
        assert (row["recipientCode"], row["certifiedEmail"]) == (account.recipient_code, account.certified_email)
    assert {row["directDebit"] for row in rows} == {"S", "N"}


def test_lines_of_many_accounts_come_in_pages_that_are_capped_in_silence(call: Call, running: Sandbox) -> None:
    big = company_of(running, "big")
    accounts = [account.code for account in big.fixed_accounts]

    pages = [call("FindLinesByAccount", *accounts, page={"pageNo": number, "pageSize": 500}) for number in range(1, 5)]

    assert [len(page["line"]) for page in pages] == [200, 200, 200, 200]
    assert [page["pageInfo"]["lastPage"] for page in pages] == ["N", "N", "N", "S"]
    assert {page["pageInfo"]["totalRows"] for page in pages} == {800}
    assert {row["lineId"] for page in pages for row in page["line"]} == {line.id for line in big.fixed_lines}
    assert call("FindLinesByAccount", *accounts, page={"pageNo": 5, "pageSize": 200})["line"] == []


def test_lines_can_be_narrowed_by_state(call: Call, running: Sandbox) -> None:
    small = company_of(running, "legal")
    accounts = [account.code for account in small.fixed_accounts]
    state = small.fixed_lines[-1].state

    rows = call("FindLinesByAccount", *accounts, state=[state])["line"]

    assert {row["lineId"] for row in rows} == {line.id for line in small.fixed_lines if line.state == state}


def test_lines_are_found_by_id_in_the_order_asked_each_once(call: Call, running: Sandbox) -> None:
    first, second, *_ = company_of(running, "legal").fixed_lines

    answer = call("FindLinesById", second.id, "099999999", first.id, second.id)

    assert [row["lineId"] for row in answer["line"]] == [second.id, first.id]
    assert answer["itemOutcome"] == [{"key": "099999999", "outcome": UNKNOWN_KEY}]
    row = answer["line"][1]
    assert (row["accountCode"], row["type"], row["state"]) == (first.account_code, first.technology, first.state)
    assert row["activatedOn"] == f"{first.activated_on:%d/%m/%Y}"
    assert (row["tariffPlan"], row["location"]["city"]) == (first.tariff_plan, first.location.town)


def test_an_invoice_is_written_in_the_systems_own_notation(call: Call, running: Sandbox) -> None:
    small = company_of(running, "legal")
    bills = fixed_bills(small)
    accounts = [account.code for account in small.fixed_accounts]

    rows = call("FindInvoicesByAccount", *accounts)["invoice"]

    assert [row["invoiceNo"] for row in rows] == in_account_order(bills, accounts)[:200]
    by_key = {(bill.account, bill.number, f"{bill.issued_on:%d/%m/%Y}"): bill for bill in bills}
    for row in rows:
        bill = by_key[row["accountCode"], row["invoiceNo"], row["issuedOn"]]
        read = {name: Decimal(row[name].replace(".", "").replace(",", ".")) for name in ("total", "vat", "outstanding")}
        assert read == {"total": bill.gross, "vat": bill.vat, "outstanding": bill.outstanding}
        assert row["kind"] == ("NC" if bill.credit_note else "UN" if bill.single else "FT")
        assert row["state"] == invoice_state(bill, today(running))
        assert (row["periodFrom"], row["dueOn"]) == (f"{bill.period_from:%d/%m/%Y}", f"{bill.due_on:%d/%m/%Y}")
    assert {row["kind"] for row in rows} == {"FT", "NC", "UN"}


def test_invoices_are_narrowed_by_bimester_and_by_day_of_issue(call: Call, running: Sandbox) -> None:
    small = company_of(running, "legal")
    bills, accounts = fixed_bills(small), [account.code for account in small.fixed_accounts]
    first, last = date(2026, 3, 6), date(2026, 9, 6)

    issued = call("FindInvoicesByAccount", *accounts, **{"from": "06/03/2026", "to": "06/09/2026 23:59:59"})
    billed = call("FindInvoicesByAccount", *accounts, bimester=["2026-B1", "2026-B2"])

    wanted = [bill for bill in bills if first <= bill.issued_on <= last]
    assert first in {bill.issued_on for bill in wanted}
    assert [row["invoiceNo"] for row in issued["invoice"]] == in_account_order(wanted, accounts)
    early = [bill for bill in bills if bill.period_from.year == 2026 and bill.period_from.month in {1, 2, 3, 4}]
    assert [row["invoiceNo"] for row in billed["invoice"]] == in_account_order(early, accounts)
    assert {row["bimester"] for row in billed["invoice"]} == {None, "2026-B1", "2026-B2"}


def test_unpaid_invoices_are_those_of_five_years(call: Call, running: Sandbox) -> None:
    small = company_of(running, "legal")
    accounts = [account.code for account in small.fixed_accounts]
    oldest = today(running).replace(year=today(running).year - 5)

    rows = call("FindUnpaidInvoicesByAccount", *accounts)["invoice"]

    owed = [
        bill
        for bill in fixed_bills(small)
        if bill.outstanding and not bill.cancelled and not bill.credit_note and bill.issued_on >= oldest
    ]
    assert [row["invoiceNo"] for row in rows] == in_account_order(owed, accounts)
    assert {row["state"] for row in rows} >= {"SC", "PP"}


def test_an_invoice_number_comes_again_in_other_years(call: Call, running: Sandbox) -> None:
    number = fixed_bills(company_of(running, "legal"))[0].number

    rows = call("FindInvoicesByNumber", number)["invoice"]

    assert len(rows) > 1
    assert {row["invoiceNo"] for row in rows} == {number}
    assert len({row["issuedOn"] for row in rows}) == len(rows)


def test_what_takes_no_page_answers_whole_however_many_rows_there_are(running: Sandbox) -> None:
    company = company_of(running, "legal")
    bill = fixed_bills(company)[0]
    asked = Envelope(header=None, body=element("FindInvoicesByNumber", [("key", bill.number)]))
    holdings = {bill.number: [(company, Charged(bill, line_id=None))] * 201}

    given = finder.answer(FINDERS["FindInvoicesByNumber"], holdings, asked, Injected(), running.clock.now())

    SCHEMA.assertValid(given)
    assert len(given.findall("{*}invoice")) == 201
    assert given.findtext("{*}pageInfo/{*}lastPage") == "S"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, "EM"),
        ({"issued_on": date(2026, 11, 10)}, "DP"),
        ({"due_on": date(2026, 11, 21)}, "SC"),
        ({"outstanding": Decimal(5)}, "PP"),
        ({"outstanding": Decimal(0)}, "PA"),
        ({"disputed": True}, "CO"),
        ({"cancelled": True, "outstanding": Decimal(0)}, "ST"),
    ],
)
def test_the_state_of_an_invoice_follows_from_the_bill_and_the_day(changes: dict[str, Any], state: str) -> None:
    day = date(2026, 11, 22)
    bill = Bill("B1", "F0000101", "1" * 12, (), day, day, day, day, Decimal(10), Decimal(1), Decimal(10))

    assert invoice_state(replace(bill, **changes), day) == state


def test_orders_of_a_customer_since_a_moment(call: Call, running: Sandbox) -> None:
    small = company_of(running, "legal")
    code = small.fixed_customers[0].code
    orders = [order for order in small.orders if order.network == "fixed"]
    since = sorted(order.placed_at for order in orders)[len(orders) // 2].astimezone(ROME)

    rows = call("FindOrdersByCustomer", code, **{"from": f"{since:%d/%m/%Y %H:%M:%S}"})["order"]

    wanted = [order for order in orders if order.placed_at >= since]
    assert 0 < len(wanted) < len(orders)
    assert [row["orderId"] for row in rows] == [order.id for order in wanted]
    kinds = {row["kind"] for row in rows}
    assert kinds <= {"ATTIVAZIONE", "AMPLIAMENTO", "OFFERTA", "OPZIONE", "CESSAZIONE"}
    for row, order in zip(rows, wanted, strict=True):
        assert row["receivedOn"] == f"{order.placed_at.astimezone(ROME):%d/%m/%Y %H:%M:%S}"
        assert (row["enteredBy"], row["externalRequestId"]) == (order.requested_by, order.external_id)
        assert [item["itemId"] for item in row["item"]] == [item.id for item in order.items]


def test_an_order_found_by_id_carries_phases_and_delivery(call: Call, running: Sandbox) -> None:
    orders = [order for company in running.world.companies for order in company.orders if order.network == "fixed"]
    order, delivery = next(
        (order, item.delivery)
        for order in orders
        for item in order.items[:1]
        if item.delivery and item.delivery.reached[-1][0] == "DELIVERED"
    )

    answer = call("FindOrdersById", order.id, "unknown")

    [row] = answer["order"]
    item = row["item"][0]
    assert answer["itemOutcome"] == [{"key": "unknown", "outcome": UNKNOWN_KEY}]
    assert (item["carrier"], item["trackingNo"]) == (delivery.carrier, delivery.tracking_code)
    assert item["kind"] == order.items[0].name
    assert [phase["code"] for phase in item["phase"]] == [
        *(phase.code for phase in order.items[0].phases),
        *(f"SPED_{state}" for state, _ in delivery.reached),
    ]
    assert item["phase"][-1]["reachedOn"] == f"{delivery.reached[-1][1].astimezone(ROME):%d/%m/%Y %H:%M:%S}"


def test_what_is_not_shipped_has_no_tracking_and_what_is_not_reached_no_time(call: Call, running: Sandbox) -> None:
    orders = [order for company in running.world.companies for order in company.orders if order.network == "fixed"]
    received = next(order for order in orders if order.state == "RECEIVED")

    [row] = call("FindOrdersById", received.id)["order"]

    assert row["state"] == "RIC"
    for item in row["item"]:
        assert (item["carrier"], item["trackingNo"]) == (None, None)
        assert [phase["reachedOn"] is None for phase in item["phase"]][:2] == [False, True]


@pytest.mark.parametrize("name", FINDERS)
def test_every_row_of_the_world_is_as_the_xsd_wants(running: Sandbox, name: str) -> None:
    holdings = finder.index(FINDERS[name], running.world)

    answers = list(all_answers(running, name, holdings))

    assert sum(len(given) for given in answers) > len(running.world.companies)
    for given in answers:
        SCHEMA.assertValid(given)


def all_answers(running: Sandbox, name: str, holdings: Holdings) -> Iterator[etree._Element]:
    keys = list(holdings)
    for first in range(0, len(keys), 50):
        number, is_last = 1, "N"
        while is_last == "N":
            page = [("pageNo", str(number)), ("pageSize", "200")]
            batch = [("key", key) for key in keys[first : first + 50]]
            asked = Envelope(header=None, body=element(name, [*batch, ("from", "01/01/2000"), ("page", page)]))
            given = finder.answer(FINDERS[name], holdings, asked, Injected(), running.clock.now())
            yield given
            number, is_last = number + 1, given.findtext("{*}pageInfo/{*}lastPage", "")


def test_services_are_found_by_line_inactive_ones_too(call: Call, running: Sandbox) -> None:
    big = company_of(running, "big")
    lines = big.fixed_lines[:50]
    drawn = [(line.id, each) for line in lines for each in fixed_services(big, line)]

    rows = call("FindServicesByLine", *(line.id for line in lines))["service"]

    assert [(row["lineId"], row["serviceCode"], row["description"], row["active"]) for row in rows] == [
        (key, each.code, each.name, "S" if each.active else "N") for key, each in drawn
    ]
    assert [row["since"] for row in rows] == [each.since and f"{each.since:%d/%m/%Y}" for _, each in drawn]
    assert {row["active"] for row in rows} == {"S", "N"}
    assert None in {row["since"] for row in rows}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("FindPaymentsByInvoice", {"key": ["12345678"]}),
    ],
)
def test_the_other_operations_say_that_they_are_not_there_yet(
    call: Call, operation: str, parameters: dict[str, Any]
) -> None:
    assert refused(call, operation, **parameters) == ("soap:Server", "NOT_IMPLEMENTED")


@pytest.mark.parametrize(
    ("operation", "keys", "parameters", "code"),
    [
        ("FindLinesByAccount", ["123"], {}, "SCHEMA"),
        ("FindLinesByAccount", ["1" * 12], {"state": ["XXX"]}, "SCHEMA"),
        ("FindLinesByAccount", ["1" * 12], {"page": {"pageNo": 0, "pageSize": 10}}, "PAGE"),
        ("FindLinesByAccount", ["1" * 12], {"page": {"pageNo": 1, "pageSize": 0}}, "PAGE"),
        ("FindOrdersByCustomer", ["1"], {"from": "31/02/2026"}, "DATE"),
        ("FindInvoicesByAccount", ["1" * 12], {"to": "01/01/2026 25:00:00"}, "DATE"),
        ("Ping", [], {"header": {**HEADER, "correlationId": " "}}, "HEADER"),
    ],
)
def test_a_request_that_makes_no_sense_is_the_clients_fault(
    call: Call, operation: str, keys: list[str], parameters: dict[str, Any], code: str
) -> None:
    assert refused(call, operation, *keys, **parameters) == ("soap:Client", code)


def test_more_than_fifty_keys_are_refused(client: zeep.Client, running: Sandbox) -> None:
    message = client.create_message(client.service, "FindLinesById", header=HEADER, key=["021234567"])
    [body] = message.find("{*}Body")
    for _ in range(50):
        body.append(etree.fromstring(etree.tostring(body.find("{*}key"))))

    answer = httpx.post(f"{running.urls.fixed}/ws/FixedLegacy", content=etree.tostring(message))

    assert answer.status_code == 500
    assert b"<t:code>SCHEMA</t:code>" in answer.content


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "wrong"},
        {"username": "nobody"},
        {"use_digest": False},
        {"password": None},
        {"skew": timedelta(minutes=5, seconds=30)},
        {"skew": timedelta(minutes=-5, seconds=-30)},
    ],
)
def test_who_does_not_prove_to_be_the_bff_is_refused(
    client: zeep.Client, running: Sandbox, changes: dict[str, Any]
) -> None:
    stranger = another(client, SandboxToken(running, **changes))

    assert refused(caller(stranger), "Ping") == ("wsse:FailedAuthentication", "SEC01")


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_less_than_five_minutes_off_is_borne(
    client: zeep.Client, running: Sandbox, minutes: int
) -> None:
    off = another(client, SandboxToken(running, skew=timedelta(minutes=minutes)))

    assert caller(off)("Ping")["outcome"] == FINE


def test_a_request_without_a_token_is_refused(client: zeep.Client) -> None:
    assert refused(caller(another(client, None)), "Ping") == ("wsse:FailedAuthentication", "SEC01")


def test_a_token_works_once(client: zeep.Client, running: Sandbox) -> None:
    again = caller(another(client, SandboxToken(running, nonce="always-the-same")))

    assert again("Ping")["outcome"] == FINE
    assert refused(again, "Ping") == ("wsse:FailedAuthentication", "SEC01")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "XML"),
        (b"<a><b></a>", "XML"),
        (b"<a/>", "SOAP"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "XML"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>', "XML"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>'.encode("utf-16"), "XML"),
        (b"<a>" * 1000 + b"</a>" * 1000, "XML"),
    ],
)
def test_what_is_no_plain_envelope_is_refused_unread(running: Sandbox, body: bytes, code: str) -> None:
    answer = httpx.post(f"{running.urls.fixed}/ws/FixedLegacy", content=body)

    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/xml; charset=utf-8")
    fault = etree.fromstring(answer.content).find("{*}Body/{*}Fault")
    assert fault is not None
    assert (fault.findtext("faultcode"), fault.findtext("detail/{*}LegacyFault/{*}code")) == ("soap:Client", code)


def test_a_request_of_over_a_megabyte_is_refused(running: Sandbox) -> None:
    assert httpx.post(f"{running.urls.fixed}/ws/FixedLegacy", content=b" " * (1024 * 1024 + 1)).status_code == 413


def test_the_endpoint_is_no_page(running: Sandbox) -> None:
    answer = httpx.get(f"{running.urls.fixed}/ws/FixedLegacy")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_one_error_has_three_shapes(call: Call, running: Sandbox) -> None:
    told = Parameters(code="E123", message="Errore")
    for quirk in (Quirk.ERROR_FAULT_500, Quirk.ERROR_FAULT_200):
        running.faults.set(Rule(quirk=quirk, system="fixed", parameters=told))
        assert refused(call, "FindLinesById", "021234567") == ("soap:Server", "E123")

    running.faults.set(Rule(quirk=Quirk.ERROR_CODE_IN_ANSWER, system="fixed", parameters=told))
    answers = [call("FindLinesById", "021234567"), call("Ping")]

    assert [answer["outcome"] for answer in answers] == [{"code": "E123", "severity": "E", "message": "Errore"}] * 2
    assert [entry.status for entry in running.ledger.entries(system="fixed")] == [500, 200, 200, 200]


def test_at_night_the_database_is_closed(call: Call, running: Sandbox) -> None:
    running.faults.set(Rule(quirk=Quirk.NIGHT_WINDOW, system="fixed"))

    assert refused(call, "Ping") == ("soap:Server", "DB900")


def test_a_bulk_answer_may_fail_for_some_of_its_keys(call: Call, running: Sandbox) -> None:
    first, second, *_ = company_of(running, "legal").fixed_lines
    running.faults.set(Rule(quirk=Quirk.PARTIAL_BULK, system="fixed", parameters=Parameters(keys=(first.id,))))

    answer = call("FindLinesById", first.id, second.id)

    assert [row["lineId"] for row in answer["line"]] == [second.id]
    assert answer["itemOutcome"] == [
        {"key": first.id, "outcome": {"code": "E999", "severity": "E", "message": "Errore interno"}}
    ]


def test_a_poisoned_key_fails_its_whole_batch(call: Call, running: Sandbox) -> None:
    first, second, *_ = company_of(running, "legal").fixed_lines
    running.faults.set(Rule(quirk=Quirk.POISONED_KEY, system="fixed", parameters=Parameters(keys=(first.id,))))

    assert refused(call, "FindLinesById", first.id, second.id) == ("soap:Server", "E999")
    assert call("FindLinesById", second.id)["outcome"] == FINE


def test_rows_that_were_never_asked_for_are_another_companys(call: Call, running: Sandbox) -> None:
    company = company_of(running, "legal")
    own = {line.id for line in company.fixed_lines}
    running.faults.set(Rule(quirk=Quirk.FOREIGN_ROWS, system="fixed", parameters=Parameters(rows=3)))

    rows = call("FindLinesByAccount", company.fixed_accounts[0].code)["line"]

    assert len({row["lineId"] for row in rows} - own) == 3


def test_rows_may_be_missing_twice_there_and_in_another_order(call: Call, running: Sandbox) -> None:
    lines = [line.id for line in company_of(running, "legal").fixed_lines]
    seen = {}
    for quirk in (Quirk.MISSING_ROWS, Quirk.DUPLICATED, Quirk.SHUFFLED):
        running.faults.set(Rule(quirk=quirk, system="fixed"))
        seen[quirk] = [row["lineId"] for row in call("FindLinesById", *lines)["line"]]

    assert len(seen[Quirk.MISSING_ROWS]) == len(lines) - 1
    assert seen[Quirk.DUPLICATED] == lines * 2
    assert seen[Quirk.SHUFFLED] != lines
    assert sorted(seen[Quirk.SHUFFLED]) == sorted(lines)
