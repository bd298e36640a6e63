"""That pages join to the whole list, whatever happens to it between them, and that what makes no page is refused."""

import random
from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.domain.freshness import Freshness, FreshnessState
from bff.domain.page import FIRST_MAX, Cut, Listing, Page, Position, Runs, SortDirection, Sorting, page, windowed
from bff.domain.system import System
from bff.errors import BackendTimeout, BadRequest

WALK_MAX = 300
UP, DOWN = SortDirection.ASC, SortDirection.DESC


class Row(msgspec.Struct, frozen=True):
    """A row: what it is sorted by, which may come again, and its key, which does not."""

    value: str
    key: str


rows = st.lists(st.builds(Row, st.sampled_from("abc"), st.integers(0, 40).map(str)), unique_by=lambda row: row.key)
directions = st.sampled_from(SortDirection)


def cut_of(listing: Sequence[Row], direction: SortDirection, **cut: Any) -> Page[Row]:
    return page(
        Listing(listing, ()),
        key=lambda row: row.key,
        order=Sorting("value", lambda row: row.value, direction),
        cut=Cut(**cut),
        list_name="rows",
    )


def in_order(listing: Sequence[Row], direction: SortDirection) -> list[Row]:
    """Sort by value, among equals by key, which goes up in both directions."""
    by_key = sorted(listing, key=lambda row: row.key)
    return sorted(by_key, key=lambda row: row.value, reverse=direction is DOWN)


def walk(
    listing: Sequence[Row], direction: SortDirection, first: int, change: Callable[[Sequence[Row]], Sequence[Row]]
) -> list[Row]:
    """Read all pages by cursor; the list is changed after each."""
    seen: list[Row] = []
    after: Position | None = None
    while True:
        found = cut_of(listing, direction, first=first, after=after)
        seen += found.nodes
        if not found.has_next_page:
            return seen
        assert len(seen) < WALK_MAX, "the walk goes forward"
        after = found.position(found.nodes[-1])
        listing = change(listing)


@given(rows, directions, st.integers(1, 7))
def test_pages_by_cursor_join_to_the_sorted_whole(listing: list[Row], direction: SortDirection, first: int) -> None:
    assert walk(listing, direction, first, lambda same: same) == in_order(listing, direction)


@given(rows, directions, st.integers(1, 7))
def test_pages_by_offset_join_to_the_sorted_whole(listing: list[Row], direction: SortDirection, first: int) -> None:
    found = [
        row
        for offset in range(0, len(listing) + first, first)
        for row in cut_of(listing, direction, first=first, offset=offset).nodes
    ]
    assert found == in_order(listing, direction)


@given(rows, directions, st.integers(1, 5), st.randoms(use_true_random=False))
def test_rows_that_stay_are_seen_once_while_others_come_and_go_between_pages(
    listing: list[Row], direction: SortDirection, first: int, chance: random.Random
) -> None:
    staying = set(listing)
    new_keys = (f"new{number}" for number in range(100))

    def change(before: Sequence[Row]) -> Sequence[Row]:
        """Remove a row, the page's last one too, and put in another; at most so often that the walk ends."""
        gone = chance.choice(before)
        staying.discard(gone)
        come = [Row(chance.choice("abc"), next(new_keys))] if chance.random() < 0.7 else []
        return [row for row in before if row != gone] + come

    seen = walk(listing, direction, first, change)
    assert len(seen) == len(set(seen)), "no row twice"
    assert staying <= set(seen), "no row lost"
    assert seen == in_order(seen, direction)


