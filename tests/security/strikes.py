"""What makes no sense, for every field of every input of the mutations, taken from the schema.

An input that is good is taken from the cases of the profile matrix; a strike puts one bad value in the place of one of
its fields. A text that must not come back anywhere holds `MARK`.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    OperationDefinitionNode,
    Undefined,
    get_named_type,
    is_enum_type,
    parse,
    value_from_ast_untyped,
)

from bff.errors import NotFound
from sandbox.world.model import Company
from tests.journeys.ident import IDS
from tests.security.walk import schema

MARK = "Zq9xk7"
LONG = MARK + "x" * 100_000


class Raw(str):
    """A part of a JSON text as it stands."""

    __slots__ = ()


_TEXTS: Mapping[str, Any] = {
    "empty": "",
    "blanks": " \t\n ",
    "null byte": f"{MARK}\x00",
    "100 KB": LONG,
    "lone surrogate": Raw(f'"{MARK}\\ud800"'),
    "turned around": f"\u202e{MARK}\u202c",
    "control characters": f"\x1b[2J{MARK}\x07\x85\u2028",
    "marks without end": MARK + "\u0301" * 500,
    "digits of another script": "٣٣٣١٢٣٤٥٦٧" + MARK,
    "markup": f"<b>{MARK}</b>]]>&{MARK};<!--",
    "lines": f"{MARK}\r\nBcc: x@example.it",
    "a number": 10**9,
    "a list": [MARK],
    "an object": {"value": MARK},
}
_DECIMALS: Mapping[str, Any] = {
    "NaN": "NaN",
    "no number": Raw("NaN"),
    "infinity": "-Infinity",
    "1e400": Raw("1e400"),
    "1e400 as a text": "1e400",
    "negative": "-1",
    "nothing": "0",
    "negative nothing": "-0",
    "huge": "9" * 18 + ".99",
    "longer than any": "9" * 5_000,
    "a tenth of a cent": "10.001",
    "with a comma": "1,50",
    "of another script": "٣",
    "a number": 10.5,
    "empty": "",
    "true": True,
}
_DAYS: Mapping[str, Any] = {
    "of year 1": "0001-01-01",
    "of year 9999": "9999-12-31",
    "of year 0": "0000-01-01",
    "that is none": "2026-02-30",
    "empty": "",
    "null byte": "2026-11-22\x00",
    "a number": 20261122,
}
_INSTANTS: Mapping[str, Any] = {
    "before all": "0001-01-01T00:00:00+14:00",
    "after all": "9999-12-31T23:59:59.999999-12:00",
    "without an offset": "2026-11-20T10:00:00",
    "with a leap second": "2026-11-20T10:59:60Z",
    "with a far offset": "2026-11-20T10:00:00+99:99",
    "empty": "",
    "a number": 1_795_000_000,
}
_ENUMS: Mapping[str, Any] = {"unknown": "NO_SUCH", "empty": "", "a number": 0, "true": True}
_BOOLEANS: Mapping[str, Any] = {"a text": "true", "a number": 1, "a list": [True]}
_SCALARS = {
    "String": _TEXTS,
    "Decimal": _DECIMALS,
    "Date": _DAYS,
    "DateTime": _INSTANTS,
    "Boolean": _BOOLEANS,
}
_MANY = 101


class Strike(NamedTuple):
    """A bad value for a field.

    Attributes:
        owner: name of the input type that the field is of; None of what is in a list.
        field: its name there.
        what: is bad about the value.
        path: of the field in the input.
        input: the whole of it, else good.
    """

    owner: str | None
    field: str
    what: str
    path: tuple[str, ...]
    input: Any


Ids = Callable[[Any], Mapping[str, Any]]
"""Gives bad ids, for a good one."""


def good_input(query: str, variables: Mapping[str, Any]) -> Any:
    """Give the input that a query of a mutation has with some variables."""
    [operation] = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    [field] = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    [argument] = field.arguments or ()
    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }
    given = value_from_ast_untyped(argument.value, {**defaults, **variables})
    assert isinstance(given, dict)
    return {name: value for name, value in given.items() if value is not Undefined}


def ids_for(company: Company, stranger: Company) -> Ids:
    """Give what may be wrong with an id of a company: that of a stranger, of another type, of nothing, none at all."""

    def bad(good: Any) -> Mapping[str, Any]:
        try:
            named = IDS.decode(good, company.tax_code)
        except (NotFound, AttributeError, TypeError):
            theirs = other = unknown = "0" * 24
        else:
            theirs = IDS.encode(named.type, named.system, named.key, stranger.tax_code)
            other = IDS.encode(
                "Order" if named.type != "Order" else "Customer", named.system, named.key, company.tax_code
            )
            unknown = IDS.encode(named.type, named.system, tuple(map(_unlike, named.key)), company.tax_code)
        texts = {what: value for what, value in _TEXTS.items() if what != "a number"}
        return {**texts, "a stranger's": theirs, "of another type": other, "of nothing": unknown, "a number": 5}

    return bad


def _unlike(key: str) -> str:
    """Give a key of the same form that there is not; what is no number or a moment stays."""
    return "9" * len(key) if key.isdigit() else re.sub(r"(?<=-)\d+$", lambda digits: "9" * len(digits[0]), key)


def strikes(mutation: str, good: Any, ids: Ids) -> Iterator[Strike]:
    """Strike each field of a mutation's input, and each of those in it."""
    root = schema().mutation_type
    assert root is not None
    named = get_named_type(root.fields[mutation].args["input"].type)
    assert isinstance(named, GraphQLInputObjectType)
    yield from _object(named, good, (), good, ids)


