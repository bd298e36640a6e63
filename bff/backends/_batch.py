"""Many keys in few calls, and rows back to the keys that asked for them.

Protocol-neutral. `in_batches` cuts keys to an operation's limit and, when a batch is refused because of one poisoned
key, halves it until that key stands alone. `singles` and `lists` put rows in their places: these systems send rows in
any order, twice, or of other customers (spec, legacy.md, quirks 5 and 6). `all_pages` reads a paged answer whole.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar

from bff.backends._call import Operation
from bff.errors import BackendError, BackendGarbled, BackendRejected
from bff.observability import logger

T = TypeVar("T")
V = TypeVar("V")
R = TypeVar("R")

_log = logger(__name__)

KEYS_MAX = 50
PARALLEL = 4
PAGES_PARALLEL = 8
PAGES_MAX = 400  # 5,000 rows on pages that are capped to 20
_LEVELS_IN_VAIN = 2


class Unreadable(Exception):
    """A row lacks something that its record can't be without, or has it in no known form."""


def needed(value: V | None, name: str) -> V:
    """Give a value that the record can't be without; raises Unreadable when it is None."""
    if value is None:
        raise Unreadable(f"{name} is missing")
    return value


def is_since(read: Callable[[], date | None], first: date) -> bool:
    """Tell whether a row is of a day or later; True when its day can't be read, for its record to say so."""
    try:
        day = read()
    except Unreadable:
        return True
    return day is None or day >= first


class Reading(NamedTuple, Generic[R, V]):
    """How to read a row: what tells it from others, which keys it answers, the record it makes for one of these.

    All raise Unreadable. Where `record` does, its key has an error; where another does, nobody can tell whose row it
    is, and all keys that were asked for have one.
    """

    identity: Callable[[R], str]
    keys: Callable[[R], Iterable[str]]
    record: Callable[[R, str], V]


class Page(NamedTuple, Generic[R]):
    """A page of rows. `last` when no other follows; `pages` is how many there should be, None when not told."""

    rows: Sequence[R]
    last: bool
    pages: int | None


async def in_batches(
    keys: Iterable[str],
    fetch: Callable[[Sequence[str]], Awaitable[Mapping[str, V | BackendError]]],
    *,
    limit: int = KEYS_MAX,
) -> dict[str, V | BackendError]:
    """Ask for all keys, each once, `limit` a call, four batches at a time.

    A batch that fails gives its error to each of its keys, after a search for the poisoned one when there can be one.
    """
    unique = list(dict.fromkeys(keys))
    batches = [unique[start : start + limit] for start in range(0, len(unique), limit)]
    slots = asyncio.Semaphore(PARALLEL)

    async def answered(batch: Sequence[str]) -> "dict[str, V | BackendError]":
        async with slots:
            return await _bisected(batch, fetch)

    parts = await _together([answered(batch) for batch in batches])
    return dict(chain.from_iterable(part.items() for part in parts))


async def _bisected(
    keys: Sequence[str], fetch: Callable[[Sequence[str]], Awaitable[Mapping[str, V | BackendError]]]
) -> dict[str, V | BackendError]:
    """Ask for a batch; halve what one key may have failed, level by level.

    One poisoned key of n costs 2·⌈log2 n⌉ more calls. At most twice that is spent; two levels without any success end
    it, for then it is the system that is ill and not a key.
    """
    answers: dict[str, V | BackendError] = {}
    level: list[Sequence[str]] = [keys]
    calls_left = 4 * (len(keys) - 1).bit_length()
    in_vain = 0
    while level:
        outcomes = await _together([_attempt(group, fetch) for group in level])
        rejected: list[Sequence[str]] = []
        for group, outcome in zip(level, outcomes, strict=True):
            if not isinstance(outcome, BackendError):
                answers.update(outcome)
                continue
            answers.update(dict.fromkeys(group, outcome))
            if _may_be_poisoned(outcome) and len(group) > 1:
                rejected.append(group)
        in_vain = in_vain + 1 if all(isinstance(outcome, BackendError) for outcome in outcomes) else 0
        if in_vain > _LEVELS_IN_VAIN:
            break
        level = [half for group in rejected for half in _halves(group)][:calls_left]
        calls_left -= len(level)
        for key in chain.from_iterable(level):
            del answers[key]
    return answers


