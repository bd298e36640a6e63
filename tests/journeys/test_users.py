"""The users of a company as user management shows them: searched, filtered, sorted, paged, by id, and on a bad day."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Membership, User
from tests.house import House
from tests.journeys import shown
from tests.journeys.acting import Acting, acting, users
from tests.journeys.answer import body
from tests.journeys.ident import IDS, id_of

Row = tuple[User, Membership]

LIST = """query ($filter: UserFilter, $orderBy: UserSort, $first: Int, $after: String, $offset: Int) {
  customer { users(filter: $filter, orderBy: $orderBy, first: $first, after: $after, offset: $offset) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } freshness { system state } nodes { id }
  } }
}"""


@pytest.fixture
def legal(sandbox: Sandbox) -> Acting:
    return acting(sandbox.world, "legal")


def listed(house: House, **variables: Any) -> Any:
    answer = house.ask("legal", LIST, {"first": 100, **variables})
    assert (answer.status, answer.errors) == (200, [])
    return answer.data["customer"]["users"]


def ids(page: Any) -> list[str]:
    return [node["id"] for node in page["nodes"]]


def ids_of(rows: Sequence[Row], who: Acting) -> list[str]:
    return [id_of(user, who.company) for user, _ in rows]


def last_name(name: str, who: Acting) -> list[str]:
    return ids_of([row for row in users(who) if row[0].person.last_name == name], who)


@pytest.mark.parametrize("text", ["Cantù", "CANTU", " cantu ", "niccolò cantu", "CANTÙ NICCOLÒ", "tu nic"])
def test_a_search_is_blind_to_accents_case_and_the_order_of_the_names(warm: House, legal: Acting, text: str) -> None:
    assert ids(listed(warm, filter={"search": text})) == last_name("Cantù", legal)


def test_a_search_goes_through_emails_and_usernames_that_are_shown(warm: House, legal: Acting) -> None:
    niccolo = next(user for user, _ in users(legal) if user.person.last_name == "Cantù")
    owner = legal.user

    assert ids(listed(warm, filter={"search": niccolo.person.email.upper()})) == [id_of(niccolo, legal.company)]
    assert ids(listed(warm, filter={"search": owner.username})) == [id_of(owner, legal.company)]
    assert ids(listed(warm, filter={"search": niccolo.username})) == []  # not registered yet: nobody sees it
    assert listed(warm, filter={"search": "nobody is called so"})["totalCount"] == 0


def test_a_search_is_as_long_as_it_was_written(warm: House) -> None:
    """This one sign stands for 18 letters: what is counted is what was sent, before any of it is read."""
    query = "query ($search: String) { customer { users(filter: { search: $search }) { totalCount } } }"
    sent = [warm.ask("legal", query, {"search": "\ufdfa" * length}) for length in (200, 201)]

    assert sent[0].data == {"customer": {"users": {"totalCount": 0}}}
    assert [error["message"] for error in sent[1].errors] == ["`search` has 201 characters; at most 200 are allowed."]


@pytest.mark.parametrize("state", ["TO_REGISTER", "INVITED", "REGISTERED", "DISABLED", "UNKNOWN"])
def test_a_filter_by_state_gives_those_in_it(warm: House, legal: Acting, state: str) -> None:
    due = [row for row in users(legal) if shown.user_state(*row) == state]

    page = listed(warm, filter={"states": [state]})

    assert (ids(page), page["totalCount"]) == (ids_of(due, legal), len(due))
    assert page["freshness"] == [{"system": "DIRECTORY", "state": "FRESH"}]


def test_conditions_add_up(warm: House, legal: Acting) -> None:
    wanted = {"states": ["TO_REGISTER", "REGISTERED"], "profiles": ["ADMIN_FULL"], "search": "a"}
    due = [
        row
        for row in users(legal)
        if shown.user_state(*row) in {"TO_REGISTER", "REGISTERED"} and row[1].profile == "ADMIN_FULL"
    ]
    assert ids(listed(warm, filter=wanted)) == ids_of(due, legal)


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["NAME", "PROFILE", "STATE"])
def test_pages_by_cursor_and_by_offset_are_parts_of_one_sorted_list(warm: House, field: str, direction: str) -> None:
    order = {"field": field, "direction": direction}
    whole = ids(listed(warm, orderBy=order))
    by_cursor, by_offset, after = [], [], None
    for start in range(0, len(whole), 5):
        page = listed(warm, orderBy=order, first=5, after=after)
        by_cursor += ids(page)
        after = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] is (start + 5 < len(whole))
        by_offset += ids(listed(warm, orderBy=order, first=5, offset=start))

    assert by_cursor == by_offset == whole


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("PROFILE", lambda row: row[1].profile),
        ("STATE", lambda row: shown.user_state(*row)),
    ],
)
def test_equals_are_sorted_by_id(warm: House, legal: Acting, field: str, value: Any) -> None:
    due = sorted(users(legal), key=lambda row: (value(row), row[0].id))
    assert ids(listed(warm, orderBy={"field": field})) == ids_of(due, legal)


def test_who_is_registered_and_switched_off_is_deactivated(warm: House, legal: Acting) -> None:
    (ugo,) = (row for row in users(legal) if not row[0].active)
    query = "query ($id: ID!) { node(id: $id) { ... on PortalUser { lastName state } } }"

    answer = warm.ask("legal", query, {"id": id_of(ugo[0], legal.company)})

    assert ugo[1].registration_state == "REGISTERED"
    assert answer.data == {"node": {"lastName": "Sarà", "state": "DISABLED"}}


def test_who_acts_for_two_companies_is_shown_with_what_they_are_in_this_one(warm: House, legal: Acting) -> None:
    both = next(user for user, _ in users(legal) if len(user.memberships) == 2)

    answer = warm.ask("legal", "{ customer { users(first: 100) { nodes { id lastName } } } }")

    mine = [node for node in answer.data["customer"]["users"]["nodes"] if node["lastName"] == both.person.last_name]
    assert mine == [{"id": id_of(both, legal.company), "lastName": both.person.last_name}]
    assert "Autotrasporti" not in body(answer).decode()


def test_a_user_of_another_company_is_as_unknown_as_nobody(warm: House, sandbox: Sandbox, legal: Acting) -> None:
    stranger = acting(sandbox.world, "mobile")
    named = IDS.decode(id_of(stranger.user, stranger.company), stranger.company.tax_code)
    mine = IDS.encode(named.type, named.system, named.key, legal.company.tax_code)
    query = "query ($id: ID!) { node(id: $id) { id } }"
    nobody = warm.ask("legal", query, {"id": "never-made"})

    for text in (id_of(stranger.user, stranger.company), mine):
        assert body(warm.ask("legal", query, {"id": text})) == body(nobody)


def test_the_list_costs_one_call_its_lines_two_and_what_comes_after_none(bff: House) -> None:
    query = "{ customer { users { totalCount nodes { id firstName line { number } } } } }"

    cold, again = bff.ask("legal", query), bff.ask("legal", query)
    other = bff.ask("legal", LIST, {"first": 3, "filter": {"search": "a"}, "orderBy": {"field": "STATE"}})

    assert cold.calls == Counter(
        {
            "directory GET /Users": 2,  # who asks, and the list
            "mobile GET /organization": 1,
            "mobile GET /customer": 1,
            "mobile GET /agreement": 1,
            "mobile GET /product": 1,
            "mobile GET /resource": 1,
        }
    )
    assert (again.calls, other.calls) == (Counter(), Counter())


@pytest.mark.parametrize(
    ("quirk", "parameters", "code"),
    [
        (Quirk.HTTP_ERROR, Parameters(), "UNAVAILABLE"),
        (Quirk.TRUNCATED, Parameters(), "BAD_DATA"),
        (Quirk.HTML_INSTEAD, Parameters(), "BAD_DATA"),
        (Quirk.SLOW_TAIL, Parameters(seconds=3), "TIMEOUT"),
    ],
)
def test_a_directory_that_fails_costs_the_list_and_nothing_else_of_the_page(
    bff: House, sandbox: Sandbox, legal: Acting, quirk: Quirk, parameters: Parameters, code: str
) -> None:
    bff.ask("legal", "{ viewer { profile } }")  # who asks is known from here on
    sandbox.faults.set(Rule(quirk=quirk, system="directory", parameters=parameters))

    answer = bff.ask("legal", "{ customer { company { name } users { totalCount } } }")

    assert answer.codes == [(code, "customer.users")]
    assert [error["extensions"]["system"] for error in answer.errors] == ["DIRECTORY"]
    assert answer.data == {"customer": {"company": {"name": legal.company.name}, "users": None}}


def test_a_mobile_network_that_fails_costs_the_lines_and_no_user(bff: House, sandbox: Sandbox, legal: Acting) -> None:
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="mobile"))

    answer = bff.ask("legal", "{ customer { users(first: 100) { nodes { id line { number } } } } }")

    nodes = answer.data["customer"]["users"]["nodes"]
    assert nodes == [{"id": each, "line": None} for each in ids_of(users(legal), legal)]
    with_line = [place for place, (_, membership) in enumerate(users(legal)) if membership.line_id]
    assert answer.codes == [("UNAVAILABLE", f"customer.users.nodes.{place}.line") for place in with_line]
