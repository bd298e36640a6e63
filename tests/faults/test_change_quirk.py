"""Quirks 16 to 18 of the systems (spec, legacy.md) where something is changed.

Of a change that was one call too many nobody knows whether it was taken: it is asked about, and may then be sent again.
"""

from typing import Any, Literal

import httpx
import pytest

from bff.acts import BELIEVED_S
from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.world.model import Bill
from tests.house import House, house
from tests.journeys.acting import Acting, acting, fixed_lines, is_fixed, to_pay
from tests.journeys.billed import IVR, one_of_many
from tests.journeys.ceased import CEASE
from tests.journeys.changed import BLOCK, unblocked
from tests.journeys.ident import id_of
from tests.journeys.requested import MERGE, PAYMENT, REPORT, merges
from tests.waiting import eventually

SUBMITTED = {"mobile": "POST /serviceOrder", "fixed": "SetLineService"}
STATE = "query ($id: ID!) { invoice(id: $id) { state } }"
MERGED = "{ customer { requests(first: 1, filter: { kinds: [INVOICE_MERGE] }) { nodes { document { id } } } } }"
LINK = "mutation ($id: ID!) { documentLinkCreate(input: { documentId: $id }) { link { url } } }"
FOUR_HOURS_S = 14_400


def payload(answer: Any) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def ask(bff: House, system: str, key: str = "key-1") -> Any:
    """Change something of a line of a network."""
    who = acting(bff.sandbox.world, "legal")
    if system == "fixed":
        return bff.ask("legal", IVR, {"id": id_of(one_of_many(who), who.company), "enabled": True, "key": key})
    return bff.ask("legal", BLOCK, {"id": id_of(unblocked(who.company.mobile_lines), who.company), "key": key})


# --- 16: numbers that come again, lines that are over -----------------------------------------------------------------


def _of_one_number(who: Acting, *, fixed: bool) -> list[Bill]:
    """Give unpaid invoices of one account and number, of other years."""
    of_number: dict[tuple[str, str], list[Bill]] = {}
    for bill in to_pay(who):
        if is_fixed(bill, who.company) is fixed and not bill.single and not bill.credit_note:
            of_number.setdefault((bill.account, bill.number), []).append(bill)
    return max(of_number.values(), key=len)


@pytest.mark.parametrize("fixed", [False, True], ids=["mobile", "fixed"])
def test_of_invoices_of_one_number_the_one_that_is_named_is_reported(
    bff: House,
    sandbox: Sandbox,
    fixed: bool,  # noqa: FBT001 - parametrised
) -> None:
    who = acting(sandbox.world, "legal")
    bills = _of_one_number(who, fixed=fixed)
    assert len(bills) > 1
    for bill in bills[:2]:
        asked = {"id": id_of(bill, who.company), "payment": PAYMENT, "key": f"{bill.issued_on}"}
        assert payload(bff.ask("legal", REPORT, asked))["status"] == "ACCEPTED"
        reported = {each.issued_on for each in bills[: bills.index(bill) + 1]}

        for each in bills:
            found = bff.ask("legal", STATE, {"id": id_of(each, who.company)}).data["invoice"]
            is_left = (
                found is not None and found["state"] != "BEING_VERIFIED"
            )  # an old one that is not owed is not shown
            assert is_left is (each.issued_on not in reported)


def test_a_line_that_has_ceased_and_is_still_listed_is_not_changed(bff: House, sandbox: Sandbox) -> None:
    who = acting(sandbox.world, "legal")
    over = next(line for line in fixed_lines(who, "all") if line.state == "CES")
    told = payload(bff.ask("legal", CEASE, {"ids": [id_of(over, who.company)], "key": "k"}))
    assert (told["outcome"], told["results"][0]["userErrors"][0]["code"]) == ("FAILURE", "WRONG_STATE")
    assert len(sandbox.deeds) == 0


# --- 17: a document that a change has produced ------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "status"), [("missing", 404), ("empty", 502), ("html", 502), ("cut", 502)])
def test_a_merge_whose_document_is_none_is_told_before_the_first_byte(
    bff: House, sandbox: Sandbox, mode: Any, status: int
) -> None:
    [(variables, _)] = merges(acting(sandbox.world, "legal"), "all")
    assert payload(bff.ask("legal", MERGE, variables))["status"] == "ACCEPTED"
    sandbox.clock.advance(FOUR_HOURS_S)
    [made] = bff.ask("legal", MERGED).data["customer"]["requests"]["nodes"]
    parameters = Parameters(mode=mode)
    sandbox.faults.set(
        Rule(quirk=Quirk.BAD_DOCUMENT, system="fixed", operation="GetInvoiceDocument", parameters=parameters)
    )

    link = payload(bff.ask("legal", LINK, {"id": made["document"]["id"]}))["link"]["url"]
    answer = httpx.get(bff.url + link.removeprefix("http://127.0.0.1:8000"), timeout=30)

    assert answer.status_code == status
    assert "content-disposition" not in answer.headers


# --- 18: one call too many --------------------------------------------------------------------------------------------


def _too_many(bff: House, system: Literal["mobile", "fixed"], mode: Literal["fault", "reset"]) -> None:
    told = Parameters(mode=mode, limit=0)
    bff.sandbox.faults.set(
        Rule(quirk=Quirk.TOO_MANY_CALLS, system=system, operation=SUBMITTED[system], parameters=told)
    )


def _status(answer: Any) -> str | None:
    """Give what became of a change; None while it is under way."""
    return None if answer.errors else str(payload(answer)["status"])


@pytest.mark.parametrize("system", ["mobile", "fixed"])
@pytest.mark.parametrize("mode", ["fault", "reset"])
def test_a_change_that_was_one_call_too_many_is_done_once_when_it_is_asked_for_again(
    sandbox: Sandbox, system: Literal["mobile", "fixed"], mode: Literal["fault", "reset"]
) -> None:
    with house(sandbox, settle_period_s=0.02) as bff:
        _too_many(bff, system, mode)
        assert payload(ask(bff, system))["status"] == "UNKNOWN"
        sandbox.faults.clear()
        assert len(sandbox.deeds) == 0

        sandbox.clock.advance(BELIEVED_S + 1)
        eventually(lambda: _status(ask(bff, system)) in {"ACCEPTED", "DONE"}, "it is not settled")
        assert len(sandbox.deeds) == 1