async def _together(work: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Give what all come to; one alone, which most often it is, needs no task."""
    return [await work[0]] if len(work) == 1 else await asyncio.gather(*work)


async def _attempt(
    group: Sequence[str], fetch: Callable[[Sequence[str]], Awaitable[Mapping[str, V | BackendError]]]
) -> Mapping[str, V | BackendError] | BackendError:
    try:
        return await fetch(group)
    except BackendError as error:
        return error


def _may_be_poisoned(error: BackendError) -> bool:
    """Tell whether one key can have failed the whole batch: it was refused, or a row of it can't be read."""
    return isinstance(error, BackendRejected) or (isinstance(error, BackendGarbled) and not error.foreign)


def _halves(group: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    middle = (len(group) + 1) // 2
    return group[:middle], group[middle:]


async def all_pages(fetch: Callable[[int], Awaitable[Page[R]]], where: Operation) -> list[R]:
    """Read pages 0, 1, 2 … until the last; after the first, eight at a time at most.

    What the system says of the number of pages only steers how many are asked for at once. Raises BackendGarbled when
    there is no end, and what `fetch` raises.
    """
    page = await fetch(0)
    rows = list(page.rows)
    done = 1
    while not page.last:
        if done >= PAGES_MAX:
            raise where.garbled(f"more than {PAGES_MAX} pages", foreign=True)
        wave = max(1, min(PAGES_PARALLEL, (page.pages or 0) - done))
        pages = await asyncio.gather(*(fetch(index) for index in range(done, done + wave)))
        rows += chain.from_iterable(each.rows for each in pages)
        done += wave
        page = next((each for each in pages if each.last), pages[-1])
    return rows


def singles(
    where: Operation, asked: Iterable[str], rows: Iterable[R], reading: Reading[R, V]
) -> dict[str, V | BackendError]:
    """Give the record of each key; a key without a row is absent, one with an unreadable row has its error.

    The first row of a key counts. Raises BackendGarbled when it can't be told whose a row is.
    """
    return {key: found[0] if isinstance(found, list) else found for key, found in _placed(where, asked, rows, reading)}


def lists(
    where: Operation, asked: Iterable[str], rows: Iterable[R], reading: Reading[R, V]
) -> dict[str, list[V] | BackendError]:
    """Give the records of each key, each once, in the order of the rows; a key without rows has an empty list.

    An unreadable row makes its key's whole list an error: a list is whole or not there. Raises BackendGarbled when it
    can't be told whose a row is.
    """
    keys = list(asked)
    return {key: [] for key in keys} | dict(_placed(where, keys, rows, reading))


def _placed(
    where: Operation, asked: Iterable[str], rows: Iterable[R], reading: Reading[R, V]
) -> Iterable[tuple[str, list[V] | BackendError]]:
    wanted = frozenset(asked)
    identity, keys, _ = reading
    places: defaultdict[str, dict[str, R]] = defaultdict(dict)
    foreign = 0
    try:
        for row in rows:
            mine = wanted.intersection(keys(row))
            foreign += not mine
            for key in mine:
                places[key].setdefault(identity(row), row)
    except Unreadable as error:
        raise where.garbled(str(error)) from error
    if foreign:
        _log.warning("foreign_rows", system=where.system.value, operation=where.name, rows=foreign)
    return [(key, _records(where, place.values(), key, reading)) for key, place in places.items()]


def _records(where: Operation, rows: Iterable[R], key: str, reading: Reading[R, V]) -> list[V] | BackendError:
    record = reading.record
    try:
        return [record(row, key) for row in rows]
    except Unreadable as error:
        return where.garbled(str(error))
