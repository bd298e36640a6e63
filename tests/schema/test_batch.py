"""That a field which costs a call is asked once for all parents of a level, and that a failure costs only its row."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
import pytest
import strawberry
from graphql import ExecutionResult, execute, parse

from bff.domain.profile import Grant, Profile, Reach
from bff.errors import Internal, NotFound
from bff.schema._batch import Call, Each, batch, root
from bff.schema._view import PARENT, interface, plain, view
from bff.schema.rules import install
from tests.schema.parts import codes, context

pytestmark = pytest.mark.anyio


class Shelf(msgspec.Struct, frozen=True):
    """A record with an attribute."""

    number: int


class Book(msgspec.Struct, frozen=True):
    """A record under another."""

    number: int


class Asked(msgspec.Struct):
    """What the fields of one operation were asked: the field, its parents, its argument."""

    calls: list[tuple[str, list[int], int | None]] = []
    grants: list[Grant] = []


ASKED = Asked()


@interface()
class Item:
    """Anything with a mark."""

    number: int = plain("Number.")

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def mark(items: Sequence[Shelf | Book], _call: Call) -> Each[str]:
        """A mark."""
        ASKED.calls.append(("mark", [item.number for item in items], None))
        return [f"mark {item.number}" for item in items]


@view(Book, rule="viewer.read")
class BookView(Item):
    """A book."""

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def title(
        books: Sequence[Book],
        call: Call,
        *,
        size: Annotated[int, strawberry.argument(description="Which.")] = 1,
    ) -> Each[str]:
        """A title; the books whose number ends in 3 are lost."""
        ASKED.calls.append(("title", [book.number for book in books], size))
        ASKED.grants.append(call.grant)
        return [NotFound() if book.number % 10 == 3 else f"title {book.number}" for book in books]

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def miscounted(books: Sequence[Book], _call: Call) -> Each[str]:
        """One value too few."""
        return ["one" for _ in books[1:]]

    @batch(str | None, rule=PARENT)
    @staticmethod
    async def broken(_books: Sequence[Book], _call: Call) -> Each[str]:
        """Not written well."""
        raise ValueError("a bug")


@view(Shelf, rule="viewer.read")
class ShelfView(Item):
    """A shelf."""

    @batch(list[BookView] | None, rule=PARENT)
    @staticmethod
    async def books(shelves: Sequence[Shelf], call: Call) -> Each[Sequence[Book]]:
        """Four books a shelf."""
        ASKED.calls.append(("books", [shelf.number for shelf in shelves], None))
        ASKED.grants.append(call.grant)
        return [[Book(shelf.number * 10 + place) for place in range(4)] for shelf in shelves]


@strawberry.type
class Query:
    """The root."""

    @root(list[ShelfView] | None, rule="viewer.read")
    @staticmethod
    async def shelves(_call: Call) -> Sequence[Shelf]:
        """Three shelves."""
        return [Shelf(number) for number in range(3)]

    @root(list[Item] | None, rule="viewer.read")
    @staticmethod
    async def items(_call: Call) -> Sequence[Shelf | Book]:
        """Both kinds."""
        return [Shelf(1), Book(2), Shelf(3), Book(4)]

    @root(list[BookView] | None, rule="viewer.read")
    @staticmethod
    async def twice(_call: Call) -> Sequence[Book]:
        """The same record in two places."""
        book = Book(1)
        return [book, book]


SCHEMA = strawberry.Schema(Query, types=[ShelfView, BookView])
install(SCHEMA._schema)


async def ask(query: str) -> ExecutionResult:
    ASKED.calls, ASKED.grants = [], []
    result = execute(SCHEMA._schema, parse(query), context_value=context(Profile.END_USER))
    executed: Any = result if isinstance(result, ExecutionResult) else await result
    assert isinstance(executed, ExecutionResult)
    return executed


async def test_a_field_is_asked_once_a_level_however_many_parents_and_lists_there_are() -> None:
    result = await ask("{ shelves { books { title } } }")
    books = [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]
    assert ASKED.calls == [("books", [0, 1, 2], None), ("title", books, 1)]
    assert result.data is not None
    assert [[book["title"] for book in shelf["books"]] for shelf in result.data["shelves"]] == [
        [None if number % 10 == 3 else f"title {number}" for number in books[start : start + 4]] for start in (0, 4, 8)
    ]


async def test_an_error_of_one_parent_costs_its_row_only() -> None:
    result = await ask("{ shelves { books { title } } }")
    assert codes(result.errors) == [("NotFound", ["shelves", shelf, "books", 3, "title"]) for shelf in range(3)]


async def test_selections_with_other_arguments_are_other_calls() -> None:
    await ask("{ shelves { books { small: title big: title(size: 2) } } }")
    assert [(field, size) for field, _, size in ASKED.calls] == [("books", None), ("title", 1), ("title", 2)]


async def test_a_selection_by_a_fragment_joins_the_one_beside_it() -> None:
    result = await ask("{ shelves { books { title ...F } } } fragment F on BookView { title number }")
    assert [field for field, _, _ in ASKED.calls] == ["books", "title"]
    assert result.data is not None
    assert result.data["shelves"][0]["books"][1] == {"title": "title 1", "number": 1}


async def test_a_field_of_an_interface_is_asked_once_for_each_type_and_answers_to_each_row() -> None:
    result = await ask("{ items { mark } }")
    assert sorted(ASKED.calls) == [("mark", [1, 3], None), ("mark", [2, 4], None)]
    assert result.data == {"items": [{"mark": f"mark {number}"} for number in (1, 2, 3, 4)]}


async def test_a_record_that_stands_in_two_places_is_asked_once_and_answers_in_both() -> None:
    result = await ask("{ twice { title } }")
    assert ASKED.calls == [("title", [1], 1)]
    assert result.data == {"twice": [{"title": "title 1"}] * 2}


async def test_a_field_is_told_which_rows_it_may_give() -> None:
    await ask("{ shelves { books { title } } }")
    assert ASKED.grants == [Grant({Book: Reach.ALL}), Grant({})]


async def test_a_field_that_gives_too_few_values_is_told_by_its_name_to_any_executor() -> None:
    fields: list[Any] = BookView.__strawberry_definition__.fields  # type: ignore[attr-defined]
    field = next(field for field in fields if field.python_name == "miscounted")
    with pytest.raises(RuntimeError, match=r"^miscounted gave 2 values for 3 parents$"):
        await field.run([Book(1), Book(2), Book(3)], Call(context(), Grant({})), {})


@pytest.mark.parametrize("field", ["miscounted", "broken"])
async def test_a_field_that_does_not_keep_its_word_is_our_own_fault_and_costs_only_itself(field: str) -> None:
    result = await ask(f"{{ shelves {{ number books {{ number {field} }} }} }}")
    assert result.errors is not None
    assert {type(error.original_error) for error in result.errors} == {Internal}
    assert len(result.errors) == 12
    assert result.data is not None
    assert result.data["shelves"][2]["books"][3] == {"number": 23, field: None}
