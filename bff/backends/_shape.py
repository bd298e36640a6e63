"""JSON values to wire structs, in whatever shape they come (spec, legacy.md, quirks 8 and 12).

A wire struct says what is read of a row, by the types of its attributes:

| type | takes | gives |
| --- | --- | --- |
| `str` or None | a text, or an integer where digits were due | the tidy text; None for every shape of null |
| `bool` | a boolean, or its name as text | it |
| a struct or None | an object | the struct |
| `tuple[struct, ...]` | a list, or the object itself where a list has one | the structs; nulls are left out |
| `Any` | anything | it, as it came: for amounts, times and what needs its own reading |

Null in any shape is the attribute's default. What fits no shape raises Unreadable, and so does an attribute without
default that is null.
"""

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._text import tidy

W = TypeVar("W")
Read = Callable[[Any], Any]

_BOOLEANS = {"true": True, "false": False}


class Number(str):
    """A JSON number that is no integer, by its text: not a float, and not the text of a name."""

    __slots__ = ()


def reader(wire: type[W]) -> Callable[[Any], W]:
    """Make the reader of a wire struct; it takes JSON as `_json` decodes it."""
    parts = [_part(field) for field in msgspec.structs.fields(wire)]  # type: ignore[arg-type]

    def read(value: Any) -> W:
        if not isinstance(value, dict):
            raise Unreadable(f"{wire.__name__} is no object")
        return wire(*[part(value) for part in parts])

    return read


def _part(field: msgspec.structs.FieldInfo) -> Read:
    """Make the reader of one attribute of an object."""
    name, read, default = field.encode_name, _reader(field.type), field.default

    def part(value: dict[str, Any]) -> Any:
        found = value.get(name)
        if found is not None:
            found = read(found)
        if found is not None:
            return found
        if default is msgspec.NODEFAULT:
            raise Unreadable(f"{name} is missing")
        return default

    return part


def _reader(hint: Any) -> Read:
    if get_origin(hint) in {Union, UnionType}:
        (hint,) = (each for each in get_args(hint) if each is not NoneType)
    if get_origin(hint) is tuple:
        return _many(reader(get_args(hint)[0]))
    if hint in _LEAVES:
        return _LEAVES[hint]
    return _one(reader(hint))


def text(value: Any) -> str | None:
    """Read a text; None for every shape of null, and for a number that lost digits."""
    if isinstance(value, str):
        return None if isinstance(value, Number) else tidy(value)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unreadable("not a text")


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    name = text(value)
    if name is not None and name.lower() not in _BOOLEANS:
        raise Unreadable("not a boolean")
    return None if name is None else _BOOLEANS[name.lower()]


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, str) and tidy(value) is None)


def _one(read: Callable[[Any], W]) -> Callable[[Any], W | None]:
    return lambda value: None if _is_null(value) else read(value)


def _many(read: Callable[[Any], W]) -> Callable[[Any], tuple[W, ...] | None]:
    def many(value: Any) -> tuple[W, ...] | None:
        if _is_null(value):
            return None
        rows = value if isinstance(value, list) else [value]
        return tuple([read(each) for each in rows if not _is_null(each)])

    return many


def rows(read: Callable[[Any], W]) -> Callable[[Any], list[W]]:
    """Make the reader of a list of rows; one that has a single row may come as that row."""
    many = _many(read)

    def read_rows(value: Any) -> list[W]:
        if not isinstance(value, list | dict):
            raise Unreadable("no list")
        return list(many(value) or ())

    return read_rows


_LEAVES: dict[Any, Read] = {str: text, bool: _boolean, Any: lambda value: value}
