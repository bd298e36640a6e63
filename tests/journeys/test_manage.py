"""User management: felt at once by whom it concerns, never of who may not be managed, and once."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bff.acts import BELIEVED_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import User
from tests.house import Answer, House, house
from tests.journeys import managed
from tests.journeys.acting import acting
from tests.journeys.ident import id_of
from tests.live.listening import ORDERS, client, subscribed
from tests.waiting import eventually

PATCH = "PATCH /Users/{id}"
WHO = "{ viewer { profile } }"
CREDENTIALS = "Le tue credenziali per l'area clienti"
CONFLICT = {"code": "CONFLICT", "field": ["userIds", "0"]}
MANY = """mutation ($ids: [ID!]!, $key: ID!) {
  usersDeactivate(input: { userIds: $ids, idempotencyKey: $key }) {
    outcome results { status userErrors { code message field } } userErrors { code field }
  }
}"""


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


def person(sandbox: Sandbox, persona: str) -> User:
    return acting(sandbox.world, persona).user


def user_id(sandbox: Sandbox, persona: str) -> str:
    return id_of(person(sandbox, persona), acting(sandbox.world, "legal").company)


def manage(bff: House, query: str, persona: str = "admin", key: str = "key-1", **headers: str) -> Answer:
    return bff.ask("legal", query, {"id": user_id(bff.sandbox, persona), "key": key}, headers=headers or None)


def result(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    [of_one] = told["results"]
    return of_one


def create(bff: House, key: str = "key-1", **given: Any) -> Any:
    answer = bff.ask("legal", managed.CREATE, {"key": key, **given})
    assert (answer.status, answer.errors) == (200, [])
    return answer.data["userCreate"]


def strike(bff: House, quirk: Quirk, operation: str = PATCH, **told: Any) -> None:
    times = told.pop("times", None)
    bff.sandbox.faults.set(
        Rule(quirk=quirk, system="directory", operation=operation, times=times, parameters=Parameters(**told))
    )


# --- felt at once -----------------------------------------------------------------------------------------------------


@pytest.fixture
def workers(sandbox: Sandbox, redis_url: str) -> Iterator[tuple[House, House]]:
    """Give two workers that share both Redis roles."""
    with (
        house(sandbox, redis_url=redis_url, state_redis_url=redis_url) as one,
        house(sandbox, redis_url=redis_url, state_redis_url=redis_url) as other,
    ):
        yield one, other


@pytest.mark.redis
@pytest.mark.parametrize("late_s", [0, 50])
@pytest.mark.parametrize("seen", ["warm", "cold"])
def test_another_profile_is_felt_on_the_very_next_request_on_every_worker(
    workers: tuple[House, House], seen: str, late_s: float
) -> None:
    for worker in workers if seen == "warm" else ():
        assert worker.ask("admin", WHO).data == {"viewer": {"profile": "ADMIN_FULL"}}
    if late_s:
        strike(workers[0], Quirk.LATE_READS, "*", seconds=late_s)

    assert result(manage(workers[0], managed.PROFILE))["status"] == "DONE"

    for worker in reversed(workers):
        assert worker.ask("admin", WHO).data == {"viewer": {"profile": "ADMIN_LIGHT"}}


@pytest.mark.redis
@pytest.mark.parametrize("query", [managed.DEACTIVATE, managed.DELETE])
@pytest.mark.parametrize("late_s", [0, 50])
def test_who_is_switched_off_or_deleted_may_not_come_in_any_more_though_reads_lag(
    workers: tuple[House, House], query: str, late_s: float
) -> None:
    token = {"authorization": f"Bearer {workers[0].sandbox.token('admin')}"}
    for worker in workers:
        assert worker.ask("admin", WHO, headers=token).status == 200
    if late_s:
        strike(workers[0], Quirk.LATE_READS, "*", seconds=late_s)

    assert result(manage(workers[0], query))["status"] == "DONE"

    for worker in reversed(workers):
        answer = worker.ask("admin", WHO, headers=token)
        assert (answer.status, [code for code, _ in answer.codes]) == (403, ["ACCOUNT_DISABLED"])


@pytest.mark.redis
@pytest.mark.parametrize(
    ("query", "code"), [(managed.PROFILE, "PROFILE_CHANGED"), (managed.DEACTIVATE, "ACCOUNT_DISABLED")]
)
def test_what_they_have_subscribed_to_on_another_worker_ends_at_once(
    workers: tuple[House, House], query: str, code: str
) -> None:
    one, other = workers
    with client(other, "admin") as connection:
        subscribed(other, connection, ORDERS)

        assert result(manage(one, query))["status"] == "DONE"

        message = connection.hear()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)


def test_what_is_shown_of_ones_companies_is_what_counts_though_reads_lag(bff: House) -> None:
    asked = "{ viewer { profile memberships { id profile active } } }"
    assert bff.ask("admin", asked).status == 200
    strike(bff, Quirk.LATE_READS, "*", seconds=50)
    manage(bff, managed.PROFILE)
    viewer = bff.ask("admin", asked).data["viewer"]
    assert (viewer["profile"], [each["profile"] for each in viewer["memberships"]]) == ("ADMIN_LIGHT", ["ADMIN_LIGHT"])


def test_nobody_chooses_a_company_that_they_may_not_act_for_any_more(bff: House) -> None:
    """A colleague acts for two companies, and is switched off in this one; the directory's reads lag."""
    company = acting(bff.sandbox.world, "legal").company
    them = next(
        each
        for each in bff.sandbox.world.users
        if [held.company_tax_code for held in each.memberships][:1] == [company.tax_code] and len(each.memberships) > 1
    )
    token = {"authorization": f"Bearer {bff.sandbox.token(them.subject)}"}
    strike(bff, Quirk.LATE_READS, "*", seconds=50)
    query = managed.DEACTIVATE
    assert result(bff.ask("legal", query, {"id": id_of(them, company), "key": "1"}))["status"] == "DONE"

    ended, left = them.memberships
    shown = bff.ask(None, "{ viewer { memberships { id } } }", headers=token)
    assert shown.data["viewer"]["memberships"] == [{"id": left.id}]
    told = bff.ask(None, managed.SWITCH, {"id": ended.id, "key": "2"}, headers=token).data["membershipSwitch"]
    assert [each["code"] for each in told["userErrors"]] == ["NOT_FOUND"]


