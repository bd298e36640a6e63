"""A single invoice, which both networks tell: counted once, and the same wherever it is met."""

import pytest

from sandbox.server import Sandbox
from sandbox.world.model import Agreement, Bill
from tests.house import House
from tests.journeys.acting import Acting, acting, invoices
from tests.journeys.ident import id_of


@pytest.fixture
def legal(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "legal")


@pytest.fixture
def contract(legal: Acting) -> Agreement:
    return legal.company.agreements[0]


@pytest.fixture
def billed(legal: Acting, contract: Agreement) -> list[Bill]:
    """Give what the contract's account was billed in the window, newest first: ordinary ones and single ones."""
    start = invoices(legal)[-1].issued_on
    bills = [bill for bill in legal.company.bills if bill.account == contract.account_id and bill.issued_on >= start]
    assert any(bill.single for bill in bills)
    return sorted(bills, key=lambda bill: (-bill.issued_on.toordinal(), bill.number))


def test_a_single_invoice_is_counted_once_among_the_customers(warm: House, legal: Acting) -> None:
    answer = warm.ask("legal", "{ customer { invoices(filter: { kinds: [SINGLE] }) { totalCount nodes { number } } } }")

    numbers = [bill.number for bill in invoices(legal) if bill.single]
    assert len(numbers) == len(set(numbers))
    assert answer.data["customer"]["invoices"] == {
        "totalCount": len(numbers),
        "nodes": [{"number": number} for number in numbers],
    }


def test_a_contracts_own_list_and_the_customers_filtered_by_it_are_the_same(
    warm: House, legal: Acting, contract: Agreement, billed: list[Bill]
) -> None:
    query = (
        "query ($id: ID!) { contract(id: $id) { invoices(first: 100) { totalCount nodes { id } } }"
        "  customer { invoices(filter: { contractId: $id }, first: 100) { totalCount nodes { id } } } }"
    )

    answer = warm.ask("legal", query, {"id": id_of(contract, legal.company)})

    due = {"totalCount": len(billed), "nodes": [{"id": id_of(bill, legal.company)} for bill in billed]}
    assert answer.data == {"contract": {"invoices": due}, "customer": {"invoices": due}}


def test_an_invoice_met_in_a_contracts_list_is_found_again_by_its_id(
    warm: House, legal: Acting, billed: list[Bill]
) -> None:
    ids = [id_of(bill, legal.company) for bill in billed]

    answer = warm.ask("legal", "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})

    assert (answer.data, answer.errors) == ({"nodes": [{"id": each} for each in ids]}, [])
