"""The process's own copies: how long they are served, with and without word of other workers' invalidations."""

import gc
import time
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.cache._copy import Copy, Read, pack, unpack
from bff.cache._near import _SHELF_BYTES, Name, NearCopies, Shelf
from bff.cache.kinds import HEARD_S, MOBILE_LINE, NEAR_S, Kind
from bff.domain.line import LineState, MobileLine, Sim
from bff.domain.system import System
from bff.observability import REGISTRY

NOW = 1_800_000_000.0
MAX_BYTES = 100_000
OWNER = "0" * 32
TAGS = ("line", "sim")
LINE = Kind(name="line", system=System.MOBILE, record=str, lifetime_s=3600, tags=TAGS)
_LINE = MobileLine(
    key="PROD-00001",
    number="3331234567",
    state=LineState.ACTIVE,
    as_of=datetime.fromtimestamp(NOW, UTC),
    contract_key="AGR-0001001",
    contract_number="1234567",
    tariff_plan="Business 50",
    prepaid=False,
    sim=Sim("8939000000000000001", blocked=False),
)
PROFILE = Kind(
    name="profile", system=System.DIRECTORY, record=str, lifetime_s=3600, stale_if_error_s=0, near_s=0, tags=("user",)
)


def copy(weight: int = 1) -> Copy[str]:
    return Copy(Read("value", datetime.fromtimestamp(NOW, UTC)), (), NOW, NOW + 3600, NOW + 3600, weight)


def shelf(near: NearCopies, kind: Kind[str] = LINE, window: str = "") -> Shelf:
    name: Name = (kind, "customer", None, window)
    return near.find(name) or near.build(name, OWNER)


def held(near: NearCopies, kind: Kind[str] = LINE) -> None:
    near.put(shelf(near, kind), {"key": copy()}, hearing=near.hearing, now=NOW)


def served(near: NearCopies, now: float, kind: Kind[str] = LINE) -> bool:
    """Tell whether the copy may be served, by both ways of asking."""
    at = shelf(near, kind)
    found = near.get(at, "key", now)
    servable = found is not None and found.servable
    plainly, rest = near.recall(at, ["key"], now)
    assert (list(plainly) or rest) == ["key"]
    assert servable or not plainly
    return servable


def told(near: NearCopies, *tags: str, owner: str = OWNER) -> None:
    near.heard(NearCopies(1, shared=True).message(owner, tags))


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def near() -> NearCopies:
    return NearCopies(MAX_BYTES, shared=True)


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
    held(listening, PROFILE)
    assert not served(listening, NOW, PROFILE)


def test_a_worker_alone_serves_a_copy_as_long_as_the_entry_lives() -> None:
    alone = NearCopies(MAX_BYTES, shared=False)
    held(alone, PROFILE)
    assert served(alone, NOW + 3599, PROFILE)
    assert not served(alone, NOW + 3600, PROFILE)


# --- subscriptions ----------------------------------------------------------------------------------------------------


def test_what_was_taken_before_a_cut_has_ten_seconds_also_after_it_is_mended(listening: NearCopies) -> None:
    held(listening)
    listening.lost()
    assert served(listening, NOW + NEAR_S - 1)
    assert not served(listening, NOW + NEAR_S)
    listening.connected()
    assert not served(listening, NOW + NEAR_S)


def test_what_was_loaded_across_the_beginning_of_a_subscription_has_ten_seconds(near: NearCopies) -> None:
    before = near.hearing
    near.connected()
    near.put(shelf(near), {"key": copy()}, hearing=before, now=NOW)
    assert served(near, NOW + NEAR_S - 1)
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
    assert not served(listening, NOW)


def test_a_message_ends_neither_other_tags_nor_other_customers(listening: NearCopies) -> None:
    held(listening)
    told(listening, "invoice")
    told(listening, *TAGS, owner="1" * 32)
    assert served(listening, NOW)


def test_what_is_being_loaded_when_a_message_comes_is_not_held(listening: NearCopies) -> None:
    before = shelf(listening)
    told(listening, "line")
    listening.put(before, {"key": copy()}, hearing=listening.hearing, now=NOW)
    assert shelf(listening) is not before
    assert not served(listening, NOW)


def test_the_own_message_does_not_end_what_was_read_after_the_write(listening: NearCopies) -> None:
    message = listening.message(OWNER, TAGS)
    listening.invalidate(OWNER, TAGS)
    held(listening)
    listening.heard(message)
    assert served(listening, NOW)


@given(st.binary(max_size=200))
def test_any_bytes_end_the_trust_in_what_is_held_and_not_the_listening(garbage: bytes) -> None:
    near = NearCopies(MAX_BYTES, shared=True)
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


# --- room -------------------------------------------------------------------------------------------------------------


def keys(near: NearCopies, window: str) -> list[object]:
    """Give what is on a shelf, without counting it as used."""
    return [key for name, each in near._shelves.items() if name[3] == window for key in each.copies]


