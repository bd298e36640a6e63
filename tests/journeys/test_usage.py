"""Usage of lines from the page: records page by page over months, own rows, what it costs, bad days."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import MobileLine
from tests.house import Answer, House, house
from tests.journeys import used
from tests.journeys.acting import TODAY, acting
from tests.journeys.ident import id_of

MINUTE_S, HOUR_S = 60.0, 3600.0
START = date(2026, 1, 23)
"""Before the oldest record that is kept."""
READS = "mobile GET /usage"

RECORDS = """
query ($id: ID!, $filter: UsageRecordFilter, $first: Int, $after: String) {
  line(id: $id) { ... on MobileLine { usage { records(filter: $filter, first: $first, after: $after) {
    totalCount windowFrom
    pageInfo { hasNextPage hasPreviousPage endCursor }
    nodes { at type counterpart quantity { value unit } charged { amount } }
    freshness { state }
  } } } }
}
"""
ALL = """
query ($id: ID!) {
  line(id: $id) { ... on MobileLine { number usage {
    credit { amount { amount } freshness { state } }
    extra { gross { amount } }
    byOffer { name }
    byTrafficType { type }
    records(first: 1) { nodes { at } freshness { state } }
    freshness { state asOf }
  } } }
}
"""
COMPANY_OF_LINE = {
    "directory GET /Users": 1,
    "mobile GET /organization": 1,
    "mobile GET /customer": 1,
    "mobile GET /agreement": 1,
    "mobile GET /product": 1,
    "mobile GET /resource": 1,
}


@pytest.fixture
def line(sandbox: Sandbox) -> MobileLine:
    """Give a prepaid line of a company."""
    return next(line for line in acting(sandbox.world, "legal").company.mobile_lines if line.prepaid)


@pytest.fixture
def followed(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that goes by the sandbox's clock, which may be moved."""
    with house(sandbox) as opened:
        yield opened


def page(bff: House, line: MobileLine, *, persona: str = "legal", **variables: Any) -> tuple[dict[str, Any], Answer]:
    """Ask for a page of a line's records since the oldest."""
    company = acting(bff.sandbox.world, persona).company
    given = {"id": id_of(line, company), "filter": {"from": START.isoformat()}, **variables}
    answer = bff.ask(persona, RECORDS, given)
    assert (answer.status, answer.errors) == (200, [])
    return answer.data["line"]["usage"]["records"], answer


def due(line: MobileLine, now: datetime = used.NOW, first: date = START, last: date = TODAY) -> list[dict[str, Any]]:
    return used.records(line, first, last, now)


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_first_page_of_ten_months_costs_two_calls_of_less_than_a_hundred_rows(
    bff: House, sandbox: Sandbox, line: MobileLine
) -> None:
    rows = due(line)
    assert len(rows) > 1000
    sandbox.faults.set(
        Rule(quirk=Quirk.CAPPED_PAGE, system="mobile", operation="GET /usage", parameters=Parameters(rows=100))
    )

    shown, answer = page(bff, line)

    assert shown["nodes"] == rows[:20]
    assert (shown["totalCount"], shown["windowFrom"]) == (None, START.isoformat())
    assert answer.calls == COMPANY_OF_LINE | {READS: 2}


def test_the_pages_of_ten_months_have_every_record_once_and_cost_nothing_the_second_time(
    bff: House, line: MobileLine
) -> None:
    first = walked(bff, line)
    again = walked(bff, line)

    assert [row for shown, _ in first for row in shown["nodes"]] == due(line)
    assert [shown for shown, _ in again] == [shown for shown, _ in first]
    assert sum(answer.calls[READS] for _, answer in first) < 2 * len(first)
    assert [answer.calls for _, answer in again[1:]] == [{}] * (len(again) - 1)


def walked(bff: House, line: MobileLine) -> list[tuple[dict[str, Any], Answer]]:
    """Go through all pages."""
    pages = [page(bff, line, first=100)]
    while pages[-1][0]["pageInfo"]["hasNextPage"]:
        pages.append(page(bff, line, first=100, after=pages[-1][0]["pageInfo"]["endCursor"]))
        assert pages[-1][0]["pageInfo"]["hasPreviousPage"]
    return pages


