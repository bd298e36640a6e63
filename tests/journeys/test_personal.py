"""One's own data: credentials are changed on the provider's page, an e-mail by a link to the new address."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from structlog.typing import EventDict

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys import managed
from tests.journeys.acting import acting
from tests.journeys.assisted import EMAIL
from tests.journeys.ident import id_of

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


def test_a_username_chosen_at_the_provider_is_shown_here_within_the_half_minute_that_a_person_is_kept(
    bff: House,
) -> None:
    asked = "{ viewer { person { username } } }"
    before = bff.ask("user", asked).data["viewer"]["person"]["username"]
    taken = bff.sandbox.world.users[0].username
    url = url_of(linked(bff, "USERNAME"))
    assert httpx.post(url, data={"username": taken.upper()}).status_code == 400
    assert httpx.post(url, data={"username": "my.own.name"}).status_code == 200

    assert bff.ask("user", asked).data["viewer"]["person"]["username"] == before
    bff.sandbox.clock.advance(31)
    assert bff.ask("user", asked).data["viewer"]["person"]["username"] == "my.own.name"

    who = acting(bff.sandbox.world, "user")
    reset = bff.ask("legal", managed.PASSWORD, {"id": id_of(who.user, who.company), "key": "1"})
    assert reset.data["usersPasswordReset"]["outcome"] == "SUCCESS"
    assert "my.own.name" in bff.sandbox.mailbox.messages(to=who.user.person.email)[0].text


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


# --- e-mail -----------------------------------------------------------------------------------------------------------

NEW = "anna.nuova@elsewhere.example"
SHOWN = "{ viewer { person { email pendingEmail } } }"


@pytest.fixture
def posted(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF whose letters are the only ones in the mailbox, and lead back to it."""
    sandbox.mailbox.clear()
    with house(sandbox) as opened:
        yield opened
    sandbox.mailbox.clear()


def change(bff: House, email: str = NEW, key: str = "key-1") -> Answer:
    return bff.ask("user", EMAIL, {"email": email, "key": key})


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    return answer.data["personalEmailChange"]


def path_of(bff: House, to: str = NEW) -> str:
    """Give the path of the link in the newest letter to an address."""
    found = re.search(r"(/email/\w+/[\w-]+)", bff.sandbox.mailbox.messages(to=to)[0].text)
    assert found is not None
    return found[1]


def shown(bff: House) -> Any:
    return bff.ask("user", SHOWN).data["viewer"]["person"]


def old(bff: House) -> str:
    return acting(bff.sandbox.world, "user").user.person.email


def test_the_new_address_counts_once_its_link_is_opened_and_confirmed(posted: House) -> None:
    assert payload(change(posted)) == {
        "status": "ACCEPTED",
        "userErrors": [],
        "person": {"email": old(posted), "pendingEmail": NEW},
    }
    assert [each.to for each in posted.sandbox.mailbox.messages()] == [NEW]
    path = path_of(posted)

    page = posted.client.get(path, headers={"accept-language": "en"})
    assert (page.status_code, "<button>Confirm</button>" in page.text) == (200, True)
    assert shown(posted) == {"email": old(posted), "pendingEmail": NEW}, "opening it confirms nothing"

    done = posted.client.post(path)
    assert (done.status_code, "Fatto" in done.text) == (200, True)
    assert shown(posted) == {"email": NEW, "pendingEmail": None}
    assert [posted.client.get(path).status_code, posted.client.post(path).status_code] == [404, 404]


def test_user_management_shows_the_new_address_at_once(posted: House) -> None:
    listed = "{ customer { users(first: 100) { nodes { email } } } }"
    assert old(posted) in {each["email"] for each in posted.ask("legal", listed).data["customer"]["users"]["nodes"]}
    change(posted)
    posted.client.post(path_of(posted))
    assert NEW in {each["email"] for each in posted.ask("legal", listed).data["customer"]["users"]["nodes"]}


@pytest.mark.parametrize("query", [managed.DEACTIVATE, managed.DELETE])
def test_the_link_of_who_may_not_come_in_any_more_is_dead(posted: House, query: str) -> None:
    change(posted)
    who = acting(posted.sandbox.world, "user")
    done = posted.ask("legal", query, {"id": id_of(who.user, who.company), "key": "1"})
    assert done.errors == []

    posted.sandbox.ledger.clear()
    assert posted.client.post(path_of(posted)).status_code == 404
    assert "PATCH /Users/{id}" not in {entry.operation for entry in posted.sandbox.ledger}


