"""Writes to the directory: users are made, patched and deleted by SCIM (RFC 7644, sections 3.3, 3.5.2 and 3.6).

A membership is added under the request id as its own `id`, so that it is found again by it. All else sets a value,
which is read back and compared. `If-Match` names the version that was judged: when somebody has written meanwhile (412,
quirk 20) the user is read again, and written only when nothing that was judged has changed. PATCH answers 200 or 204.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._json import decoded
from bff.backends._message import Answer
from bff.backends._shape import Text, reader
from bff.backends.directory._wire import EXTENSION, People, WireUser, any_of, one_user, people
from bff.backends.directory.user import member
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.user import Known, Made, NewUser, UserAct, UserChange, UserMade
from bff.domain.error_code import ErrorCode
from bff.domain.user import PortalUser, UserState, letters_of
from bff.errors import BackendError, BackendRejected

_PATH = "/scim/v2/Users"
_MEDIA: Final = "application/scim+json"
_MEMBERSHIPS: Final = f"{EXTENSION}:memberships"
_PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
_TRIES = 3
_NAME_DIGITS = 8
_CLIENT_ERRORS = range(400, 500)
_DONE = Told(ChangeStatus.DONE)
_CONFLICT = Told(ChangeStatus.REJECTED, ErrorCode.CONFLICT)

Document = Mapping[str, Any]


class _Refusal(IntEnum):
    """What the directory may say to a write that it has understood."""

    ABSENT = 404
    TAKEN = 409
    STALE = 412


class _Error(msgspec.Struct):
    """A refusal as RFC 7644, section 3.12, words it."""

    status: Text


class _Said(NamedTuple):
    """What a write was answered with: a refusal, or the user; neither when it was done without a word."""

    refusal: _Refusal | None = None
    user: WireUser | None = None


class Writes:
    """Writes users, and tells what became of it."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._one = Operation(http.system, "GET /Users/{id}")
        self._some = Operation(http.system, "GET /Users")

    async def make(self, deed: UserMade, request_id: str, new: NewUser) -> tuple[Told, Made | None]:
        """Let a person act for a company: who is there already for another gets a membership more.

        Gives who they are when it was done just now. Raises BackendErrors; `undone` when it was surely not done.
        """
        for _ in range(_TRIES):
            person = await self._person(new.tax_code)
            if person is not None and (why := _unfit(person, new, request_id)) is not None:
                return why, None
            said = await self._added(person, _membership(deed, request_id, new), new, request_id)
            if said.refusal is None and (made := said.user or person) is not None:
                return _made(made.id, request_id), _signs_in(made, None if person is not None else new.email)
            if said.refusal is not _Refusal.STALE and (told := await self.made(request_id)) is not None:
                return told, None
        return _CONFLICT, None

    async def made(self, request_id: str) -> Told | None:
        """Tell what became of a new user; None when nobody has the membership. Raises BackendErrors."""
        page = await self._found(f"{_MEMBERSHIPS}.id", request_id)
        mine = [row for row in page.rows if any(each.id == request_id for each in row.extension.memberships)]
        return _made(mine[0].id, request_id) if mine else None

    async def change(self, deed: UserChange, known: Known) -> Told:
        """Change what a user is in a company. Raises BackendErrors; `undone` when it was surely not done."""
        user = known.user
        for _ in range(_TRIES):
            said = await self._write(deed, user, known.email)
            if said.refusal is None:
                return _DONE
            now = await self._now(deed)
            if _is_done(deed, now) and (now is None or known.email in {None, now.email}):
                return _DONE
            if now is None or not _as_judged(now, user):
                break
            user = now
        return _CONFLICT

    async def set_email(self, user_key: str, email: str) -> bool:
        """Give a person another address; False when there is no such person. Raises BackendErrors."""
        for _ in range(_TRIES):
            row = await self._row(user_key)
            if row is None:
                return False
            said = await self._patch(user_key, [_put("emails", _emails(email))], row.meta.version)
            if said.refusal is None:
                return True
            if said.refusal is not _Refusal.STALE:
                break
        raise self._one.rejected("the address was not taken")

    async def changed(self, deed: UserChange) -> Told | None:
        """Read back whether a user is as they were to be; None when not. Raises BackendErrors."""
        return _DONE if _is_done(deed, await self._now(deed)) else None

    async def _now(self, deed: UserChange) -> PortalUser | None:
        """Read the user of a deed; None when there is no such person, or they don't act for the company any more."""
        row = await self._row(deed.user_key)
        held = [] if row is None else [each for each in row.extension.memberships if each.id == deed.membership_key]
        try:
            return member(row, held[0]) if row is not None and held else None
        except Unreadable as error:
            raise self._one.garbled(str(error)) from error

    async def _row(self, user_key: str) -> WireUser | None:
        return await self._http.send(
            self._one.name, "GET", _path(user_key), read=lambda answer: _user(self._one, answer), keys=1
        )

    async def _person(self, tax_code: str) -> WireUser | None:
        """Find a person by their tax code; None when nobody has it. Raises BackendErrors that are `undone`."""
        try:
            page = await self._found(f"{EXTENSION}:taxCode", tax_code)
            mine = {row.id: row for row in page.rows if row.extension.tax_code == tax_code}
            if len(mine) > 1 or (page.told and not mine):
                raise self._some.garbled("several people with one tax code, or one who is told of and not there")
        except BackendError as error:
            error.undone = True
            raise
        return next(iter(mine.values()), None)

    async def _found(self, attribute: str, value: str) -> People:
        params = [("filter", any_of(attribute, [value])), ("count", "10"), ("startIndex", "1")]
        return await self._http.send(
            self._some.name,
            "GET",
            _PATH,
            params=params,
            keys=1,
            read=lambda answer: decoded(self._some, answer, people),
        )

    # --- writing ------------------------------------------------------------------------------------------------------

    async def _added(self, person: WireUser | None, membership: Document, new: NewUser, request_id: str) -> _Said:
        if person is None:
            return await self._send("POST", _PATH, _document(membership, new, request_id), None)
        added = [{"op": "add", "path": _MEMBERSHIPS, "value": [membership]}]
        return await self._patch(person.id, added, person.meta.version)

    async def _write(self, deed: UserChange, user: PortalUser, email: str | None) -> _Said:
        if deed.act is UserAct.DELETE and not user.elsewhere:
            return await self._send("DELETE", _path(deed.user_key), None, user.version)
        return await self._patch(deed.user_key, _operations(deed, email), user.version)

    async def _patch(self, user_key: str, operations: Sequence[Document], version: str | None) -> _Said:
        return await self._send("PATCH", _path(user_key), {"schemas": [_PATCH], "Operations": operations}, version)

    async def _send(self, method: str, path: str, document: Document | None, version: str | None) -> _Said:
        where = Operation(self._http.system, f"{method} /Users{'' if path == _PATH else '/{id}'}")
        return await self._http.send(
            where.name,
            method,
            path,
            headers={"content-type": _MEDIA, **({} if version is None else {"if-match": version})},
            content=None if document is None else lambda: msgspec.json.encode(document),
            read=lambda answer: _said(where, answer),
            keys=1,
        )


