"""The query of the README, as the newcomer pastes it."""

from collections import Counter
from pathlib import Path

from tests.house import House

FIRST = Path("operations/first.graphql").read_text(encoding="utf-8")

COLD = Counter(
    {
        "directory GET /Users": 1,
        "mobile GET /organization": 1,
        "mobile GET /customer": 1,
        "mobile GET /agreement": 1,
        "mobile GET /product": 1,
        "mobile GET /resource": 1,
        "mobile GET /customerBill": 1,
        "mobile GET /productOrder": 1,
        "fixed FindCustomersByTaxCode": 1,
        "fixed FindAccountsByCustomer": 1,
        "fixed FindLinesByAccount": 1,
        "fixed FindInvoicesByAccount": 1,
        "fixed FindOrdersByCustomer": 1,
    }
)


def test_reads_both_networks_of_fifty_lines_with_thirteen_calls_cold_and_none_warm(bff: House) -> None:
    cold = bff.ask("legal", FIRST)
    warm = bff.ask("legal", FIRST)

    assert (cold.status, cold.errors) == (200, [])
    assert cold.data["customer"]["lines"]["totalCount"] == 50
    assert cold.calls == COLD
    assert warm.data == cold.data
    assert warm.calls == Counter()
