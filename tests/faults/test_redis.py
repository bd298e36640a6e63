"""Redis below whole houses: shared by workers, and nothing more than slower when it is gone."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import redis

from bff.cache.kinds import HEARD_S
from sandbox.server import Sandbox
from sandbox.world.model import Company
from tests.faults.dashboard import HEADERS, QUERY, whole
from tests.house import Answer, House, house
from tests.process import no_garbage_collected
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

TIMEOUT_S = 0.4
"""What Redis has where it is stalled: much, so that one wait is told from none, and from two, on a busy machine."""
SLACK_S = 0.3
PAUSE_S = 1.0
NEAR_S = HEARD_S
"""The longest that a worker serves a copy of its own: it listens to the others."""
LEVELS = 4
"""Of the page: the person; codes and party; accounts, contracts and orders; lines and invoices."""

PERSON_ALONE = {"directory GET /Users": 1}


def ask(opened: House) -> Answer:
    return opened.ask("legal", QUERY, headers=HEADERS)


def assert_whole(answer: Answer, sandbox: Sandbox, company: Company) -> None:
    assert (answer.data, answer.errors) == (whole(company, sandbox.clock.now()), [])


def timed(opened: House) -> tuple[float, Answer]:
    began = time.monotonic()
    answer = ask(opened)
    return time.monotonic() - began, answer


def forget(sandbox: Sandbox) -> None:
    """Move the clock beyond what a worker keeps for itself."""
    sandbox.clock.advance(NEAR_S + 1)


# --- two workers ------------------------------------------------------------------------------------------------------


def test_what_one_worker_read_the_other_answers_without_a_call(
    sandbox: Sandbox, small: Company, redis_url: str
) -> None:
    with house(sandbox, redis_url=redis_url) as here, house(sandbox, redis_url=redis_url) as there:
        first, second = ask(here), ask(there)
    assert sum(first.calls.values()) > 0
    assert second.calls == {}
    assert second.data == first.data
    assert_whole(second, sandbox, small)


def test_what_another_person_of_the_company_read_serves_all_of_it(sandbox: Sandbox, redis_url: str) -> None:
    with house(sandbox, redis_url=redis_url) as here, house(sandbox, redis_url=redis_url) as there:
        first, second = ask(here), there.ask("admin", QUERY)
    assert (second.data, second.calls) == (first.data, PERSON_ALONE)


def test_a_flushed_redis_is_read_anew_from_the_systems(sandbox: Sandbox, small: Company, redis_url: str) -> None:
    with house(sandbox, redis_url=redis_url) as opened:
        cold, warm = ask(opened), ask(opened)
        with redis.Redis.from_url(redis_url) as client:
            client.flushdb()
        forget(sandbox)
        again, warm_again = ask(opened), ask(opened)
    assert (warm.calls, warm_again.calls) == ({}, {})
    assert again.calls == cold.calls
    assert_whole(again, sandbox, small)


def truncated(client: redis.Redis, keys: list[bytes]) -> None:
    for key in keys:
        client.set(key, cast("bytes", client.get(key))[:-1])


def interchanged(client: redis.Redis, keys: list[bytes]) -> None:
    blobs = cast("list[bytes]", client.mget(keys))
    client.mset(dict(zip(keys, blobs[1:] + blobs[:1], strict=True)))


def of_another_type(client: redis.Redis, keys: list[bytes]) -> None:
    for key in keys:
        client.delete(key)
        client.rpush(key, "1")


@pytest.mark.parametrize("spoil", [truncated, interchanged, of_another_type])
def test_entries_that_are_not_what_they_should_be_are_read_anew(
    sandbox: Sandbox, small: Company, redis_url: str, spoil: Callable[[redis.Redis, list[bytes]], None]
) -> None:
    with house(sandbox, redis_url=redis_url) as here, house(sandbox, redis_url=redis_url) as there:
        cold = ask(here)
        with redis.Redis.from_url(redis_url) as client:
            spoil(client, sorted(key for key in client.scan_iter() if not key.startswith(b"bff:tag:")))
        again, warm = ask(there), ask(there)
    assert (again.calls, warm.calls) == (cold.calls, {})
    assert_whole(again, sandbox, small)


# --- round trips ------------------------------------------------------------------------------------------------------


def test_a_warm_page_costs_a_round_trip_a_level_and_not_one_a_key(sandbox: Sandbox, redis_url: str) -> None:
    with house(sandbox, redis_url=redis_url) as here, house(sandbox, redis_url=redis_url) as there:
        ask(here)
        before = counted(redis_url)
        answer = ask(there)
        trips, keys, others = (now - then for now, then in zip(counted(redis_url), before, strict=True))
    assert answer.calls == {}
    assert trips <= LEVELS
    assert keys >= 4 * trips
    assert others == 0


def test_a_page_that_a_worker_holds_itself_costs_a_round_trip_for_the_person_only(
    sandbox: Sandbox, redis_url: str
) -> None:
    with house(sandbox, redis_url=redis_url) as opened:
        ask(opened)
        before = counted(redis_url)
        ask(opened)
        assert counted(redis_url)[0] - before[0] == 1


FIRST = Path("operations/first.graphql").read_text(encoding="utf-8")
FIRST_LEVELS = 6
"""The person; the company; accounts, contracts and orders; lines; the contracts' invoices; the lines' invoices."""


def test_the_first_query_costs_one_mget_a_level_from_redis_and_a_few_commands_a_load_when_cold(
    sandbox: Sandbox, redis_url: str
) -> None:
    with house(sandbox, redis_url=redis_url) as here, house(sandbox, redis_url=redis_url) as there:
        nothing = commands(redis_url)
        cold = here.ask("legal", FIRST)
        kept = commands(redis_url)
        warm = there.ask("legal", FIRST)
        from_redis, brought = commands(redis_url) - kept, kept - nothing
    loads = brought["eval"] // 2  # one claims, one keeps and lets go
    assert (sum(cold.calls.values()), warm.calls) == (13, {})
    assert from_redis.keys() == {"mget"}
    assert from_redis["mget"] <= FIRST_LEVELS
    assert loads <= sum(cold.calls.values())
    assert brought["mget"] <= FIRST_LEVELS + loads
    print(f"the first query, cold: {dict(brought)}, from Redis: {dict(from_redis)}")  # noqa: T201 - for docs/redis.md


def commands(url: str) -> Counter[str]:
    """Count the commands of the data that a server has run so far, by name."""
    with redis.Redis.from_url(url) as client:
        stats = cast("dict[str, dict[str, Any]]", client.info("commandstats"))
    return Counter({name: stats[f"cmdstat_{name}"]["calls"] for name in DATA if f"cmdstat_{name}" in stats})


DATA = ("mget", "get", "set", "eval", "del", "publish")


def counted(url: str) -> tuple[int, int, int]:
    """Count what the server was asked so far: MGETs, keys looked up, commands of the data that are no MGET."""
    with redis.Redis.from_url(url) as client:
        commands = cast("dict[str, dict[str, Any]]", client.info("commandstats"))
        stats = cast("dict[str, int]", client.info("stats"))
    others = sum(commands.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("get", "set", "eval", "del"))
    return commands["cmdstat_mget"]["calls"], stats["keyspace_hits"] + stats["keyspace_misses"], others


# --- Redis gone -------------------------------------------------------------------------------------------------------


def test_a_stalled_redis_costs_its_timeout_once_and_no_wrong_answer(
    sandbox: Sandbox, small: Company, own_redis: RedisServer
) -> None:
    with house(sandbox, redis_url=own_redis.url, redis_timeout_s=str(TIMEOUT_S)) as opened, no_garbage_collected():
        ask(opened)
        usual_s = min(timed(opened)[0] for _ in range(3))
        with own_redis.stalled():
            first_s, first = timed(opened)
            given_up_at = time.monotonic()
            later = [timed(opened) for _ in range(3)]
            assert time.monotonic() - given_up_at < PAUSE_S, "too slow to tell a pause from its end"
    assert usual_s + TIMEOUT_S / 2 < first_s < usual_s + TIMEOUT_S + SLACK_S
    assert max(seconds for seconds, _ in later) < usual_s + SLACK_S
    for answer in (first, *(answer for _, answer in later)):
        assert_whole(answer, sandbox, small)
        assert answer.calls == PERSON_ALONE


@pytest.mark.parametrize("how", ["stalled", "killed"])
def test_without_redis_and_copies_of_its_own_a_worker_reads_from_the_systems(
    sandbox: Sandbox, small: Company, own_redis: RedisServer, how: str
) -> None:
    with house(sandbox, redis_url=own_redis.url, redis_timeout_s=str(TIMEOUT_S)) as opened:
        cold = ask(opened)
        (own_redis.stall if how == "stalled" else own_redis.kill)()
        forget(sandbox)
        gone = ask(opened)
        own_redis.resume()
    assert gone.calls == cold.calls
    assert_whole(gone, sandbox, small)


def test_a_redis_that_never_was_there_changes_no_answer(
    sandbox: Sandbox, small: Company, own_redis: RedisServer
) -> None:
    own_redis.kill()
    with house(sandbox, redis_url=own_redis.url) as opened:
        cold, warm = ask(opened), ask(opened)
    for answer in (cold, warm):
        assert_whole(answer, sandbox, small)
    assert warm.calls == PERSON_ALONE
