"""Recipient codes: of what each one is."""

from sandbox.server import Sandbox
from tests.house import House
from tests.journeys import shown
from tests.journeys.acting import acting


def test_the_code_of_an_account_with_one_line_is_that_lines_and_of_one_with_more_the_accounts_only(
    warm: House, sandbox: Sandbox
) -> None:
    query = "{ customer { recipientCodes { code customerCode accountCode contract { number } line { number } } } }"

    answer = warm.ask("fixed", query)

    due = shown.recipient_codes(acting(sandbox.world, "fixed").company)
    assert (answer.data, answer.errors) == ({"customer": {"recipientCodes": due}}, [])
    assert {code["line"] is None for code in due} == {True, False}
