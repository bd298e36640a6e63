"""The directory over HTTP: SCIM lists, single users, what it says about itself, refusals."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.credentials import DIRECTORY_KEY
from sandbox.server import Sandbox
from sandbox.world.model import User

EXTENSION = "urn:ietf:params:scim:schemas:extension:customerArea:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.faults.clear()
    running.ledger.clear()
    return running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    base_url = f"{sandbox.urls.directory}/scim/v2"
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {DIRECTORY_KEY}"}) as client:
        yield client


def listed(client: httpx.Client, **parameters: str | int) -> dict[str, Any]:
    answer = client.get("/Users", params=parameters)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/scim+json"
    body: dict[str, Any] = answer.json()
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    return body


def user_of(sandbox: Sandbox, persona: str) -> User:
    subject = next(each.subject for each in sandbox.world.personas if each.name == persona)
    return next(user for user in sandbox.world.users if user.subject == subject)


def colleagues(sandbox: Sandbox, tax_code: str) -> list[str]:
    return [
        user.id for user in sandbox.world.users if any(held.company_tax_code == tax_code for held in user.memberships)
    ]


def test_a_person_is_found_by_subject_with_all_that_the_extension_has(client: httpx.Client, sandbox: Sandbox) -> None:
    user = user_of(sandbox, "light")
    [membership] = user.memberships

    body = listed(client, filter=f'externalId eq "{user.subject}"')

    assert (body["totalResults"], body["itemsPerPage"], body["startIndex"]) == (1, 1, 1)
    [found] = body["Resources"]
    assert found.pop("meta")["location"] == f"{client.base_url}Users/{user.id}"
    assert found == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", EXTENSION],
        "id": user.id,
        "externalId": user.subject,
        "userName": user.username,
        "name": {
            "formatted": f"{user.person.first_name} {user.person.last_name}",
            "givenName": user.person.first_name,
            "familyName": user.person.last_name,
        },
        "active": True,
        "emails": [{"value": user.person.email, "type": "work", "primary": True}],
        EXTENSION: {
            "taxCode": user.person.tax_code,
            "mobileNumber": user.person.mobile_number,
            "memberships": [
                {
                    "id": membership.id,
                    "companyTaxCode": membership.company_tax_code,
                    "profile": "ADMIN_LIGHT",
                    "registrationState": "REGISTERED",
                    "active": True,
                    "lineId": membership.line_id,
                    "origin": "CREATED",
                }
            ],
        },
    }


def test_several_people_are_found_by_an_or_filter(client: httpx.Client, sandbox: Sandbox) -> None:
    wanted = [user_of(sandbox, name) for name in ("admin", "user")]

    body = listed(client, filter=" or ".join(f'externalId eq "{user.subject}"' for user in wanted))

    assert {found["id"] for found in body["Resources"]} == {user.id for user in wanted}
    [entry] = sandbox.ledger.entries(system="directory")
    assert (entry.operation, entry.keys, entry.status) == ("GET /Users", 2, 200)


def test_the_people_of_a_company_are_paged_whole_and_once(client: httpx.Client, sandbox: Sandbox) -> None:
    company = user_of(sandbox, "big").memberships[0].company_tax_code
    members = colleagues(sandbox, company)
    wanted = f'{EXTENSION}:memberships.companyTaxCode eq "{company}"'

    pages = [listed(client, filter=wanted, startIndex=start, count=50) for start in range(1, len(members) + 1, 50)]

    assert len(members) > 100
    assert {page["totalResults"] for page in pages} == {len(members)}
    assert [found["id"] for page in pages for found in page["Resources"]] == members


def test_a_page_is_capped_and_odd_numbers_are_taken_as_the_rfc_says(client: httpx.Client, sandbox: Sandbox) -> None:
    everybody = len(sandbox.world.users)

    assert listed(client, count=10_000)["itemsPerPage"] == min(200, everybody)
    assert listed(client, count=0)["Resources"] == []
    assert listed(client, count=-5)["totalResults"] == everybody
    assert listed(client, startIndex=-3, count=1)["startIndex"] == 1
    assert listed(client, startIndex=everybody + 1)["Resources"] == []


def test_only_the_attributes_asked_for_come(client: httpx.Client, sandbox: Sandbox) -> None:
    user = user_of(sandbox, "admin")
    chosen = f"userName,name.givenName,{EXTENSION}:memberships.profile"

    kept = client.get(f"/Users/{user.id}", params={"attributes": chosen}).json()
    rest = client.get(f"/Users/{user.id}", params={"excludedAttributes": f"{EXTENSION},meta,id,emails"}).json()

    assert kept == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", EXTENSION],
        "id": user.id,
        "userName": user.username,
        "name": {"givenName": user.person.first_name},
        EXTENSION: {"memberships": [{"profile": "ADMIN_FULL"}]},
    }
    assert set(rest) == {"schemas", "id", "externalId", "userName", "name", "active"}


def test_a_single_user_has_an_etag_that_spares_the_body(client: httpx.Client, sandbox: Sandbox) -> None:
    path = f"/Users/{user_of(sandbox, 'admin').id}"
    first = client.get(path)

    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    other = client.get(path, headers={"If-None-Match": 'W/"0"'})

    assert first.headers["etag"] == first.json()["meta"]["version"]
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_the_directory_describes_itself(client: httpx.Client) -> None:
    config = client.get("/ServiceProviderConfig").json()
    types = client.get("/ResourceTypes").json()
    schemas = client.get("/Schemas").json()

    assert config["filter"] == {"supported": True, "maxResults": 200}
    assert types["Resources"][0]["schemaExtensions"] == [{"schema": EXTENSION, "required": True}]
    assert [schema["id"] for schema in schemas["Resources"]] == [types["Resources"][0]["schema"], EXTENSION]
    assert client.get("/ResourceTypes/User").json() == types["Resources"][0]
    assert client.get(f"/Schemas/{EXTENSION}").json() == schemas["Resources"][1]
    assert client.get("/Schemas/urn:unknown").status_code == 404


def test_every_attribute_of_a_user_is_in_its_schema(client: httpx.Client) -> None:
    core, extension = (
        {attribute["name"] for attribute in schema["attributes"]}
        for schema in client.get("/Schemas").json()["Resources"]
    )

    for user in listed(client)["Resources"]:
        assert set(user[EXTENSION]) <= extension
        assert set(user) - {"schemas", "id", "externalId", "meta", EXTENSION} <= core


@pytest.mark.parametrize(
    ("method", "path", "status", "scim_type"),
    [
        ("GET", "/Users?filter=userName%20is%201", 400, "invalidFilter"),
        ("GET", "/Users?startIndex=first", 400, "invalidValue"),
        ("GET", "/Users/USR-none", 404, None),
        ("GET", "/Groups", 404, None),
        ("POST", "/Users", 400, "invalidSyntax"),
        ("PATCH", "/Users/USR-none", 404, None),
        ("PUT", "/Users/USR-000001", 501, None),
        ("POST", "/Bulk", 501, None),
        ("DELETE", "/Schemas", 405, None),
    ],
)
def test_a_refusal_is_worded_as_scim_words_it(
    client: httpx.Client, method: str, path: str, status: int, scim_type: str | None
) -> None:
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/scim+json"
    body = answer.json()
    assert (body["schemas"], body["status"], body.get("scimType")) == ([ERROR], str(status), scim_type)


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", f"Basic {DIRECTORY_KEY}"])
def test_nobody_is_told_anything_without_the_key(sandbox: Sandbox, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}

    for path in ("/Users", "/Users?filter=broken", "/ServiceProviderConfig"):
        answer = httpx.get(f"{sandbox.urls.directory}/scim/v2{path}", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["schemas"] == [ERROR]


def test_quirks_of_rows_and_errors_strike_in_the_protocols_own_shape(client: httpx.Client, sandbox: Sandbox) -> None:
    user = user_of(sandbox, "admin")
    wanted = f'externalId eq "{user.subject}"'

    sandbox.faults.set(Rule(quirk=Quirk.FOREIGN_ROWS, system="directory", parameters=Parameters(rows=1)))
    strangers = [found["id"] for found in listed(client, filter=wanted)["Resources"]]
    sandbox.faults.set(Rule(quirk=Quirk.ERROR_FAULT_500, system="directory"))
    failed = client.get("/Users")

    assert len(strangers) == 2
    assert user.id in strangers
    assert (failed.status_code, failed.json()["schemas"]) == (500, [ERROR])
