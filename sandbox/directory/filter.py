"""SCIM filters: from text to a predicate on a resource (RFC 7644, section 3.4.2.2).

Whole grammar: the ten operators, `and`, `or`, `not`, parentheses, value paths (`emails[type eq "work"]`), attribute
names with a schema's URN before them. An attribute that no schema has is taken as one without a value, as the RFC says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any, Final

from sandbox.directory.schema import EXTENSION_URN, USER_URN, is_case_exact

Resource = Mapping[str, Any]
Predicate = Callable[[Resource], bool]

MAX_DEPTH: Final = 50

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?)
      | (?P<bracket>[()\[\]])
      | (?P<word>[A-Za-z$][\w$:.-]*)
    )""",
    re.VERBOSE,
)
_LITERALS: Final = {"true": True, "false": False, "null": None}
_ORDERINGS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"gt": gt, "ge": ge, "lt": lt, "le": le}
_TEXT_MATCHES: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "co": str.__contains__,
    "sw": str.startswith,
    "ew": str.endswith,
}
_OPERATORS: Final = frozenset({"eq", "ne", *_ORDERINGS, *_TEXT_MATCHES})


class InvalidFilter(ValueError):
    """The filter can't be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: what it matches, and the values it compares with, in their order."""

    matches: Predicate
    values: tuple[str, ...]


def parse(text: str) -> Filter:
    """Parse a filter.

    Raises:
        InvalidFilter: it does not follow the grammar, or nests deeper than MAX_DEPTH.
    """
    parser = _Parser(_tokens(text))
    predicate = parser.disjunction(prefix=())
    parser.expect_end()
    return Filter(predicate, tuple(parser.values))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        found = _TOKEN.match(text, position)
        if found is None:
            raise InvalidFilter(f"unexpected character at {position + 1}")
        kind = str(found.lastgroup)
        tokens.append(_Token(kind, found[kind]))
        position = found.end()
    return tokens


class _Parser:
    """Recursive descent, one method a precedence level: `or`, then `and`, then `not` and the terms."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._position = 0
        self._depth = 0
        self.values: list[str] = []

    def disjunction(self, *, prefix: tuple[str, ...]) -> Predicate:
        terms = [self._conjunction(prefix)]
        while self._took_word("or"):
            terms.append(self._conjunction(prefix))
        return terms[0] if len(terms) == 1 else lambda resource: any(term(resource) for term in terms)

    def expect_end(self) -> None:
        if self._position < len(self._tokens):
            raise InvalidFilter(f"'{self._tokens[self._position].text}' was not expected")

    def _conjunction(self, prefix: tuple[str, ...]) -> Predicate:
        terms = [self._negation(prefix)]
        while self._took_word("and"):
            terms.append(self._negation(prefix))
        return terms[0] if len(terms) == 1 else lambda resource: all(term(resource) for term in terms)

    def _negation(self, prefix: tuple[str, ...]) -> Predicate:
        if self._took_word("not"):
            denied = self._group(prefix)
            return lambda resource: not denied(resource)
        if self._peek() == _Token("bracket", "("):
            return self._group(prefix)
        return self._term(prefix)

    def _group(self, prefix: tuple[str, ...]) -> Predicate:
        self._take_bracket("(")
        inner = self._nested(prefix)
        self._take_bracket(")")
        return inner

    def _nested(self, prefix: tuple[str, ...]) -> Predicate:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InvalidFilter(f"nested deeper than {MAX_DEPTH}")
        inner = self.disjunction(prefix=prefix)
        self._depth -= 1
        return inner

    def _term(self, prefix: tuple[str, ...]) -> Predicate:
        path = attribute_path(self._take("word", "an attribute").text)
        if self._peek() == _Token("bracket", "["):
            return self._value_path(prefix, path)
        operator = self._take("word", "an operator").text.lower()
        if operator == "pr":
            return lambda resource: any(not _is_empty(value) for value in values_at(resource, path))
        if operator not in _OPERATORS:
            raise InvalidFilter(f"'{operator}' is not an operator")
        return _comparison(path, operator, self._value(), case_exact=is_case_exact((*prefix, *path)))

    def _value_path(self, prefix: tuple[str, ...], path: tuple[str, ...]) -> Predicate:
        self._take_bracket("[")
        inner = self._nested((*prefix, *path))
        self._take_bracket("]")
        return lambda resource: any(isinstance(value, dict) and inner(value) for value in values_at(resource, path))

    def _value(self) -> Any:
        token = self._peek()
        if token is not None and token.kind in {"string", "number"}:
            self._position += 1
            value = _json(token.text)
        else:
            word = self._take("word", "a value").text
            if word not in _LITERALS:
                raise InvalidFilter(f"'{word}' is not a value; strings need quotes")
            value = _LITERALS[word]
        self.values.append(str(value))
        return value

    def _peek(self) -> _Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _take(self, kind: str, what: str) -> _Token:
        token = self._peek()
        if token is None or token.kind != kind:
            raise InvalidFilter(f"{what} was expected, not {token.text if token else 'the end'}")
        self._position += 1
        return token

    def _take_bracket(self, bracket: str) -> None:
        if self._take("bracket", f"'{bracket}'").text != bracket:
            raise InvalidFilter(f"'{bracket}' was expected")

    def _took_word(self, word: str) -> bool:
        token = self._peek()
        if token is None or token.kind != "word" or token.text.lower() != word:
            return False
        self._position += 1
        return True


def attribute_path(name: str) -> tuple[str, ...]:
    """Split an attribute name, in any case, into lower-case steps; an extension's URN is the first step."""
    lowered = name.lower()
    core, extension = USER_URN.lower(), EXTENSION_URN.lower()
    if lowered == extension:
        return (extension,)
    if lowered.startswith(f"{extension}:"):
        return (extension, *lowered.removeprefix(f"{extension}:").split("."))
    return tuple(lowered.removeprefix(f"{core}:").split("."))


