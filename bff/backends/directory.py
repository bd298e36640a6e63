"""The identity directory: people and their memberships, over SCIM 2.0.

A person's `externalId` is the `sub` of their tokens; company, profile and own line are in an extension (spec,
legacy.md). What a membership allows is decided elsewhere.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from bff.backends._batch import Reading, Unreadable, in_batches, lists, needed
from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._shape import Text, reader
from bff.backends._text import phone_number, tax_code
from bff.domain.profile import Profile
from bff.domain.user import Membership, RegistrationState, User
from bff.errors import BackendError

_PATH = "/scim/v2/Users"
_PAGE_ROWS = 200
_EXTENSION = "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User"

_PROFILES: Codes[Profile | None] = Codes("directory profile", None, {each.value: each for each in Profile})
_STATES = Codes(
    "directory registration state", RegistrationState.UNKNOWN, {each.value: each for each in RegistrationState}
)


class _Wire(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    pass


class _Name(_Wire, frozen=True, gc=False):
    given_name: Text = ""
    family_name: Text = ""


class _Email(_Wire, frozen=True, gc=False):
    value: Text | None = None
    primary: bool = False


class _Membership(_Wire, frozen=True, gc=False):
    id: Text | None = None
    company_tax_code: Text | None = None
    profile: Text | None = None
    registration_state: Text | None = None
    active: bool = False
    line_id: Text | None = None

    def membership(self) -> Membership:
        return Membership(
            key=needed(self.id, "memberships.id"),
            company_tax_code=tax_code(needed(self.company_tax_code, "memberships.companyTaxCode")),
            profile=_PROFILES.read(self.profile),
            state=_STATES.read(self.registration_state),
            active=self.active,
            line_key=self.line_id,
        )


class _Extension(_Wire, frozen=True, gc=False):
    tax_code: Text | None = None
    mobile_number: Text | None = None
    memberships: tuple[_Membership, ...] = ()


class _User(_Wire, frozen=True, gc=False):
    id: Text
    external_id: Text | None = None
    user_name: Text | None = None
    active: bool = False
    name: _Name = _Name()
    emails: tuple[_Email, ...] = ()
    extension: _Extension = msgspec.field(name=_EXTENSION, default=_Extension())


class _ListResponse(_Wire, frozen=True, gc=False):
    total_results: Any = msgspec.field(name="totalResults", default=None)
    resources: tuple[_User, ...] | None = msgspec.field(name="Resources", default=None)


class _People(NamedTuple):
    """A page of people, and how many there are in all; None when that is not told."""

    rows: tuple[_User, ...]
    told: int | None


_list_response = reader(_ListResponse)


def _read(value: Any) -> _People:
    """Read a ListResponse; an error that comes with 200 has neither count nor resources (RFC 7644 §3.4.2, §3.12)."""
    page = _list_response(value)
    told = page.total_results if type(page.total_results) is int else None
    if page.resources is None and told is None:
        raise Unreadable("no ListResponse")
    return _People(page.resources or (), told)


class Directory:
    """Reads of the directory."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._where = Operation(http.system, "GET /Users")

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def users_by_subject(self, subjects: Iterable[str]) -> dict[str, User | BackendError]:
        """Read people by the subject of their tokens: `/Users` with one filter per 50 subjects.

        Two people with one subject are BackendGarbled: nobody may be taken for another. So is a person who is not
        there while fewer came than were told of: nobody may be taken for a stranger.
        """
        found = await in_batches(subjects, self._by_subject)
        return {
            subject: self._only(people) if isinstance(people, list) else people
            for subject, people in found.items()
            if people
        }

    async def _by_subject(self, subjects: Sequence[str]) -> dict[str, list[User] | BackendError]:
        rows, whole = await self._asked_for(subjects)
        found = lists(self._where, subjects, rows, _BY_SUBJECT)
        if whole:
            return found
        lost = self._where.garbled("fewer people than told of")
        return {subject: people or lost for subject, people in found.items()}

    async def _asked_for(self, subjects: Sequence[str]) -> tuple[list[_User], bool]:
        """Read the people asked for, page by page; tell whether they are all that the directory counts.

        Pages overlap by a row, for people come and go; the end is an empty page, or two that bring nobody new. A count
        that is absent, or less than came, counts for nothing; then it is read on as long as someone is missing.
        """
        rows: list[_User] = []
        people: dict[str, str | None] = {}
        start, told, barren = 1, 0, 0
        while True:
            page = await self._page(subjects, start)
            rows += page.rows
            before = len(people)
            people |= {row.id: row.external_id for row in page.rows if row.external_id in subjects}
            told = max(told, page.told or 0)
            is_whole = told == len(people) if told >= len(people) else len(set(people.values())) == len(subjects)
            barren = barren + 1 if len(people) == before else 0
            if is_whole or barren > 1 or not page.rows:
                return rows, told <= len(people)
            start += max(1, len(page.rows) - 1)

    async def _page(self, subjects: Sequence[str], start: int) -> _People:
        params = [("filter", any_of("externalId", subjects)), ("count", str(_PAGE_ROWS)), ("startIndex", str(start))]
        return await self._http.send(
            self._where.name,
            "GET",
            _PATH,
            params=params,
            keys=len(subjects),
            read=lambda answer: decoded(self._where, answer, _read),
        )

    def _only(self, people: list[User]) -> User | BackendError:
        return people[0] if len(people) == 1 else self._where.garbled("several people with one subject")


def any_of(attribute: str, values: Iterable[str]) -> str:
    """Write a filter for any of some values, each a JSON string as RFC 7644 §3.4.2.2 wants: none can leave its quotes.

    Example:
        >>> any_of("externalId", ["a", "b"])
        'externalId eq "a" or externalId eq "b"'
    """
    return " or ".join(f"{attribute} eq {msgspec.json.encode(value).decode()}" for value in values)


def _user(row: _User, subject: str) -> User:
    own = row.extension
    return User(
        key=row.id,
        subject=subject,
        active=row.active,
        username=needed(row.user_name, "userName"),
        first_name=row.name.given_name,
        last_name=row.name.family_name,
        email=_email(row.emails),
        tax_code=None if own.tax_code is None else tax_code(own.tax_code),
        mobile_number=phone_number(own.mobile_number or ""),
        memberships=tuple(each.membership() for each in own.memberships),
    )


def _email(emails: Sequence[_Email]) -> str:
    """Give the primary address, else the first, else an empty text."""
    told = [each for each in emails if each.value]
    return next((each.value for each in told if each.primary), told[0].value if told else "") or ""


_BY_SUBJECT = Reading[_User, User](
    lambda row: row.id, lambda row: () if row.external_id is None else (row.external_id,), _user
)
