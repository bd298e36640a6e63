"""Paying: from the mutation over the provider's page to the systems that are owed, once and for all."""

from typing import Any

import httpx
import pytest

from bff.acts.payment import GONE_S, HELD_S
from bff.http.payment_hook import PATH
from bff.state.deeds import LIFE_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.payment.message import FAULTS, Fault
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys import managed
from tests.journeys.acting import acting, mobile_lines
from tests.journeys.ident import id_of
from tests.journeys.paying import PAYMENT, decide, money, others, payable, prepaid
from tests.live.listening import client, subscribed
from tests.waiting import eventually

INVOICE = "query ($id: ID!) { invoice(id: $id) { state remaining { amount } } }"
TO_PAY = "{ customer { invoicesToPay(first: 100) { nodes { number } } } }"
VERIFIED = "query ($id: ID!) { invoice(id: $id) { state actions { name state reason } } }"
BEGUN = "status userErrors { code field message } payment { id state checkoutUrl expiresAt }"
PAY = (
    "mutation ($ids: [ID!]!, $key: ID!, $path: String) {"
    "  invoicesPay(input: { invoiceIds: $ids, idempotencyKey: $key, returnPath: $path }) {"
    f"  {BEGUN} }} }}"
)
TOP_UP = (
    "mutation ($id: ID!, $amount: Decimal!, $key: ID!) {"
    f"  lineTopUp(input: {{ lineId: $id, amount: $amount, idempotencyKey: $key }}) {{ {BEGUN} }} }}"
)
PAY_OTHER = (
    "mutation ($number: String!, $amount: Decimal!, $key: ID!) {"
    "  otherInvoicePay(input: { invoice: { number: $number, amount: $amount }, idempotencyKey: $key }) {"
    f"  {BEGUN} }} }}"
)


def told_to(bff: House) -> None:
    """Let the provider tell a house of what happens."""
    bff.sandbox.payments.url = bff.url + PATH


def pay(bff: House, key: str = "key-1", path: str | None = "/fatture?pagata=1#fine") -> Answer:
    who = acting(bff.sandbox.world, "legal")
    ids = [id_of(bill, who.company) for bill in payable(who)]
    return bff.ask("legal", PAY, {"ids": ids, "key": key, "path": path})


def begun(answer: Answer, name: str = "invoicesPay") -> dict[str, Any]:
    assert answer.errors == []
    result: dict[str, Any] = answer.data[name]
    assert (result["status"], result["userErrors"]) == ("ACCEPTED", [])
    payment: dict[str, Any] = result["payment"]
    return payment


def state(bff: House, payment_id: str, persona: str = "legal") -> str | None:
    node = bff.ask(persona, PAYMENT, {"id": payment_id}).data["node"]
    return node and str(node["state"])


def recorded(sandbox: Sandbox) -> int:
    return len([each for each in sandbox.deeds if each.what in {"payment", "notified", "topup"}])


