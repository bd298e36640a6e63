"""TM Forum collections: rows by the values of an attribute, all pages of them.

Facts of these lists (spec, legacy.md): `limit` is capped silently, a part comes as 200 or 206, `X-Total-Count` may be
wrong or absent, at most 50 values fit one filter, `fields` always brings `id` and `href`.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

import msgspec

from bff.backends._batch import Page, all_pages
from bff.backends._call import Operation
from bff.backends._http import Answer, Http
from bff.backends._json import decoded

W = TypeVar("W")

PAGE_ROWS = 500
_PARTIAL = 206


class _Part(NamedTuple, Generic[W]):
    """Rows as they came, with what the answer says of the whole; None when it says nothing."""

    rows: list[W]
    total: int | None
    is_whole: bool

    def rows_a_page(self) -> int:
        """Tell from the first part how many rows pages have: a short one that is not the whole was capped."""
        read = len(self.rows)
        more = self.total > read if self.total is not None else not self.is_whole
        return read if 0 < read < PAGE_ROWS and more else PAGE_ROWS

    def page(self, index: int, rows_a_page: int) -> Page[W]:
        """See it as a page: the last one is empty, or not full with no more rows told of behind it.

        A page may lack a row in the middle of the list, so that being not full alone means nothing.
        """
        more = self.total is not None and self.total > (index + 1) * rows_a_page
        last = not self.rows or (len(self.rows) < rows_a_page and not more)
        return Page(self.rows, last, None if self.total is None else self.total // rows_a_page + 1)


class Collection(Generic[W]):
    """One collection of the mobile legacy, for example `/tmf-api/productInventory/v4/product`.

    `wire` is what to read of a row; its attributes are the `fields` asked for.
    """

    def __init__(self, http: Http, path: str, wire: type[W]) -> None:
        self.where = Operation(http.system, f"GET /{path.rpartition('/')[2]}")
        self._http = http
        self._path = path
        self._fields = ",".join(field.encode_name for field in msgspec.structs.fields(wire))  # type: ignore[arg-type]
        self._decoder = msgspec.json.Decoder(list[wire])  # type: ignore[valid-type]

    async def find(self, attribute: str, values: Sequence[str], filters: Mapping[str, str] | None = None) -> list[W]:
        """Read all rows that have one of at most 50 values in an attribute and pass the other filters.

        500 rows a page; the pages after the first are read four at a time. Totals lie, so that a full page is always
        followed by another call: 1,000 rows cost three.
        """
        asked = [(attribute, ",".join(values)), *(filters or {}).items(), ("fields", self._fields)]
        rows_a_page = PAGE_ROWS

        async def fetch(index: int) -> Page[W]:
            nonlocal rows_a_page
            window = [("offset", str(index * rows_a_page)), ("limit", str(PAGE_ROWS))]
            part = await self._http.send(
                self.where.name, "GET", self._path, params=[*asked, *window], keys=len(values), read=self._part
            )
            if index == 0:
                rows_a_page = part.rows_a_page()
            return part.page(index, rows_a_page)

        return await all_pages(fetch, self.where)

    def _part(self, answer: Answer) -> _Part[W]:
        total = answer.headers.get("x-total-count", "")
        return _Part(
            decoded(self.where, answer, self._decoder),
            int(total) if total.isascii() and total.isdigit() else None,
            answer.status != _PARTIAL,
        )