def values_at(resource: Resource, path: tuple[str, ...]) -> list[Any]:
    """Give all values at a path, through the elements of arrays; empty when there is none."""
    found: list[Any] = [resource]
    for step in path:
        found = [
            item
            for holder in found
            if isinstance(holder, dict)
            for name, value in holder.items()
            if name.lower() == step
            for item in (value if isinstance(value, list) else [value])
        ]
    return found


def _comparison(path: tuple[str, ...], operator: str, wanted: Any, *, case_exact: bool) -> Predicate:
    compare = _compare(operator, wanted)
    expected = _comparable(wanted, case_exact=case_exact)

    def matches(resource: Resource) -> bool:
        found = [_comparable(value, case_exact=case_exact) for value in values_at(resource, path)]
        if operator == "ne":
            return expected not in found
        if wanted is None and operator == "eq":
            return not found
        return any(compare(value, expected) for value in found)

    return matches


def _compare(operator: str, wanted: Any) -> Callable[[Any, Any], bool]:
    """Choose the comparison, whose operands must be of the same type to match."""
    if operator in {"eq", "ne"}:
        return lambda value, expected: type(value) is type(expected) and value == expected
    if operator in _TEXT_MATCHES:
        if not isinstance(wanted, str):
            raise InvalidFilter(f"{operator} compares strings only")
        match = _TEXT_MATCHES[operator]
        return lambda value, expected: isinstance(value, str) and match(value, expected)
    if wanted is None or isinstance(wanted, bool):
        raise InvalidFilter(f"{operator} has no meaning for {json.dumps(wanted)}")
    order = _ORDERINGS[operator]
    return lambda value, expected: type(value) is type(expected) and order(value, expected)


def _comparable(value: Any, *, case_exact: bool) -> Any:
    """Prepare a value: a multi-valued complex attribute is compared by its `value`; case goes unless it counts."""
    if isinstance(value, dict):
        value = value.get("value")
    return value.casefold() if isinstance(value, str) and not case_exact else value


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidFilter(f"{text} is not a value") from error
