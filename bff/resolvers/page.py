"""Pages: which one is asked for, and the cursors that lead to the next."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Protocol, TypeVar

import msgspec

from bff.context import Context
from bff.domain.page import Cut, Listing, Page, Position, SortDirection, Sorting, page, refuse_bad_cut
from bff.errors import BadRequest

T = TypeVar("T")
P = TypeVar("P")
F_co = TypeVar("F_co", covariant=True)


class Slice(msgspec.Struct, frozen=True, gc=False):
    """Which page a client asks for, as it came; what makes no page is refused before anything is read."""

    first: int
    after: str | None = None
    offset: int | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no page."""
        refuse_bad_cut(self.first, self.after, self.offset)


class Sort(Protocol[F_co]):
    """How a client wants a list sorted."""

    @property
    def field(self) -> F_co:
        """What to sort by."""

    @property
    def direction(self) -> SortDirection:
        """Which way."""


class PageInfo(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Where a page starts and ends; cursors are None on an empty page."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


class Edge(msgspec.Struct, frozen=True, gc=False):
    """A row and its cursor."""

    node: Any
    cursor: str


def cut(
    context: Context,
    listing: Listing[T],
    order: Sorting[T],
    wanted: Slice,
    *,
    list_name: str,
    key: Callable[[T], str] = attrgetter("key"),
) -> Page[T]:
    """Sort a list and give the page that is asked for; `key` tells rows apart that are equal in that order.

    Raises:
        BadRequest: the slice makes no page, or its cursor is not one of this list in this order.
    """
    return page(
        listing,
        key=key,
        order=order,
        cut=Cut(first=wanted.first, after=behind(context, order, wanted, list_name=list_name), offset=wanted.offset),
        list_name=list_name,
    )


def behind(context: Context, order: Sorting[Any], wanted: Slice, *, list_name: str) -> Position | None:
    """Give the position that a page goes on behind, None for the first page.

    Raises:
        BadRequest: the cursor is not one of this list in this order.
    """
    return None if wanted.after is None else _position(context, wanted.after, _bound_to(list_name, order))


def of_each(parents: Iterable[T], page_of: Callable[[T], P]) -> list[P | BadRequest]:
    """Give a page of each parent's list; a cursor that is not one of a list costs that one only."""
    pages: list[P | BadRequest] = []
    for parent in parents:
        try:
            pages.append(page_of(parent))
        except BadRequest as refused:
            pages.append(refused)
    return pages


def infos(context: Context, pages: Sequence[Page[Any]]) -> list[PageInfo]:
    """Tell where each page starts and ends."""
    return [
        PageInfo(
            has_next_page=each.has_next_page,
            has_previous_page=each.has_previous_page,
            start_cursor=_cursor(context, each, each.nodes[0]) if each.nodes else None,
            end_cursor=_cursor(context, each, each.nodes[-1]) if each.nodes else None,
        )
        for each in pages
    ]


def edges(context: Context, pages: Sequence[Page[Any]]) -> list[list[Edge]]:
    """Give the rows of each page with their cursors."""
    return [[Edge(node, _cursor(context, each, node)) for node in each.nodes] for each in pages]


def _bound_to(list_name: str, order: Sorting[Any]) -> str:
    """Name what a cursor fits: a list in an order."""
    return f"{list_name}:{order.name}:{order.direction.value}"


def _cursor(context: Context, page_: Page[Any], row: Any) -> str:
    position, name = page_.position(row), _bound_to(page_.list_name, page_.order)
    return context.ids.cursor((position.value,), (position.key,), context.customer, name)


def _position(context: Context, cursor: str, bound_to: str) -> Position:
    opened = context.ids.open_cursor(cursor, context.customer, bound_to)
    return Position(str(opened.sort_values[0]), opened.key[0])
