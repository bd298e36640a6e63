"""TM Forum collections: rows by the values of an attribute, all pages of them.

Facts of these lists (spec, legacy.md): `limit` is capped silently, a part comes as 200 or 206, `X-Total-Count` may be
wrong or absent, at most 50 values fit one filter, `fields` always brings `id` and `href`. Rows come and go between two
pages, so that pages overlap by a row, and what is still fewer rows than told is read once more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from bff.backends._batch import Page, Unreadable, all_pages
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._message import Answer
from bff.backends._shape import exact, reader, rows
from bff.observability import logger


class Identified(Protocol):
    """A row with the id of its resource."""

    @property
    def id(self) -> str:
        """The id."""
        ...


W = TypeVar("W", bound=Identified)

_log = logger(__name__)

PAGE_ROWS = 500
_OVERLAP_ROWS = 1
_PARTIAL = 206
_TOTAL_DIGITS_MAX = 9


class _Part(NamedTuple, Generic[W]):
    """Rows as they came, with what the answer says of the whole; None when it says nothing."""

    rows: list[W]
    total: int | None
    is_whole: bool

    def rows_a_page(self) -> int:
        """Tell from the first part how many rows pages have: a short one that is not the whole was capped."""
        read = len(self.rows)
        more = (self.total or 0) > read or not self.is_whole
        return read if 0 < read < PAGE_ROWS and more else PAGE_ROWS

    def page(self, offset: int, rows_a_page: int) -> Page[W]:
        """See it as a page: the last one is empty, or not full with no more rows told of behind it.

        A page may lack a row in the middle of the list, so that being not full alone means nothing.
        """
        more = self.total is not None and self.total > offset + rows_a_page
        last = not self.rows or (len(self.rows) < rows_a_page and not more)
        return Page(self.rows, last, None if self.total is None else self.total // _step(rows_a_page) + 1)


class _Reading(NamedTuple, Generic[W]):
    """A list as it was read once: rows by id, the first of an id; how many were told of; whether pages followed."""

    rows: dict[str, W]
    total: int | None
    paged: bool

    @property
    def is_short(self) -> bool:
        """Tell whether pages moved under the reader, as far as counts can tell it."""
        return self.paged and len(self.rows) < (self.total or 0)


def _step(rows_a_page: int) -> int:
    """Tell how far a page starts behind the one before it."""
    return max(1, rows_a_page - _OVERLAP_ROWS)


class Collection(Generic[W]):
    """One collection of the mobile legacy, for example `/tmf-api/productInventory/v4/product`.

    `wire` is what to read of a row; its attributes are the `fields` asked for.
    """

    def __init__(self, http: Http, path: str, wire: type[W]) -> None:
        self.where = Operation(http.system, f"GET /{path.rpartition('/')[2]}")
        self._http = http
        self._path = path
        self._fields = ",".join(field.encode_name for field in msgspec.structs.fields(wire))  # type: ignore[arg-type]
        self._read = rows(reader(wire))
        self._exact = exact(wire)

    async def find(self, attribute: str, values: Sequence[str], filters: Mapping[str, str] | None = None) -> list[W]:
        """Read all rows that have one of at most 50 values in an attribute and pass the other filters, each once.

        500 rows a page; the pages after the first are read eight at a time. Totals lie, so that a full page is always
        followed by another call: 1,000 rows cost three. Pages that bring fewer rows than told are all read once more,
        which doubles the calls; what is then still missing is told in the log.
        """
        asked = [(attribute, ",".join(values)), *(filters or {}).items(), ("fields", self._fields)]
        reading = await self._all(asked, len(values))
        if not reading.is_short:
            return list(reading.rows.values())
        again = await self._all(asked, len(values))
        found = reading.rows | again.rows
        if len(found) < (again.total or 0):
            _log.warning("fewer_rows_than_told", operation=self.where.name, rows=len(found), told=again.total)
        return list(found.values())

    async def _all(self, asked: Sequence[tuple[str, str]], keys: int) -> _Reading[W]:
        first = _Part[W]([], None, is_whole=True)
        rows_a_page = PAGE_ROWS

        async def fetch(index: int) -> Page[W]:
            nonlocal first, rows_a_page
            offset = index * _step(rows_a_page)
            window = [("offset", str(offset)), ("limit", str(PAGE_ROWS))]
            part = await self._http.send(
                self.where.name,
                "GET",
                self._path,
                params=[*asked, *window],
                keys=keys,
                read=self._part,
                follows=index > 0,
            )
            if index == 0:
                first, rows_a_page = part, part.rows_a_page()
            return part.page(offset, rows_a_page)

        found: dict[str, W] = {}
        for row in await all_pages(fetch, self.where):
            found.setdefault(row.id, row)
        return _Reading(found, first.total, paged=len(found) > len({row.id for row in first.rows}))

    def belonging(self, rows: Iterable[W], values: Sequence[str], keys: Callable[[W], Iterable[str]]) -> list[W]:
        """Keep the rows that have one of some keys; raises BackendGarbled when it can't be told whose one is."""
        try:
            return [row for row in rows if not set(values).isdisjoint(keys(row))]
        except Unreadable as error:
            raise self.where.garbled(str(error)) from error

    def _part(self, answer: Answer) -> _Part[W]:
        total = answer.headers.get("x-total-count", "")
        return _Part(
            decoded(self.where, answer, self._read, self._exact),
            int(total) if total.isascii() and total.isdigit() and len(total) <= _TOTAL_DIGITS_MAX else None,
            answer.status != _PARTIAL,
        )
