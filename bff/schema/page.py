"""Connections: pages of sorted lists."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

import strawberry

from bff.domain import page as record
from bff.resolvers import page
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, interface, plain, view
from bff.schema.directives import assumed
from bff.schema.shared import Freshness

T = TypeVar("T")

First = Annotated[int, strawberry.argument(description="Rows per page, 1 to 100.")]
After = Annotated[str | None, strawberry.argument(description="Cursor to go on from; not with offset.")]
Offset = Annotated[int | None, strawberry.argument(description="Rows to skip, for numbered pages; not with after.")]

SortDirection = described(record.SortDirection, ASC="Smallest, oldest or A first.", DESC="Largest, newest or Z first.")


@view(page.PageInfo, rule=PARENT)
class PageInfo:
    """Where a page starts and ends."""

    has_next_page: bool = plain("True when more rows follow.")
    has_previous_page: bool = plain("True when rows precede.")
    start_cursor: str | None = plain("Cursor of the first row; null on an empty page.")
    end_cursor: str | None = plain("Cursor of the last row, for after; null on an empty page.")


@interface(name="Connection")
class AnyConnection:
    """A page of a list."""

    @batch(PageInfo, rule=PARENT)
    @staticmethod
    async def page_info(pages: Sequence[record.Page[Any]], call: Call) -> Each[page.PageInfo]:
        """Where the page starts and ends."""
        return page.infos(call.context, pages)

    total_count: int | None = plain(
        "Rows in all pages, within the profile's reach; null, with an error, when a system fails."
    )
    freshness: list[Freshness] = plain("One entry per system that the list reads.", counts=assumed(2))


@view(page.Edge, rule=PARENT)
class Edge(Generic[T]):
    """A row of a connection."""

    node: T | None = plain("The row; null when it can't be read.")
    cursor: str = plain("Its cursor.")


@view(record.Page, rule=PARENT)
class Connection(AnyConnection, Generic[T]):
    """A page of a list."""

    nodes: list[T | None] | None = plain("The rows; null where one can't be read.")

    @batch(list[Edge[T]], rule=PARENT)
    @staticmethod
    async def edges(pages: Sequence[record.Page[Any]], call: Call) -> Each[Sequence[page.Edge]]:
        """The rows with their cursors."""
        return page.edges(call.context, pages)


@view(record.WindowedPage, rule=PARENT)
class WindowedConnection(Connection[T], Generic[T]):
    """A page of a list that covers a window of time."""

    window_from: date = plain("First day that the list covers, for this profile.")
