"""Who the directory expects, of those who register."""

import json
from typing import Any

import pytest

from bff.backends.directory import Directory
from bff.domain.system import System
from bff.domain.user import UserState
from tests.backends.wire import Reply, Script, http

pytestmark = pytest.mark.anyio

EXTENSION = "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User"
CODE = "NRENNA85T50A562W"
HELD = {"id": "MEM-1", "companyTaxCode": "12345678903", "profile": "ADMIN_LIGHT", "active": True}


@pytest.mark.parametrize(
    ("person", "memberships", "due"),
    [
        ({}, [{**HELD, "registrationState": "TO_REGISTER"}], [UserState.TO_REGISTER]),
        ({"active": False}, [{**HELD, "registrationState": "TO_REGISTER"}], [UserState.DISABLED]),
        ({"active": False}, [], [UserState.DISABLED]),
        ({}, [], [UserState.UNKNOWN]),
        ({}, [{**HELD, "registrationState": "SOON"}], [UserState.UNKNOWN]),
    ],
)
async def test_nobody_is_expected_who_is_switched_off_or_of_whom_nobody_knows_how_far_they_are(
    person: dict[str, Any], memberships: list[dict[str, Any]], due: list[UserState]
) -> None:
    own = {"taxCode": CODE, "memberships": memberships}
    them = {"id": "USR-1", "userName": "anna", "active": True, **person, EXTENSION: own}
    listed = Reply(json.dumps({"totalResults": 1, "Resources": [them]}).encode())
    directory = Directory(http(Script(lambda _request: listed), system=System.DIRECTORY))
    found = await directory.applicants.memberships(CODE)
    await directory.aclose()
    assert [each.state for each in found] == due
