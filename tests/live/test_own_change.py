"""What is changed here is told to who has subscribed, at once and on every worker: no event of a system is needed."""

from collections.abc import Iterator

import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys.acting import acting, mobile_lines
from tests.journeys.changed import BLOCK, unblocked
from tests.journeys.ident import id_of
from tests.live.listening import client, subscribed

REQUESTS = "subscription { requestUpdated { kind state } }"
BLOCKED = {"data": {"requestUpdated": {"kind": "SIM_BLOCK", "state": "DONE"}}}


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that settles at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


def block(bff: House, persona: str = "legal") -> Answer:
    who = acting(bff.sandbox.world, "legal")
    line = unblocked(mobile_lines(who, "all"))
    return bff.ask(persona, BLOCK, {"id": id_of(line, who.company), "key": "key-1"})


def test_who_has_subscribed_sees_what_a_colleague_asks_for(bff: House) -> None:
    with client(bff, "admin") as opened:
        subscribed(bff, opened, REQUESTS)

        assert block(bff).data["simBlock"]["status"] == "ACCEPTED"

        assert opened.hear()["payload"] == BLOCKED
        assert opened.hears_nothing()


def test_another_company_is_told_nothing_and_reads_nothing(bff: House) -> None:
    with client(bff, "mobile") as opened:
        subscribed(bff, opened, REQUESTS)
        bff.sandbox.ledger.clear()

        answer = block(bff)

        assert opened.hears_nothing()
        assert sum(answer.calls.values()) == len([each for each in bff.sandbox.ledger if each.system != "identity"])


def test_what_nobody_knows_the_end_of_is_told_as_soon_as_it_can_be_seen(quick: House) -> None:
    rule = Rule(
        quirk=Quirk.TAKEN_UNANSWERED,
        system="mobile",
        operation="POST /serviceOrder",
        parameters=Parameters(mode="silent"),
    )
    with client(quick, "admin") as opened:
        subscribed(quick, opened, REQUESTS)
        quick.sandbox.faults.set(rule)
        assert block(quick).data["simBlock"]["status"] == "UNKNOWN"

        assert opened.hear()["payload"] == BLOCKED
        assert opened.hears_nothing()


@pytest.mark.redis
def test_what_one_worker_does_is_told_by_another(sandbox: Sandbox, redis_url: str) -> None:
    with (
        house(sandbox, redis_url=redis_url, state_redis_url=redis_url) as one,
        house(sandbox, redis_url=redis_url, state_redis_url=redis_url) as other,
        client(one, "admin") as opened,
    ):
        subscribed(one, opened, REQUESTS)

        block(other)

        assert opened.hear()["payload"] == BLOCKED
        assert opened.hears_nothing()
