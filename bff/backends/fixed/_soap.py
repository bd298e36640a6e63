"""SOAP 1.1 calls of the fixed legacy: the envelope that is sent, and all rows of what was asked.

Totals lie, pages are capped, and rows move while they are read (spec, legacy.md, quirk 7). So pages are read until one
says that it is the last, and a row that comes twice counts once. When fewer rows came than a page counted, what was
read with several pages is read again with smaller ones: what fell between two pages is then in the middle of one. Names
and orders of elements: spec, legacy/fixed-legacy.wsdl and .xsd.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from bff.backends._batch import Page, Unreadable, all_pages
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._message import Answer
from bff.backends.fixed._answer import content, failure, has_failed, is_clients_fault, is_refusal, response
from bff.backends.fixed._envelope import Author, Fields, envelope
from bff.backends.fixed._security import Credentials, Security, Signature
from bff.backends.fixed._value import NAMESPACE, Row
from bff.clock import Clock
from bff.errors import BackendError, BackendUnavailable
from bff.observability import logger

PATH = "/ws/FixedLegacy"
PAGE_ROWS = 200

_UNKNOWN_KEY = "404"
_COUNT = re.compile(r"[0-9]{1,9}")

_log = logger(__name__)


class Find(NamedTuple):
    """A find operation: its name, the name of its rows, how its keys are read, whether it takes a page.

    `asked` is the name of its keys where they are asked for.
    """

    operation: str
    row: str
    key: Callable[[str], str]
    paged: bool = True
    asked: str = "key"


class Found(NamedTuple):
    """The rows of keys, each once, and the keys that failed by themselves with their errors.

    `unknown` keys are those that do not exist. `short` when the system counts more rows than it gave. `astray` when it
    named a key that can't be read: any key may be the one that failed.
    """

    rows: list[Row]
    errors: Mapping[str, BackendError]
    unknown: frozenset[str]
    short: bool
    astray: bool


class Soap:
    """The fixed legacy's endpoint. `nonce` gives 16 random bytes, which serve once."""

    def __init__(self, http: Http, credentials: Credentials, clock: Clock, nonce: Callable[[], bytes]) -> None:
        self._http = http
        self._security = Security(credentials, clock, nonce)
        self._clock = clock

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def where(self, find: Find) -> Operation:
        """Name an operation for errors and logs."""
        return Operation(self._http.system, find.operation)

    async def find(self, find: Find, keys: Sequence[str], more: Mapping[str, str] | None = None) -> Found:
        """Ask for all rows of at most 50 keys, 200 rows a page.

        `more` are the elements between the keys and the page, in the order of the schema. Raises BackendErrors.
        """
        where = self.where(find)
        reading = _Reading(find, where, keys)

        async def read(page_rows: int) -> list[Row]:
            async def fetch(index: int) -> Page[Row]:
                page = {"pageNo": str(index + 1), "pageSize": str(page_rows)} if find.paged else {}
                return reading.page(await self._call(find, keys, more or {}, page, follows=index > 0))

            return await all_pages(fetch, where)

        rows = await read(PAGE_ROWS)
        if reading.short and reading.pages > 1:
            with suppress(BackendError):  # the total may lie: what came is worth more than an error
                rows += await read(max(1, reading.page_rows * 3 // 4))
        if reading.short:
            _log.warning("rows_missing", system=where.system.value, operation=where.name, rows=reading.missing)
        return Found(rows, reading.errors, frozenset(reading.unknown), reading.short, reading.astray)

    async def change(self, operation: str, wanted: Fields, author: Author) -> Row:
        """Change something, once, and give the response.

        It is sent a second time only where the first was refused for its signature. Raises BackendErrors; `undone` when
        surely nothing was changed.
        """
        where, signature = Operation(self._http.system, operation), Signature(self._security)

        def read(answer: Answer) -> Row:
            told = content(where, answer)
            if is_refusal(told):
                signature.refused(where, answer.headers)
            try:
                return response(where, told, answer)
            except BackendError as error:
                error.undone = is_clients_fault(told)
                raise

        send = partial(
            self._http.send,
            where.name,
            "POST",
            PATH,
            headers=_headers(where),
            content=lambda: envelope(where.name, wanted, signature, self._clock, author),
            keys=1,
            read=read,
        )
        try:
            return await send()
        except BackendUnavailable:
            if not signature.may_pass:
                raise
        return await send()

    async def _call(
        self, find: Find, keys: Sequence[str], more: Mapping[str, str], page: Mapping[str, str], *, follows: bool
    ) -> Row:
        where, signature = self.where(find), Signature(self._security)
        wanted: Fields = [
            *((find.asked, key) for key in keys),
            *more.items(),
            *([("page", [*page.items()])] if page else []),
        ]

        def read(answer: Answer) -> Row:
            told = content(where, answer)
            if is_refusal(told):
                signature.refused(where, answer.headers)
            return response(where, told, answer)

        send = partial(
            self._http.send,
            where.name,
            "POST",
            PATH,
            headers=_headers(where),
            content=lambda: envelope(where.name, wanted, signature, self._clock),  # each attempt signed anew
            keys=len(keys),
            read=read,
            follows=follows,
        )
        try:
            return await send()
        except BackendUnavailable:
            if not signature.may_pass:
                raise
        return await send()


def _headers(where: Operation) -> Mapping[str, str]:
    return {"content-type": "text/xml; charset=utf-8", "soapaction": f'"{NAMESPACE}/{where.name}"'}


class _Reading:
    """What the pages of one find have brought so far.

    Attributes:
        pages: how many came.
        page_rows: how many rows the largest had.
        errors: by key, of the keys that were asked for.
        unknown: the keys that do not exist.
        astray: True when a key that failed, or how it did, can't be read.
    """

    def __init__(self, find: Find, where: Operation, keys: Sequence[str]) -> None:
        self._find = find
        self._where = where
        self._asked = frozenset(keys)
        self._seen: set[Hashable] = set()
        self._counted = 0
        self.pages = 0
        self.page_rows = 0
        self.errors: dict[str, BackendError] = {}
        self.unknown: set[str] = set()
        self.astray = False

    @property
    def missing(self) -> int:
        """How many rows the system counted at most that did not come."""
        return max(0, self._counted - len(self._seen))

    @property
    def short(self) -> bool:
        """Whether rows are missing."""
        return self.missing > 0

    def page(self, answer: Row) -> Page[Row]:
        """Take an answer in, and give it as a page of the rows that are new; raises BackendGarbled."""
        try:
            for item in answer.rows("itemOutcome"):
                self._sort(item)
            return self._page(answer)
        except Unreadable as error:
            raise self._where.garbled(str(error)) from error

    def _sort(self, item: Row) -> None:
        key, outcome = item.code("key", self._find.key), item.row("outcome")
        if outcome is not None and not has_failed(outcome):
            return
        if key is None or outcome is None:
            self.astray = True
        elif key in self._asked and outcome.text("code") == _UNKNOWN_KEY:
            self.unknown.add(key)
        elif key in self._asked:
            self.errors[key] = failure(self._where, outcome)

    def _page(self, answer: Row) -> Page[Row]:
        """See an answer as a page. One that does not say whether it is the last is so when it brings nothing new."""
        self.pages += 1
        rows = answer.rows(self._find.row)
        self.page_rows = max(self.page_rows, len(rows))
        info = answer.row("pageInfo")
        is_last = None if info is None else info.flag("lastPage")
        total = None if info is None else _count(info.text("totalRows"))
        self._counted = max(self._counted, total or 0)
        new = self._new(rows)
        last = not self._find.paged or not rows or (not new if is_last is None else is_last)
        return Page(new, last, -(-total // len(rows)) if total and rows else None)

    def _new(self, rows: Sequence[Row]) -> list[Row]:
        unseen = {content: row for row in rows if (content := row.content) not in self._seen}
        self._seen.update(unseen)
        return list(unseen.values())


def _count(text: str | None) -> int | None:
    return int(text) if text and _COUNT.fullmatch(text) else None
