"""Usage on the wire as the stand-in does not send it: tasks that take their time, odd buckets and counters."""

from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from bff.backends.mobile import Mobile
from bff.backends.mobile._task import ConsumptionQuery
from bff.domain.money import Money, TaxedMoney
from bff.domain.usage import Consumption, Long, Quantity, QuantityUnit, TrafficType, TrafficUsage
from bff.errors import BackendError, BackendGarbled, BackendTimeout
from tests.backends.wire import Reply, Script, StillClock, always, good, http

pytestmark = pytest.mark.anyio

PATH = "/tmf-api/usageConsumption/v4/queryUsageConsumption"
DONE = {"id": "1", "state": "done", "product": [{"id": "L1"}]}


def task(*reports: dict[str, Any], id_: str = "T1") -> Reply:
    return Reply(msgspec.json.encode({"id": id_, "usageConsumption": list(reports)}), 201)


def in_state(state: str | None) -> Reply:
    return task({"id": "1", "state": state, "product": [{"id": "L1"}]})


class Pauses:
    """Waits for nothing, and remembers how long it ought to have waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def run(script: Script) -> tuple[list[Any], list[float]]:
    pauses, transport = Pauses(), http(script)
    try:
        return await ConsumptionQuery(transport, PATH, pauses).run(["L1"]), pauses.seconds
    finally:
        await transport.aclose()


def told(*replies: Reply) -> Script:
    """Answer with one after the other, the last one again and again."""
    left = list(replies)
    return Script(lambda _request: left.pop(0) if len(left) > 1 else left[0])


# --- tasks ------------------------------------------------------------------------------------------------------------


async def test_a_task_that_is_done_at_once_is_not_looked_at() -> None:
    script = told(task(DONE))
    reports, pauses = await run(script)
    assert [each.product[0].id for each in reports] == ["L1"]
    assert pauses == []
    (asked,) = script.requests
    assert (asked.method, asked.url.path, asked.headers["content-type"]) == ("POST", PATH, "application/json")
    assert msgspec.json.decode(asked.content) == {"searchCriteria": {"product": [{"id": "L1"}]}}


@pytest.mark.parametrize("state", ["accepted", "inProgress", " INPROGRESS "])
async def test_a_task_is_looked_at_until_it_is_done_with_longer_and_longer_pauses(state: str) -> None:
    script = told(in_state(state), in_state(state), in_state(state), task(DONE))
    reports, pauses = await run(script)
    assert len(reports) == 1
    assert pauses == [0.1, 0.2, 0.4]
    assert [(each.method, each.url.path) for each in script.requests[1:]] == [("GET", f"{PATH}/T1")] * 3


async def test_the_id_of_a_task_can_lead_nowhere_else() -> None:
    script = told(task({"id": "1", "state": "accepted"}, id_="../../customer?x="), task(DONE))
    await run(script)
    assert script.requests[1].url.raw_path.decode() == f"{PATH}/..%2F..%2Fcustomer%3Fx%3D"


async def test_a_task_that_is_never_done_is_not_answered_in_time() -> None:
    script = told(in_state("inProgress"))
    with pytest.raises(BackendTimeout):
        await run(script)
    assert len(script.requests) == 5


@pytest.mark.parametrize("state", ["ZZZ", None, ""])
async def test_a_task_in_no_known_state_is_bad_data(state: str | None) -> None:
    with pytest.raises(BackendGarbled):
        await run(told(in_state(state)))


# --- reports ----------------------------------------------------------------------------------------------------------


async def consumption(
    *reports: dict[str, Any], keys: tuple[str, ...] = ("L1",)
) -> dict[str, Consumption | BackendError]:
    mobile = Mobile(http(told(task(*reports))), StillClock())
    try:
        return await mobile.consumption(keys)
    finally:
        await mobile.aclose()


def counter(name: str, amount: Any, units: str) -> dict[str, Any]:
    return {"counterType": name, "value": {"amount": amount, "units": units}}


async def the_one(**report: Any) -> Consumption:
    return good((await consumption({**DONE, **report}))["L1"])


async def test_a_task_that_failed_for_a_line_costs_that_line() -> None:
    failed = {"id": "2", "state": "terminatedWithError", "product": [{"id": "L2"}]}
    found = await consumption(DONE, failed, keys=("L1", "L2"))
    assert isinstance(found["L1"], Consumption)
    assert isinstance(found["L2"], BackendGarbled)


async def test_what_is_left_is_what_is_allowed_without_what_was_used_and_never_below_nothing() -> None:
    found = await the_one(
        bucketRefOrValue=[
            {"name": "Giga", "bucketCounter": [counter("used", 5, "GB"), counter("allowed", 20_000, "MB")]},
            {"name": "Oltre", "bucketCounter": [counter("used", 25, "GB"), counter("allowed", 20, "GB")]},
            {"name": "Senza limiti", "bucketCounter": [counter("used", 25, "GB")]},
        ]
    )
    assert [each.left and each.left.value for each in found.offers] == [15 * 10**9, 0, None]
    assert [each.type for each in found.offers] == [TrafficType.UNKNOWN] * 3


@pytest.mark.parametrize(
    "counters",
    [
        [],
        [counter("allowed", 20, "GB")],
        [counter("used", 5, "GB"), counter("allowed", 20, "min")],
        [counter("used", 5, "parsec")],
        [{"counterType": "used"}],
    ],
)
async def test_an_offer_of_which_nobody_can_tell_what_was_used_is_bad_data(counters: list[Any]) -> None:
    found = await consumption({**DONE, "bucketRefOrValue": [{"name": "Giga", "bucketCounter": counters}]})
    assert isinstance(found["L1"], BackendGarbled)


async def test_what_was_spent_beyond_the_plan_comes_in_cents_or_euros() -> None:
    in_cents = [counter("taxExcluded", 642, "EURCENT"), counter("taxIncluded", 783, "EURCENT")]
    in_euros = [counter("taxExcluded", "6,42", "EUR"), counter("taxIncluded", 7.83, "EUR")]
    for counters in (in_cents, in_euros):
        found = await the_one(bucketRefOrValue=[{"bucketCounter": counters}])
        assert found.extra == TaxedMoney(Money(Decimal("7.83")), Money(Decimal("6.42")), Money(Decimal("1.41")))
        assert found.offers == ()


async def test_without_a_net_amount_only_the_gross_one_is_told() -> None:
    found = await the_one(bucketRefOrValue=[{"bucketCounter": [counter("taxIncluded", 783, "EURCENT")]}])
    assert found.extra == TaxedMoney(Money(Decimal("7.83")))


async def test_a_type_in_two_units_is_two_rows_without_a_price_that_nobody_can_share_out() -> None:
    counters = [counter("roaming", 5, "MB"), counter("roaming", 2, "min"), counter("roaming", 199, "EURCENT")]
    found = await the_one(product=[{"id": "L1", "consumptionSummary": [*counters, counter("fax", 1, "msg")]}])
    assert found.traffic == (
        usage(TrafficType.ROAMING, 5_000_000, QuantityUnit.BYTES),
        usage(TrafficType.ROAMING, 120, QuantityUnit.SECONDS),
        usage(TrafficType.UNKNOWN, 1, QuantityUnit.MESSAGES),
    )


def usage(type_: TrafficType, value: int, unit: QuantityUnit) -> TrafficUsage:
    return TrafficUsage(type=type_, used=Quantity(Long(value), unit), charged=None)


async def test_the_summary_of_another_line_in_the_same_report_is_not_this_ones() -> None:
    other = {"id": "L2", "consumptionSummary": [counter("voice", 5, "s")]}
    assert (await the_one(product=[{"id": "L1"}, other])).traffic == ()


# --- buckets and records ----------------------------------------------------------------------------------------------


async def test_a_bucket_of_traffic_is_nobodys_credit() -> None:
    buckets = [
        {"id": "1", "logicalResource": [{"id": "N1"}], "remainingValue": {"amount": 5, "units": "GB"}},
        {"id": "2", "logicalResource": [{"id": "N1"}], "remainingValue": {"amount": 1230, "units": "EURCENT"}},
    ]
    mobile = Mobile(http(always(Reply(msgspec.json.encode(buckets)))), StillClock())
    found = await mobile.credits_by_number(["N1"])
    await mobile.aclose()
    credit = good(found["N1"])
    assert (credit.amount, credit.line_keys, credit.expires_on) == (Money(Decimal("12.30")), (), None)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+393331234567", "+393331234***"), ("393331234567", "+393331234***"), ("40916", "40***"), ("12", "***")],
)
async def test_the_last_three_digits_of_the_other_party_never_leave_the_adapter(number: str, shown: str) -> None:
    (record,) = good(await records(usage_row(destinationNumber=number)))
    assert record.counterpart == shown


def usage_row(at: str = "2026-11-19T10:00:00+01:00", id_: str = "U1", **traits: str) -> dict[str, Any]:
    told_traits = {"quantity": "60", "unit": "s"} | traits
    return {
        "id": id_,
        "usageDate": at,
        "usageType": "voice",
        "ratedProductUsage": [{"productRef": {"id": "L1"}}],
        "usageCharacteristic": [{"name": name, "value": value} for name, value in told_traits.items()],
    }


async def records(*rows: dict[str, Any]) -> Any:
    mobile = Mobile(http(always(Reply(msgspec.json.encode(rows)))), StillClock())
    found = await mobile.records_by_day([("L1", "2026-11-19")])
    await mobile.aclose()
    return found["L1", "2026-11-19"]


async def test_a_record_of_another_day_is_dropped_and_one_of_no_day_is_bad_data() -> None:
    assert await records(usage_row("2026-11-18T23:59:59+01:00"), usage_row("2026-11-20T00:00:00+01:00")) == []
    for at in ("yesterday", "9999-12-31T23:59:59Z"):
        assert isinstance(await records(usage_row(at)), BackendGarbled)


async def test_a_record_that_can_not_be_read_costs_its_day() -> None:
    rows = [usage_row(f"2026-11-{day}T10:00:00+01:00", f"U{day}") for day in ("17", "18", "19")]
    rows[1]["usageCharacteristic"] = [{"name": "quantity", "value": "60"}, {"name": "unit", "value": "parsec"}]
    mobile = Mobile(http(always(Reply(msgspec.json.encode(rows)))), StillClock())
    found = await mobile.records_by_day([("L1", f"2026-11-{day}") for day in ("17", "18", "19")])
    await mobile.aclose()
    assert [key for key, value in found.items() if isinstance(value, BackendGarbled)] == [("L1", "2026-11-18")]
    assert [len(value) for value in found.values() if not isinstance(value, BackendError)] == [1, 1]


async def test_lines_that_lack_the_same_days_are_asked_for_together_and_others_apart() -> None:
    script = Script(lambda _request: Reply(b"[]"))
    mobile = Mobile(http(script), StillClock())
    days = {"L1": ("2026-11-17", "2026-11-19"), "L2": ("2026-11-19", "2026-11-17"), "L3": ("2026-11-19",)}
    found = await mobile.records_by_day([(line, day) for line, some in days.items() for day in some])
    await mobile.aclose()
    assert sorted(map(asked, script.requests)) == [
        ("L1,L2", "2026-11-17T00:00:00+01:00", "2026-11-20T00:00:00+01:00"),
        ("L3", "2026-11-19T00:00:00+01:00", "2026-11-20T00:00:00+01:00"),
    ]
    assert found == {(line, day): [] for line, some in days.items() for day in some}


def asked(request: httpx.Request) -> tuple[str, str, str]:
    query = request.url.params
    return query["ratedProductUsage.productRef.id"], query["usageDate.gte"], query["usageDate.lt"]


async def test_an_error_of_a_line_is_that_of_all_its_days() -> None:
    mobile = Mobile(http(always(Reply(b"<html>"))), StillClock())
    found = await mobile.records_by_day([("L1", "2026-11-18"), ("L1", "2026-11-19")])
    await mobile.aclose()
    assert [type(each) for each in found.values()] == [BackendGarbled, BackendGarbled]
