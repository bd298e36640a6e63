"""The spreadsheet of the users: its link."""

from collections import Counter

import pytest

from tests.house import House

EXPORT = """mutation ($filter: UserFilter) {
  usersExport(input: { filter: $filter }) { status userErrors { code } link { url fileName } }
}"""


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
