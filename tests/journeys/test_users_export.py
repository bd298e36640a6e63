"""The spreadsheet of the users: its link, and the file that is opened by it."""

from collections import Counter
from io import BytesIO
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House
from tests.journeys.acting import acting, users

EXPORT = """mutation ($filter: UserFilter) {
  usersExport(input: { filter: $filter }) { status userErrors { code } link { url fileName } }
}"""


def opened(house: House, *, language: str = "it", **filter_: object) -> httpx.Response:
    """Ask for a link as the legal representative, and open it as a browser does: without a token, in its language."""
    answer = house.ask("legal", EXPORT, {"filter": filter_ or None}, headers={"accept-language": language})
    assert (answer.status, answer.errors) == (200, [])
    path = httpx.URL(answer.data["usersExport"]["link"]["url"]).path
    return httpx.get(f"{house.url}{path}", headers={"accept-language": "de"})


def table(response: httpx.Response) -> list[tuple[Any, ...]]:
    assert response.status_code == 200
    return [tuple(row) for row in load_workbook(BytesIO(response.content)).worksheets[0].values]


@pytest.mark.parametrize(("language", "name"), [("it", "utenze-2026-11-22.xlsx"), ("en", "users-2026-11-22.xlsx")])
def test_a_link_costs_no_call_and_is_named_in_the_language_of_who_asks(bff: House, language: str, name: str) -> None:
    answer = bff.ask("legal", EXPORT, headers={"accept-language": language})

    assert (answer.status, answer.errors, answer.calls) == (200, [], Counter({"directory GET /Users": 1}))  # who asks
    assert answer.data["usersExport"]["status"] == "DONE"
    assert answer.data["usersExport"]["link"]["fileName"] == name


@pytest.mark.parametrize("wanted", [{"search": "x" * 201}, {"states": ["REGISTERED"] * 51}])
def test_a_filter_that_no_list_takes_makes_no_link(warm: House, wanted: dict[str, object]) -> None:
    answer = warm.ask("legal", EXPORT, {"filter": wanted})

    assert (answer.data, answer.codes) == ({"usersExport": None}, [("BAD_REQUEST", "usersExport")])


def test_the_file_has_a_row_for_each_user_in_the_language_of_who_asked_for_it(warm: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "legal")

    response = opened(warm, language="en")

    header, *rows = table(response)
    assert header[:4] == ("Last name", "First name", "Tax code", "E-mail")
    assert [row[:4] for row in rows] == [
        (user.person.last_name, user.person.first_name, user.person.tax_code, user.person.email)
        for user, _ in users(who)
    ]
    assert response.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert 'filename="users-2026-11-22.xlsx"' in response.headers["content-disposition"]


def test_the_file_has_those_whom_the_filter_asks_for(warm: House) -> None:
    _, *rows = table(opened(warm, search="cantu", states=["TO_REGISTER"], profiles=["ADMIN_FULL"]))

    assert [row[:2] for row in rows] == [("Cantù", "Niccolò")]
    assert rows[0][4:] == (None, "Amministratore Full", "Da registrare", "Importato dal mobile")


@pytest.mark.parametrize("letter", ["x", "\U0001f600", '"', "\x01"])
def test_the_longest_filter_that_is_taken_makes_a_link_that_opens(warm: House, letter: str) -> None:
    every: Any = {"states": ["TO_REGISTER", "INVITED", "REGISTERED", "DISABLED", "UNKNOWN"] * 10}
    every["profiles"] = ["LEGAL_REPRESENTATIVE", "ADMIN_FULL", "ADMIN_LIGHT", "END_USER", "END_USER_PURCHASER"] * 10
    assert len(table(opened(warm, search=letter * 200, **every))) == 1


def test_a_directory_that_fails_is_told_and_no_file_is_begun(bff: House, sandbox: Sandbox) -> None:
    bff.ask("legal", "{ viewer { profile } }")  # who asks is known from here on
    sandbox.faults.set(Rule(quirk=Quirk.HTTP_ERROR, system="directory"))

    assert opened(bff).status_code == 503