def test_invoices_of_both_networks_are_paid_on_one_page_and_recorded_once_each(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    payment = begun(pay(bff))
    assert payment["state"] == "CHECKOUT"
    assert recorded(sandbox) == 0

    back = decide(sandbox, payment["checkoutUrl"], "paid")
    assert (back.status_code, back.headers["location"]) == (303, "https://business.example/fatture?pagata=1#fine")

    eventually(lambda: state(bff, payment["id"]) == "PAID", "it is not paid")
    who = acting(sandbox.world, "legal")
    mobile, fixed = payable(who)
    by_kind = {each.what: each for each in sandbox.deeds}
    assert by_kind["payment"].value.items == ((mobile.id, mobile.outstanding),)
    assert by_kind["notified"].value.amount == fixed.outstanding
    assert recorded(sandbox) == 2
    assert [each.charges for each in sandbox.sessions] == [1]
    shown = bff.ask("legal", INVOICE, {"id": id_of(mobile, who.company)})
    assert shown.data["invoice"] == {"state": "PAID", "remaining": {"amount": "0.00"}}
    node = bff.ask("legal", PAYMENT, {"id": payment["id"]}).data["node"]
    assert node["amount"]["amount"] == money(mobile.outstanding + fixed.outstanding)
    assert (node["checkoutUrl"], node["expiresAt"]) == (None, None)


def test_while_a_system_lags_what_was_paid_is_being_verified_and_nobody_is_asked_to_pay_it(
    bff: House, sandbox: Sandbox
) -> None:
    told_to(bff)
    sandbox.faults.set(Rule(quirk=Quirk.LATE_READS, parameters=Parameters(seconds=86_400)))
    who = acting(sandbox.world, "legal")
    shown = {id_of(bill, who.company): bill.number for bill in payable(who)}
    before = bff.ask("legal", TO_PAY).data
    assert before is not None
    payment = begun(pay(bff))
    decide(sandbox, payment["checkoutUrl"], "paid")
    eventually(lambda: state(bff, payment["id"]) == "PAID", "it is not paid")

    for named in shown:
        read = bff.ask("legal", VERIFIED, {"id": named}).data["invoice"]
        assert read["state"] == "BEING_VERIFIED"
        [button] = [each for each in read["actions"] if each["name"] == "invoicesPay"]
        assert button == {"name": "invoicesPay", "state": "DISABLED", "reason": "IN_PROGRESS"}
    assert pay(bff, "key-2").data["invoicesPay"]["userErrors"][0]["code"] == "IN_PROGRESS"
    left = bff.ask("legal", TO_PAY).data
    numbers = [each["number"] for each in before["customer"]["invoicesToPay"]["nodes"]]
    assert [each["number"] for each in left["customer"]["invoicesToPay"]["nodes"]] == [
        number for number in numbers if number not in shown.values()
    ]
    sandbox.faults.clear()
    sandbox.clock.advance(HELD_S)
    assert bff.ask("legal", INVOICE, {"id": next(iter(shown))}).data["invoice"]["state"] == "PAID"


@pytest.mark.parametrize(("way", "due"), [("declined", "FAILED"), ("cancelled", "CANCELLED")])
def test_what_was_not_paid_is_told_and_may_be_paid_anew(bff: House, sandbox: Sandbox, way: str, due: str) -> None:
    payment = begun(pay(bff))
    assert pay(bff, "key-2").data["invoicesPay"]["userErrors"][0]["code"] == "IN_PROGRESS"
    decide(sandbox, payment["checkoutUrl"], way)

    assert state(bff, payment["id"]) == due
    assert recorded(sandbox) == 0
    assert begun(pay(bff, "key-2"))["id"] != payment["id"]


def test_what_nobody_pays_expires_and_may_be_paid_anew(sandbox: Sandbox) -> None:
    with house(sandbox) as bff:
        payment = begun(pay(bff))
        sandbox.clock.advance(16 * 60)
        assert state(bff, payment["id"]) == "EXPIRED"
        assert begun(pay(bff, "key-2"))["state"] == "CHECKOUT"


def test_what_the_provider_has_forgotten_holds_no_invoice_for_ever(sandbox: Sandbox) -> None:
    with house(sandbox) as bff:
        payment = begun(pay(bff))
        sandbox.sessions.clear()
        assert state(bff, payment["id"]) == "CHECKOUT", "it may be late to show it"
        sandbox.clock.advance(GONE_S + 1)
        assert state(bff, payment["id"]) == "EXPIRED"
        assert begun(pay(bff, "key-2"))["state"] == "CHECKOUT"


def test_the_same_key_leads_to_the_same_page_and_another_input_is_a_mismatch(bff: House, sandbox: Sandbox) -> None:
    first, again = begun(pay(bff)), begun(pay(bff))
    assert first == again
    assert len(list(sandbox.sessions)) == 1
    assert pay(bff, path="/other").codes == [("IDEMPOTENCY_MISMATCH", "invoicesPay")]


def test_a_key_that_is_long_forgotten_does_not_tell_what_it_paid_as_paid_for_something_else(sandbox: Sandbox) -> None:
    with house(sandbox) as bff:
        who = acting(sandbox.world, "legal")
        ids = [id_of(bill, who.company) for bill in payable(who)]
        first = begun(bff.ask("legal", PAY, {"ids": ids[:1], "key": "pay", "path": None}))
        decide(sandbox, first["checkoutUrl"], "paid")
        assert state(bff, first["id"]) == "PAID"
        sandbox.clock.advance(LIFE_S + 1)
        again = bff.ask("legal", PAY, {"ids": ids[1:], "key": "pay", "path": None})
        assert again.codes == [("IDEMPOTENCY_MISMATCH", "invoicesPay")]
        other = begun(bff.ask("legal", PAY, {"ids": ids[1:], "key": "pay-2", "path": None}))
        assert other["state"] == "CHECKOUT", "and what was asked for under it is free"
    assert len(list(sandbox.sessions)) == 2


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_whatever_becomes_of_the_providers_messages_a_payment_is_recorded_once(
    sandbox: Sandbox, fault: Fault | None
) -> None:
    with house(sandbox, settle_period_s=0.05) as bff:
        told_to(bff)
        sandbox.payments.fault = fault
        payment = begun(pay(bff))
        decide(sandbox, payment["checkoutUrl"], "paid")
        sandbox.clock.advance(16)  # when one asks anyway
        eventually(lambda: recorded(sandbox) == 2, "it is not recorded")
        eventually(lambda: state(bff, payment["id"]) == "PAID", "it is not told as paid")
    assert recorded(sandbox) == 2


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "/\\evil.example", "x", "", "/a b", "/\r\nx: y"]
)
def test_a_page_leads_back_to_the_customer_area_only(bff: House, sandbox: Sandbox, path: str) -> None:
    answer = pay(bff, path=path)
    [error] = answer.data["invoicesPay"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["returnPath"])
    assert not list(sandbox.sessions)


