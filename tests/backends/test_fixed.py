"""The fixed adapter against the stand-in: what comes up is what the world holds, for a known number of calls."""

from collections import Counter
from datetime import date

import msgspec
import phonenumbers
import pytest

from bff.backends import Access, Backends, Limits, open_backends
from bff.domain.address import Address
from bff.domain.billing import DirectDebit
from bff.domain.company import Company, FixedAccount, FixedCustomer, LegalRepresentative
from bff.domain.invoice import InvoiceState
from bff.domain.line import FixedLine, FixedLineType, LineState
from bff.domain.order import OrderKind, OrderState, ShipmentState
from bff.domain.system import System
from bff.errors import BackendRejected, BackendUnavailable
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world import model
from tests.backends.wire import NOW, StillClock, good

pytestmark = pytest.mark.anyio

YEAR_AGO = date(2025, 11, 22)
HALF_YEAR_AGO = date(2026, 5, 22)
STATES = {
    "ATT": LineState.ACTIVE,
    "SOS": LineState.SUSPENDED,
    "CES": LineState.CEASED,
    "CIP": LineState.CEASING,
    "REV": LineState.ACTIVE,
    "ATP": LineState.ACTIVATING,
}
TYPES = {
    "RTG": FixedLineType.ANALOGUE,
    "ISDN_BRA": FixedLineType.ISDN_BASIC,
    "ISDN_PRA": FixedLineType.ISDN_PRIMARY,
}


def calls(sandbox: Sandbox) -> Counter[str]:
    return Counter(entry.operation for entry in sandbox.ledger)


def address(place: model.Address) -> Address:
    return Address(f"{place.toponym.title()} {place.street}, {place.civic}", place.postcode, place.town, place.province)


def line(row: model.FixedLine) -> FixedLine:
    return FixedLine(
        key=row.id,
        number=f"+39{row.id}",
        state=STATES[row.state],
        type=TYPES.get(row.technology) or FixedLineType(row.technology),
        location=address(row.location),
        account_code=row.account_code,
        as_of=NOW,
    )


def lines(company: model.Company) -> dict[str, list[FixedLine]]:
    return {
        account.code: [line(row) for row in company.fixed_lines if row.account_code == account.code]
        for account in company.fixed_accounts
    }


async def test_customers_are_read_with_the_registry(backends: Backends, small: model.Company) -> None:
    (row,) = small.fixed_customers
    person = small.representative
    assert await backends.fixed.customers([small.tax_code, "00000000000"]) == {
        small.tax_code: [
            FixedCustomer(
                customer_code=row.code,
                ceased=False,
                company=Company(
                    name=small.name,
                    tax_code=small.tax_code,
                    vat_number=small.vat_number,
                    registered_office=address(small.office),
                    representative=LegalRepresentative(person.first_name, person.last_name),
                    communications_email=row.contact_email,
                    system=System.FIXED,
                    as_of=NOW,
                ),
                segment=row.segment,
            )
        ]
    }


async def test_a_customer_who_left_is_ceased(backends: Backends, sandbox: Sandbox) -> None:
    left = next(each for each in sandbox.world.companies if any(row.ceased_on for row in each.fixed_customers))
    customers = good((await backends.fixed.customers([left.tax_code]))[left.tax_code])
    assert {row.customer_code: row.ceased for row in customers} == {
        row.code: row.ceased_on is not None for row in left.fixed_customers
    }


def debit(row: model.FixedAccount) -> DirectDebit | None:
    """Give the direct debit of an account, of whose IBAN the end is told."""
    if row.direct_debit_iban is None:
        return None
    return DirectDebit(iban="*" * 23 + row.direct_debit_iban[-4:], holder=row.holder_name, valid_from=row.mandate_from)


async def test_accounts_are_read_by_customer(backends: Backends, small: model.Company) -> None:
    code = small.fixed_customers[0].code
    assert await backends.fixed.accounts_by_customer([code]) == {
        code: [
            FixedAccount(
                code=row.code,
                customer_code=code,
                paperless=row.paperless,
                delivery_address=address(row.delivery_address),
                direct_debit=debit(row),
                recipient_code=row.recipient_code,
                as_of=NOW,
            )
            for row in small.fixed_accounts
        ]
    }


async def test_lines_are_read_by_account_with_valid_numbers_that_keep_their_zero(
    backends: Backends, sandbox: Sandbox, small: model.Company
) -> None:
    read = await backends.fixed.lines_by_account([row.code for row in small.fixed_accounts])
    assert read == lines(small)
    assert all(
        phonenumbers.is_valid_number(phonenumbers.parse(each.number)) for found in read.values() for each in good(found)
    )
    assert calls(sandbox) == {"FindLinesByAccount": 1}


async def test_eight_hundred_lines_cost_a_call_for_every_two_hundred(
    backends: Backends, sandbox: Sandbox, big: model.Company
) -> None:
    assert await backends.fixed.lines_by_account([row.code for row in big.fixed_accounts]) == lines(big)
    assert calls(sandbox) == {"FindLinesByAccount": 4}


