"""The identity directory: people and their memberships, over SCIM 2.0.

A person's `externalId` is the `sub` of their tokens; company, profile and own line are in an extension (spec,
legacy.md). What a membership allows is decided elsewhere.
"""

from collections.abc import Iterable, Sequence

import msgspec

from bff.backends._batch import Reading, Unreadable, in_batches, lists
from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Answer, Http
from bff.backends._json import decoded
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
    given_name: str = ""
    family_name: str = ""


class _Email(_Wire, frozen=True, gc=False):
    value: str
    primary: bool = False


class _Membership(_Wire, frozen=True, gc=False):
    id: str
    company_tax_code: str
    profile: str | None = None
    registration_state: str | None = None
    active: bool = False
    line_id: str | None = None

    def membership(self) -> Membership:
        return Membership(
            key=self.id,
            company_tax_code=self.company_tax_code,
            profile=_PROFILES.read(self.profile),
            state=_STATES.read(self.registration_state),
            active=self.active,
            line_key=self.line_id,
        )


class _Extension(_Wire, frozen=True, gc=False):
    tax_code: str | None = None
    mobile_number: str | None = None
    memberships: tuple[_Membership, ...] = ()


class _User(_Wire, frozen=True, gc=False):
    id: str
    external_id: str | None = None
    user_name: str | None = None
    active: bool = False
    name: _Name = _Name()
    emails: tuple[_Email, ...] = ()
    extension: _Extension = msgspec.field(name=_EXTENSION, default=_Extension())


class _ListResponse(_Wire, frozen=True, gc=False):
    total_results: int = msgspec.field(name="totalResults")
    resources: tuple[_User, ...] = msgspec.field(name="Resources", default=())


class Directory:
    """Reads of the directory."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._where = Operation(http.system, "GET /Users")
        self._decoder = msgspec.json.Decoder(_ListResponse)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def users_by_subject(self, subjects: Iterable[str]) -> dict[str, User | BackendError]:
        """Read people by the subject of their tokens: `/Users` with one filter per 50 subjects.

        Two people with one subject are BackendGarbled: nobody may be taken for another.
        """
        found = await in_batches(subjects, self._by_subject)
        return {
            subject: self._only(people) if isinstance(people, list) else people
            for subject, people in found.items()
            if people
        }

    async def _by_subject(self, subjects: Sequence[str]) -> dict[str, list[User] | BackendError]:
        params = [("filter", any_of("externalId", subjects)), ("count", str(_PAGE_ROWS))]
        rows = await self._http.send(self._where.name, "GET", _PATH, params=params, keys=len(subjects), read=self._read)
        return lists(self._where, subjects, rows, _BY_SUBJECT)

    def _read(self, answer: Answer) -> tuple[_User, ...]:
        found = decoded(self._where, answer, self._decoder)
        if found.total_results > len(found.resources):
            raise self._where.garbled("more people than one page holds")  # whoever is cut off would be unknown
        return found.resources

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
    if row.user_name is None:
        raise Unreadable("userName is missing")
    return User(
        key=row.id,
        subject=subject,
        active=row.active,
        username=row.user_name,
        first_name=row.name.given_name,
        last_name=row.name.family_name,
        email=_email(row.emails),
        tax_code=row.extension.tax_code,
        mobile_number=row.extension.mobile_number,
        memberships=tuple(each.membership() for each in row.extension.memberships),
    )


def _email(emails: Sequence[_Email]) -> str:
    """Give the primary address, else the first, else an empty text."""
    return next((each.value for each in emails if each.primary), emails[0].value if emails else "")


_BY_SUBJECT = Reading[_User, User](
    lambda row: row.id, lambda row: () if row.external_id is None else (row.external_id,), _user
)