def _object(of: GraphQLInputObjectType, value: Any, path: tuple[str, ...], whole: Any, ids: Ids) -> Iterator[Strike]:
    for name, field in of.fields.items():
        at = (*path, name)
        given = value.get(name) if isinstance(value, dict) else None
        for what, bad in _values(field.type, given, ids).items():
            struck = _put(whole, path, {name: bad}) if of.is_one_of else _put(whole, at, bad)
            yield Strike(of.name, name, what, at, struck)
        if given is not None:
            yield from _inside(field.type, given, at, whole, ids)


def _inside(type_: GraphQLInputType, value: Any, at: tuple[str, ...], whole: Any, ids: Ids) -> Iterator[Strike]:
    """Strike what is in an object, or in the first thing of a list."""
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLInputObjectType):
        yield from _object(inner, value, at, whole, ids)
    elif isinstance(inner, GraphQLList) and value:
        named = inner.of_type.of_type if isinstance(inner.of_type, GraphQLNonNull) else inner.of_type
        if isinstance(named, GraphQLInputObjectType):
            yield from _object(named, value[0], (*at, "0"), whole, ids)
        else:
            for what, bad in _values(named, value[0], ids).items():
                yield Strike(None, at[-1], what, (*at, "0"), _put(whole, (*at, "0"), bad))


def _values(type_: GraphQLInputType, given: Any, ids: Ids) -> Mapping[str, Any]:
    inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    null = {"null": None}
    if isinstance(inner, GraphQLList):
        return {**null, **_lists(given), **_wrong_lists(inner)}
    if isinstance(inner, GraphQLInputObjectType):
        extra = {**(given if isinstance(given, dict) else {}), "nothing": MARK}
        return {**null, "empty": {}, "a text": MARK, "with more": extra, "a list of two": [given, given]}
    if is_enum_type(inner):
        return {**null, **_ENUMS}
    if inner.name == "ID":
        return {**null, **ids(given)}
    return {**null, **_SCALARS[inner.name]}


def _lists(given: Any) -> Mapping[str, Any]:
    first = given[0] if given else MARK
    return {
        "empty": [],
        "with null in it": [None],
        "in a list": [[first]],
        "twice the same": [first, first],
        "101 of the same": [first] * _MANY,
        "101 others": [_other(first, number) for number in range(_MANY)],
        "1000 of the same": [first] * 1_000,
    }


def _wrong_lists(of: GraphQLList[Any]) -> Mapping[str, Any]:
    return {"2000 out of time": ["1970-01-01T00:00:00Z"] * 2_000} if get_named_type(of).name == "DateTime" else {}


def _other(value: Any, number: int) -> Any:
    """Give another value of the same kind: an object with its texts changed, a text with its end changed."""
    if isinstance(value, dict):
        return {name: _other(each, number) for name, each in value.items()}
    if not isinstance(value, str) or not number:
        return value
    return value[: -len(str(number))] + str(number) if value[-1:].isdigit() else value + str(number)


def _put(whole: Any, at: tuple[str, ...], bad: Any) -> Any:
    changed = copy.deepcopy(whole)
    holder = changed
    for step in at[:-1]:
        holder = holder[int(step) if isinstance(holder, list) else step]
    holder[int(at[-1]) if isinstance(holder, list) else at[-1]] = bad
    return changed