@pytest.mark.parametrize(
    ("ids", "code", "field"),
    [
        ([], "INVALID", ["invoiceIds"]),
        (["x"], "NOT_FOUND", ["invoiceIds", "0"]),
        ([str(number) for number in range(21)], "TOO_MANY_ITEMS", ["invoiceIds"]),
    ],
)
def test_a_wrong_list_of_invoices_is_refused(
    bff: House, sandbox: Sandbox, ids: list[str], code: str, field: list[str]
) -> None:
    answer = bff.ask("legal", PAY, {"ids": ids, "key": "k", "path": None})
    [error] = answer.data["invoicesPay"]["userErrors"]
    assert (error["code"], error["field"]) == (code, field)
    assert answer.data["invoicesPay"]["payment"] is None
    assert not list(sandbox.sessions)


def test_an_invoice_that_is_not_owed_is_refused_for_the_reason_of_its_button(bff: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "legal")
    recent = [bill for bill in who.company.bills if bill.issued_on.year == 2026]
    paid = next(each for each in recent if not (each.outstanding or each.cancelled or each.credit_note))
    disputed = next(each for each in recent if each.disputed)
    note = next(each for each in who.company.bills if each.credit_note and each.issued_on.year == 2026)
    for bill, code in ((paid, "WRONG_STATE"), (disputed, "IN_PROGRESS"), (note, "WRONG_STATE")):
        answer = bff.ask("legal", PAY, {"ids": [id_of(bill, who.company)], "key": bill.id, "path": None})
        [error] = answer.data["invoicesPay"]["userErrors"]
        assert (error["code"], error["field"]) == (code, ["invoiceIds", "0"]), bill
    assert not list(sandbox.sessions)


# --- top-ups ----------------------------------------------------------------------------------------------------------


def test_a_top_up_adds_its_amount_to_the_credit(bff: House, sandbox: Sandbox) -> None:
    told_to(bff)
    who = acting(sandbox.world, "legal")
    line = prepaid(who.company.mobile_lines)
    line_id = id_of(line, who.company)
    credit = "query ($id: ID!) { line(id: $id) { ... on MobileLine { usage { credit { amount { amount } } } } } }"

    def left() -> float:
        return float(bff.ask("legal", credit, {"id": line_id}).data["line"]["usage"]["credit"]["amount"]["amount"])

    before = left()
    payment = begun(bff.ask("legal", TOP_UP, {"id": line_id, "amount": "25", "key": "k"}), "lineTopUp")
    decide(sandbox, payment["checkoutUrl"], "paid")
    eventually(lambda: state(bff, payment["id"]) == "PAID", "it is not paid")
    assert left() == pytest.approx(before + 25)
    assert recorded(sandbox) == 1


