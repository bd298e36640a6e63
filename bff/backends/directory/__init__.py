"""The identity directory: people and their memberships, over SCIM 2.0.

A person's `externalId` is the `sub` of their tokens; company, profile and own line are in an extension (spec,
legacy.md). What a membership allows is decided elsewhere. Counts lie, pages are capped in silence and move while people
come and go, so both reads go on until they know that nobody is missing, as far as that can be told. How users are
written: `change`.
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from bff.backends._batch import PAGES_PARALLEL, Unreadable, in_batches, lists
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends.directory._wire import EXTENSION, People, WireUser, any_of, people
from bff.backends.directory.applicant import Applicants
from bff.backends.directory.change import Writes
from bff.backends.directory.registration import Registering
from bff.backends.directory.user import BY_COMPANY, BY_SUBJECT, companies
from bff.domain.deed import Told
from bff.domain.deed.registration import PersonRegistered, Registrant
from bff.domain.deed.user import Known, Made, NewUser, UserChange, UserMade
from bff.domain.user import PortalUser, User
from bff.errors import BackendError
from bff.observability import logger

__all__ = ["Directory"]

_PATH = "/scim/v2/Users"
_PAGE_ROWS = 200
_OVERLAP_ROWS = 1
_PEOPLE_MAX = 20_000  # of a company; the spec promises 5,000
_STRANGERS_MAX = 100  # on a page

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
    """Reads and writes of the directory; `applicants` reads of people who are not signed in."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._where = Operation(http.system, "GET /Users")
        self._writes = Writes(http)
        self._registering = Registering(http)
        self.applicants = Applicants(http)

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
        """Read the people of a company once, page by page; the first page tells how many rows pages have.

        The end is an empty page, two in succession that bring nobody new, or one that is not full when as many are
        there as are told. Raises BackendGarbled when there is no end, and when the filter was ignored.
        """
        page = await self._page(_of_company(tax_code), 1, keys=1)
        found = self._ids(page.rows, tax_code)
        if len({row.id for row in page.rows}) - len(found) > _STRANGERS_MAX:
            raise self._where.garbled("people of other companies", foreign=True)
        rows, told, rows_a_page, barren = list(page.rows), page.told or 0, len(found), 0
        ended = not found or told == rows_a_page < _PAGE_ROWS
        step = max(1, rows_a_page - _OVERLAP_ROWS)
        start = 1
        while not ended:
            starts = range(start + step, start + step * (1 + _pages_at_once(told - len(found), step)), step)
            for page in await self._pages(tax_code, starts):
                members = self._ids(page.rows, tax_code)
                barren = 0 if members - found else barren + 1
                found |= members
                rows += page.rows
                ended |= not members or barren > 1 or (len(members) < rows_a_page and told == len(found))
            if len(found) > _PEOPLE_MAX:
                raise self._where.garbled(f"more than {_PEOPLE_MAX} people of one company", foreign=True)
            start = starts[-1]
        return _Listed(rows, len(found), told)

    async def _pages(self, tax_code: str, starts: Iterable[int]) -> list[People]:
        wanted = _of_company(tax_code)
        return await asyncio.gather(*(self._page(wanted, start, keys=1, follows=True) for start in starts))

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

    # --- changes ------------------------------------------------------------------------------------------------------

    async def register(self, deed: PersonRegistered, request_id: str, who: Registrant) -> Told:
        """Let a person come in who has registered. Raises BackendErrors; `undone` when it was surely not done."""
        return await self._registering.register(deed, request_id, who)

    async def registered(self, deed: PersonRegistered, request_id: str) -> Told | None:
        """Tell whether a person who has registered has come in; None when not. Raises BackendErrors."""
        return await self._registering.registered(deed, request_id)

    async def make_user(self, deed: UserMade, request_id: str, new: NewUser) -> tuple[Told, Made | None]:
        """Let a person act for a company. Raises BackendErrors; `undone` when it was surely not done.

        Gives who they are when it was done just now.
        """
        return await self._writes.make(deed, request_id, new)

    async def user_made(self, request_id: str) -> Told | None:
        """Tell what became of a new user; None when there is none. Raises BackendErrors."""
        return await self._writes.made(request_id)

    async def change_user(self, deed: UserChange, known: Known) -> Told:
        """Change what a user is in a company. Raises BackendErrors; `undone` when it was surely not done."""
        return await self._writes.change(deed, known)

    async def set_email(self, user_key: str, email: str) -> bool:
        """Give a person another address; False when there is no such person. Raises BackendErrors."""
        return await self._writes.set_email(user_key, email)

    async def user_changed(self, deed: UserChange) -> Told | None:
        """Read back whether a user is as they were to be; None when not. Raises BackendErrors."""
        return await self._writes.changed(deed)


def _of_company(tax_code: str) -> str:
    """Write the filter for the people of a company."""
    return any_of(f"{EXTENSION}:memberships.companyTaxCode", [tax_code])


def _pages_at_once(lacking: int, rows_a_page: int) -> int:
    """Tell how many pages to ask for together, so that those told of come soon and few are asked for in vain."""
    return min(PAGES_PARALLEL, max(1, -(-lacking // rows_a_page)))