@given(
    st.lists(rows, max_size=5),
    directions,
    st.integers(1, 7),
    st.none() | st.builds(Position, st.sampled_from("abcd"), st.integers(0, 40).map(str)),
    st.none() | st.integers(0, 1_500),
)
def test_a_page_of_sorted_runs_is_the_page_of_the_sorted_whole(
    parts: list[list[Row]], direction: SortDirection, first: int, after: Position | None, offset: int | None
) -> None:
    def page_of(listing: Sequence[Row] | Runs[Row], run_key: Any) -> Page[Row]:
        order: Sorting[Row] = Sorting("value", attrgetter("value"), direction, run_key=run_key)
        cut = Cut(first=first, after=after, offset=None if after else offset)
        return page(Listing(listing, ()), key=attrgetter("key"), order=order, cut=cut, list_name="rows")

    parts = [[msgspec.structs.replace(row, key=f"{row.key}.{n}") for row in part] for n, part in enumerate(parts)]
    run_key = attrgetter("value", "key")
    merged = page_of(Runs(tuple(sorted(part, key=run_key) for part in parts if part)), run_key)
    whole = page_of([row for part in parts for row in part], None)
    for name in ("has_next_page", "has_previous_page", "total"):
        assert getattr(merged, name) == getattr(whole, name)
    assert list(merged.nodes) == list(whole.nodes)


@given(rows, directions, st.integers(1, 7), st.integers(0, 50))
def test_a_page_says_what_lies_around_it(listing: list[Row], direction: SortDirection, first: int, offset: int) -> None:
    found = cut_of(listing, direction, first=first, offset=offset)
    whole = in_order(listing, direction)
    assert list(found.nodes) == whole[offset : offset + first]
    assert [found.position(row) for row in found.nodes] == [Position(row.value, row.key) for row in found.nodes]
    assert found.total == len(listing)
    assert found.has_next_page == (offset + first < len(listing))
    assert found.has_previous_page == (offset > 0 and bool(listing))


def test_equal_rows_are_sorted_by_key_upwards_in_both_directions() -> None:
    listing = [Row("b", "2"), Row("a", "3"), Row("b", "1"), Row("a", "4")]
    assert [row.key for row in cut_of(listing, UP, first=9).nodes] == ["3", "4", "1", "2"]
    assert [row.key for row in cut_of(listing, DOWN, first=9).nodes] == ["1", "2", "3", "4"]


def test_a_page_goes_on_behind_a_row_that_is_gone() -> None:
    listing = [Row("a", "1"), Row("c", "3")]
    found = cut_of(listing, UP, first=9, after=Position("b", "2"))
    assert list(found.nodes) == [Row("c", "3")]
    assert found.has_previous_page


def test_a_page_behind_the_last_row_is_empty() -> None:
    found = cut_of([Row("a", "1")], UP, first=1, after=Position("a", "1"))
    assert (list(found.nodes), found.has_next_page, found.has_previous_page, found.total) == ([], False, True, 1)


@pytest.mark.parametrize(
    ("cut", "text"),
    [
        ({"first": 0}, "`first` is 0; it must be 1 to 100."),
        ({"first": -1}, "`first` is -1; it must be 1 to 100."),
        ({"first": FIRST_MAX + 1}, "`first` is 101; it must be 1 to 100."),
        ({"first": 1, "offset": -1}, "`offset` is -1; it must be 0 or more."),
        (
            {"first": 1, "offset": 0, "after": Position("a", "1")},
            "`after` and `offset` can't be used together; give one of them.",
        ),
    ],
)
def test_what_makes_no_page_is_refused_with_what_would(cut: dict[str, Any], text: str) -> None:
    with pytest.raises(BadRequest) as refused:
        Cut(**cut)
    assert refused.value.message == text


@pytest.mark.parametrize("first", [1, FIRST_MAX])
def test_the_shortest_and_the_longest_page_are_served(first: int) -> None:
    assert Cut(first=first).first == first


def test_a_page_carries_how_current_its_list_is_and_what_is_missing() -> None:
    fresh = (Freshness(FreshnessState.UNAVAILABLE, None, System.FIXED),)
    failure = BackendTimeout(System.FIXED, "FindLinesByAccount")
    found = page(
        Listing([Row("a", "1")], fresh, failure),
        key=lambda row: row.key,
        order=Sorting("value", lambda row: row.value),
        cut=Cut(first=1),
        list_name="rows:value:ASC",
    )
    assert (found.freshness, found.error, found.list_name) == (fresh, failure, "rows:value:ASC")
    of_window = windowed(found, date(2026, 5, 22))
    assert of_window.window_from == date(2026, 5, 22)
    assert msgspec.structs.asdict(of_window) == {
        **msgspec.structs.asdict(found),
        "window_from": date(2026, 5, 22),
    }
