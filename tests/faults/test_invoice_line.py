"""The line that an invoice bills, on bad days: a row that can't be told has an error, all others are as ever."""

from typing import Any, Literal

import pytest

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House, house

QUERY = "{ customer { invoices(first: 100) { nodes { number kind lineNumber } } } }"


def _rows(bff: House) -> tuple[list[dict[str, Any]], dict[int, tuple[str, str]]]:
    """Give the invoices, and code and system of the error of each whose line number has one."""
    answer = bff.ask("legal", QUERY)
    told = {
        error["path"][3]: (error["extensions"]["code"], error["extensions"]["system"])
        for error in answer.errors
        if error["path"][-1] == "lineNumber"
    }
    assert (answer.status, len(told)) == (200, len(answer.errors))
    return answer.data["customer"]["invoices"]["nodes"], told


@pytest.mark.parametrize(
    ("system", "operation", "kinds"),
    [
        ("mobile", "GET /appliedCustomerBillingRate", {"MOBILE"}),
        ("mobile", "GET /product", {"MOBILE"}),
        ("fixed", "FindLinesByAccount", {"FIXED", "SINGLE"}),
    ],
)
def test_only_the_rows_whose_line_can_not_be_told_have_an_error(
    bff: House, sandbox: Sandbox, system: Literal["mobile", "fixed"], operation: str, kinds: set[str]
) -> None:
    whole, none = _rows(bff)
    with house(sandbox) as cold:
        sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system=system, operation=operation))
        rows, told = _rows(cold)

    assert none == {}
    assert {rows[place]["kind"] for place in told} == kinds
    assert set(told.values()) == {("UNAVAILABLE", system.upper())}
    assert [row for place, row in enumerate(rows) if place not in told] == [
        row for place, row in enumerate(whole) if place not in told
    ]
