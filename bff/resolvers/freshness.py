"""How current what is shown is: of one record, and of a list read from several systems."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Any, ParamSpec, TypeVar

from bff.context import Context
from bff.domain.freshness import Freshness, FreshnessState
from bff.domain.page import Listing, Runs
from bff.domain.system import System
from bff.errors import BackendError, BffError, DeadlineExceeded
from bff.loaders import Read

P = ParamSpec("P")
T = TypeVar("T")


def of(context: Context, rows: Sequence[Any]) -> list[Freshness]:
    """Tell how current each record is: stale when it came from a copy that was served because its system failed."""
    stale = context.loaders.stale
    return [
        Freshness(
            FreshnessState.STALE if row.as_of in stale else FreshnessState.FRESH,
            row.as_of,
            row.system,
        )
        for row in rows
    ]


async def part(
    system: System,
    read: Callable[P, Awaitable[Sequence[Read[tuple[T, ...]] | BffError]]],
    *arguments: P.args,
    **keywords: P.kwargs,
) -> Listing[T]:
    """Read what one system tells, as one list; see `listing`."""
    try:
        return listing(system, await read(*arguments, **keywords))
    except (BackendError, DeadlineExceeded) as error:
        return listing(system, [error])


def listing(system: System, reads: Sequence[Read[tuple[T, ...]] | BffError]) -> Listing[T]:
    """Join the reads of one system into one list.

    A read that failed leaves its rows out: the list then carries the error and says UNAVAILABLE. Of a network
    that the customer is not on nothing was read, and nothing is said.
    """
    if not reads:
        return Listing([], ())
    failed = next((read for read in reads if isinstance(read, BffError)), None)
    good = [read for read in reads if not isinstance(read, BffError)]
    rows = Runs(tuple(read.value for read in good if read.value))
    if failed is not None:
        return Listing(rows, (Freshness(FreshnessState.UNAVAILABLE, None, system),), failed)
    state = FreshnessState.STALE if any(read.stale for read in good) else FreshnessState.FRESH
    return Listing(rows, (Freshness(state, min(read.as_of for read in good), system),))


def joined(parts: Sequence[Listing[T]]) -> Listing[T]:
    """Join the parts of several systems.

    Raises:
        BffError: of the first system, when every one failed and there is no row.
    """
    rows = Runs(tuple(chain.from_iterable(_runs(each.rows) for each in parts)))
    errors = [each.error for each in parts if each.error is not None]
    if errors and len(errors) == len(parts) and not rows:
        raise errors[0]
    return Listing(rows, tuple(fresh for each in parts for fresh in each.freshness), errors[0] if errors else None)


def _runs(rows: Sequence[T] | Runs[T]) -> Sequence[Sequence[T]]:
    return rows.parts if isinstance(rows, Runs) else [rows] if rows else []