def test_the_others_of_the_company_feel_nothing(bff: House) -> None:
    assert bff.ask("light", WHO).data == {"viewer": {"profile": "ADMIN_LIGHT"}}
    manage(bff, managed.DEACTIVATE)
    assert bff.ask("light", WHO).data == {"viewer": {"profile": "ADMIN_LIGHT"}}


# --- who may not be managed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [managed.PROFILE, managed.DEACTIVATE, managed.DELETE])
def test_nobody_manages_themselves_and_so_never_a_legal_representative(bff: House, query: str) -> None:
    answer = manage(bff, query, "legal")

    assert result(answer)["status"] == "REJECTED"
    assert result(answer)["userErrors"] == [{"code": "WRONG_STATE", "field": ["userIds", "0"]}]
    assert len(bff.sandbox.deeds) == 0


@pytest.mark.parametrize(("language", "start"), [("it", "Non puoi"), ("en", "You can't")])
def test_one_who_may_not_be_managed_sinks_no_other(bff: House, language: str, start: str) -> None:
    ids = [user_id(bff.sandbox, persona) for persona in ("legal", "admin", "light")]
    answer = bff.ask("legal", MANY, {"ids": [*ids, "never-made"], "key": "1"}, headers={"accept-language": language})
    told = answer.data["usersDeactivate"]

    assert (told["outcome"], told["userErrors"]) == ("PARTIAL", [])
    assert [each["status"] for each in told["results"]] == ["REJECTED", "DONE", "DONE", "REJECTED"]
    assert told["results"][0]["userErrors"][0]["message"].startswith(start)
    assert [each["userErrors"][0]["field"] for each in (told["results"][0], told["results"][3])] == [
        ["userIds", "0"],
        ["userIds", "3"],
    ]
    assert answer.calls[f"directory {PATCH}"] == 2


def test_an_end_user_needs_a_line_of_their_own(bff: House) -> None:
    query = managed.PROFILE.replace("ADMIN_LIGHT", "END_USER")
    assert result(manage(bff, query))["userErrors"] == [{"code": "NOT_ELIGIBLE", "field": ["userIds", "0"]}]


# --- once, and as it was judged ---------------------------------------------------------------------------------------


def test_the_same_key_does_nothing_more_and_another_input_is_a_mistake(bff: House) -> None:
    first, again = manage(bff, managed.PROFILE), manage(bff, managed.PROFILE)

    assert result(first) == result(again)
    assert (first.calls[f"directory {PATCH}"], again.calls[f"directory {PATCH}"]) == (1, 0)
    assert manage(bff, managed.PROFILE, "light").codes == [("IDEMPOTENCY_MISMATCH", "usersProfileChange")]


