"""Every change that takes a key: of many sent at once one is done, again it is told; the key is for nothing else."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox._faults import Quirk, Rule
from sandbox.server import Sandbox
from tests.house import House, house
from tests.journeys.acting import acting
from tests.security.strikes import Strike, ids_for, strikes
from tests.security.test_bad_change import TO_MONDAY_S, functions, good, sent, written
from tests.security.walk import schema

AT_ONCE = 24
APART = {"linesCeaseRevoke", "registeredOfficeChange", "membershipSwitch"}
"""What can't be done to the thing as it is, and what is no deed but a choice: tests/journeys/test_manage.py."""
OTHER = ("of nothing", "a stranger's", "markup", "digits of another script", "null")
"""What makes an input another one, the first that there is."""


def _keyed() -> list[str]:
    root = schema().mutation_type
    assert root is not None
    inputs: Mapping[str, Any] = {name: field.args["input"].type.of_type.fields for name, field in root.fields.items()}
    return [name for name in functions() if "idempotencyKey" in inputs[name] and name not in APART]


def _send(opened: House, mutation: str, wanted: Any, key: str) -> Any:
    answer = sent(opened, mutation, Strike(None, "idempotencyKey", "", (), {**wanted, "idempotencyKey": key}), "it")
    return answer.json()


def _codes(answer: Any) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}


@pytest.mark.parametrize("mutation", _keyed())
def test_of_many_at_once_one_is_done_and_its_key_is_for_nothing_else(sandbox: Sandbox, mutation: str) -> None:
    if mutation == "chatOpen":
        sandbox.clock.advance(TO_MONDAY_S)
    who = acting(sandbox.world, "legal")
    wanted = good(mutation, who)
    with house(sandbox) as alone:
        first = _send(alone, mutation, wanted, "key")
        due = written(sandbox)
    assert first["data"][mutation].get("status", "DONE") != "REJECTED"
    sandbox.deeds.clear()
    sandbox.sessions.clear()
    sandbox.mailbox.clear()
    with house(sandbox) as opened:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda _: _send(opened, mutation, wanted, "key"), range(AT_ONCE)))
        again = _send(opened, mutation, wanted, "key")
        sandbox.faults.set(*(Rule(quirk=Quirk.HTTP_ERROR, system=each) for each in ("mobile", "fixed", "identity")))
        away = _send(opened, mutation, wanted, "key")
        sandbox.faults.clear()
        made = written(sandbox)
        stranger = next(each for each in sandbox.world.companies if each.tax_code != who.company.tax_code)
        struck = [each for each in strikes(mutation, wanted, ids_for(who.company, stranger)) if each.what in OTHER]
        other = min(
            (each for each in struck if each.field != "idempotencyKey"), key=lambda each: OTHER.index(each.what)
        )
        mismatch = _send(opened, mutation, other.input, "key")

    done = [each for each in answers if not _codes(each)]
    assert made == due
    assert {code for each in answers for code in _codes(each)} <= {"IN_PROGRESS"}
    assert all(each["data"] == again["data"] == first["data"] for each in done)
    assert away == again, "what was done is told though its system is away"
    assert (len(done) > 0, _codes(mismatch)) == (True, {"IDEMPOTENCY_MISMATCH"})
    assert written(sandbox) == made
