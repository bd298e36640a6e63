"""What TM Forum lists do that the stand-in does not: lying totals, capped pages, odd rows."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.typing import EventDict

from bff.backends._batch import PAGES_MAX
from bff.backends.mobile import Mobile
from bff.domain.invoice import Invoice, InvoiceKind, InvoiceState
from bff.domain.line import LineState
from bff.domain.order import OrderState, ShipmentState
from bff.errors import BackendError, BackendGarbled, BackendRejected
from tests.backends.wire import Reply, Script, StillClock, always, good, http

pytestmark = pytest.mark.anyio

DAY = date(2025, 11, 22)
ORGANIZATION = {
    "id": "O1",
    "name": "Rossi S.r.l.",
    "organizationIdentification": [{"identificationType": "taxCode", "identificationId": "1"}],
}
BILL = {
    "id": "B1",
    "billNo": "M1",
    "billDate": "2026-10-31T23:00:00Z",
    "billingPeriod": {"startDateTime": "2026-10-01T00:00:00+02:00", "endDateTime": "2026-10-31T00:00:00+01:00"},
    "taxIncludedAmount": {"unit": "EUR", "value": 12.2},
    "state": "sent",
    "category": "normal",
    "billingAccount": {"id": "A1"},
}


def rows_of(
    rows: list[Any],
    *,
    cap: int = 500,
    total: Callable[[int], int | None] = lambda count: count,
    never: int | None = None,
    late: int = 0,
) -> Script:
    """Serve rows with a cap on pages and whatever total.

    The row of number `never` is on no page; pages after the first start so many rows `late`.
    """

    def answer(request: httpx.Request) -> Reply:
        query = parse_qs(request.url.query.decode())
        offset, limit = int(query["offset"][0]), min(int(query["limit"][0]), cap)
        start = offset + late if offset else 0
        page = [row for number, row in enumerate(rows[start : start + limit], start) if number != never]
        told = total(len(rows))
        headers = {} if told is None else {"x-total-count": str(told)}
        return Reply(json.dumps(page).encode(), 200 if len(page) == len(rows) else 206, headers)

    return Script(answer)


def bills(count: int) -> list[Any]:
    return [BILL | {"id": f"B{number}"} for number in range(count)]


async def invoices(network: Script) -> list[Invoice] | BackendError:
    mobile = Mobile(http(network), StillClock())
    try:
        return (await mobile.invoices_by_account(["A1"], issued_from=DAY))["A1"]
    finally:
        await mobile.aclose()


async def invoice(**changes: Any) -> Invoice | BackendError:
    read = await invoices(always(Reply(json.dumps([BILL | changes]).encode())))
    return read if isinstance(read, BackendError) else read[0]


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (1, 1), (499, 1), (500, 2), (501, 2), (1_000, 3), (2_600, 6)])
async def test_pages_of_five_hundred_cost_a_call_each(count: int, calls: int) -> None:
    network = rows_of(bills(count))
    assert len(good(await invoices(network))) == count
    assert len(network.requests) == calls


@pytest.mark.parametrize(
    "total", [lambda _count: None, lambda _count: 0, lambda _count: 500, lambda count: count - 1, lambda _count: 10**9]
)
async def test_no_row_is_lost_whatever_the_total_says(total: Callable[[int], int | None]) -> None:
    network = rows_of(bills(1_700), total=total)
    assert len(good(await invoices(network))) == 1_700
    assert len(network.requests) <= 4 + 3


@pytest.mark.parametrize("total", [lambda count: count, lambda _count: None])
async def test_a_page_size_capped_silently_loses_no_row(total: Callable[[int], int | None]) -> None:
    network = rows_of(bills(450), cap=100, total=total)
    assert len(good(await invoices(network))) == 450


@pytest.mark.parametrize("total", [lambda _count: 0, lambda _count: None])
async def test_a_page_size_capped_silently_and_a_total_that_lies_lose_no_row(
    total: Callable[[int], int | None],
) -> None:
    network = rows_of(bills(450), cap=100, total=total)
    assert len(good(await invoices(network))) == 450


async def test_pages_capped_to_one_row_still_come_to_an_end() -> None:
    network = rows_of(bills(7), cap=1)
    assert len(good(await invoices(network))) == 7


async def test_five_thousand_rows_are_read_whole_on_pages_of_twenty() -> None:
    network = rows_of(bills(5_000), cap=20)
    assert len(good(await invoices(network))) == 5_000
    assert len(network.requests) <= 5_000 // 19 + 4


@pytest.mark.parametrize("cap", [500, 20])
@pytest.mark.parametrize("late", [-1, 1])
async def test_pages_that_start_a_row_early_or_late_lose_and_double_none_for_no_call_more(late: int, cap: int) -> None:
    steady, moving = rows_of(bills(1_300), cap=cap), rows_of(bills(1_300), cap=cap, late=late)
    assert {each.bill_key for each in good(await invoices(moving))} == {
        each.bill_key for each in good(await invoices(steady))
    }
    assert len(good(await invoices(moving))) == 1_300
    assert len(moving.requests) <= 2 * len(steady.requests) + 1


async def test_a_row_missing_in_the_middle_costs_no_other_row_and_one_more_reading(told: list[EventDict]) -> None:
    network = rows_of(bills(2_600), never=1_200)
    assert len(good(await invoices(network))) == 2_599
    assert len(network.requests) == 2 * 6
    [line] = [line for line in told if line["event"] == "fewer_rows_than_told"]
    assert (line["operation"], line["rows"], line["told"]) == ("GET /customerBill", 2_599, 2_600)


async def test_rows_that_slipped_between_two_pages_are_found_by_reading_once_more() -> None:
    moving, still = rows_of(bills(1_300), late=3), rows_of(bills(1_300))

    def answer(request: httpx.Request) -> Reply:
        return (moving if len(network.requests) <= 3 else still).answer(request)

    network = Script(answer)
    assert len(good(await invoices(network))) == 1_300
    assert len(network.requests) == 6


async def test_a_system_that_always_gives_its_first_page_is_not_read_for_ever() -> None:
    page = json.dumps([{"id": str(number)} for number in range(500)]).encode()
    network = always(Reply(page, 206, {"x-total-count": "100000"}))
    assert isinstance(await invoices(network), BackendGarbled)
    assert len(network.requests) <= PAGES_MAX


async def test_a_total_that_is_no_number_is_no_total() -> None:
    for total in ("n.d.", "-1", "1.5", "9" * 5_000):
        network = always(Reply(json.dumps(bills(2)).encode(), 200, {"x-total-count": total}))
        assert len(good(await invoices(network))) == 2


async def test_filters_travel_as_the_files_want_them() -> None:
    network = rows_of([])
    mobile = Mobile(http(network), StillClock())
    await mobile.unpaid_by_account(["A1", "A2"], issued_from=DAY)
    await mobile.aclose()
    query = parse_qs(network.requests[0].url.query.decode())
    assert query["billingAccount.id"] == ["A1,A2"]
    assert query["billDate.gte"] == ["2025-11-22T00:00:00+01:00"]
    assert query["state"] == ["new,validated,sent,partiallyPaid"]
    assert set(query["fields"][0].split(",")) >= {"id", "billNo", "taxIncludedAmount"}


async def test_rows_that_a_filter_let_through_are_checked_again() -> None:
    old = BILL | {"id": "B2", "billDate": "2020-01-01T00:00:00Z"}
    paid = BILL | {"id": "B3", "state": "settled"}
    mobile = Mobile(http(rows_of([BILL, old, paid])), StillClock())
    unpaid = good((await mobile.unpaid_by_account(["A1"], issued_from=DAY))["A1"])
    await mobile.aclose()
    assert [each.bill_key for each in unpaid] == ["B1"]


async def test_days_are_romes() -> None:
    read = good(await invoice())
    assert (read.issued_on, read.period.start, read.period.end) == (
        date(2026, 11, 1),
        date(2026, 10, 1),
        date(2026, 10, 31),
    )


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_amounts_are_exact(amount: Decimal) -> None:
    body = json.dumps([BILL]).replace("12.2", str(amount)).encode()
    read = anyio.run(invoices, always(Reply(body)))
    assert good(read)[0].total.gross.amount == amount


@pytest.mark.parametrize("amount", ["1e400", '"NaN"', '"Infinity"'])
async def test_what_nobody_could_owe_is_garbled(amount: str) -> None:
    body = json.dumps([BILL]).replace("12.2", amount).encode()
    assert isinstance(await invoices(always(Reply(body))), BackendGarbled)


async def test_another_currency_is_not_taken_for_euros() -> None:
    assert isinstance(await invoice(taxIncludedAmount={"unit": "CHF", "value": 12.2}), BackendGarbled)


async def test_dates_that_stand_for_never_are_none_and_those_without_offset_are_romes() -> None:
    assert good(await invoice(paymentDueDate="9999-12-31T23:59:59Z")).due_on is None
    assert good(await invoice(paymentDueDate="0001-01-01T00:00:00")).due_on is None
    assert good(await invoice(paymentDueDate="2026-12-01T00:00:00")).due_on == date(2026, 12, 1)


async def test_net_and_vat_are_told_only_when_the_bill_tells_them_apart() -> None:
    assert good(await invoice()).total.vat is None
    total = good(await invoice(taxExcludedAmount={"value": 10})).total
    assert (total.net and total.net.amount, total.vat and total.vat.amount) == (Decimal("10.00"), Decimal("2.20"))


async def test_a_credit_note_carries_its_sign_in_its_kind() -> None:
    read = good(await invoice(category="creditNote", taxIncludedAmount={"value": -12.2}))
    assert (read.credit_note, read.kind, read.total.gross.amount) == (True, InvoiceKind.MOBILE, Decimal("12.20"))


@pytest.mark.parametrize("name", ["taxIncludedAmount", "taxExcludedAmount", "remainingAmount"])
async def test_a_minus_on_what_is_no_credit_note_is_believed_by_nobody(name: str) -> None:
    assert isinstance(await invoice(**{name: {"value": "-1,00"}}), BackendGarbled)
    assert not isinstance(await invoice(category="CREDITNOTE", **{name: {"value": "-1,00"}}), BackendError)


@pytest.mark.parametrize(
    "changes",
    [
        {"taxExcludedAmount": {"value": 12.21}},
        {"taxIncludedAmount": {"value": ""}},
        {"taxIncludedAmount": {"value": "1.234"}},
        {"remainingAmount": {"value": 1.234}},
        {"paymentDueDate": 20261201},
        {"paymentDueDate": "01/12/2026"},
        {"billingPeriod": {"startDateTime": "2026-10-31T00:00:00", "endDateTime": "2026-10-01T00:00:00"}},
    ],
)
async def test_what_can_be_read_in_two_ways_or_none_makes_its_account_garbled(changes: dict[str, Any]) -> None:
    assert isinstance(await invoice(**changes), BackendGarbled)


async def test_a_bill_that_can_not_be_read_costs_its_own_account_only() -> None:
    other = BILL | {"id": "B2", "billingAccount": {"id": "A2"}, "billDate": "soon"}
    mobile = Mobile(http(rows_of([BILL, other])), StillClock())
    found = await mobile.invoices_by_account(["A1", "A2"], issued_from=DAY)
    await mobile.aclose()
    assert [each.bill_key for each in good(found["A1"])] == ["B1"]
    assert isinstance(found["A2"], BackendGarbled)


async def test_a_bill_of_an_account_that_lost_its_digits_may_be_anyones() -> None:
    row = BILL | {"billingAccount": {"id": "1.23457E+11"}}
    assert isinstance(await invoices(rows_of([BILL, row])), BackendGarbled)


async def test_an_unpaid_bill_in_a_state_that_nobody_knows_stays_among_the_unpaid() -> None:
    mobile = Mobile(http(rows_of([BILL | {"state": "inLimbo"}])), StillClock())
    [unpaid] = good((await mobile.unpaid_by_account(["A1"], issued_from=DAY))["A1"])
    await mobile.aclose()
    assert unpaid.state is InvoiceState.UNKNOWN


async def test_unknown_codes_are_unknown_and_not_an_error() -> None:
    read = good(await invoice(category="odd", state="inLimbo"))
    assert (read.kind, read.state) == (InvoiceKind.UNKNOWN, InvoiceState.UNKNOWN)


@pytest.mark.parametrize("missing", ["billNo", "billDate", "billingPeriod", "taxIncludedAmount"])
async def test_a_bill_that_lacks_what_an_invoice_needs_makes_its_account_garbled(missing: str) -> None:
    row = {name: value for name, value in BILL.items() if name != missing}
    assert isinstance(await invoices(always(Reply(json.dumps([row]).encode()))), BackendGarbled)


async def test_a_row_without_its_account_belongs_to_nobody() -> None:
    row = {name: value for name, value in BILL.items() if name != "billingAccount"}
    assert await invoices(always(Reply(json.dumps([row]).encode()))) == []


def serving(**bodies: list[Any]) -> Script:
    """Serve a body per resource, nothing of others."""
    return Script(lambda request: Reply(json.dumps(bodies.get(request.url.path.rpartition("/")[2], [])).encode()))


ICCID = "8939100000100100015"
PRODUCT = {
    "id": "P1",
    "status": "active",
    "agreement": [{"id": "G1", "name": "888"}],
    "productCharacteristic": [{"name": "msisdn", "value": "+393331234567"}],
    "realizingResource": [{"id": "S1", "@referredType": "PhysicalResource"}],
}
SIM = {"id": "S1", "administrativeState": "unlocked", "resourceCharacteristic": [{"name": "iccid", "value": ICCID}]}


@pytest.mark.parametrize(
    ("product", "sims", "expected"),
    [
        ({}, [SIM], LineState.ACTIVE),
        ({}, [SIM | {"administrativeState": "locked"}], LineState.BLOCKED),
        ({"status": "suspended"}, [SIM | {"administrativeState": "locked"}], LineState.SUSPENDED),
        ({}, [], LineState.UNKNOWN),
        ({"realizingResource": []}, [], LineState.ACTIVE),
        ({"status": "aborted "}, [], LineState.CEASED),
        ({"status": "sleeping"}, [SIM], LineState.UNKNOWN),
    ],
)
async def test_a_lines_state_is_its_products_and_its_sims(
    product: dict[str, Any], sims: list[Any], expected: LineState
) -> None:
    mobile = Mobile(http(serving(product=[PRODUCT | product], resource=sims)), StillClock())
    line = good((await mobile.lines(["P1"]))["P1"])
    await mobile.aclose()
    assert (line.state, line.contract_number) == (expected, "888")


async def test_what_belongs_to_a_contract_and_is_no_line_is_left_out() -> None:
    router = PRODUCT | {"id": "P2", "productSpecification": {"id": "X", "name": "router"}}
    mobile = Mobile(http(serving(product=[PRODUCT, router], resource=[SIM])), StillClock())
    lines = good((await mobile.lines_by_contract(["G1"]))["G1"])
    await mobile.aclose()
    assert [(line.key, line.contract_number, line.number) for line in lines] == [("P1", "888", "+393331234567")]


async def test_of_two_organizations_with_one_tax_code_the_customer_counts() -> None:
    both = [ORGANIZATION, ORGANIZATION | {"id": "O2"}]
    network = serving(organization=both, customer=[{"id": "C2", "engagedParty": {"id": "O2"}}])
    mobile = Mobile(http(network), StillClock())
    party = good((await mobile.parties(["1"]))["1"])
    await mobile.aclose()
    assert (party.party_key, party.customer_keys) == ("O2", ("C2",))


async def test_a_vat_number_is_not_taken_for_a_tax_code() -> None:
    row = ORGANIZATION | {"organizationIdentification": [{"identificationType": "vatNumber", "identificationId": "1"}]}
    mobile = Mobile(http(serving(organization=[row])), StillClock())
    assert await mobile.parties(["1"]) == {}
    await mobile.aclose()


async def test_a_party_whose_customers_can_not_be_read_is_an_error() -> None:
    def answer(request: httpx.Request) -> Reply:
        return Reply(json.dumps([ORGANIZATION]).encode()) if "organization" in request.url.path else Reply(status=404)

    mobile = Mobile(http(Script(answer)), StillClock())
    assert isinstance((await mobile.parties(["1"]))["1"], BackendRejected)
    await mobile.aclose()


async def test_phases_go_to_the_items_that_they_name_and_without_names_to_all() -> None:
    row = {
        "id": "O1",
        "state": "partial",
        "creationDate": "2026-11-01T10:00:00Z",
        "relatedParty": [{"role": "customer", "partyOrPartyRole": {"id": "C1"}}],
        "productOrderItem": [{"id": "1"}, {"id": "2"}],
        "productOrderMilestone": [
            {"name": "TAKEN", "status": "Completed", "milestoneDate": "2026-11-02T10:00:00Z"},
            {
                "name": "DONE",
                "status": "Yet-To-Reach",
                "milestoneDate": "2026-11-09T10:00:00Z",
                "productOrderItem": [{"productOrderItemId": "2"}],
            },
        ],
    }
    mobile = Mobile(http(serving(productOrder=[row])), StillClock())
    [order] = good((await mobile.orders_by_customer(["C1"], placed_from=date(2026, 11, 1)))["C1"])
    await mobile.aclose()
    taken = datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert [[(phase.code, phase.reached_at) for phase in item.phases] for item in order.items] == [
        [("TAKEN", taken)],
        [("TAKEN", taken), ("DONE", None)],
    ]
    assert (order.state, order.items[0].updated_on) == (OrderState.FAILED, date(2026, 11, 2))


async def test_a_failed_delivery_ends_with_its_failure() -> None:
    row = {
        "id": "S1",
        "productOrder": {"id": "O1"},
        "note": [{"date": "2026-11-02T10:00:00Z", "text": text} for text in ("preparing", "shipped", "failed")],
    }
    mobile = Mobile(http(serving(shippingOrder=[row])), StillClock())
    (shipment,) = good((await mobile.shipments(["O1"]))["O1"])
    await mobile.aclose()
    assert [(step.state, step.reached_at is not None) for step in shipment.steps] == [
        (ShipmentState.PREPARING, True),
        (ShipmentState.SHIPPED, True),
        (ShipmentState.IN_TRANSIT, False),
        (ShipmentState.OUT_FOR_DELIVERY, False),
        (ShipmentState.FAILED, True),
    ]
