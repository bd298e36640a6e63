"""What all TM Forum lists have in common: filters, pages, chosen fields, counts. Written once for all resources.

Source: TMF630 REST design guidelines, and legacy.md ('TM Forum facts that bite'): `X-Total-Count` and
`X-Result-Count`, 200 for the whole and 206 for a part, several values of an attribute comma separated or repeated.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any, Generic, TypeVar

from sandbox._faults import Injected, Quirk
from sandbox.clock import ROME

R = TypeVar("R")
Document = dict[str, Any]

LIMIT_DEFAULT = 100
LIMIT_MAX = 500
VALUES_MAX = 50
_RESERVED = {"fields", "offset", "limit", "sort"}  # `sort` is taken and ignored: the real system can't
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


class BadQuery(Exception):
    """A query that can't be answered; the text says why."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on a dotted path through a document: any of `values`, compared by `test`."""

    path: tuple[str, ...]
    values: tuple[str, ...]
    test: Callable[[Any, Any], bool] = operator.eq

    def accepts(self, document: Document) -> bool:
        """Tell whether anything at the path meets the condition with any of the values."""
        return any(_meets(found, value, self.test) for found in _walk(document, self.path) for value in self.values)


@dataclass(frozen=True, slots=True)
class Query:
    """A list's query string, read. `fields` is None when all are wanted."""

    filters: tuple[Filter, ...]
    offset: int
    limit: int
    fields: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Page:
    """The answer to a query: the documents of a page, and how many there are in all."""

    documents: list[Document]
    offset: int
    total: int

    @property
    def whole(self) -> bool:
        """Tell whether these are all."""
        return self.offset == 0 and len(self.documents) >= self.total


@dataclass(frozen=True, slots=True)
class Collection(Generic[R]):
    """A resource: its rows, how one is rendered, and which attributes are found without a scan.

    `lookup` maps a dotted path to the rows of a value; the filters that callers batch by belong there, `id` first.
    `aliases` maps paths that callers may write to those of the document. `narrow` gives a smaller collection that has
    all that a query is for, where rows are made when asked for.
    """

    rows: Callable[[], Iterable[R]]
    render: Callable[[R], Document]
    lookup: Mapping[str, Callable[[str], Iterable[R]]]
    aliases: Mapping[str, str] = field(default_factory=dict)
    narrow: Callable[[Query], Collection[R]] | None = None

    def keys(self, query: Query) -> tuple[str, ...]:
        """Give the values of the filter that the query is batched by; empty when it has none."""
        chosen = self._indexed(query)
        return chosen.values if chosen else ()

    def find(self, query: Query, injected: Injected) -> Page:
        """Answer a query."""
        if self.narrow is not None and injected.get(Quirk.IGNORED_FILTER) is None:
            return replace(self.narrow(query), narrow=None).find(query, injected)
        chosen = self._indexed(query)
        rest = [each for each in query.filters if each is not chosen]
        rows = self._candidates(chosen)
        if rest:
            rows = injected.filtered(rows, lambda rows: [row for row in rows if _accepts(rest, self.render(row))])
        rows = injected.rows_at(query.offset, rows)
        page = injected.rows(
            rows[query.offset : query.offset + injected.page_size(query.limit)],
            foreign=lambda count: self._foreign(rows, count),
        )
        return Page([chosen_fields(self.render(row), query.fields) for row in page], query.offset, len(rows))

    def get(self, key: str) -> Document | None:
        """Give one document, None when there is none."""
        row = next(iter(self.lookup["id"](key)), None)
        return None if row is None else self.render(row)

    def _indexed(self, query: Query) -> Filter | None:
        return next(
            (each for each in query.filters if ".".join(each.path) in self.lookup and each.test is operator.eq), None
        )

    def _candidates(self, chosen: Filter | None) -> list[R]:
        if chosen is None:
            return list(self.rows())
        find = self.lookup[".".join(chosen.path)]
        found = (row for value in dict.fromkeys(chosen.values) for row in find(value))
        return list({id(row): row for row in found}.values())  # one that has several of the values is one row

    def _foreign(self, asked: Sequence[R], count: int) -> list[R]:
        """Give rows that were not asked for, from the end: they belong to the last company rather than to the same."""
        asked_ids = {self.render(row)["id"] for row in asked}
        others = (row for row in reversed(list(self.rows())) if self.render(row)["id"] not in asked_ids)
        return list(islice(others, count))


def _accepts(filters: Iterable[Filter], document: Document) -> bool:
    return all(each.accepts(document) for each in filters)


def index(rows: Iterable[R], keys: Callable[[R], Iterable[str | None]]) -> Callable[[str], Sequence[R]]:
    """Index rows by the values that `keys` gives of each; None is left out."""
    found: dict[str, list[R]] = defaultdict(list)
    for row in rows:
        for key in keys(row):
            if key is not None:
                found[key].append(row)
    return lambda value: found.get(value, ())


def read_query(parameters: Iterable[tuple[str, str]], aliases: Mapping[str, str]) -> Query:
    """Read a query string. Raises BadQuery."""
    given: dict[str, list[str]] = defaultdict(list)
    for name, value in parameters:
        given[name] += value.split(",")
    return Query(
        filters=tuple(_filter(name, values, aliases) for name, values in given.items() if name not in _RESERVED),
        offset=_count(given, "offset", 0),
        limit=min(_count(given, "limit", LIMIT_DEFAULT), LIMIT_MAX),
        fields=frozenset(each.partition(".")[0] for each in given["fields"]) if "fields" in given else None,
    )


def _filter(name: str, values: list[str], aliases: Mapping[str, str]) -> Filter:
    if len(values) > VALUES_MAX:
        raise BadQuery(f"{name}: at most {VALUES_MAX} values, not {len(values)}")
    path, _, suffix = name.rpartition(".")
    if path and suffix in _COMPARE:
        return Filter(tuple(aliases.get(path, path).split(".")), tuple(values), _COMPARE[suffix])
    return Filter(tuple(aliases.get(name, name).split(".")), tuple(values))


def _count(given: Mapping[str, list[str]], name: str, default: int) -> int:
    if name not in given:
        return default
    text = given[name][-1]
    if not text.isdecimal():
        raise BadQuery(f"{name} must be a whole number of 0 or more")
    return int(text)


def chosen_fields(document: Document, fields: frozenset[str] | None) -> Document:
    """Keep the chosen fields; `id`, `href` and the type always come with them."""
    if fields is None:
        return document
    kept = fields | {"id", "href", "@type"}
    return {name: value for name, value in document.items() if name in kept}


def _walk(value: Any, path: Sequence[str]) -> Iterable[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _walk(each, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _walk(value[path[0]], path[1:])


def _meets(found: Any, wanted: str, test: Callable[[Any, Any], bool]) -> bool:
    if isinstance(found, bool):
        return test(str(found).lower(), wanted.lower())
    if isinstance(found, int | Decimal):
        return _compared(found, wanted, Decimal, test)
    if test is not operator.eq or isinstance(found, datetime):
        return _compared(_moment(str(found)), wanted, _moment, test)
    return test(found, wanted)


def _compared(found: Any, wanted: str, read: Callable[[str], Any], test: Callable[[Any, Any], bool]) -> bool:
    try:
        return test(found, read(wanted))
    except (ValueError, InvalidOperation) as error:
        raise BadQuery(f"can't compare with {wanted!r}") from error


def _moment(text: str) -> datetime:
    """Read a date and time, or a day as its midnight in Rome."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ROME)