def test_who_was_written_meanwhile_is_read_again_and_written_if_nothing_else_changed(bff: House) -> None:
    strike(bff, Quirk.CHANGED_MEANWHILE, times=1)
    answer = manage(bff, managed.PROFILE)

    assert result(answer)["subject"]["profile"] == "ADMIN_LIGHT"
    assert (answer.calls[f"directory {PATCH}"], answer.calls["directory GET /Users/{id}"]) == (2, 1)


def test_who_is_written_again_and_again_is_left_alone(bff: House) -> None:
    strike(bff, Quirk.CHANGED_MEANWHILE)

    told = result(manage(bff, managed.PROFILE))
    assert (told["status"], told["userErrors"]) == ("REJECTED", [CONFLICT])
    assert told["subject"]["profile"] == "ADMIN_FULL"


def test_a_patch_that_answers_without_a_word_is_done(bff: House) -> None:
    strike(bff, Quirk.NO_CONTENT)
    assert result(manage(bff, managed.DEACTIVATE))["status"] == "DONE"


@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_what_was_written_and_not_answered_is_known_by_reading_it_back(quick: House, mode: Any) -> None:
    strike(quick, Quirk.TAKEN_UNANSWERED, mode=mode)
    assert result(manage(quick, managed.PROFILE))["status"] == ("UNKNOWN" if mode == "silent" else "DONE")
    quick.sandbox.faults.clear()

    quick.sandbox.clock.advance(6)
    eventually(lambda: result(manage(quick, managed.PROFILE))["status"] == "DONE", "it is not settled")
    assert len(quick.sandbox.deeds) == 1


# --- a new user -------------------------------------------------------------------------------------------------------


def test_a_new_user_gets_a_letter_that_leads_to_the_providers_page(bff: House) -> None:
    assert create(bff)["user"] == managed.MADE

    [letter] = bff.sandbox.mailbox.messages(to=managed.MADE["email"])
    assert letter.subject == CREDENTIALS
    assert bff.sandbox.urls.identity in letter.text


def test_who_sets_a_password_is_registered_and_may_come_in(bff: House) -> None:
    create(bff)
    [letter] = bff.sandbox.mailbox.messages(to=managed.MADE["email"])
    link = next(word for word in letter.text.split() if word.startswith(bff.sandbox.urls.identity))
    ticket = {"ticket": link.partition("ticket=")[2], "password": "a good password", "again": "a good password"}
    assert httpx.post(link, data=ticket).status_code == httpx.codes.OK

    made = next(reversed([deed.value for deed in bff.sandbox.deeds]))
    token = bff.sandbox.token(made["externalId"])
    answer = bff.ask(None, WHO, headers={"authorization": f"Bearer {token}"})
    assert answer.data == {"viewer": {"profile": "ADMIN_FULL"}}


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_asked(bff: House) -> None:
    query = managed.CREATE.replace('"Mario"', '"Vinci su evil.example"').replace('"Mario.Rossi@Example.it"', '"nobody"')
    answer = bff.ask("legal", query, {"key": "1", "taxCode": "RSSMRA85T10A562X", "profile": "END_USER"})
    told = answer.data["userCreate"]

    assert told["status"] == "REJECTED"
    assert [(each["code"], each["field"]) for each in told["userErrors"]] == [
        ("INVALID", ["firstName"]),
        ("INVALID", ["taxCode"]),
        ("INVALID", ["email"]),
        ("REQUIRED", ["lineId"]),
    ]
    assert set(answer.calls) <= {"directory GET /Users"}


def test_there_is_one_user_with_a_tax_code(bff: House) -> None:
    assert create(bff)["status"] == "DONE"
    assert create(bff, "key-2")["userErrors"] == [{"code": "TAKEN", "field": ["taxCode"]}]
    assert len(bff.sandbox.deeds) == 1


def test_a_new_user_who_was_not_answered_for_is_found_by_the_request(quick: House) -> None:
    strike(quick, Quirk.TAKEN_UNANSWERED, "POST /Users", mode="silent")
    assert create(quick)["status"] == "UNKNOWN"
    quick.sandbox.faults.clear()

    quick.sandbox.clock.advance(6)
    eventually(lambda: create(quick)["status"] == "DONE", "it is not settled")
    assert create(quick)["user"] == managed.MADE
    assert len(quick.sandbox.deeds) == 1


