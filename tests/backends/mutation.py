"""Good JSON answers gone wrong at random: the one place that knows how."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st


class Literal(str):
    """JSON that is written as it stands: numbers in any notation, and what is no JSON at all."""

    __slots__ = ()


def loads(body: bytes) -> Any:
    """Read JSON, numbers with a point as Literals."""
    return json.loads(body, parse_float=Literal)


def dumps(value: Any) -> str:
    """Write JSON with its Literals."""
    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{dumps(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value)


ODD: tuple[Any, ...] = (
    None,
    "",
    "NULL",
    "  ",
    True,
    0,
    -1,
    12345,
    [],
    {},
    [[]],
    "ZZZ",
    "8.93901E+18",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999-12:00",
    "0001-01-01T00:00:00+14:00",
    "2026-10-25T02:30:00",
    "2026-03-29T02:30:00",
    "2026-02-30T00:00:00Z",
    "2026-11-01T00:00:60Z",
    "20261101",
    "\x00",
    "²",
    "1.234",
    "-0,00",
    "1.234,56-",
    Literal("-0.0"),
    Literal("1e400"),
    Literal("1e-400"),
    Literal("8.93901E+18"),
    Literal("12.299999999999999"),
    Literal("12.345"),
    Literal("9" * 40),
    Literal("9" * 5_000),
    Literal("0." + "0" * 5_000 + "1"),
    Literal("NaN"),
    Literal("-Infinity"),
    Literal("012"),
    Literal('"\\ud800"'),
    Literal('"\\ud83d\\ude00"'),
    Literal('{"id":1,"id":"2"}'),
    Literal("[" * 3_000 + "]" * 3_000),
)
VALUES = st.recursive(
    st.sampled_from(ODD) | st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


class Place(NamedTuple):
    """Where a value stands: in which list or object, and under what."""

    holder: Any
    name: Any


def places(value: Any) -> Iterator[Place]:
    """Walk a document from the outside in."""
    for name in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield Place(value, name)
        yield from places(value[name])


def notations(amount: Decimal) -> list[Any]:
    """Write an amount in all notations that the adapters know, and in some that mean another one or none."""
    italian = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    plain = f"{amount:.2f}"
    return [
        italian,
        f"  {plain.replace('.', ',')} ",
        "+" + plain.replace(".", ","),
        plain.replace(".", ",") + "+",
        plain,
        Literal(repr(float(amount) * 3 / 3)),
        Literal(f"{amount:E}"),
        "-" + plain.replace(".", ","),
        plain.replace(".", ",") + "-",
        Literal(f"-{plain}"),
        Literal(f"{plain}5"),
        f"{plain}5",
        f"{plain},5",
    ]


_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def _renotated(value: Any, data: st.DataObject) -> Any:
    if isinstance(value, Literal) and _NUMBER.fullmatch(value):
        return data.draw(st.sampled_from(notations(Decimal(value))))
    return str(value) if isinstance(value, int) else Literal("1e2")


_EDITS: dict[str, Callable[[Any, st.DataObject], Any]] = {
    "replaced": lambda _value, data: copy.deepcopy(data.draw(VALUES)),
    "wrapped": lambda value, _data: [value],
    "unwrapped": lambda value, _data: value[0] if isinstance(value, list) and value else value,
    "renotated": _renotated,
    "cut": lambda value, data: str(value)[: data.draw(st.integers(0, 5))],
    "padded": lambda value, _data: f"  {value}  " if type(value) is str else value,
    "in other case": lambda value, _data: value.swapcase() if type(value) is str else value,
    "doubled": lambda value, _data: value * 2 if isinstance(value, list) else value,
}


def _place(found: list[Place]) -> st.SearchStrategy[Place]:
    """Choose a place: any, one that holds an amount, or an attribute of a row."""
    amounts = [place for place in found if isinstance(place.holder[place.name], Literal)]
    parts = [place for place in found if isinstance(place.holder, dict) and "href" in place.holder]
    return st.one_of([st.sampled_from(each) for each in (found, amounts, parts) if each])


def mutate(document: Any, data: st.DataObject) -> Any:
    """Change one to four places of a copy of a document."""
    root = [copy.deepcopy(document)]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(_place(list(places(root))))
        edit = data.draw(st.sampled_from([*_EDITS, "dropped"]))
        if edit != "dropped":
            place.holder[place.name] = _EDITS[edit](place.holder[place.name], data)
        elif place.holder is not root:
            del place.holder[place.name]
    return root[0]
