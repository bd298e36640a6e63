"""JSON values to wire structs, in whatever shape they come (spec, legacy.md, quirks 8 and 12).

A wire struct says what is read of a row, by the types of its attributes:

| type | takes | gives |
| --- | --- | --- |
| `Text` or None | a text, or an integer where digits were due | the tidy text; None for every shape of null |
| `bool` | a boolean, or its name as text | it |
| a struct or None | an object | the struct |
| `tuple[struct, ...]` | a list, or the object itself where a list has one | the structs; nulls are left out |
| `Any` | anything | it, as it came: for amounts, times and what needs its own reading |

Null in any shape is the attribute's default. What fits no shape raises Unreadable, and so does an attribute without
default that is null.

Most answers come as they should. `exact` reads such a body at once, ten times as fast, and gives up on any other: it
gives what `reader` would, or nothing.
"""

import re
from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, Union, get_args, get_origin

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._text import tidy

W = TypeVar("W")
Read = Callable[[Any], Any]

Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
"""A text of a wire struct, tidy. The length is for `exact`: an empty text is null."""

# What a body may have in which a text is not tidy: escapes, NULL, a blank beside a quote, an exponent. Bodies that are
# tidy may have it too, and are read the longer way. Each begins with a rare letter, which makes it fast to look for.
_UNTIDY = tuple(re.compile(mark) for mark in (rb"\\", rb"NULL", rb" (?:\"|(?<=\" ))", rb"\+(?<=[Ee]\+)"))
# And the blanks of `str.strip` that are not ASCII, in UTF-8.
_BLANKS = tuple(
    re.compile(mark)
    for mark in (
        rb"\xc2[\x85\xa0]",
        rb"\xe1\x9a\x80",
        rb"\xe2(?:\x80[\x80-\x8a\xa8\xa9\xaf]|\x81\x9f)",
        rb"\xe3\x80\x80",
    )
)

# An integer of over 4,300 digits is refused wherever it stands when all of a body is read, and here only where it is
# due. It fills at least one block of this size.
_DIGITS_BYTES = 2150

_BOOLEANS = {"true": True, "false": False}


class Number(str):
    """A JSON number that is no integer, by its text: not a float, and not the text of a name."""

    __slots__ = ()


def reader(wire: type[W]) -> Callable[[Any], W]:
    """Make the reader of a wire struct; it takes JSON as `_json` decodes it."""
    parts = _parts(wire)  # type: ignore[arg-type]  # a class is Hashable

    def read(value: Any) -> W:
        if not isinstance(value, dict):
            raise Unreadable(f"{wire.__name__} is no object")
        return wire(*[part(value) for part in parts])

    return read


def exact(wire: type[W]) -> Callable[[bytes], list[W] | None]:
    """Make the reader of a JSON body that has rows of a wire struct in the very shape of its types, tidy throughout.

    It gives None for every other body, be it no JSON, and never anything else than `rows(reader(wire))` would.
    """
    decoder: msgspec.json.Decoder[list[W]] = msgspec.json.Decoder(list[wire], float_hook=Number)  # type: ignore[valid-type]

    def read(body: bytes) -> list[W] | None:
        if not _is_tidy(body):
            return None
        try:
            return decoder.decode(body.decode())  # all of it is text, what is not read too
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None

    return read


def _is_tidy(body: bytes) -> bool:
    if any(mark.search(body) for mark in _UNTIDY):
        return False
    if any(body[start : start + _DIGITS_BYTES].isdigit() for start in range(0, len(body), _DIGITS_BYTES)):
        return False
    return body.isascii() or not any(blank.search(body) for blank in _BLANKS)


@cache
def _parts(wire: Any) -> list[Read]:
    return [_part(field) for field in msgspec.structs.fields(wire)]


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
    if value.__class__ is str:
        return tidy(value)
    if value is None or isinstance(value, Number):
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


_LEAVES: dict[Any, Read] = {Text: text, bool: _boolean, Any: lambda value: value}
