"""The mobile adapter against the stand-in: what comes up is what the world holds, for a known number of calls."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

import pytest

from bff.backends import Backends
from bff.domain.address import Address
from bff.domain.billing import DirectDebit
from bff.domain.company import Company, LegalRepresentative, MobileAccount, MobileParty
from bff.domain.contract import Contract, ContractState
from bff.domain.invoice import Invoice, InvoiceKind, InvoiceState
from bff.domain.line import LineState, MobileLine, Sim
from bff.domain.order import OrderKind, OrderState, ShipmentState
from bff.domain.system import System
from bff.errors import BackendError
from sandbox.server import Sandbox
from sandbox.world import model
from sandbox.world.payment import direct_debit, payment_id
from sandbox.world.service import contract_product_id
from tests.backends.wire import NOW, good

pytestmark = pytest.mark.anyio

YEAR_AGO = date(2025, 11, 22)
FIVE_YEARS_AGO = date(2021, 11, 22)
HALF_YEAR_AGO = date(2026, 5, 22)
STATES = {
    "active": LineState.ACTIVE,
    "suspended": LineState.SUSPENDED,
    "pendingActive": LineState.ACTIVATING,
    "pendingTerminate": LineState.CEASING,
    "terminated": LineState.CEASED,
    "cancelled": LineState.CEASED,
}


def calls(sandbox: Sandbox) -> Counter[str]:
    return Counter(entry.operation for entry in sandbox.ledger)


def address(place: model.Address) -> Address:
    return Address(f"{place.toponym.title()} {place.street}, {place.civic}", place.postcode, place.town, place.province)


def line(company: model.Company, row: model.MobileLine) -> MobileLine:
    agreement = next(each for each in company.agreements if each.id == row.agreement_id)
    state = STATES[row.state]
    return MobileLine(
        key=row.product_id,
        number=row.msisdn,
        state=LineState.BLOCKED if state is LineState.ACTIVE and row.sim and row.sim.blocked else state,
        as_of=NOW,
        contract_key=agreement.id,
        contract_number=agreement.number,
        tariff_plan=row.tariff_plan,
        prepaid=row.prepaid,
        sim=Sim(row.sim.iccid, row.sim.blocked) if row.sim else None,
        number_key=row.product_id.replace("PRD", "MSN") if row.sim else None,
    )


def lines(company: model.Company) -> dict[str, list[MobileLine]]:
    return {
        agreement.id: [line(company, row) for row in company.mobile_lines if row.agreement_id == agreement.id]
        for agreement in company.agreements
    }


def mobile_bills(company: model.Company) -> list[model.Bill]:
    accounts = {account.id for account in company.mobile_accounts}
    return [bill for bill in company.bills if bill.account in accounts]


def flat(answers: Iterable[list[Invoice] | BackendError]) -> list[Invoice]:
    return [invoice for answer in answers for invoice in good(answer)]


async def test_a_party_is_read_with_its_customers_and_registry_in_two_calls(
    backends: Backends, sandbox: Sandbox, small: model.Company
) -> None:
    assert await backends.mobile.parties([small.tax_code, "00000000000"]) == {
        small.tax_code: MobileParty(
            party_key=small.mobile_party_id or "",
            customer_keys=(small.mobile_customer_id or "",),
            company=Company(
                name=small.name,
                tax_code=small.tax_code,
                vat_number=small.vat_number,
                registered_office=address(small.office),
                representative_key=small.representative.id,
                system=System.MOBILE,
                as_of=NOW,
            ),
            segment="SME",
        )
    }
    assert calls(sandbox) == {"GET /organization": 1, "GET /customer": 1}


async def test_a_company_without_mobile_contract_is_unknown(backends: Backends, sandbox: Sandbox) -> None:
    fixed_only = next(company for company in sandbox.world.companies if company.mobile_party_id is None)
    assert await backends.mobile.parties([fixed_only.tax_code]) == {}


async def test_a_representative_is_read_by_id(backends: Backends, small: model.Company) -> None:
    person = small.representative
    assert await backends.mobile.representatives([person.id, "IND-0"]) == {
        person.id: LegalRepresentative(person.first_name, person.last_name)
    }


async def test_accounts_are_read_with_their_settings(backends: Backends, small: model.Company) -> None:
    assert await backends.mobile.accounts([row.id for row in small.mobile_accounts]) == {
        row.id: MobileAccount(
            key=row.id,
            paperless=row.paperless,
            delivery_address=address(row.delivery_address),
            payment_key=payment_id(row),
            as_of=NOW,
        )
        for row in small.mobile_accounts
    }


async def test_payment_methods_tell_direct_debits_and_of_an_iban_the_end(backends: Backends, sandbox: Sandbox) -> None:
    held = [(company, row) for company in sandbox.world.companies for row in company.mobile_accounts]
    due = {payment_id(row): direct_debit(company, row, NOW.date()) for company, row in held}
    assert None in due.values()

    found = {key: good(each) for key, each in (await backends.mobile.payment_methods(due)).items()}

    assert {key: each.direct_debit for key, each in found.items()} == {
        key: debit and DirectDebit(iban="*" * 23 + debit.iban[-4:], holder=debit.holder, valid_from=debit.valid_from)
        for key, debit in due.items()
    }


async def test_contracts_are_read_by_party(backends: Backends, small: model.Company) -> None:
    party_key = small.mobile_party_id or ""
    assert await backends.mobile.contracts_by_party([party_key, "ORG-0"]) == {
        party_key: [
            Contract(
                key=row.id,
                party_key=party_key,
                number=row.number,
                state=ContractState.ACTIVE,
                starts_on=row.started_on,
                account_key=row.account_id,
                recipient_code=row.recipient_code,
                product_key=contract_product_id(row),
                as_of=NOW,
            )
            for row in small.agreements
        ],
        "ORG-0": [],
    }


async def test_a_small_companys_lines_cost_three_calls(
    backends: Backends, sandbox: Sandbox, small: model.Company
) -> None:
    assert await backends.mobile.lines_by_contract([row.id for row in small.agreements]) == lines(small)
    assert calls(sandbox) == {"GET /product": 1, "GET /resource": 1}


async def test_five_thousand_lines_cost_a_call_for_every_five_hundred(
    backends: Backends, sandbox: Sandbox, big: model.Company
) -> None:
    assert await backends.mobile.lines_by_contract([row.id for row in big.agreements]) == lines(big)
    sims = sum(row.sim is not None for row in big.mobile_lines)
    assert calls(sandbox) == {"GET /product": 11, "GET /resource": sims // 500 + 1}


async def test_lines_are_read_by_id_fifty_a_call(backends: Backends, sandbox: Sandbox, big: model.Company) -> None:
    wanted = big.mobile_lines[:60]
    answers = await backends.mobile.lines([*(row.product_id for row in wanted), "PRD-0"])
    assert answers == {row.product_id: line(big, row) for row in wanted}
    assert calls(sandbox) == {"GET /product": 2, "GET /resource": 2}


async def test_invoices_of_a_window_are_read_with_exact_amounts(backends: Backends, small: model.Company) -> None:
    accounts = [row.id for row in small.mobile_accounts]
    read = flat((await backends.mobile.invoices_by_account(accounts, issued_from=YEAR_AGO)).values())
    due = {bill.id: bill for bill in mobile_bills(small) if bill.issued_on >= YEAR_AGO}
    assert {invoice.bill_key for invoice in read} == set(due)
    for invoice in read:
        bill = due[invoice.bill_key or ""]
        assert (invoice.number, invoice.account, invoice.issued_on) == (bill.number, bill.account, bill.issued_on)
        assert (invoice.period.start, invoice.period.end) == (bill.period_from, bill.period_to)
        assert (invoice.total.gross.amount, invoice.total.vat and invoice.total.vat.amount) == (bill.gross, bill.vat)
        assert invoice.remaining is not None
        assert invoice.remaining.amount == bill.outstanding
        assert (invoice.credit_note, invoice.kind is InvoiceKind.SINGLE) == (bill.credit_note, bill.single)


async def test_unpaid_invoices_go_back_five_years_and_leave_out_the_settled(
    backends: Backends, small: model.Company
) -> None:
    accounts = [row.id for row in small.mobile_accounts]
    read = flat((await backends.mobile.unpaid_by_account(accounts, issued_from=FIVE_YEARS_AGO)).values())
    assert {invoice.bill_key for invoice in read} == {
        bill.id
        for bill in mobile_bills(small)
        if bill.outstanding and not bill.disputed and bill.issued_on >= FIVE_YEARS_AGO
    }
    assert {invoice.state for invoice in read} <= {InvoiceState.UNPAID, InvoiceState.PARTLY_PAID}


async def test_a_bill_tells_the_lines_that_it_charges(backends: Backends, small: model.Company) -> None:
    bills = mobile_bills(small)[:60]
    assert await backends.mobile.lines_by_bill([bill.id for bill in bills]) == {
        bill.id: tuple(sorted(bill.line_ids)) for bill in bills
    }


async def test_orders_of_a_customer_are_those_of_the_window(backends: Backends, small: model.Company) -> None:
    customer = small.mobile_customer_id or ""
    read = good((await backends.mobile.orders_by_customer([customer], placed_from=HALF_YEAR_AGO))[customer])
    world = {row.id: row for row in small.orders if row.network == "mobile" and row.placed_at.date() >= HALF_YEAR_AGO}
    assert {order.key for order in read} == set(world)
    for order in read:
        row = world[order.key]
        assert (order.kind, order.state) == (OrderKind(row.kind), OrderState(row.state))
        assert (order.placed_at, order.placed_by) == (row.placed_at.replace(microsecond=0), row.requested_by)
        assert [(item.key, item.line_key, item.name) for item in order.items] == [
            (item.id, item.line_id, item.name) for item in row.items
        ]
        assert [[phase.code for phase in item.phases] for item in order.items] == [
            [phase.code for phase in item.phases] for item in row.items
        ]
        assert [[phase.reached_at is None for phase in item.phases] for item in order.items] == [
            [phase.reached_at is None for phase in item.phases] for item in row.items
        ]


async def test_orders_are_found_by_requester_and_by_line(backends: Backends, small: model.Company) -> None:
    mine = [row for row in small.orders if row.network == "mobile" and row.placed_at.date() >= HALF_YEAR_AGO]
    person = next(row.requested_by for row in mine if row.requested_by)
    line_key = next(item.line_id for row in mine for item in row.items if item.line_id)
    by_person = good((await backends.mobile.orders_by_requester([person], placed_from=HALF_YEAR_AGO))[person])
    by_line = good((await backends.mobile.orders_by_line([line_key], placed_from=HALF_YEAR_AGO))[line_key])
    assert {order.key for order in by_person} == {row.id for row in mine if row.requested_by == person}
    assert {order.key for order in by_line} == {
        row.id for row in mine if line_key in {item.line_id for item in row.items}
    }


async def test_a_shipment_has_all_states_of_the_delivery_and_when_the_reached_ones_were(
    backends: Backends, small: model.Company
) -> None:
    mine = [row for row in small.orders if row.network == "mobile"]
    read = await backends.mobile.shipments([row.id for row in mine])
    assert set(read) == {row.id for row in mine}
    for row in mine:
        shipments = {shipment.item_keys: shipment for shipment in good(read[row.id])}
        assert set(shipments) == {(item.id,) for item in row.items if item.delivery}
        for item in row.items:
            if item.delivery:
                shipment = shipments[(item.id,)]
                assert (shipment.carrier, shipment.tracking_code) == (
                    item.delivery.carrier,
                    item.delivery.tracking_code,
                )
                assert [step.state for step in shipment.steps[:4]] == list(ShipmentState)[:4]
                assert [step.state for step in shipment.steps if step.reached_at] == [
                    ShipmentState(state) for state, _ in item.delivery.reached
                ]


async def test_what_does_not_exist_is_absent_and_not_an_error(backends: Backends) -> None:
    assert await backends.mobile.accounts(["MBA-0"]) == {}
    assert await backends.mobile.lines(["PRD-0"]) == {}