def test_a_new_user_who_was_lost_may_be_made_again(quick: House) -> None:
    strike(quick, Quirk.NO_ANSWER, "POST /Users")
    assert create(quick)["status"] == "UNKNOWN"
    quick.sandbox.faults.clear()

    quick.sandbox.clock.advance(BELIEVED_S + 1)
    eventually(lambda: create(quick)["status"] == "DONE", "it can't be made again")
    assert len(quick.sandbox.deeds) == 1


def test_who_acts_for_another_company_gets_a_membership_more_and_keeps_what_is_theirs(bff: House) -> None:
    them = person(bff.sandbox, "double")
    query = managed.CREATE.replace('"Mario"', f'"{them.person.first_name}"').replace(
        '"Rossi"', f'"{them.person.last_name}"'
    )
    answer = bff.ask("legal", query, {"key": "1", "taxCode": them.person.tax_code})

    assert answer.data["userCreate"]["status"] == "DONE"
    assert answer.data["userCreate"]["user"]["email"] is None, "whoever names a person learns no address of theirs"
    assert [each.subject for each in bff.sandbox.mailbox.messages(to=them.person.email)][:1] == [CREDENTIALS]
    assert not bff.sandbox.mailbox.messages(to="Mario.Rossi@example.it"), "the letter is the person's own"
    assert (answer.calls["directory POST /Users"], answer.calls[f"directory {PATCH}"]) == (0, 1)


def test_a_tax_code_of_somebody_with_another_name_makes_nobody_a_user(bff: House) -> None:
    them = person(bff.sandbox, "double")
    assert create(bff, taxCode=them.person.tax_code)["userErrors"] == [{"code": "NOT_ELIGIBLE", "field": None}]
    assert len(bff.sandbox.deeds) == 0


# --- credentials ------------------------------------------------------------------------------------------------------


def test_a_new_password_is_chosen_on_the_providers_page_and_never_here(bff: House) -> None:
    bff.sandbox.mailbox.clear()
    assert result(manage(bff, managed.PASSWORD))["status"] == "DONE"

    [letter] = bff.sandbox.mailbox.messages(to=person(bff.sandbox, "admin").person.email)
    assert letter.subject == "Scegli una nuova password"
    assert len(bff.sandbox.deeds) == 0


def test_nobody_is_invited_when_the_letter_can_not_go_out(bff: House) -> None:
    bff.sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="identity", operation="POST /account/links"))
    row = managed.in_state("TO_REGISTER")(acting(bff.sandbox.world, "legal"))
    asked = {"id": id_of(row[0], acting(bff.sandbox.world, "legal").company), "key": "1"}
    told = result(bff.ask("legal", managed.REGISTER, asked))

    assert (told["status"], told["userErrors"][0]["code"]) == ("REJECTED", "UNAVAILABLE")
    assert (told["subject"]["state"], len(bff.sandbox.deeds)) == ("TO_REGISTER", 0)


# --- for which company ------------------------------------------------------------------------------------------------


@pytest.mark.redis
def test_the_choice_of_a_company_counts_from_the_next_request_on_every_worker(workers: tuple[House, House]) -> None:
    one, other = workers
    first, second = (acting(one.sandbox.world, "double", membership=place) for place in (0, 1))
    shown = "{ customer { id } viewer { memberships { id active } } }"

    for who, key in ((first, "1"), (second, "2"), (first, "1")):
        query = managed.SWITCH.replace("profile ", "")
        told = one.ask("double", query, {"id": who.membership.id, "key": key}).data["membershipSwitch"]
        assert told["status"] == "DONE"
        assert {each["id"] for each in told["viewer"]["memberships"] if each["active"]} == {who.membership.id}

    answer = other.ask("double", shown)
    assert answer.data["customer"]["id"] == id_of(second.company, second.company), "the key of the first was known"
    by_header = other.ask("double", shown, headers={"x-membership": first.membership.id})
    assert by_header.data["customer"]["id"] == id_of(first.company, first.company)


def test_the_same_key_for_another_company_is_a_mistake(bff: House) -> None:
    first, second = (acting(bff.sandbox.world, "double", membership=place) for place in (0, 1))
    query = managed.SWITCH.replace("profile ", "")
    assert bff.ask("double", query, {"id": first.membership.id, "key": "1"}).errors == []

    answer = bff.ask("double", query, {"id": second.membership.id, "key": "1"})
    assert answer.codes == [("IDEMPOTENCY_MISMATCH", "membershipSwitch")]