async def test_lines_are_read_by_id_fifty_a_call(backends: Backends, sandbox: Sandbox, big: model.Company) -> None:
    wanted = big.fixed_lines[:60]
    answers = await backends.fixed.lines([*(row.id for row in wanted), "0000000"])
    assert answers == {row.id: line(row) for row in wanted}
    assert calls(sandbox) == {"FindLinesById": 2}


async def test_invoices_of_a_window_are_read_with_exact_amounts(backends: Backends, small: model.Company) -> None:
    accounts = [row.code for row in small.fixed_accounts]
    answers = await backends.fixed.invoices_by_account(accounts, issued_from=YEAR_AGO)
    read = {(each.account, each.number, each.issued_on): each for found in answers.values() for each in good(found)}
    due = {
        (bill.account, bill.number, bill.issued_on): bill
        for bill in small.bills
        if bill.account in accounts and bill.issued_on >= YEAR_AGO
    }
    assert set(read) == set(due)
    for key, invoice in read.items():
        bill = due[key]
        assert invoice.total.gross.amount == bill.gross
        assert invoice.total.vat is not None
        assert invoice.total.vat.amount == bill.vat
        assert invoice.remaining is not None
        assert invoice.remaining.amount == bill.outstanding
        assert (invoice.period.start, invoice.period.end) == (bill.period_from, bill.period_to)
        due_on = None if bill.credit_note else bill.due_on
        assert (invoice.due_on, invoice.credit_note) == (due_on, bill.credit_note)
        assert invoice.line_key in {None, *bill.line_ids}
        assert (invoice.state is InvoiceState.CANCELLED) == bill.cancelled


async def test_unpaid_invoices_are_the_unsettled_ones_of_five_years(backends: Backends, small: model.Company) -> None:
    accounts = [row.code for row in small.fixed_accounts]
    answers = await backends.fixed.unpaid_by_account(accounts)
    assert all(
        each.remaining is not None and each.remaining.amount > 0 for found in answers.values() for each in good(found)
    )
    assert any(each.issued_on < YEAR_AGO for found in answers.values() for each in good(found))


async def test_orders_come_with_items_phases_and_deliveries_apart(backends: Backends, small: model.Company) -> None:
    code = small.fixed_customers[0].code
    read = good((await backends.fixed.orders_by_customer([code], placed_from=HALF_YEAR_AGO))[code])
    world = {row.id: row for row in small.orders if row.network == "fixed" and row.placed_at.date() >= HALF_YEAR_AGO}
    assert {order.key for order in read} == set(world)
    for order in read:
        row = world[order.key]
        assert (order.kind, order.state) == (OrderKind(row.kind), OrderState(row.state))
        assert (order.placed_at, order.placed_by) == (row.placed_at.replace(microsecond=0), row.requested_by)
        for item, expected in zip(order.items, row.items, strict=True):
            assert [phase.code for phase in item.phases] == [phase.code for phase in expected.phases]
            reached = [step.state for step in item.shipment.steps if step.reached_at] if item.shipment else []
            assert reached == [
                ShipmentState(state) for state, _ in (expected.delivery.reached if expected.delivery else ())
            ]


async def test_keys_with_errors_of_their_own_do_not_take_the_others_along(
    backends: Backends, sandbox: Sandbox, small: model.Company
) -> None:
    first, second = (row.code for row in small.fixed_accounts)
    for code, expected in (("E999", BackendRejected), ("DB900", BackendUnavailable)):
        sandbox.faults.set(
            Rule(quirk=Quirk.PARTIAL_BULK, system="fixed", parameters=Parameters(keys=(first,), code=code))
        )
        answers = await backends.fixed.lines_by_account([first, second])
        assert type(answers[first]) is expected
        assert answers[second] == lines(small)[second]


async def test_a_poisoned_line_fails_alone(backends: Backends, sandbox: Sandbox, big: model.Company) -> None:
    keys = [row.id for row in big.fixed_lines[:50]]
    sandbox.faults.set(Rule(quirk=Quirk.POISONED_KEY, system="fixed", parameters=Parameters(keys=(keys[0],))))
    answers = await backends.fixed.lines(keys)
    assert isinstance(answers.pop(keys[0]), BackendRejected)
    assert answers == {row.id: line(row) for row in big.fixed_lines[1:50]}
    assert calls(sandbox) == {"FindLinesById": 13}


async def test_a_wrong_password_is_unavailable_and_neither_tried_again_nor_searched_for_a_poisoned_key(
    access: Access, sandbox: Sandbox
) -> None:
    backends = open_backends(msgspec.structs.replace(access, fixed_password="wrong"), StillClock(), limits=Limits())
    answers = await backends.fixed.lines(["0212345678", "0212345679"])
    await backends.aclose()
    assert {type(answer) for answer in answers.values()} == {BackendUnavailable}
    assert calls(sandbox) == {"FindLinesById": 1}
