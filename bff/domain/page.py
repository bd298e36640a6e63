"""One page of a sorted list, by cursor or by offset."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from enum import Enum
from heapq import merge
from itertools import chain, islice
from typing import Any, Generic, NamedTuple, Self, TypeVar

import msgspec

from bff.domain.freshness import Freshness
from bff.errors import BadRequest, BffError

T = TypeVar("T")

FIRST_MAX = 100
_MERGED_MAX = 1_000
"""Rows that are skipped one by one; beyond, to sort is quicker."""


class SortDirection(Enum):
    """Direction of a sort; equal rows are sorted by id."""

    ASC = "ASC"
    DESC = "DESC"


class Position(NamedTuple):
    """Where a row stands in its list: the text that it is sorted by, then its key.

    Survives inserts: a page goes on behind a position even when the row that had it is gone.
    """

    value: str
    key: str


class Runs(msgspec.Struct, Generic[T], frozen=True, eq=False):
    """Rows as they were read: in parts, none empty, each of which may be sorted in itself; see `Sorting.run_key`."""

    parts: tuple[Sequence[T], ...]

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Iterable) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # as a list's


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """Rows read from one or more systems, and how current each system's part is.

    `error` is that of the first system that failed and left its rows out; None when the rows are whole.
    """

    rows: Sequence[T] | Runs[T]
    freshness: tuple[Freshness, ...]
    error: BffError | None = None


class Sorting(msgspec.Struct, Generic[T], frozen=True):
    """How a list is sorted, and in which direction.

    Attributes:
        name: of the order.
        value: the text of a row to sort by; its order is the text's.
        direction: ascending or descending.
        by: something quicker to compare that gives the same order; None is the text.
        run_key: text and key of a row, by which each part of `Runs` is sorted upwards already; None where none is. A
            page then costs what its rows and the number of parts do, however long they are.
    """

    name: str
    value: Callable[[T], str]
    direction: SortDirection = SortDirection.ASC
    by: Callable[[T], Any] | None = None
    run_key: Callable[[T], tuple[str, ...]] | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page: its rows, what lies around it, and how current it is.

    `total` counts the rows of all pages. `error` is that of a system whose rows are missing. `list_name`
    names the list; `order` and `key` tell where a row stands in it.
    """

    nodes: Sequence[T]
    order: Sorting[T]
    key: Callable[[T], str]
    has_next_page: bool
    has_previous_page: bool
    total: int
    list_name: str
    freshness: tuple[Freshness, ...]
    error: BffError | None = None

    @property
    def total_count(self) -> int | BffError | None:
        """How many rows all pages have; the error of a system whose rows are missing, None where nobody counts."""
        return self.error or self.total

    def position(self, row: T) -> Position:
        """Tell where a row stands."""
        return Position(self.order.value(row), self.key(row))

    def of(self, list_name: str) -> Self:
        """Give the same page of another list that has the same rows."""
        return msgspec.structs.replace(self, list_name=list_name)


class WindowedPage(Page[T], Generic[T], frozen=True, kw_only=True):
    """A page of a list that covers a window of time; `window_from` is the first day covered."""

    window_from: date


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Which page: `first` rows behind `after`, or from `offset`."""

    first: int
    after: Position | None = None
    offset: int | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no page."""
        refuse_bad_cut(self.first, self.after, self.offset)


def refuse_bad_cut(first: int, after: object | None, offset: int | None) -> None:
    """Refuse what makes no page, whatever the cursor says.

    Raises:
        BadRequest: `first` is out of bounds, `offset` negative, or `after` and `offset` given together.
    """
    if not 1 <= first <= FIRST_MAX:
        raise BadRequest(f"`first` is {first}; it must be 1 to {FIRST_MAX}.")
    if offset is not None and after is not None:
        raise BadRequest("`after` and `offset` can't be used together; give one of them.")
    if offset is not None and offset < 0:
        raise BadRequest(f"`offset` is {offset}; it must be 0 or more.")


def page(
    listing: Listing[T],
    *,
    key: Callable[[T], str],
    order: Sorting[T],
    cut: Cut,
    list_name: str,
) -> Page[T]:
    """Cut one page out of a list, which is sorted for it where it is not in sorted runs."""
    rows, total = listing.rows, len(listing.rows)
    upwards = order.direction is SortDirection.ASC
    if isinstance(rows, Runs) and order.run_key is not None and upwards and (cut.offset or 0) <= _MERGED_MAX:
        start, nodes = _merged(rows.parts, order.run_key, cut)
    else:
        whole = _sorted(rows, key, order)
        start = _start(whole, key, order, cut)
        nodes = whole[start : start + cut.first]
    return Page(
        nodes=nodes,
        order=order,
        key=key,
        has_next_page=start + cut.first < total,
        has_previous_page=start > 0 and total > 0,
        total=total,
        list_name=list_name,
        freshness=listing.freshness,
        error=listing.error,
    )


def windowed(page_: Page[T], window_from: date) -> WindowedPage[T]:
    """Tell the window that a page's list covers."""
    return WindowedPage(**msgspec.structs.asdict(page_), window_from=window_from)


def _merged(parts: Sequence[Sequence[T]], run_key: Callable[[T], tuple[str, ...]], cut: Cut) -> tuple[int, Sequence[T]]:
    """Give the index of the page's first row and its rows, of parts that are sorted."""
    if cut.after is None:
        skipped = cut.offset or 0
        heads = [part[: skipped + cut.first] for part in parts]
        return skipped, list(islice(merge(*heads, key=run_key), skipped, skipped + cut.first))
    begins = [bisect_right(part, tuple(cut.after), key=run_key) for part in parts]
    heads = [part[begin : begin + cut.first] for begin, part in zip(begins, parts, strict=True)]
    return sum(begins), list(islice(merge(*heads, key=run_key), cut.first))


def _sorted(rows: Iterable[T], key: Callable[[T], str], order: Sorting[T]) -> list[T]:
    """Sort rows, and by key those that are equal in the order."""
    by = order.by or order.value
    made = list(rows)
    if len(set(map(by, made))) < len(made):
        made.sort(key=key)
    made.sort(key=by, reverse=order.direction is SortDirection.DESC)
    return made


def _start(rows: Sequence[T], key: Callable[[T], str], order: Sorting[T], cut: Cut) -> int:
    """Give the index of the page's first row."""
    if cut.after is None:
        return cut.offset or 0
    after, down = cut.after, order.direction is SortDirection.DESC

    def behind(row: T) -> bool:
        value = order.value(row)
        if value == after.value:
            return key(row) > after.key
        return (value < after.value) if down else (value > after.value)

    return bisect_left(rows, True, key=behind)  # noqa: FBT003 - the first row for which it holds