def test_the_shelf_used_longest_ago_makes_room_by_its_oldest_copies() -> None:
    near = NearCopies(2 * _SHELF_BYTES + 4, shared=True)
    for window in ("a", "b"):
        near.put(shelf(near, window=window), {1: copy(), 2: copy()}, hearing=None, now=NOW)
    shelf(near, window="a")
    near.put(shelf(near, window="a"), {3: copy()}, hearing=None, now=NOW)
    assert (keys(near, "a"), keys(near, "b")) == ([1, 2, 3], [2])


def test_a_heavier_copy_than_the_bound_takes_only_its_own_place() -> None:
    near = NearCopies(2 * _SHELF_BYTES, shared=True)
    near.put(shelf(near), {1: copy(), 2: copy()}, hearing=None, now=NOW)
    near.put(shelf(near), {1: copy(weight=10 * _SHELF_BYTES)}, hearing=None, now=NOW)
    assert keys(near, "") == [2]


def test_a_shelf_with_nothing_on_it_and_nothing_on_its_way_is_taken_away() -> None:
    near = NearCopies(MAX_BYTES, shared=True)
    at = shelf(near)
    near.tidy(at)
    assert (near._shelves, near._owned, near._bytes) == ({}, {}, 0)
    near.put(at, {1: copy()}, hearing=None, now=NOW)
    assert near._bytes == 0


def _seconds_to_evict(count: int) -> float:
    near = NearCopies(count + _SHELF_BYTES, shared=True)
    near.put(shelf(near), {key: copy() for key in range(count)}, hearing=None, now=NOW)
    more = {key: copy() for key in range(count - _SHELF_BYTES)}
    gc.collect()
    gc.disable()  # it looks at the whole suite's objects, the oftener the more are made
    try:
        began = time.process_time()
        near.put(shelf(near, window="other"), more, hearing=None, now=NOW)
        return time.process_time() - began
    finally:
        gc.enable()


def test_making_room_on_a_large_shelf_takes_no_longer_for_each_copy_than_on_a_small_one() -> None:
    small, large = (min(_seconds_to_evict(count) for _ in range(3)) for count in (4_000, 40_000))
    assert large < 50 * small, "ten times as many take ten times as long, and not a hundred times"


_acts = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("ab"), st.integers(0, 3), st.integers(1, 400)),
        st.tuples(st.just("use"), st.sampled_from("ab")),
        st.tuples(st.just("end"), st.sampled_from(("line", "other"))),
    ),
    max_size=40,
)


@given(_acts)
def test_the_bytes_are_those_of_what_is_held_and_within_the_bound(acts: list[tuple[Any, ...]]) -> None:
    near = NearCopies(2 * _SHELF_BYTES + 500, shared=True)
    for act in acts:
        match act:
            case ("put", window, key, weight):
                near.put(shelf(near, window=window), {key: copy(weight=weight)}, hearing=None, now=NOW)
            case ("use", window):
                near.tidy(shelf(near, window=window))
            case (_, tag):
                near.invalidate(OWNER, [tag])
        shelves = list(near._shelves.values())
        weights = [held.copy.weight for each in shelves for held in each.copies.values()]
        assert near._bytes == sum(weights) + _SHELF_BYTES * len(shelves) <= 2 * _SHELF_BYTES + 500
        assert near._entries == len(weights)
        assert {each for every in near._owned.values() for each in every} == set(shelves)
        assert all(each.copies for each in shelves)


# --- metrics ----------------------------------------------------------------------------------------------------------


def test_the_metrics_tell_what_is_held_and_what_made_room() -> None:
    near = NearCopies(_SHELF_BYTES + 10, shared=True)
    before = metric("bff_cache_near_evictions_total")
    for key in range(5):
        near.put(shelf(near), {key: copy(weight=4)}, hearing=None, now=NOW)
    assert metric("bff_cache_near_entries") == 2
    assert metric("bff_cache_near_bytes") == _SHELF_BYTES + 8
    assert metric("bff_cache_near_evictions_total") == before + 3


def test_the_metrics_tell_whether_invalidations_are_heard(near: NearCopies) -> None:
    near.connected()
    assert metric("bff_cache_listening") == 1
    near.lost()
    assert metric("bff_cache_listening") == 0


# --- weight -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shelves", "each"), [(1_000, 1), (10, 100), (1, 5_000)])
def test_the_estimated_bytes_are_never_less_than_the_true_ones_and_not_twice_as_many(shelves: int, each: int) -> None:
    near = NearCopies(100_000_000, shared=True)
    blob = pack(MOBILE_LINE, "place", _LINE, versions=(bytes(8), bytes(8)), now=NOW, shorter=0)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(shelves):
            at = near.build((MOBILE_LINE, f"customer {number}", None, ""), f"owner {number}")
            copies = {f"key {each}": unpack(MOBILE_LINE, "place", blob) for each in range(each)}
            near.put(at, copies, hearing=None, now=NOW)
        del copies
        true = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert true <= near._bytes <= 2 * true, f"{true / shelves / each:.0f} bytes a copy"
