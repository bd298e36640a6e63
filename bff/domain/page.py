"""One page of a sorted list, by cursor or by offset."""

from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

import msgspec

from bff.domain.freshness import Freshness
from bff.errors import BadRequest, BffError

T = TypeVar("T")

FIRST_MAX = 100


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


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """Rows read from one or more systems, and how current each system's part is.

    `error` is that of the first system that failed and left its rows out; None when the rows are whole.
    """

    rows: Sequence[T]
    freshness: tuple[Freshness, ...]
    error: BffError | None = None


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page: its rows with their positions, what lies around it, and how current it is.

    `total` counts the rows of all pages. `error` is that of a system whose rows are missing. `list_name` binds the
    page's cursors to their list and its order.
    """

    nodes: Sequence[T]
    positions: Sequence[Position]
    has_next_page: bool
    has_previous_page: bool
    total: int
    list_name: str
    freshness: tuple[Freshness, ...]
    error: BffError | None = None


class WindowedPage(Page[T], Generic[T], frozen=True, kw_only=True):
    """A page of a list that covers a window of time; `window_from` is the first day covered."""

    window_from: date


class Order(msgspec.Struct, Generic[T], frozen=True):
    """How a list is sorted: the text of a row to sort by (its order is the text's), and the direction."""

    name: str
    value: Callable[[T], str]
    direction: SortDirection = SortDirection.ASC


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """Which page: `first` rows behind `after`, or from `offset`."""

    first: int
    after: Position | None = None
    offset: int | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no page."""
        if not 1 <= self.first <= FIRST_MAX:
            raise BadRequest(f"`first` is {self.first}; it must be 1 to {FIRST_MAX}.")
        if self.offset is not None and self.after is not None:
            raise BadRequest("`after` and `offset` can't be used together; give one of them.")
        if self.offset is not None and self.offset < 0:
            raise BadRequest(f"`offset` is {self.offset}; it must be 0 or more.")


def page(
    listing: Listing[T],
    *,
    key: Callable[[T], str],
    order: Order[T],
    cut: Cut,
    list_name: str,
) -> Page[T]:
    """Sort a whole list and cut one page out of it."""
    down = order.direction is SortDirection.DESC
    keyed = sorted(((Position(order.value(row), key(row)), row) for row in listing.rows), key=lambda pair: pair[0].key)
    keyed.sort(key=lambda pair: pair[0].value, reverse=down)
    start = _start([position for position, _ in keyed], cut, down=down)
    wanted = keyed[start : start + cut.first]
    return Page(
        nodes=[row for _, row in wanted],
        positions=[position for position, _ in wanted],
        has_next_page=start + cut.first < len(keyed),
        has_previous_page=start > 0 and bool(keyed),
        total=len(keyed),
        list_name=list_name,
        freshness=listing.freshness,
        error=listing.error,
    )


def windowed(page_: Page[T], window_from: date) -> WindowedPage[T]:
    """Tell the window that a page's list covers."""
    return WindowedPage(**msgspec.structs.asdict(page_), window_from=window_from)


def _start(positions: Sequence[Position], cut: Cut, *, down: bool) -> int:
    """Give the index of the page's first row."""
    if cut.after is None:
        return cut.offset or 0
    after = cut.after

    def behind(position: Position) -> bool:
        if position.value == after.value:
            return position.key > after.key
        return (position.value < after.value) if down else (position.value > after.value)

    return next((index for index, position in enumerate(positions) if behind(position)), len(positions))