def test_no_legacy_ever_hears_of_it(posted: House) -> None:
    posted.sandbox.ledger.clear()
    change(posted)
    posted.client.post(path_of(posted))

    called = {(entry.system, entry.operation) for entry in posted.sandbox.ledger if entry.system != "identity"}
    assert called == {
        ("directory", "GET /Users"),
        ("directory", "GET /Users/{id}"),
        ("directory", "PATCH /Users/{id}"),
        ("mail", "send"),
    }


def test_the_newest_wish_counts_and_the_link_of_an_older_one_is_dead(posted: House) -> None:
    change(posted)
    first = path_of(posted)
    change(posted, "altra@elsewhere.example", "key-2")

    assert posted.client.post(first).status_code == 404
    assert posted.client.post(path_of(posted, "altra@elsewhere.example")).status_code == 200
    assert shown(posted) == {"email": "altra@elsewhere.example", "pendingEmail": None}


@pytest.mark.parametrize(
    "email", ["", "anna", "a@b", "a b@c.example", "a@c.example\r\nBcc: d@e.example", "é@c.example"]
)
def test_what_is_no_address_is_refused_and_nothing_is_sent(posted: House, email: str) -> None:
    told = payload(change(posted, email))

    assert [(each["code"], each["field"]) for each in told["userErrors"]] == [("INVALID", ["email"])]
    assert told["person"]["pendingEmail"] is None
    assert posted.sandbox.mailbox.messages() == []


@pytest.mark.parametrize("path", ["/email/x/y", "/email/" + "0" * 32 + "/AAAA", "/email/%00/%ff"])
def test_a_link_that_was_never_made_says_no_more_than_a_dead_one(posted: House, path: str) -> None:
    change(posted)
    posted.client.post(path_of(posted))
    dead = posted.client.get(path_of(posted))

    for answer in (posted.client.get(path), posted.client.post(path)):
        assert (answer.status_code, answer.text) == (404, dead.text)


@pytest.mark.parametrize("quirk", [Quirk.HTTP_ERROR, Quirk.TAKEN_UNANSWERED])
def test_a_directory_that_fails_leaves_the_link_good(posted: House, quirk: Quirk) -> None:
    change(posted)
    told = Parameters(mode="reset" if quirk is Quirk.TAKEN_UNANSWERED else None)
    posted.sandbox.faults.set(Rule(quirk=quirk, system="directory", operation="PATCH /Users/{id}", parameters=told))
    assert posted.client.post(path_of(posted)).status_code == 503
    posted.sandbox.faults.clear()

    assert posted.client.post(path_of(posted)).status_code == 200
    assert shown(posted) == {"email": NEW, "pendingEmail": None}


def test_a_person_asks_for_so_many_changes_in_a_day(sandbox: Sandbox) -> None:
    with house(sandbox, email_changes_per_day="1") as strict:
        assert payload(change(strict))["status"] == "ACCEPTED"
        assert change(strict, key="key-2").codes == [("RATE_LIMITED", "personalEmailChange")]
    sandbox.mailbox.clear()


def test_neither_the_address_nor_the_link_is_written_down(posted: House, told: list[EventDict]) -> None:
    change(posted)
    posted.client.post(path_of(posted))

    assert [event["outcome"] for event in told if event.get("audit")] == ["ACCEPTED", "CONFIRMED"]
    for secret in (NEW, path_of(posted).rpartition("/")[2]):
        assert secret not in str(told)


@pytest.mark.redis
def test_a_link_is_good_on_every_worker_and_redis_learns_no_address(sandbox: Sandbox, redis_url: str) -> None:
    sandbox.mailbox.clear()
    with (
        house(sandbox, redis_url=redis_url, state_redis_url=redis_url) as one,
        house(sandbox, redis_url=redis_url, state_redis_url=redis_url) as other,
    ):
        change(one)
        assert shown(other)["pendingEmail"] == NEW
        assert other.client.post(path_of(other)).status_code == 200
        assert shown(one) == {"email": NEW, "pendingEmail": None}
    sandbox.mailbox.clear()