def test_a_list_that_fits_its_page_is_counted(bff: House, line: MobileLine) -> None:
    day = {"from": "2026-11-19", "to": "2026-11-19"}
    rows = due(line, first=date(2026, 11, 19), last=date(2026, 11, 19))

    shown, answer = page(bff, line, filter=day)

    assert (shown["nodes"], shown["totalCount"]) == (rows, len(rows))
    assert shown["pageInfo"]["hasNextPage"] is False
    assert answer.calls[READS] == 1


def test_a_cursor_survives_records_that_come_in_meanwhile(followed: House, sandbox: Sandbox) -> None:
    evening = used.NOW + timedelta(hours=10)
    lines = acting(sandbox.world, "legal").company.mobile_lines
    line = next(line for line in lines if len(due(line, evening)) > len(due(line)))
    before, _ = page(followed, line, first=5)
    sandbox.clock.advance(10 * HOUR_S)
    rows = due(line, evening)

    on, answer = page(followed, line, first=5, after=before["pageInfo"]["endCursor"])
    anew, _ = page(followed, line, first=5)

    place = rows.index(before["nodes"][-1])
    assert place > 4
    assert on["nodes"] == rows[place + 1 : place + 6]
    assert anew["nodes"] == rows[:5]
    assert answer.calls[READS] <= 1


def test_what_comes_late_to_a_day_that_is_over_is_shown_within_minutes(followed: House, sandbox: Sandbox) -> None:
    day, later = date(2026, 11, 21), used.NOW + timedelta(hours=16)
    wanted = {"from": day.isoformat(), "to": day.isoformat()}
    lines = acting(sandbox.world, "legal").company.mobile_lines
    line = next(line for line in lines if due(line, first=day, last=day))
    before, _ = page(followed, line, filter=wanted)
    sandbox.clock.advance(16 * HOUR_S)  # past midnight, by when that day has its prices

    after, answer = page(followed, line, filter=wanted)

    assert before["nodes"] == due(line, first=day, last=day)
    assert after["nodes"] == due(line, later, first=day, last=day)
    assert [row["charged"] for row in before["nodes"]] != [row["charged"] for row in after["nodes"]]
    assert answer.calls[READS] == 1


def test_only_the_types_asked_for_are_shown_however_rare(bff: House, line: MobileLine) -> None:
    wanted = {"from": START.isoformat(), "types": ["ROAMING", "PREMIUM"]}

    shown, answer = page(bff, line, filter=wanted, first=100)

    assert shown["nodes"] == [row for row in due(line) if row["type"] in {"ROAMING", "PREMIUM"}][:100]
    assert answer.calls[READS] <= 10


def test_a_list_covers_this_month_unless_told_otherwise(bff: House, line: MobileLine) -> None:
    shown, _ = page(bff, line, filter=None, first=100)

    assert shown["windowFrom"] == "2026-11-01"
    assert shown["nodes"] == due(line, first=date(2026, 11, 1))[:100]


@pytest.mark.parametrize(
    ("days", "window_from"),
    [
        ({"from": "2020-01-01", "to": "2025-11-30"}, "2025-11-22"),
        ({"from": "2026-12-01"}, "2026-12-01"),
        ({"from": "2026-11-20", "to": "2026-11-01"}, "2026-11-20"),
    ],
)
def test_days_without_records_are_an_empty_list(
    bff: House, line: MobileLine, days: dict[str, str], window_from: str
) -> None:
    shown, _ = page(bff, line, filter=days)

    assert (shown["nodes"], shown["totalCount"], shown["windowFrom"]) == ([], 0, window_from)


def test_a_year_of_many_lines_is_refused_before_anything_of_it_is_read(bff: House) -> None:
    query = """{ customer { mobileLines(first: 20) { nodes { usage {
      records(filter: { from: "2026-01-01" }) { totalCount } } } } } }"""

    answer = bff.ask("legal", query)

    assert answer.errors[0]["message"] == (
        "`records` covers 326 days of 20 lines; at most 3700 days of all lines together are allowed:"
        " ask for fewer lines or days."
    )
    assert {code for code, _ in answer.codes} == {"BAD_REQUEST"}
    assert READS not in answer.calls


