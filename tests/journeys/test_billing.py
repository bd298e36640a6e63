"""Direct debits beside the other settings of billing: read only when asked for, and missed alone."""

from collections import Counter

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House

SETTINGS = "{ customer { contracts { nodes { billing { paperless %s } } } } }"


def test_direct_debits_of_contracts_are_one_call_more_and_none_when_warm(bff: House) -> None:
    without = bff.ask("admin", SETTINGS % "")
    cold, warm = (bff.ask("admin", SETTINGS % "directDebit { iban }") for _ in range(2))

    assert "mobile GET /paymentMethod" not in without.calls
    assert (cold.errors, cold.calls) == ([], Counter({"mobile GET /paymentMethod": 1}))
    assert (warm.data, warm.calls) == (cold.data, Counter())


def test_without_payment_methods_only_the_direct_debits_are_missing(bff: House, sandbox: Sandbox) -> None:
    due = bff.ask("legal", SETTINGS % "").data["customer"]["contracts"]["nodes"]
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /paymentMethod"))

    answer = bff.ask("legal", SETTINGS % "directDebit { iban }")

    assert answer.data["customer"]["contracts"]["nodes"] == [
        {"billing": {**each["billing"], "directDebit": None}} for each in due
    ]
    assert answer.codes == [
        ("UNAVAILABLE", f"customer.contracts.nodes.{index}.billing.directDebit") for index in range(len(due))
    ]
