"""The limit of every operation that takes keys: 120 keys are three calls, of 50, 50 and 20.

Few documents can name so many keys of one kind, so that the adapters are asked directly. Two operations only follow
others, with their keys: TMF629 customer and TMF639 resource; their cases are in test_operation.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from bff.backends import Backends, open_backends
from sandbox.server import Sandbox
from tests.backends.standin import access_to
from tests.plan.cost import of_request
from tests.plan.test_operation import known_operations

pytestmark = pytest.mark.anyio

SINCE = date(2026, 1, 1)
FOLLOWING = {"mobile GET /customer", "mobile GET /resource"}
TASK = "mobile POST /queryUsageConsumption"
LOOK = "mobile GET /queryUsageConsumption/{id}"
"""A task for more than 20 lines is looked at once more in the sandbox: a call more for each call, whatever its keys."""

SEARCH = "mobile POST /searchTimeSlot"
"""Of a window, of which there is one."""

Asks = Callable[[Backends, list[str]], Awaitable[dict[Any, Any]]]

OPERATIONS: dict[str, tuple[str, Asks]] = {
    "directory GET /Users": ("subject-{}", lambda b, keys: b.directory.users_by_subject(keys)),
    "mobile GET /organization": ("{:011}", lambda b, keys: b.mobile.parties(keys)),
    "mobile GET /individual": ("IND-{}", lambda b, keys: b.mobile.representatives(keys)),
    "mobile GET /billingAccount": ("MBA-{}", lambda b, keys: b.mobile.accounts(keys)),
    "mobile GET /paymentMethod": ("PAY-{}", lambda b, keys: b.mobile.payment_methods(keys)),
    "mobile GET /agreement": ("ORG-{}", lambda b, keys: b.mobile.contracts_by_party(keys)),
    "mobile GET /product": ("AGR-{}", lambda b, keys: b.mobile.lines_by_contract(keys)),
    "mobile GET /customerBill": ("MBA-{}", lambda b, keys: b.mobile.invoices_by_account(keys, issued_from=SINCE)),
    "mobile GET /appliedCustomerBillingRate": ("MBILL-{}", lambda b, keys: b.mobile.lines_by_bill(keys)),
    "mobile GET /productOrder": ("CUST-{}", lambda b, keys: b.mobile.orders_by_customer(keys, placed_from=SINCE)),
    "mobile GET /shippingOrder": ("MO-{}", lambda b, keys: b.mobile.shipments(keys)),
    "mobile GET /queryProductRecommendation": ("ORG-{}", lambda b, keys: b.mobile.recommendations_by_party(keys)),
    "mobile GET /productOffering": ("OFR-{}", lambda b, keys: b.mobile.offerings(keys)),
    "mobile GET /promotion": ("OFR-{}", lambda b, keys: b.mobile.campaigns_by_offering(keys)),
    "mobile GET /bucket": ("MSN-{}", lambda b, keys: b.mobile.credits_by_number(keys)),
    TASK: ("PRD-{}", lambda b, keys: b.mobile.consumption(keys)),
    "mobile GET /usage": ("PRD-{}", lambda b, keys: b.mobile.records_by_day([(key, "2026-11-20") for key in keys])),
    "mobile GET /serviceOrder, mobile GET /troubleTicket": (
        "CUST-{}",
        lambda b, keys: b.mobile.requests_by_customer(keys, made_from=SINCE),
    ),
    "fixed FindCustomersByTaxCode": ("{:011}", lambda b, keys: b.fixed.customers(keys)),
    "fixed FindAccountsByCustomer": ("FX{:08}", lambda b, keys: b.fixed.accounts_by_customer(keys)),
    "fixed FindLinesByAccount": ("{:012}", lambda b, keys: b.fixed.lines_by_account(keys)),
    "fixed FindLinesById": ("0{:08}", lambda b, keys: b.fixed.lines(keys)),
    "fixed FindServicesByLine": ("0{:08}", lambda b, keys: b.fixed.services(keys)),
    "fixed FindInvoicesByAccount": ("{:012}", lambda b, keys: b.fixed.invoices_by_account(keys, issued_from=SINCE)),
    "fixed FindUnpaidInvoicesByAccount": ("{:012}", lambda b, keys: b.fixed.unpaid_by_account(keys)),
    "fixed FindOrdersByCustomer": ("FX{:08}", lambda b, keys: b.fixed.orders_by_customer(keys, placed_from=SINCE)),
    "fixed FindRequestsByCustomer": ("FX{:08}", lambda b, keys: b.fixed.requests_by_customer(keys, made_from=SINCE)),
    "fixed FindRequestsByProtocol": ("{:010}", lambda b, keys: b.fixed.requests(keys)),
}


@pytest.fixture
async def backends(sandbox: Sandbox) -> AsyncIterator[Backends]:
    """Give adapters opened on the stand-ins, without anything above them."""
    opened = open_backends(access_to(sandbox), sandbox.clock)
    yield opened
    await opened.aclose()


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_hundred_and_twenty_keys_are_three_calls(backends: Backends, sandbox: Sandbox, operation: str) -> None:
    pattern, ask = OPERATIONS[operation]
    answers = await ask(backends, [pattern.format(number) for number in range(120)])
    assert [answer for answer in answers.values() if answer] == []
    looks = {LOOK: [50, 50]} if operation == TASK else {}
    assert of_request(sandbox) == {each: [50, 50, 20] for each in operation.split(", ")} | looks


def test_every_operation_that_the_adapters_know_has_its_limit_proven() -> None:
    assert known_operations() - FOLLOWING - {LOOK, SEARCH} == {
        name for names in OPERATIONS for name in names.split(", ")
    }
