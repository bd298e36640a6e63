"""The identity directory: people and their memberships, over SCIM 2.0.

A person's `externalId` is the `sub` of their tokens; company, profile and own line are in an extension (spec,
legacy.md). What a membership allows is decided elsewhere. Counts lie, pages are capped in silence and move while people
come and go, so both reads go on until they know that nobody is missing, as far as that can be told.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from bff.backends._batch import Page, Unreadable, all_pages, in_batches, lists
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends.directory._wire import EXTENSION, People, WireUser, any_of, people
from bff.backends.directory.user import BY_COMPANY, BY_SUBJECT, companies
from bff.domain.user import PortalUser, User
from bff.errors import BackendError
from bff.observability import logger

__all__ = ["Directory"]

_PATH = "/scim/v2/Users"
_PAGE_ROWS = 200
_OVERLAP_ROWS = 1

_log = logger(__name__)


class _Listed(NamedTuple):
    """The people of a company as they were listed once: all rows, how many of them are other people, how many told."""

    rows: list[WireUser]
    members: int
    told: int

    @property
    def is_short(self) -> bool:
        return self.members < self.told


class Directory:
    """Reads of the directory."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._where = Operation(http.system, "GET /Users")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    # --- who signs in -------------------------------------------------------------------------------------------------

    async def users_by_subject(self, subjects: Iterable[str]) -> dict[str, User | BackendError]:
        """Read people by the subject of their tokens: `/Users` with one filter per 50 subjects.

        Two people with one subject are BackendGarbled: nobody may be taken for another. So is a person who is not
        there while fewer came than were told of: nobody may be taken for a stranger.
        """
        found = await in_batches(subjects, self._by_subject)
        return {
            subject: self._only(users) if isinstance(users, list) else users
            for subject, users in found.items()
            if users
        }

    async def _by_subject(self, subjects: Sequence[str]) -> dict[str, list[User] | BackendError]:
        rows, whole = await self._asked_for(subjects)
        found = lists(self._where, subjects, rows, BY_SUBJECT)
        if whole:
            return found
        lost = self._where.garbled("fewer people than told of")
        return {subject: users or lost for subject, users in found.items()}

    async def _asked_for(self, subjects: Sequence[str]) -> tuple[list[WireUser], bool]:
        """Read the people asked for, page by page; tell whether they are all that the directory counts.

        Pages overlap by a row, for people come and go; the end is an empty page, or two that bring nobody new. A count
        that is absent, or less than came, counts for nothing; then it is read on as long as someone is missing.
        """
        rows: list[WireUser] = []
        found: dict[str, str | None] = {}
        start, told, barren = 1, 0, 0
        while True:
            page = await self._page(any_of("externalId", subjects), start, keys=len(subjects))
            rows += page.rows
            before = len(found)
            found |= {row.id: row.external_id for row in page.rows if row.external_id in subjects}
            told = max(told, page.told or 0)
            is_whole = told == len(found) if told >= len(found) else len(set(found.values())) == len(subjects)
            barren = barren + 1 if len(found) == before else 0
            if is_whole or barren > 1 or not page.rows:
                return rows, told <= len(found)
            start += max(1, len(page.rows) - _OVERLAP_ROWS)

    def _only(self, users: list[User]) -> User | BackendError:
        return users[0] if len(users) == 1 else self._where.garbled("several people with one subject")

    # --- the users of a company ---------------------------------------------------------------------------------------

    async def users_by_company(self, tax_codes: Iterable[str]) -> dict[str, list[PortalUser] | BackendError]:
        """Read all users of companies, a list for each: pages of 200, those after the first eight at a time.

        Fewer people than told of are all read once more; what is then still missing is told in the log.
        """
        return await in_batches(tax_codes, self._by_company, limit=1)

    async def _by_company(self, tax_codes: Sequence[str]) -> dict[str, list[PortalUser] | BackendError]:
        (tax_code,) = tax_codes
        rows = await self._members(tax_code)
        return {
            company: list(chain.from_iterable(users)) if isinstance(users, list) else users
            for company, users in lists(self._where, tax_codes, rows, BY_COMPANY).items()
        }

    async def _members(self, tax_code: str) -> list[WireUser]:
        listed = await self._listed(tax_code)
        if not listed.is_short:
            return listed.rows
        again = await self._listed(tax_code)
        rows = listed.rows + again.rows
        if (members := len(self._ids(rows, tax_code))) < again.told:
            _log.warning("fewer_rows_than_told", operation=self._where.name, rows=members, told=again.told)
        return rows

    async def _listed(self, tax_code: str) -> _Listed:
        """Read the people of a company once, page by page.

        A first page that holds as many as are told is the whole, unless it is full: counts may be too low. Any other
        one may have been capped, and tells how many rows pages have; the last is one with fewer, and no more told of.
        """
        told, rows_a_page = 0, 0

        async def fetch(index: int) -> Page[WireUser]:
            nonlocal told, rows_a_page
            offset = index * max(1, rows_a_page - _OVERLAP_ROWS)
            wanted = any_of(f"{EXTENSION}:memberships.companyTaxCode", [tax_code])
            page = await self._page(wanted, offset + 1, keys=1, follows=index > 0)
            members = len(self._ids(page.rows, tax_code))
            if index == 0:
                told, rows_a_page = page.told or 0, members
                last = told == members < _PAGE_ROWS
            else:
                last = not members or (members < rows_a_page and told <= offset + rows_a_page)
            return Page(page.rows, last, told // max(1, rows_a_page - _OVERLAP_ROWS) + 1)

        rows = await all_pages(fetch, self._where)
        return _Listed(rows, len(self._ids(rows, tax_code)), told)

    def _ids(self, rows: Iterable[WireUser], tax_code: str) -> set[str]:
        """Give the ids of the people who act for a company."""
        try:
            return {row.id for row in rows if tax_code in companies(row)}
        except Unreadable as error:
            raise self._where.garbled(str(error)) from error

    async def _page(self, wanted: str, start: int, *, keys: int, follows: bool = False) -> People:
        params = [("filter", wanted), ("count", str(_PAGE_ROWS)), ("startIndex", str(start))]
        return await self._http.send(
            self._where.name,
            "GET",
            _PATH,
            params=params,
            keys=keys,
            read=lambda answer: decoded(self._where, answer, people),
            follows=follows,
        )
