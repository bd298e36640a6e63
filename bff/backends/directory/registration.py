"""Who completes their registration, written to the directory: a new user, or one who was expected.

A new membership has the request id as its own `id`, and is found again by it, as in `change`: of a new user, or of one
whom other companies alone expect. Who was expected is set to be registered, which is read back. Somebody who wrote
meanwhile (412, quirk 20) has the change judged again.
"""

from collections.abc import Mapping
from typing import Any, Final

from bff.backends._call import Operation
from bff.backends.directory._wire import EXTENSION
from bff.backends.directory.change import Writes
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.registration import PersonRegistered, Registrant
from bff.domain.error_code import ErrorCode
from bff.domain.user import UserState

_MEMBERSHIPS: Final = f"{EXTENSION}:memberships"
_SCHEMAS: Final = ["urn:ietf:params:scim:schemas:core:2.0:User", EXTENSION]
_TAKEN, _STALE = 409, 412


class Registering(Writes):
    """Lets people come in."""

    async def register(self, deed: PersonRegistered, request_id: str, who: Registrant) -> Told:
        """Let a person come in. Raises BackendErrors; `undone` when it was surely not done."""
        if deed.user_key is None:
            said = await self._send("POST", "/scim/v2/Users", _document(deed, request_id, who), None)
        else:
            said = await self._patch(deed.user_key, _operations(deed, request_id, who), who.version)
        if said.refusal is None:
            return Told(ChangeStatus.DONE, made_key=deed.user_key or (said.user.id if said.user else None))
        if said.refusal == _TAKEN:
            before = await self.registered(deed, request_id)
            return before or Told(ChangeStatus.REJECTED, ErrorCode.TAKEN)
        method = "POST /Users" if deed.user_key is None else "PATCH /Users/{id}"
        where = Operation(self._http.system, method)
        if said.refusal == _STALE:
            raise where.unavailable("somebody has written meanwhile", undone=True)
        raise where.rejected("there is no such person any more")

    async def registered(self, deed: PersonRegistered, request_id: str) -> Told | None:
        """Tell whether a person has come in; None when not. Raises BackendErrors."""
        if deed.membership_key is None:
            return await self.made(request_id)
        page = await self._found("externalId", deed.subject)
        held = [each for row in page.rows if row.id == deed.user_key for each in row.extension.memberships]
        states = {each.registration_state for each in held if each.id == deed.membership_key}
        return Told(ChangeStatus.DONE, made_key=deed.user_key) if UserState.REGISTERED.value in states else None


def _operations(deed: PersonRegistered, request_id: str, who: Registrant) -> list[dict[str, Any]]:
    values: dict[str, Any] = {
        "externalId": deed.subject,  # theirs as it is, unless there was none or it is to be another
        "userName": who.username,
        "emails": _emails(who),
        f"{EXTENSION}:mobileNumber": who.mobile_number,
    }
    if deed.membership_key is None:
        added = {"op": "add", "path": _MEMBERSHIPS, "value": [_membership(deed, request_id, who)]}
        return [*_replaced(values), added]
    held = f'{_MEMBERSHIPS}[id eq "{deed.membership_key}"]'
    return _replaced(
        {**values, f"{held}.registrationState": UserState.REGISTERED.value, f"{held}.active": True},
    )


def _replaced(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"op": "replace", "path": path, "value": value} for path, value in values.items()]


def _membership(deed: PersonRegistered, request_id: str, who: Registrant) -> dict[str, Any]:
    return {
        "id": request_id,
        "companyTaxCode": who.company_tax_code,
        "profile": deed.profile.value,
        "registrationState": UserState.REGISTERED.value,
        "active": True,
        "origin": "IMPORTED_MOBILE" if deed.on_mobile else "IMPORTED_FIXED",
    }


def _document(deed: PersonRegistered, request_id: str, who: Registrant) -> dict[str, Any]:
    own = {
        "taxCode": who.tax_code,
        "mobileNumber": who.mobile_number,
        "memberships": [_membership(deed, request_id, who)],
    }
    return {
        "schemas": _SCHEMAS,
        "externalId": deed.subject,
        "userName": who.username,
        "name": {"givenName": who.first_name, "familyName": who.last_name},
        "active": True,
        "emails": _emails(who),
        EXTENSION: own,
    }


def _emails(who: Registrant) -> list[dict[str, Any]]:
    return [{"value": who.email, "type": "work", "primary": True}]
