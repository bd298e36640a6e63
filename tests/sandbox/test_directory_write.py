"""Writes to the directory: users are made, patched and deleted over a world that stays as it is (quirk 20)."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.credentials import DIRECTORY_KEY
from sandbox.directory.schema import EXTENSION_URN
from sandbox.server import Sandbox
from sandbox.world.model import User
from tests.sandbox.test_directory import user_of

MEMBERSHIPS = f"{EXTENSION_URN}:memberships"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    running.deeds.clear()
    yield running
    running.faults.clear()


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {DIRECTORY_KEY}"}
    with httpx.Client(base_url=f"{sandbox.urls.directory}/scim/v2", headers=headers) as client:
        yield client


@pytest.fixture
def admin(sandbox: Sandbox) -> User:
    return user_of(sandbox, "admin")


def patch(client: httpx.Client, user: User, *operations: dict[str, Any], **headers: str) -> httpx.Response:
    return client.patch(f"/Users/{user.id}", json={"Operations": list(operations)}, headers=headers)


def at(user: User, name: str = "") -> str:
    return f'{MEMBERSHIPS}[id eq "{user.memberships[0].id}"]{name}'


def own(body: Any) -> dict[str, Any]:
    extension: dict[str, Any] = body[EXTENSION_URN]
    return extension


def new(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    membership = {"id": "MEM-new", "companyTaxCode": sandbox.world.companies[0].tax_code, "profile": "ADMIN_FULL"}
    extension = {"taxCode": "RSSMRA85T10A562S", "memberships": [membership]}
    return {"userName": "mario.rossi", "name": {"givenName": "Mario"}, EXTENSION_URN: extension, **more}


def test_a_user_who_is_made_is_found_and_the_world_stays_as_it_is(client: httpx.Client, sandbox: Sandbox) -> None:
    people = sandbox.world.users
    answer = client.post("/Users", json=new(sandbox))

    made = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, made["meta"]["version"])
    assert answer.headers["location"] == made["meta"]["location"]
    assert client.get(f"/Users/{made['id']}").json() == made
    found = client.get("/Users", params={"filter": f'{MEMBERSHIPS}.id eq "MEM-new"'}).json()
    assert found["Resources"] == [made]
    assert made["externalId"] not in {user.subject for user in people}
    assert sandbox.world.users == people


def test_a_value_path_changes_one_membership_and_nothing_else(client: httpx.Client, admin: User) -> None:
    before = client.get(f"/Users/{admin.id}").json()
    answer = patch(client, admin, {"op": "replace", "path": at(admin, ".profile"), "value": "ADMIN_LIGHT"})

    after = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, after["meta"]["version"])
    assert own(after)["memberships"] == [own(before)["memberships"][0] | {"profile": "ADMIN_LIGHT"}]
    assert after["meta"].pop("version") != before["meta"].pop("version")
    assert {**after, EXTENSION_URN: None} == {**before, EXTENSION_URN: None}


def test_memberships_come_and_go_one_by_one(client: httpx.Client, admin: User) -> None:
    added = {"id": "MEM-more", "companyTaxCode": "1", "profile": "END_USER"}
    more = patch(client, admin, {"op": "add", "path": MEMBERSHIPS, "value": [added]})
    less = patch(client, admin, {"op": "remove", "path": at(admin)})

    assert own(more.json())["memberships"][1:] == [added]
    assert own(less.json())["memberships"] == [added]


def test_without_a_path_each_attribute_of_the_value_is_set(client: httpx.Client, admin: User) -> None:
    emails = [{"value": "new@example.it", "type": "work", "primary": True}]
    body = patch(client, admin, {"op": "replace", "value": {"emails": emails, "active": False}}).json()

    assert (body["emails"], body["active"]) == (emails, False)


def test_who_is_deleted_is_nowhere(client: httpx.Client, admin: User) -> None:
    assert client.delete(f"/Users/{admin.id}").status_code == 204

    assert client.get(f"/Users/{admin.id}").status_code == 404
    assert client.delete(f"/Users/{admin.id}").status_code == 404
    assert client.get("/Users", params={"filter": f'externalId eq "{admin.subject}"'}).json()["totalResults"] == 0


def test_who_knows_an_older_version_is_refused_and_changes_nothing(client: httpx.Client, admin: User) -> None:
    version = client.get(f"/Users/{admin.id}").headers["etag"]
    off = {"op": "replace", "path": "active", "value": False}
    on = {"op": "replace", "path": "active", "value": True}

    assert patch(client, admin, off, **{"If-Match": version}).status_code == 200
    stale = patch(client, admin, on, **{"If-Match": version})

    assert (stale.status_code, stale.json()["status"]) == (412, "412")
    assert client.delete(f"/Users/{admin.id}", headers={"If-Match": version}).status_code == 412
    assert client.get(f"/Users/{admin.id}").json()["active"] is False


UNIQUE: dict[str, Callable[[User], dict[str, Any]]] = {
    "userName": lambda user: {"userName": user.username.upper()},
    "externalId": lambda user: {"externalId": user.subject},
    "taxCode": lambda user: {EXTENSION_URN: {"taxCode": user.person.tax_code}},
    "membership": lambda user: {EXTENSION_URN: {"memberships": [{"id": user.memberships[0].id}]}},
}


@pytest.mark.parametrize("attribute", UNIQUE)
def test_what_must_be_unique_is_refused_when_it_is_anothers(
    client: httpx.Client, sandbox: Sandbox, admin: User, attribute: str
) -> None:
    answer = client.post("/Users", json=new(sandbox, **UNIQUE[attribute](admin)))

    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")
    assert len(sandbox.deeds) == 0


@pytest.mark.parametrize(
    ("operations", "scim_type"),
    [
        ([], "invalidSyntax"),
        ([{"op": "move", "path": "active"}], "invalidSyntax"),
        ([{"op": "remove"}], "noTarget"),
        ([{"op": "replace", "path": "id", "value": "other"}], "mutability"),
        ([{"op": "replace", "path": "shoeSize", "value": 43}], "invalidPath"),
        ([{"op": "replace", "path": "emails[type is 1].value", "value": ""}], "invalidPath"),
        ([{"op": "replace", "path": f'{MEMBERSHIPS}[id eq "none"].profile', "value": "ADMIN_FULL"}], "noTarget"),
    ],
)
def test_operations_that_can_not_be_done_change_nothing(
    client: httpx.Client, sandbox: Sandbox, admin: User, operations: list[Any], scim_type: str
) -> None:
    answer = client.patch(f"/Users/{admin.id}", json={"Operations": operations})

    assert (answer.status_code, answer.json()["scimType"]) == (400, scim_type)
    assert len(sandbox.deeds) == 0


def test_there_is_neither_bulk_nor_put(client: httpx.Client, admin: User) -> None:
    assert client.post("/Bulk", json={}).status_code == 501
    assert client.put(f"/Users/{admin.id}", json={}).status_code == 501


def test_a_patch_may_answer_without_a_word(client: httpx.Client, sandbox: Sandbox, admin: User) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.NO_CONTENT, system="directory"))
    answer = patch(client, admin, {"op": "replace", "path": "active", "value": False})

    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"/Users/{admin.id}").headers["etag"] == answer.headers["etag"]


def test_somebody_else_may_have_written_meanwhile(client: httpx.Client, sandbox: Sandbox, admin: User) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.CHANGED_MEANWHILE, system="directory", times=1))
    version = client.get(f"/Users/{admin.id}").headers["etag"]
    off = {"op": "replace", "path": "active", "value": False}

    assert patch(client, admin, off, **{"If-Match": version}).status_code == 412
    now = client.get(f"/Users/{admin.id}")
    assert (now.json()["active"], now.headers["etag"] != version) == (True, True)
    assert patch(client, admin, off, **{"If-Match": now.headers["etag"]}).status_code == 200


def test_reads_may_show_a_write_late(client: httpx.Client, sandbox: Sandbox, admin: User) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.LATE_READS, system="directory", parameters=Parameters(seconds=20)))
    patch(client, admin, {"op": "replace", "path": "active", "value": False})

    assert client.get(f"/Users/{admin.id}").json()["active"] is True
    sandbox.clock.advance(21)
    assert client.get(f"/Users/{admin.id}").json()["active"] is False
