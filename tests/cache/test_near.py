"""The process's own copies: how long they are served, with and without word of other workers' invalidations."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.cache._copy import Copy
from bff.cache._near import NearCopies
from bff.cache.kinds import HEARD_S, NEAR_S
from bff.observability import REGISTRY

NOW = 1_800_000_000.0
OWNER = "0" * 32
TAGS = ("line", "sim")


def copy(weight: int = 1) -> Copy[str]:
    return Copy(None, (), NOW, NOW + 3600, NOW + 3600, weight)


def held(near: NearCopies, *, now: float = NOW, near_s: float = NEAR_S) -> None:
    near.put("spot", copy(), near.view(OWNER, TAGS), now=now, near_s=near_s)


def served(near: NearCopies, now: float) -> bool:
    found = near.get("spot", now)
    return found is not None and found.servable


def told(near: NearCopies, *tags: str, owner: str = OWNER) -> None:
    near.heard(NearCopies(1, shared=True).message(owner, tags))


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def near() -> NearCopies:
    return NearCopies(1000, shared=True)


@pytest.fixture
def listening(near: NearCopies) -> NearCopies:
    near.connected()
    return near


# --- how long ---------------------------------------------------------------------------------------------------------


def test_who_does_not_listen_serves_a_copy_for_ten_seconds(near: NearCopies) -> None:
    held(near)
    assert served(near, NOW + NEAR_S - 1)
    assert not served(near, NOW + NEAR_S)


def test_who_listens_serves_a_copy_for_a_minute_and_no_longer(listening: NearCopies) -> None:
    held(listening)
    assert served(listening, NOW + HEARD_S - 1)
    assert not served(listening, NOW + HEARD_S)


def test_a_profile_is_never_served_from_the_process_not_even_by_who_listens(listening: NearCopies) -> None:
    held(listening, near_s=0)
    assert not served(listening, NOW)


def test_a_worker_alone_serves_a_copy_as_long_as_the_entry_lives() -> None:
    alone = NearCopies(1000, shared=False)
    held(alone, near_s=0)
    assert served(alone, NOW + 3599)
    assert not served(alone, NOW + 3600)


# --- subscriptions ----------------------------------------------------------------------------------------------------


def test_what_was_taken_before_a_cut_has_ten_seconds_also_after_it_is_mended(listening: NearCopies) -> None:
    held(listening)
    listening.lost()
    assert served(listening, NOW + NEAR_S - 1)
    assert not served(listening, NOW + NEAR_S)
    listening.connected()
    assert not served(listening, NOW + NEAR_S)


def test_what_was_loaded_across_the_beginning_of_a_subscription_has_ten_seconds(near: NearCopies) -> None:
    view = near.view(OWNER, TAGS)
    near.connected()
    near.put("spot", copy(), view, now=NOW, near_s=NEAR_S)
    assert not served(near, NOW + NEAR_S)


def test_what_is_loaded_under_the_next_subscription_has_its_minute(listening: NearCopies) -> None:
    listening.lost()
    listening.connected()
    held(listening)
    assert served(listening, NOW + HEARD_S - 1)


# --- messages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", [("line",), ("sim",), ("invoice", "sim")])
def test_a_message_ends_what_has_one_of_its_tags(listening: NearCopies, tags: tuple[str, ...]) -> None:
    held(listening)
    told(listening, *tags)
    assert listening.get("spot", NOW) is None


def test_a_message_ends_neither_other_tags_nor_other_customers(listening: NearCopies) -> None:
    held(listening)
    told(listening, "invoice")
    told(listening, *TAGS, owner="1" * 32)
    assert served(listening, NOW)


def test_what_is_being_loaded_when_a_message_comes_is_not_held(listening: NearCopies) -> None:
    view = listening.view(OWNER, TAGS)
    told(listening, "line")
    listening.put("spot", copy(), view, now=NOW, near_s=NEAR_S)
    assert not view.live
    assert listening.get("spot", NOW) is None


def test_the_own_message_does_not_end_what_was_read_after_the_write(listening: NearCopies) -> None:
    message = listening.message(OWNER, TAGS)
    listening.invalidate(OWNER, TAGS)
    held(listening)
    listening.heard(message)
    assert served(listening, NOW)


@given(st.binary(max_size=200))
def test_any_bytes_end_the_trust_in_what_is_held_and_not_the_listening(garbage: bytes) -> None:
    near = NearCopies(1000, shared=True)
    near.connected()
    held(near)
    near.heard(garbage)
    assert served(near, NOW)
    assert not served(near, NOW + NEAR_S)
    held(near)
    assert served(near, NOW + NEAR_S)


@pytest.mark.parametrize(
    "message",
    [
        (b"s", OWNER, ["line"] * 65),
        (b"s", OWNER, ["x" * 65]),
        (b"s", "", ["line"]),
        (b"s", OWNER, ["line"], "more"),
        (b"s", OWNER, ["line"] * 64, "x" * 100_000),
        {"owner": OWNER},
    ],
)
def test_a_message_beyond_its_bounds_is_one_that_can_not_be_read(listening: NearCopies, message: object) -> None:
    before = metric("bff_cache_invalidations_total", result="unreadable")
    listening.heard(msgspec.msgpack.encode(message))
    assert metric("bff_cache_invalidations_total", result="unreadable") == before + 1


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_the_metrics_tell_what_is_held_and_what_made_room() -> None:
    near = NearCopies(10, shared=True)
    before = metric("bff_cache_near_evictions_total")
    for number in range(5):
        near.put(number, copy(weight=4), near.view(OWNER, TAGS), now=NOW, near_s=NEAR_S)
    assert metric("bff_cache_near_entries") == 2
    assert metric("bff_cache_near_bytes") == 8
    assert metric("bff_cache_near_evictions_total") == before + 3


def test_the_metrics_tell_whether_invalidations_are_heard(near: NearCopies) -> None:
    near.connected()
    assert metric("bff_cache_listening") == 1
    near.lost()
    assert metric("bff_cache_listening") == 0