@pytest.mark.parametrize("profile", ["ADMIN_LIGHT", "END_USER", "END_USER_PURCHASER"])
def test_whoever_has_a_prepaid_line_of_their_own_tops_it_up_and_no_other(
    bff: House, sandbox: Sandbox, profile: str
) -> None:
    told_to(bff)
    who = acting(sandbox.world, "prepaid")
    if who.profile != profile:
        chosen = {"id": id_of(who.user, who.company), "key": "profile"}
        changed = bff.ask("legal", managed.PROFILE.replace("ADMIN_LIGHT", profile), chosen)
        assert changed.data["usersProfileChange"]["outcome"] == "SUCCESS"
    [own] = mobile_lines(who, "own")
    other = next(line for line in who.company.mobile_lines if line.prepaid and line is not own)

    beyond = bff.ask("prepaid", TOP_UP, {"id": id_of(other, who.company), "amount": "10", "key": "k1"})
    [error] = beyond.data["lineTopUp"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_FOUND", ["lineId"])

    payment = begun(
        bff.ask("prepaid", TOP_UP, {"id": id_of(own, who.company), "amount": "10", "key": "k2"}), "lineTopUp"
    )
    decide(sandbox, payment["checkoutUrl"], "paid")
    eventually(lambda: state(bff, payment["id"], "prepaid") == "PAID", "it is not paid")
    [topped] = [each for each in sandbox.deeds if each.what == "topup"]
    assert own.product_id.removeprefix("PRD") in topped.subject
    colleague = "purchaser" if profile != "ADMIN_LIGHT" else "user"
    assert state(bff, payment["id"], colleague) is None, "a payment of a colleague's is theirs alone"


@pytest.mark.parametrize("amount", ["0", "4", "-10", "10.50", "251"])
def test_an_amount_that_no_top_up_has_is_refused(bff: House, sandbox: Sandbox, amount: str) -> None:
    who = acting(sandbox.world, "legal")
    line = prepaid(who.company.mobile_lines)
    answer = bff.ask("legal", TOP_UP, {"id": id_of(line, who.company), "amount": amount, "key": "k"})
    [error] = answer.data["lineTopUp"]["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["amount"])


def test_a_subscription_takes_no_credit(bff: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "legal")
    line = next(each for each in who.company.mobile_lines if not each.prepaid and each.state == "active")
    answer = bff.ask("legal", TOP_UP, {"id": id_of(line, who.company), "amount": "10", "key": "k"})
    [error] = answer.data["lineTopUp"]["userErrors"]
    assert (error["code"], error["field"]) == ("NOT_SUBSCRIBED", ["lineId"])


# --- another customer's -----------------------------------------------------------------------------------------------


def test_another_customers_invoice_is_paid_by_number_and_amount_and_shows_nothing_else(
    bff: House, sandbox: Sandbox
) -> None:
    bill = others(sandbox.world, acting(sandbox.world, "legal"))[0]
    told_to(bff)

    def ask(number: str, amount: str, key: str) -> Answer:
        return bff.ask("legal", PAY_OTHER, {"number": number, "amount": amount, "key": key})

    wrong_amount = ask(bill.number, "0.01", "k1")
    wrong_number = ask("ZZ00000000", money(bill.gross), "k2")
    assert wrong_amount.data == wrong_number.data
    assert wrong_amount.data["otherInvoicePay"]["userErrors"][0]["code"] == "NOT_FOUND"

    payment = begun(ask(bill.number, money(bill.gross), "k3"), "otherInvoicePay")
    node = bff.ask("legal", PAYMENT, {"id": payment["id"]}).data["node"]
    assert node["invoices"] == []
    decide(sandbox, payment["checkoutUrl"], "paid")
    eventually(lambda: state(bff, payment["id"]) == "PAID", "it is not paid")
    [deed] = sandbox.deeds
    assert deed.value.key == (bill.account, bill.number, bill.issued_on.isoformat())


def test_who_else_pays_an_invoice_is_told_to_no_stranger(bff: House, sandbox: Sandbox) -> None:
    legal, fixed = (acting(sandbox.world, name).company.tax_code for name in ("legal", "fixed"))
    assert legal != fixed
    of_legal, of_fixed = (others(sandbox.world, acting(sandbox.world, name)) for name in ("legal", "fixed"))
    bill = next(each for each in of_legal if each in of_fixed)

    def ask(persona: str, amount: str, key: str) -> Answer:
        return bff.ask(persona, PAY_OTHER, {"number": bill.number, "amount": amount, "key": key})

    begun(ask("legal", money(bill.gross), "k1"), "otherInvoicePay")
    wrong, right = ask("fixed", "0.01", "k1"), ask("fixed", money(bill.gross), "k2")
    assert right.data == wrong.data
    own = ask("legal", money(bill.gross), "k2").data["otherInvoicePay"]
    assert own["userErrors"][0]["code"] == "IN_PROGRESS", "who pays it already may know"
    assert len(list(sandbox.sessions)) == 1


def test_a_person_can_not_go_on_guessing(bff: House, sandbox: Sandbox) -> None:
    def ask(number: int) -> list[tuple[str, str]]:
        given = {"number": f"ZZ0000{number:04d}", "amount": "10", "key": f"k{number}"}
        return bff.ask("legal", PAY_OTHER, given).codes

    tries = next(number for number in range(100) if ask(number) == [("RATE_LIMITED", "otherInvoicePay")])
    assert 0 < tries == sum(each.operation == "LookupThirdPartyInvoice" for each in sandbox.ledger)


# --- who sees a payment -----------------------------------------------------------------------------------------------


def test_only_who_began_a_payment_is_led_to_its_page_and_strangers_see_nothing(bff: House, sandbox: Sandbox) -> None:
    payment = begun(pay(bff))
    colleague = bff.ask("admin", PAYMENT, {"id": payment["id"]}).data["node"]
    assert (colleague["state"], colleague["checkoutUrl"]) == ("CHECKOUT", None)
    assert state(bff, payment["id"], "user") is None
    assert state(bff, payment["id"], "fixed") is None


def test_a_payment_is_followed_as_it_goes_on_by_whoever_may_see_it_and_by_no_others(
    bff: House, sandbox: Sandbox
) -> None:
    told_to(bff)
    followed = "subscription { paymentUpdated { __typename state checkoutUrl } }"
    with client(bff, "legal") as own, client(bff, "admin") as colleague, client(bff, "user") as beyond:
        for each in (own, colleague, beyond):
            subscribed(bff, each, followed)
        payment = begun(pay(bff))
        told = own.hear()["payload"]["data"]["paymentUpdated"]
        assert told == {"__typename": "InvoicePayment", "state": "CHECKOUT", "checkoutUrl": payment["checkoutUrl"]}
        assert colleague.hear()["payload"]["data"]["paymentUpdated"]["checkoutUrl"] is None

        decide(sandbox, payment["checkoutUrl"], "paid")
        states = [own.hear()["payload"]["data"]["paymentUpdated"]["state"]]
        while states[-1] != "PAID":
            states.append(own.hear()["payload"]["data"]["paymentUpdated"]["state"])
        assert beyond.hears_nothing()


# --- the hook ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{}", 401),
        ({"x-payment-signature": "t=1,v1=" + "0" * 64}, b"{}", 401),
        ({"x-payment-signature": "é"}, b"{}", 401),
        ({}, b"x" * 300_000, 413),
    ],
)
def test_the_hook_refuses_who_does_not_sign(bff: House, headers: dict[str, str], body: bytes, status: int) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    assert httpx.post(bff.url + PATH, content=body, headers=raw).status_code == status  # type: ignore[arg-type]  # bytes
