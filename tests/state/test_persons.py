"""What counts for a person at once: told alike by both stores, and by nobody while the store is silent."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bff.errors import StateUnavailable
from bff.redis_client import Client, open_client
from bff.state.persons import LAG_S, NOTHING, Choice, MemoryPersons, Noted, Persons, PersonStore, RedisPersons
from tests.clock import NOW, HandClock

pytestmark = pytest.mark.anyio

AT = NOW.timestamp()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Client]:
    client = open_client(redis_url, timeout_s=1, connections=2)
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def store(request: pytest.FixtureRequest) -> PersonStore:
    return MemoryPersons() if request.param == "memory" else RedisPersons(request.getfixturevalue("redis"))


@pytest.fixture
def persons(store: PersonStore) -> Persons:
    return Persons(store)


async def test_of_most_people_nothing_is_noted(persons: Persons) -> None:
    assert await persons.noted("somebody") == NOTHING


async def test_what_ends_and_what_is_chosen_stand_beside_each_other_the_newest_of_each(persons: Persons) -> None:
    for membership, at in (("M-1", AT), ('M-"2"\n', AT + 1), ("M-1", AT + 2)):
        await persons.end("subject", membership, at)
    assert await persons.choose("subject", "app", "M-3", "key-1") is Choice.CHOSEN
    assert await persons.choose("subject", "dashboard", "M-4", "key-1") is Choice.CHOSEN
    assert await persons.choose("subject", "app", "M-5", "key-2") is Choice.CHOSEN

    assert await persons.noted("subject") == Noted(
        {"M-1": AT + 2, 'M-"2"\n': AT + 1}, {"app": "M-5", "dashboard": "M-4"}
    )
    assert await persons.noted("another") == NOTHING


async def test_a_profile_counts_for_as_long_as_reads_may_lag_the_newest(persons: Persons) -> None:
    await persons.give("subject", "M-1", "ADMIN_FULL", AT - 1)
    await persons.give("subject", "M-1", "END_USER", AT)
    noted = await persons.noted("subject")
    assert noted.profiles == {"M-1": ("END_USER", AT)}
    moments = (NOW + timedelta(seconds=LAG_S - 1), NOW + timedelta(seconds=LAG_S))
    assert [noted.profile("M-1", at) for at in moments] == ["END_USER", None]
    assert noted.profile("M-2", NOW) is None


async def test_a_key_that_is_known_chooses_nothing_more(persons: Persons) -> None:
    await persons.choose("subject", "app", "M-1", "key-1")
    await persons.choose("subject", "app", "M-2", "key-2")

    assert await persons.choose("subject", "app", "M-1", "key-1") is Choice.SAME
    assert await persons.choose("subject", "app", "M-3", "key-1") is Choice.OTHER
    assert (await persons.noted("subject")).chosen == {"app": "M-2"}


@pytest.mark.parametrize(
    ("issued_s", "now_s", "is_over"),
    [(-1, 1000, True), (0, 1000, True), (1, LAG_S - 1, True), (1, LAG_S, False)],
)
def test_an_end_holds_for_tokens_of_before_and_for_all_as_long_as_reads_may_lag(
    issued_s: float, now_s: float, is_over: object
) -> None:
    noted = Noted({"M-1": AT}, {})
    moments = (NOW + timedelta(seconds=issued_s), NOW + timedelta(seconds=now_s))
    assert noted.has_ended("M-1", *moments) is is_over
    assert not noted.has_ended("M-2", *moments)


async def test_while_the_store_is_silent_nothing_is_noted_and_it_is_left_alone_for_a_moment() -> None:
    clock, client = HandClock(), open_client("redis://127.0.0.1:1", timeout_s=0.1, connections=1)
    silent = Persons(RedisPersons(client), clock.monotonic)

    assert await silent.noted("subject") == NOTHING
    await silent.end("subject", "M-1", AT)
    with pytest.raises(StateUnavailable):
        await silent.choose("subject", "app", "M-1", "key-1")
    await client.aclose()
