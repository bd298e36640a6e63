"""Faults: when they strike, and how each looks on the wire of the mobile stand-in (the fixed one has its own tests)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from sandbox._faults import Faults, Injected, Parameters, Quirk, Rule, read_rules
from sandbox.clock import DEFAULT_NOW, ROME
from sandbox.credentials import MOBILE_KEY
from sandbox.server import Sandbox
from sandbox.stage import Latency

PRODUCT = "/tmf-api/productInventory/v4/product"
PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
PATIENCE_S = 0.3


def draw(faults: Faults, *keys: str, now: datetime = DEFAULT_NOW) -> Injected:
    return faults.draw("mobile", "GET /product", keys, now)


def test_nothing_strikes_unless_asked_for() -> None:
    assert not draw(Faults())


@pytest.mark.parametrize(
    ("rule", "strikes"),
    [
        (Rule(quirk=Quirk.TRUNCATED), True),
        (Rule(quirk=Quirk.TRUNCATED, system="mobile"), True),
        (Rule(quirk=Quirk.TRUNCATED, system="fixed"), False),
        (Rule(quirk=Quirk.TRUNCATED, operation="GET /product"), True),
        (Rule(quirk=Quirk.TRUNCATED, operation="GET /resource"), False),
        (Rule(quirk=Quirk.TRUNCATED, rate=0), False),
        (Rule(quirk=Quirk.TRUNCATED, times=0), False),
    ],
)
def test_a_rule_strikes_where_it_says(rule: Rule, *, strikes: bool) -> None:
    assert bool(draw(Faults([rule]))) is strikes


def test_a_rule_strikes_as_many_times_as_it_says_and_counts() -> None:
    faults = Faults([Rule(quirk=Quirk.TRUNCATED, times=2)])
    assert [bool(draw(faults)) for _ in range(4)] == [True, True, False, False]
    assert [hits for _, hits in faults.hits()] == [2]


def test_a_rate_is_kept_and_the_seed_repeats_it() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults([Rule(quirk=Quirk.TRUNCATED, rate=0.25, seed=seed)])
        return [bool(draw(faults)) for _ in range(1000)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 200 < sum(struck(1)) < 300


def test_a_poisoned_key_strikes_only_the_batches_that_hold_it() -> None:
    faults = Faults([Rule(quirk=Quirk.POISONED_KEY, parameters=Parameters(keys=("b",)))])
    assert bool(draw(faults, "a", "b", "c"))
    assert not draw(faults, "a", "c")
    assert [hits for _, hits in faults.hits()] == [1]


@pytest.mark.parametrize(
    ("clock", "night"),
    [("23:29", False), ("23:30", True), ("02:00", True), ("05:29", True), ("05:30", False), ("12:00", False)],
)
def test_the_night_window_can_follow_the_clock(clock: str, *, night: bool) -> None:
    faults = Faults([Rule(quirk=Quirk.NIGHT_WINDOW, parameters=Parameters(by_clock=True))])
    now = datetime.fromisoformat(f"2026-11-22T{clock}").replace(tzinfo=ROME)
    assert bool(draw(faults, now=now)) is night


def test_row_quirks_shuffle_double_add_and_drop_rows() -> None:
    def played(quirk: Quirk, **parameters: Any) -> list[int]:
        injected = draw(Faults([Rule(quirk=quirk, parameters=Parameters(**parameters))]))
        return injected.rows(range(10), foreign=lambda count: range(100, 100 + count))

    assert played(Quirk.SHUFFLED) != list(range(10))
    assert sorted(played(Quirk.SHUFFLED)) == list(range(10))
    assert Counter(played(Quirk.DUPLICATED)) == dict.fromkeys(range(10), 2)
    assert sorted(played(Quirk.FOREIGN_ROWS)) == [*range(10), 100, 101]
    assert len(played(Quirk.MISSING_ROWS, rows=3)) == 7


def test_missing_rows_of_an_empty_answer_are_none() -> None:
    injected = draw(Faults([Rule(quirk=Quirk.MISSING_ROWS)]))
    assert injected.rows((), foreign=lambda _: ()) == []


@pytest.mark.parametrize(
    "text",
    [
        '[{"quirk": "misspelt"}]',
        '[{"quirk": "truncated", "rate": 2}]',
        '[{"quirk": "truncated", "parameters": {"second": 1}}]',
        '[{"quirk": "poisoned_key"}]',
        '[{"quirk": "partial_bulk", "system": "mobile"}]',
        "{}",
    ],
)
def test_a_rule_that_could_not_work_is_refused(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_rules(text)


def test_the_page_on_the_sandbox_names_every_quirk() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [quirk.value for quirk in Quirk if f"`{quirk.value}`" not in page] == []


def test_latency_is_seeded_and_has_the_median_and_tail_of_the_real_systems() -> None:
    def drawn(seed: int, system: str) -> list[float]:
        latency = Latency(on=True, seed=seed)
        return sorted(latency.draw_s(system) for _ in range(5000))

    assert drawn(1, "mobile") == drawn(1, "mobile")
    assert drawn(1, "mobile")[2500] == pytest.approx(0.15, rel=0.1)
    assert drawn(1, "mobile")[4950] == pytest.approx(0.6, rel=0.2)
    assert drawn(1, "fixed")[2500] == pytest.approx(0.5, rel=0.1)
    assert drawn(1, "fixed")[4950] == pytest.approx(1.6, rel=0.2)
    assert Latency(on=False).draw_s("fixed") == 0


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    yield running
    running.faults.clear()
    running.ledger.clear()


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {MOBILE_KEY}"}
    with httpx.Client(base_url=sandbox.urls.mobile, headers=headers, timeout=PATIENCE_S) as opened:
        yield opened


def strike(sandbox: Sandbox, client: httpx.Client, quirk: Quirk, **parameters: Any) -> httpx.Response:
    """Read the lines of a contract while a quirk is on."""
    sandbox.faults.set(Rule(quirk=quirk, system="mobile", parameters=Parameters(**parameters)))
    return client.get(PRODUCT, params={"agreement.id": sandbox.world.companies[0].agreements[1].id})


def test_slow_tail_answers_late(sandbox: Sandbox, client: httpx.Client) -> None:
    assert strike(sandbox, client, Quirk.SLOW_TAIL, seconds=0.05).elapsed > timedelta(seconds=0.05)
    with pytest.raises(httpx.ReadTimeout):
        strike(sandbox, client, Quirk.SLOW_TAIL)


def test_no_answer_stays_silent_and_is_noted_without_a_status(sandbox: Sandbox, client: httpx.Client) -> None:
    with pytest.raises(httpx.ReadTimeout):
        strike(sandbox, client, Quirk.NO_ANSWER)
    [entry] = sandbox.ledger.entries()
    assert (entry.status, entry.fault) == (None, "no_answer")


@pytest.mark.parametrize(
    ("quirk", "parameters", "status", "body"),
    [
        (Quirk.NIGHT_WINDOW, {"mode": "fault"}, 500, '"code":"DB900"'),
        (Quirk.NIGHT_WINDOW, {"mode": "html"}, 503, "<html>"),
        (Quirk.ERROR_FAULT_500, {"code": "E123"}, 500, '"code":"E123"'),
        (Quirk.ERROR_FAULT_200, {"code": "E123"}, 200, '{"code":"E123"'),
        (Quirk.ERROR_CODE_IN_ANSWER, {"code": "E123"}, 200, '[{"code":"E123"'),
        (Quirk.HTTP_ERROR, {}, 502, "<html>"),
        (Quirk.HTTP_ERROR, {"status": 504, "body": "plain"}, 504, "upstream"),
        (Quirk.HTTP_ERROR, {"status": 500, "body": "empty"}, 500, ""),
        (Quirk.HTML_INSTEAD, {}, 200, "<html>"),
        (Quirk.WRONG_CONTENT_TYPE, {}, 200, '[{"id":"PRD-'),
    ],
)
def test_an_answer_is_put_in_the_place_of_the_good_one(
    sandbox: Sandbox, client: httpx.Client, quirk: Quirk, parameters: dict[str, Any], status: int, body: str
) -> None:
    response = strike(sandbox, client, quirk, **parameters)
    assert response.status_code == status
    assert body in response.text
    [entry] = sandbox.ledger.entries()
    assert (entry.status, entry.fault) == (status, quirk.value)


def test_a_refused_night_connection_is_reset(sandbox: Sandbox, client: httpx.Client) -> None:
    with pytest.raises(httpx.NetworkError):
        strike(sandbox, client, Quirk.NIGHT_WINDOW, mode="refused")


def test_truncated_json_ends_half_way(sandbox: Sandbox, client: httpx.Client) -> None:
    response = strike(sandbox, client, Quirk.TRUNCATED)
    assert response.status_code == 200
    with pytest.raises(ValueError, match="line 1"):
        response.json()


def test_the_wrong_content_type_leaves_body_and_counts(sandbox: Sandbox, client: httpx.Client) -> None:
    response = strike(sandbox, client, Quirk.WRONG_CONTENT_TYPE, content_type="application/octet-stream")
    assert response.headers["content-type"] == "application/octet-stream"
    assert (response.headers["X-Total-Count"], len(response.json())) == ("12", 12)


def test_a_poisoned_key_fails_its_whole_batch_and_no_other(sandbox: Sandbox, client: httpx.Client) -> None:
    good, bad = (agreement.id for agreement in sandbox.world.companies[0].agreements)
    sandbox.faults.set(Rule(quirk=Quirk.POISONED_KEY, parameters=Parameters(keys=(bad,))))
    statuses = [client.get(PRODUCT, params={"agreement.id": keys}).status_code for keys in (f"{good},{bad}", good, bad)]
    assert statuses == [500, 200, 500]


def test_foreign_rows_belong_to_another_company(sandbox: Sandbox, client: httpx.Client) -> None:
    rows = strike(sandbox, client, Quirk.FOREIGN_ROWS).json()
    owners = Counter(row["relatedParty"][0]["id"] for row in rows)
    assert owners[sandbox.world.companies[0].mobile_customer_id] == 12
    assert len(rows) == 14


@pytest.mark.parametrize(("quirk", "count"), [(Quirk.SHUFFLED, 12), (Quirk.DUPLICATED, 24), (Quirk.MISSING_ROWS, 11)])
def test_row_quirks_reach_the_answer(sandbox: Sandbox, client: httpx.Client, quirk: Quirk, count: int) -> None:
    assert len(strike(sandbox, client, quirk).json()) == count


def test_several_quirks_strike_together(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.DUPLICATED), Rule(quirk=Quirk.SHUFFLED))
    keys = sandbox.world.companies[0].agreements[1].id
    assert len(client.get(PRODUCT, params={"agreement.id": keys}).json()) == 24
    assert sandbox.ledger.entries()[0].fault == "duplicated,shuffled"


def test_rules_are_set_shown_and_cleared_at_run_time(sandbox: Sandbox, client: httpx.Client) -> None:
    address = f"{sandbox.urls.admin}/faults"
    rules = [{"quirk": "http_error", "system": "mobile", "times": 1, "parameters": {"status": 504, "body": "empty"}}]
    assert httpx.put(address, json=rules).status_code == 200
    assert [client.get(PRODUCT).status_code for _ in range(2)] == [504, 206]
    [shown] = httpx.get(address).json()
    assert (shown["quirk"], shown["parameters"]["status"], shown["hits"]) == ("http_error", 504, 1)
    assert httpx.delete(address).status_code == 204
    assert httpx.get(address).json() == []


def test_rules_that_make_no_sense_are_refused_with_a_reason_and_change_nothing(sandbox: Sandbox) -> None:
    address = f"{sandbox.urls.admin}/faults"
    sandbox.faults.set(Rule(quirk=Quirk.TRUNCATED, system="fixed"))
    response = httpx.put(address, content='[{"quirk": "misspelt"}]')
    assert (response.status_code, response.text) == (400, "Invalid enum value 'misspelt' - at `$[0].quirk`")
    assert len(httpx.get(address).json()) == 1