def test_what_one_person_read_is_not_in_the_cache_of_another(bff: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "user")
    own = next(line for line in who.company.mobile_lines if line.product_id == who.membership.line_id)
    page(bff, own, persona="legal")

    _, answer = page(bff, own, persona="user")

    assert answer.calls[READS] == 2


def test_all_of_a_lines_usage_costs_a_call_of_each_part_and_nothing_the_second_time(
    bff: House, sandbox: Sandbox, line: MobileLine
) -> None:
    ident = {"id": id_of(line, acting(sandbox.world, "legal").company)}

    cold, warm = bff.ask("legal", ALL, ident), bff.ask("legal", ALL, ident)

    assert cold.calls == COMPANY_OF_LINE | {"mobile GET /bucket": 1, "mobile POST /queryUsageConsumption": 1, READS: 2}
    assert (warm.data, warm.calls) == (cold.data, {})


# --- bad days ---------------------------------------------------------------------------------------------------------

NOTHING: dict[str, Any] = {"UNAVAILABLE": Quirk.HTTP_ERROR, "BAD_DATA": Quirk.TRUNCATED, "TIMEOUT": Quirk.NO_ANSWER}
BLOCKS = {
    "GET /bucket": ("credit",),
    "POST /queryUsageConsumption": ("extra", "byOffer", "byTrafficType"),
    "GET /usage": ("records",),
}


@pytest.mark.parametrize("code", NOTHING)
@pytest.mark.parametrize("operation", BLOCKS)
def test_a_part_that_fails_costs_its_blocks_and_nothing_else(
    sandbox: Sandbox, line: MobileLine, operation: str, code: str
) -> None:
    sandbox.faults.set(Rule(quirk=NOTHING[code], system="mobile", operation=operation))
    with house(sandbox, backend_timeout_s="1" if code == "TIMEOUT" else "1.9") as bff:
        answer = bff.ask("legal", ALL, {"id": id_of(line, acting(sandbox.world, "legal").company)})

    usage = answer.data["line"]["usage"]
    lost = tuple(name for name in BLOCKS[operation] if name != "extra")  # of a prepaid line nothing is asked
    assert answer.data["line"]["number"] == line.msisdn
    assert {name for name in ("credit", "byOffer", "byTrafficType", "records") if usage[name] is None} == set(lost)
    assert sorted(answer.codes) == sorted((code, f"line.usage.{name}") for name in lost)
    assert usage["freshness"]["state"] == ("UNAVAILABLE" if "byOffer" in lost else "FRESH")


def test_an_old_copy_stands_in_for_what_fails(followed: House, sandbox: Sandbox, line: MobileLine) -> None:
    ident = {"id": id_of(line, acting(sandbox.world, "legal").company)}
    good = followed.ask("legal", ALL, ident)
    sandbox.faults.set(*(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation=operation) for operation in BLOCKS))
    sandbox.clock.advance(11 * MINUTE_S)
    bad = followed.ask("legal", ALL, ident)

    before, after = good.data["line"]["usage"], bad.data["line"]["usage"]
    stale = {"state": "STALE"}
    assert bad.errors == []
    assert after == {
        **before,
        "credit": before["credit"] | {"freshness": stale},
        "records": before["records"] | {"freshness": [stale]},
        "freshness": before["freshness"] | stale,
    }


def test_of_a_subscription_no_credit_and_of_a_prepaid_line_no_extra_is_asked(bff: House, sandbox: Sandbox) -> None:
    company = acting(sandbox.world, "legal").company
    prepaid = next(line for line in company.mobile_lines if line.prepaid)
    subscribed = next(line for line in company.mobile_lines if not line.prepaid)
    query = "query ($id: ID!) { line(id: $id) { ... on MobileLine { usage { %s } } } }"

    credit = bff.ask("legal", query % "credit { expiresOn }", {"id": id_of(subscribed, company)})
    extra = bff.ask("legal", query % "extra { gross { amount } }", {"id": id_of(prepaid, company)})

    assert (credit.data, extra.data) == ({"line": {"usage": {"credit": None}}}, {"line": {"usage": {"extra": None}}})
    assert (credit.calls, set(extra.calls)) == (COMPANY_OF_LINE, {"mobile GET /product", "mobile GET /resource"})
