"""Who the directory expects, of those who register: by their tax code, and whether a username is free.

One call each, whatever is found.
"""

from collections.abc import Callable

from bff.backends._batch import Unreadable, needed
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._text import tax_code
from bff.backends.directory._wire import EXTENSION, WireMembership, WireUser, any_of, people
from bff.backends.directory.user import PROFILES, STATES
from bff.domain.registration import Expected, Known
from bff.domain.user import UserState

_PATH = "/scim/v2/Users"


class Applicants:
    """Looks people up who are not signed in."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._where = Operation(http.system, "GET /Users")

    async def memberships(self, code: str) -> list[Expected]:
        """Read the memberships of whoever has a tax code, for any company. Raises BackendErrors.

        Who is there without a membership has one that nobody expects: they are known, and may not come in this way.
        """
        rows = await self._rows(f"{EXTENSION}:taxCode", code, lambda row: row.extension.tax_code == code)
        try:
            return [each for row in rows for each in _expected(row, code)]
        except Unreadable as error:
            raise self._where.garbled(str(error)) from error

    async def has_username(self, username: str, *, but: str | None) -> bool:
        """Tell whether somebody `but` one has a username, whatever its case. Raises BackendErrors."""
        wanted = username.casefold()
        rows = await self._rows("userName", username, lambda row: (row.user_name or "").casefold() == wanted)
        return any(row.id != but for row in rows)

    async def _rows(self, attribute: str, value: str, is_meant: Callable[[WireUser], bool]) -> list[WireUser]:
        params = [("filter", any_of(attribute, [value])), ("count", "10"), ("startIndex", "1")]
        page = await self._http.send(
            self._where.name,
            "GET",
            _PATH,
            params=params,
            keys=1,
            read=lambda answer: decoded(self._where, answer, people),
        )
        found = list({row.id: row for row in page.rows if is_meant(row)}.values())
        if page.told and not found:
            raise self._where.garbled("somebody was told of who is not there")
        return found


def _expected(row: WireUser, code: str) -> list[Expected]:
    person = Known(first_name=row.name.given_name, last_name=row.name.family_name, tax_code=code)
    held = row.extension.memberships or (WireMembership(id="", company_tax_code=code),)
    return [
        Expected(
            user_key=row.id,
            membership_key=each.id or "",
            company_tax_code=tax_code(needed(each.company_tax_code, "memberships.companyTaxCode")),
            profile=PROFILES.read(each.profile) if each.profile else None,
            state=_state(row, each),
            person=person,
            subject=row.external_id,
            version=row.meta.version,
        )
        for each in held
    ]


def _state(row: WireUser, membership: WireMembership) -> UserState:
    """Tell how far a membership is; nobody is expected whom the directory has switched off for all companies."""
    if not row.active:
        return UserState.DISABLED
    return STATES.read(membership.registration_state) if membership.registration_state else UserState.UNKNOWN
