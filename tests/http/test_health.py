"""That the process says whether it lives, and what happened, without saying to whom."""

from collections import Counter
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bff.backends._operations import GROUPS
from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House, house
from tests.http import personal


def test_it_lives_and_is_ready_also_while_no_system_answers(bff: House) -> None:
    bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR))
    live, ready = bff.client.get("/health/live"), bff.client.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "cache": "memory", "systems": all_up()})
    assert bff.sandbox.ledger.entries() == [], "nobody was asked"


def all_up() -> dict[str, Any]:
    """Give what is said of systems of which nothing bad is known."""
    return {system.value: {"state": "up", "groups": dict.fromkeys(GROUPS[system], "up")} for system in GROUPS}


def test_what_keeps_failing_is_told_and_measured_by_group(bff: House) -> None:
    bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile", operation="GET /agreement"))
    for _ in range(20):
        bff.ask("legal", "{ customer { contracts(first: 1) { totalCount } } }")
    ready = bff.client.get("/health/ready")
    everything = all_up()
    everything["MOBILE"]["state"] = "mixed"
    everything["MOBILE"]["groups"]["contracts"] = "failing"
    assert (ready.status_code, ready.json()["systems"]) == (200, everything)
    levels = {labels: level for (name, labels), level in samples(bff).items() if name == "bff_backend_breaker"}
    assert {labels for labels, level in levels.items() if level == 2} == {("contracts", "MOBILE")}
    assert len(levels) == sum(map(len, GROUPS.values()))


def test_it_says_that_its_cache_is_shared(sandbox: Sandbox, redis_url: str) -> None:
    with house(sandbox, redis_url=redis_url) as opened:
        assert opened.client.get("/health/ready").json()["cache"] == "redis"


@pytest.mark.parametrize("path", ["/", "/graphq", "/health", "/metrics/x"])
def test_there_is_nothing_else(bff: House, path: str) -> None:
    assert bff.client.get(path).status_code == 404


def samples(opened: House) -> Counter[tuple[str, tuple[str, ...]]]:
    """Read the metrics: a number for each name and the values of its labels in the order of their names."""
    response = opened.client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Counter(
        {
            (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): int(sample.value)
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
            if not sample.name.endswith(("_created", "_sum"))
        }
    )


def test_the_metrics_count_what_happened(bff: House) -> None:
    before = samples(bff)
    bff.ask("user", "{ viewer { line { number } } }")
    bff.ask("user", "{ customer { mobileLines { totalCount } recipientCodes { code } } }")
    bff.ask("user", "{ nonsense }")
    bff.ask(None, "{ viewer { profile } }", headers={"authorization": "Bearer abc"})
    happened = samples(bff) - before
    assert {name: count for name, count in happened.items() if name[0] == "bff_http_requests_total"} == {
        ("bff_http_requests_total", ("query", "ok")): 1,
        ("bff_http_requests_total", ("query", "errors")): 1,
        ("bff_http_requests_total", ("none", "refused")): 2,
    }
    assert happened["bff_http_seconds_count", ("POST",)] == 4
    assert {name: count for name, count in happened.items() if name[0] == "bff_denials_total"} == {
        ("bff_denials_total", ("mobile.list",)): 1,
        ("bff_denials_total", ("company.recipient",)): 1,
    }
    assert happened["bff_token_refusals_total", ("form",)] == 1
    assert happened["bff_jwks_fetches_total", ("ok",)] == 1
    assert happened["bff_backend_calls_total", ("GET /product", "ok", "MOBILE")] == 1
    assert happened["bff_backend_calls_total", ("GET /Users", "ok", "DIRECTORY")] == 1
    assert happened["bff_backend_seconds_count", ("GET /product", "MOBILE")] == 1
    assert happened["bff_cache_reads_total", ("directory.user", "miss")] == 1
    assert happened["bff_cache_reads_total", ("directory.user", "memory")] == 2


def test_the_metrics_name_nobody(bff: House) -> None:
    number = bff.sandbox.world.companies[0].mobile_lines[0].msisdn
    bff.ask("legal", "query ($s: String) { customer { lines(filter: {search: $s}) { totalCount } } }", {"s": number})
    bff.ask("legal", "{ viewer { person { email } } customer { company { name legalRepresentative { lastName } } } }")
    text = bff.client.get("/metrics").text
    assert "bff_http_requests_total" in text
    assert personal.found_in(text, personal.of_world(bff.sandbox.world)) == []