_read_error = reader(_Error)


def _said(where: Operation, answer: Answer) -> _Said:
    """Read the answer to a write. A refusal counts as one only in the protocol's own words."""
    if answer.status == 204 and not answer.body:  # noqa: PLR2004 - No Content
        return _Said()
    try:
        return _Said(user=decoded(where, answer, one_user))
    except BackendRejected as error:
        if answer.status in set(_Refusal) and _is_error(where, answer):
            return _Said(_Refusal(answer.status))
        error.undone = answer.status in _CLIENT_ERRORS
        raise


def _is_error(where: Operation, answer: Answer) -> bool:
    try:
        said: _Error = decoded(where, answer._replace(status=200), _read_error)
    except BackendRejected:  # it has a keyword too: scimType
        return True
    except BackendError:
        return False
    return said.status == str(answer.status)


def _user(where: Operation, answer: Answer) -> WireUser | None:
    """Read the answer to a read of one user; None when there is none."""
    if answer.status == _Refusal.ABSENT and _is_error(where, answer):
        return None
    return decoded(where, answer, one_user)


def _path(user_key: str) -> str:
    return f"{_PATH}/{quote(user_key, safe='')}"


# --- what is written, and whether it is there -------------------------------------------------------------------------


def _operations(deed: UserChange, email: str | None) -> list[Document]:
    held = f"{_MEMBERSHIPS}[id eq {msgspec.json.encode(deed.membership_key).decode()}]"
    if deed.act is UserAct.DELETE:
        return [{"op": "remove", "path": held}]
    if deed.act is UserAct.PROFILE:
        assert deed.profile is not None  # noqa: S101 - what is given is told
        return [_put(f"{held}.profile", deed.profile.value)]
    if deed.act is UserAct.DEACTIVATE:
        return [_put(f"{held}.registrationState", UserState.DISABLED.value), _put(f"{held}.active", value=False)]
    invited = _put(f"{held}.registrationState", UserState.INVITED.value)
    return [invited] if email is None else [_put("emails", _emails(email)), invited]


