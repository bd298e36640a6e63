"""Keys to calls and rows to keys: chunks, the search for a poisoned key, re-indexing, pages."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.typing import EventDict

from bff.backends._batch import (
    PAGES_MAX,
    PAGES_PARALLEL,
    Page,
    Reading,
    Unreadable,
    all_pages,
    in_batches,
    lists,
    singles,
)
from bff.backends._call import Operation
from bff.domain.system import System
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendTimeout

WHERE = Operation(System.FIXED, "FindThings")
KEYS = [f"k{number}" for number in range(200)]


class Row(NamedTuple):
    """A row of a system that has owners."""

    id: str
    owner: str
    readable: bool = True


def record(row: Row, key: str) -> str:
    if not row.readable:
        raise Unreadable("owner is odd")
    return f"{row.id} of {key}"


BY_OWNER = Reading[Row, str](lambda row: row.id, lambda row: (row.owner,), record)


class Asked:
    """A system that serves keys, refuses batches with a poisoned one, and counts its calls."""

    def __init__(self, poisoned: Sequence[str] = (), error: Callable[[], BackendError] = WHERE.rejected) -> None:
        self._poisoned = set(poisoned)
        self._error = error
        self.batches: list[list[str]] = []
        self.at_once = 0
        self._running = 0

    async def fetch(self, keys: Sequence[str]) -> dict[str, str | BackendError]:
        self.batches.append(list(keys))
        self._running += 1
        self.at_once = max(self.at_once, self._running)
        await asyncio.sleep(0)
        self._running -= 1
        if self._poisoned.intersection(keys):
            raise self._error()
        return dict(zip(keys, keys, strict=True))


def ask(asked: Asked, keys: Sequence[str], limit: int = 50) -> dict[str, str | BackendError]:
    return asyncio.run(in_batches(keys, asked.fetch, limit=limit))


def test_every_key_is_asked_for_once_in_batches_of_the_limit_four_at_a_time() -> None:
    asked = Asked()
    assert ask(asked, [*KEYS, *KEYS], limit=10) == dict(zip(KEYS, KEYS, strict=True))
    assert [len(batch) for batch in asked.batches] == [10] * 20
    assert asked.at_once == 4


def test_no_keys_are_no_call() -> None:
    asked = Asked()
    assert ask(asked, []) == {}
    assert asked.batches == []


@given(size=st.integers(1, 50), poison=st.integers(0, 49))
def test_one_poisoned_key_costs_two_calls_a_halving_and_only_itself(size: int, poison: int) -> None:
    keys = KEYS[:size]
    bad = keys[poison % size]
    asked = Asked([bad])
    answers = ask(asked, keys)
    assert isinstance(answers.pop(bad), BackendRejected)
    assert answers == {key: key for key in keys if key != bad}
    assert len(asked.batches) <= 1 + 2 * (size - 1).bit_length()


def test_one_poisoned_key_of_fifty_costs_thirteen_calls() -> None:
    asked = Asked(["k0"])
    ask(asked, KEYS[:50])
    assert len(asked.batches) == 13


@given(size=st.integers(1, 50), poisoned=st.sets(st.sampled_from(KEYS[:50])))
def test_however_many_keys_are_poisoned_the_search_is_bounded_and_nothing_is_made_up(
    size: int, poisoned: set[str]
) -> None:
    keys = KEYS[:size]
    asked = Asked(sorted(poisoned))
    answers = ask(asked, keys)
    assert set(answers) == set(keys)
    assert all(answers[key] == key or isinstance(answers[key], BackendRejected) for key in keys)
    assert all(isinstance(answers[key], BackendRejected) for key in poisoned.intersection(keys))
    assert len(asked.batches) <= 1 + 4 * (size - 1).bit_length()


def test_a_system_that_rejects_everything_is_not_asked_for_long() -> None:
    asked = Asked(KEYS)
    assert all(isinstance(answer, BackendRejected) for answer in ask(asked, KEYS[:50]).values())
    assert len(asked.batches) == 7


def test_one_key_whose_rows_can_not_be_read_costs_only_itself() -> None:
    asked = Asked(["k7"], WHERE.garbled)
    answers = ask(asked, KEYS[:50])
    assert isinstance(answers.pop("k7"), BackendGarbled)
    assert answers == {key: key for key in KEYS[:50] if key != "k7"}


@pytest.mark.parametrize(
    "error", [WHERE.timeout, WHERE.unavailable, lambda: WHERE.garbled(foreign=True)], ids=["late", "down", "HTML"]
)
def test_other_errors_are_each_keys_without_a_search(error: Callable[[], BackendError]) -> None:
    asked = Asked(["k0"], error)
    answers = ask(asked, KEYS[:50])
    assert {type(answer) for answer in answers.values()} == {type(error())}
    assert len(asked.batches) == 1


def test_a_failing_batch_does_not_touch_the_others() -> None:
    answers = ask(Asked(["k0"], WHERE.timeout), KEYS[:20], limit=10)
    assert [key for key, answer in answers.items() if isinstance(answer, BackendTimeout)] == KEYS[:10]
    assert [answers[key] for key in KEYS[10:20]] == KEYS[10:20]


OWNED = st.lists(
    st.builds(lambda number, owner: Row(f"r{number}", owner), st.integers(0, 30), st.sampled_from("abcdef")),
    unique_by=lambda row: row.id,
)


@given(rows=OWNED, data=st.data(), asked=st.lists(st.sampled_from("abcd"), unique=True))
def test_rows_shuffled_doubled_and_foreign_still_come_to_their_keys(
    rows: list[Row], data: st.DataObject, asked: list[str]
) -> None:
    doubled = rows + data.draw(st.lists(st.sampled_from(rows))) if rows else []
    answers = lists(WHERE, asked, data.draw(st.permutations(doubled)), BY_OWNER)
    assert {key: sorted(found) for key, found in answers.items() if isinstance(found, list)} == {
        key: sorted(f"{row.id} of {key}" for row in rows if row.owner == key) for key in asked
    }


@given(rows=OWNED, asked=st.lists(st.sampled_from("abcd"), unique=True))
def test_a_single_row_is_of_its_key_and_a_key_without_rows_is_absent(rows: list[Row], asked: list[str]) -> None:
    answers = singles(WHERE, asked, rows, BY_OWNER)
    owners = {row.owner: row for row in reversed(rows)}
    assert answers == {key: f"{owners[key].id} of {key}" for key in asked if key in owners}


def test_foreign_rows_are_counted_in_one_log_line(told: list[EventDict]) -> None:
    lists(WHERE, ["a"], [Row("1", "a"), Row("2", "b"), Row("3", "c")], BY_OWNER)
    assert [(line["event"], line["operation"], line["rows"]) for line in told] == [("foreign_rows", "FindThings", 2)]


def test_an_unreadable_row_is_its_keys_error_and_nobody_elses() -> None:
    rows = [Row("1", "a"), Row("2", "a", readable=False), Row("3", "b")]
    answers = lists(WHERE, ["a", "b"], rows, BY_OWNER)
    assert isinstance(answers["a"], BackendGarbled)
    assert answers["b"] == ["3 of b"]


class Book:
    """Pages of numbers; `pages` is what each says of how many there are."""

    def __init__(self, lengths: Sequence[int], pages: int | None) -> None:
        self._lengths = lengths
        self._pages = pages
        self.read: list[int] = []

    async def fetch(self, index: int) -> Page[int]:
        self.read.append(index)
        await asyncio.sleep(0)
        length = self._lengths[index] if index < len(self._lengths) else 0
        return Page([index] * length, index >= len(self._lengths) - 1, self._pages)


@given(count=st.integers(1, 12), told=st.none() | st.integers(0, 40))
def test_all_pages_are_read_whatever_is_told_of_their_number(count: int, told: int | None) -> None:
    book = Book([2] * count, told)
    assert asyncio.run(all_pages(book.fetch, WHERE)) == [index for index in range(count) for _ in range(2)]
    assert len(book.read) <= count + PAGES_PARALLEL - 1


def test_pages_that_are_told_rightly_cost_no_call_too_many() -> None:
    book = Book([2] * 11, 11)
    asyncio.run(all_pages(book.fetch, WHERE))
    assert book.read == list(range(11))


def test_pages_without_end_are_garbled() -> None:
    book = Book([1] * (PAGES_MAX + 10), None)
    with pytest.raises(BackendGarbled):
        asyncio.run(all_pages(book.fetch, WHERE))
    assert len(book.read) == PAGES_MAX
