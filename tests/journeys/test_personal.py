"""One's own data: a password or a username is changed on the provider's page, behind a fresh sign-in."""

import re
from typing import Any

import httpx
import pytest
from structlog.typing import EventDict

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys.acting import acting

CREDENTIALS = (
    "mutation ($credential: Credential!) { personalCredentialsChange(input: { credential: $credential }) {"
    "  status userErrors { code } link { url reason } } }"
)


def linked(bff: House, credential: str = "PASSWORD") -> Answer:
    return bff.ask("user", CREDENTIALS, {"credential": credential})


def url_of(answer: Answer) -> str:
    assert (answer.status, answer.errors) == (200, [])
    told = answer.data["personalCredentialsChange"]
    assert (told["status"], told["userErrors"], told["link"]["reason"]) == ("DONE", [], None)
    url: str = told["link"]["url"]
    return url


@pytest.mark.parametrize("credential", ["PASSWORD", "USERNAME"])
def test_the_link_leads_to_the_page_of_the_person_at_the_provider(bff: House, credential: str) -> None:
    answer = linked(bff, credential)
    page = httpx.get(url_of(answer))

    assert url_of(answer).startswith(bff.sandbox.urls.identity)
    assert page.status_code == 200
    assert re.search(rf'name="{credential.lower()}"', page.text)


def test_a_sign_in_that_is_not_fresh_gets_no_link(bff: House) -> None:
    old = int(bff.sandbox.clock.now().timestamp()) - 301
    token = bff.sandbox.token("user", auth_time=old)
    answer = bff.ask("user", CREDENTIALS, {"credential": "PASSWORD"}, headers={"authorization": f"Bearer {token}"})

    assert (answer.status, answer.data) == (401, None)
    assert answer.codes == [("STEP_UP_REQUIRED", "personalCredentialsChange")]


def test_a_provider_that_fails_is_told(sandbox: Sandbox) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="identity", operation="POST /account/links"))
    with house(sandbox) as bff:
        answer = linked(bff)

    assert (answer.data, answer.codes) == (
        {"personalCredentialsChange": None},
        [("UNAVAILABLE", "personalCredentialsChange")],
    )


def test_the_audit_log_has_who_asked_and_nothing_writes_the_link_down(bff: House, told: list[EventDict]) -> None:
    url = url_of(linked(bff))

    [line] = [event for event in told if event.get("audit")]
    who: Any = acting(bff.sandbox.world, "user")
    assert (line["event"], line["person"], line["page"]) == ("account_link", who.user.id, "PASSWORD")
    assert url.rpartition("=")[2] not in str(told)