def _put(path: str, value: Any) -> Document:
    return {"op": "replace", "path": path, "value": value}


def _emails(email: str) -> list[Document]:
    return [{"value": email, "type": "work", "primary": True}]


def _is_done(deed: UserChange, now: PortalUser | None) -> bool:
    if now is None:
        return deed.act is UserAct.DELETE
    if deed.act is UserAct.PROFILE:
        return now.profile is deed.profile
    if deed.act is UserAct.DEACTIVATE:
        return now.state is UserState.DISABLED
    return deed.act is UserAct.INVITE and now.state in {UserState.INVITED, UserState.REGISTERED}


def _as_judged(now: PortalUser, judged: PortalUser) -> bool:
    """Tell whether a user is still who was judged, in all but the version."""
    return msgspec.structs.replace(now, version=judged.version) == judged


def _made(user_key: str, membership_key: str) -> Told:
    return Told(ChangeStatus.DONE, made_key=f"{user_key} {membership_key}")


def _signs_in(row: WireUser, email: str | None) -> Made:
    """Give as whom a user signs in; `email` is None of who was there before.

    They are written to where the directory says, or not at all: else a company that knows somebody's name and tax code
    could have the link to their password sent to an address of its own.
    """
    return Made(row.external_id, row.user_name, row.email or email, row.name.given_name)


def _membership(deed: UserMade, request_id: str, new: NewUser) -> Document:
    return {
        "id": request_id,
        "companyTaxCode": new.company_tax_code,
        "profile": deed.profile.value,
        "registrationState": UserState.INVITED.value,
        "active": True,
        "origin": "CREATED",
        **({} if deed.line_key is None else {"lineId": deed.line_key}),
    }


def _document(membership: Document, new: NewUser, request_id: str) -> Document:
    return {
        "schemas": [_USER, EXTENSION],
        # SCIM demands one of everybody, and no two alike; the person chooses another when they register.
        "userName": f"{letters_of(new.first_name)}.{letters_of(new.last_name)}.{request_id[:_NAME_DIGITS]}",
        "name": {"givenName": new.first_name, "familyName": new.last_name},
        "active": True,
        "emails": _emails(new.email),
        EXTENSION: {"taxCode": new.tax_code, "memberships": [membership]},
    }


def _unfit(person: WireUser, new: NewUser, request_id: str) -> Told | None:
    """Say why a person who is in the directory can't be this new user; None when they can."""
    if any(each.id == request_id for each in person.extension.memberships):
        return _made(person.id, request_id)
    if any(each.company_tax_code == new.company_tax_code for each in person.extension.memberships):
        return Told(ChangeStatus.REJECTED, ErrorCode.TAKEN)
    names = (person.name.given_name, person.name.family_name)
    if tuple(map(letters_of, names)) != (letters_of(new.first_name), letters_of(new.last_name)):
        return Told(ChangeStatus.REJECTED, ErrorCode.NOT_ELIGIBLE)
    return None
