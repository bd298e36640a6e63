"""What a small request may cost: names, lists and errors that would grow with every row are bounded."""

from typing import Any

import pytest

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House

MANY = 51


@pytest.mark.parametrize(
    "query",
    [
        "{ customer { " + "a" * 65 + ": id } }",
        "query " + "a" * 65 + " { customer { id } }",
        "{ customer { ..." + "a" * 65 + " } } fragment " + "a" * 65 + " on Customer { id }",
    ],
    ids=["alias", "operation", "fragment"],
)
def test_long_names_are_refused_before_anything_is_read(bff: House, query: str) -> None:
    answer = bff.ask("legal", query)

    assert (answer.status, answer.data) == (400, None)
    assert {error["extensions"]["code"] for error in answer.errors} == {"VALIDATION_FAILED"}
    assert "A name has 65 characters; at most 64." in [error["message"] for error in answer.errors]


@pytest.mark.parametrize(
    ("field", "filter_type", "name", "value"),
    [
        ("lines", "LineFilter", "states", "ACTIVE"),
        ("mobileLines", "MobileLineFilter", "states", "ACTIVE"),
        ("mobileLines", "MobileLineFilter", "contractIds", "x"),
        ("fixedLines", "FixedLineFilter", "states", "ACTIVE"),
        ("fixedLines", "FixedLineFilter", "types", "FTTH"),
        ("invoices", "InvoiceFilter", "kinds", "FIXED"),
        ("invoicesToPay", "InvoiceFilter", "states", "UNPAID"),
        ("orders", "OrderFilter", "kinds", "OFFER"),
        ("orders", "OrderFilter", "states", "COMPLETED"),
    ],
)
def test_a_filter_with_more_values_than_a_page_has_buttons_is_refused(
    warm: House, field: str, filter_type: str, name: str, value: Any
) -> None:
    answer = warm.ask(
        "legal",
        f"query ($filter: {filter_type}) {{ customer {{ {field}(filter: $filter) {{ totalCount }} }} }}",
        {"filter": {name: [value] * MANY}},
    )

    assert answer.codes == [("BAD_REQUEST", f"customer.{field}")]
    assert answer.errors[0]["message"] == f"`{name}` has {MANY} values; at most 50 are allowed."


def test_hundreds_of_failing_rows_are_told_by_the_first_hundred_and_a_count(bff: House, sandbox: Sandbox) -> None:
    query = "{ customer { lines(first: 50) { nodes { " + " ".join(
        f"i{n}: invoices(first: 1) {{ totalCount }}" for n in range(3)
    )
    sandbox.faults.set(
        Rule(quirk=Quirk.HTTP_ERROR, operation="GET /customerBill"),
        Rule(quirk=Quirk.HTTP_ERROR, operation="FindInvoicesByAccount"),
    )

    answer = bff.ask("legal", query + " } } } }")

    assert len(answer.errors) == 101
    assert answer.errors[100]["message"].endswith("This and 49 more errors are told as one.")
    assert {error["extensions"]["code"] for error in answer.errors} == {"UNAVAILABLE"}
