"""Acts on single lines: what is wrong is told all at once and sent nowhere; what was sent is settled."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.typing import EventDict

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from tests.house import Answer, House, house
from tests.journeys.acting import Acting, acting
from tests.journeys.ident import id_of
from tests.journeys.lined import (
    FIXED_NUISANCE,
    MOBILE_NUISANCE,
    NEW_ICCID,
    PLACE,
    RELOCATE,
    SIM_CHANGE,
    TIMES,
    fixed,
    mobile,
    relocations,
)
from tests.waiting import eventually

OLD, SOON = "2026-05-01T10:00:00+02:00", "2026-11-23T10:00:00+01:00"


@pytest.fixture
def quick(sandbox: Sandbox) -> Iterator[House]:
    """Give a BFF that looks again at once, whose time is the sandbox's."""
    with house(sandbox, settle_period_s=0.02) as opened:
        yield opened


def who(bff: House) -> Acting:
    return acting(bff.sandbox.world, "legal")


def on_mobile(bff: House, query: str, key: str = "key-1", **asked: Any) -> Answer:
    return bff.ask("legal", query, {"id": id_of(mobile(who(bff), "all"), who(bff).company), "key": key, **asked})


def on_fixed(bff: House, query: str, key: str = "key-1", **asked: Any) -> Answer:
    return bff.ask("legal", query, {"id": id_of(fixed(who(bff)), who(bff).company), "key": key, **asked})


def payload(answer: Answer) -> Any:
    assert (answer.status, answer.errors) == (200, [])
    [told] = answer.data.values()
    return told


def fields(answer: Answer) -> list[str]:
    told = payload(answer)
    assert told["status"] == "REJECTED"
    assert {each["code"] for each in told["userErrors"]} == {"INVALID"}
    return [".".join(each["field"]) for each in told["userErrors"]]


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({}, ["shipTo"]),
        ({"iccid": NEW_ICCID, "to": PLACE}, ["shipTo"]),
        ({"iccid": NEW_ICCID[:-1] + str((int(NEW_ICCID[-1]) + 1) % 10)}, ["newIccid"]),
        (
            {"to": {"street": "x", "postcode": "2012", "town": "", "province": "XX"}},
            ["street", "postcode", "town", "province"],
        ),
    ],
)
def test_a_sim_that_can_not_be_right_is_told_field_by_field(bff: House, asked: Any, wrong: list[str]) -> None:
    answer = on_mobile(bff, SIM_CHANGE, **asked)
    assert [each.removeprefix("shipTo.") for each in fields(answer)] == wrong
    assert len(bff.sandbox.deeds) == 0


def test_the_sim_that_a_line_has_is_no_other_one(bff: House) -> None:
    sim = mobile(who(bff), "all").sim
    assert sim is not None
    assert fields(on_mobile(bff, SIM_CHANGE, iccid=sim.iccid)) == ["newIccid"]


def test_a_sim_is_shipped_and_its_delivery_is_followed(bff: House) -> None:
    told = payload(on_mobile(bff, SIM_CHANGE, to=PLACE))
    assert told["status"] == "ACCEPTED"
    [item] = told["order"]["items"]
    assert item["shipment"]["steps"][0] == {"state": "PREPARING"}


@pytest.mark.parametrize("query", [MOBILE_NUISANCE, FIXED_NUISANCE])
@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"times": []}, ["times"]),
        ({"times": [f"2026-11-20T02:30:{second:02d}+01:00" for second in range(21)]}, ["times"]),
        ({"times": [OLD, TIMES[0], SOON]}, ["times.0", "times.2"]),
        ({"times": TIMES, "caller": "0612"}, ["caller"]),
    ],
)
def test_calls_that_can_not_have_been_are_told_each(bff: House, query: str, asked: Any, wrong: list[str]) -> None:
    ask = on_mobile if query is MOBILE_NUISANCE else on_fixed
    assert fields(ask(bff, query, **asked)) == wrong
    assert len(bff.sandbox.deeds) == 0


def test_texts_that_are_too_long_are_refused(bff: House) -> None:
    assert fields(on_mobile(bff, MOBILE_NUISANCE, times=TIMES, note="x" * 501)) == ["note"]
    assert fields(on_fixed(bff, FIXED_NUISANCE, times=TIMES, report="x" * 31)) == ["policeReport"]


def test_a_relocation_that_can_not_be_right_is_told_field_by_field(bff: House) -> None:
    address = {**PLACE, "postcode": "ABCDE"}
    answer = on_fixed(bff, RELOCATE, address=address, phone="12", on="2026-11-21")
    assert fields(answer) == ["address.postcode", "contactPhone", "wantedOn"]
    assert len(bff.sandbox.deeds) == 0


# --- bad days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "operation", "query", "asked"),
    [
        ("mobile", "POST /productOrder", SIM_CHANGE, {"iccid": NEW_ICCID}),
        ("mobile", "POST /troubleTicket", MOBILE_NUISANCE, {"times": TIMES}),
        ("fixed", "SubmitNuisanceCallReport", FIXED_NUISANCE, {"times": TIMES}),
        ("fixed", "SubmitLineRelocation", RELOCATE, {"address": PLACE, "phone": "+390212345678"}),
    ],
)
@pytest.mark.parametrize("mode", ["silent", "reset"])
def test_what_was_taken_without_an_answer_is_known_or_settled_and_never_done_twice(
    quick: House, system: Any, operation: str, query: str, asked: Any, mode: Any
) -> None:
    ask = on_mobile if system == "mobile" else on_fixed
    told = Parameters(mode=mode)
    quick.sandbox.faults.set(Rule(quirk=Quirk.TAKEN_UNANSWERED, system=system, operation=operation, parameters=told))
    first = payload(ask(quick, query, **asked))
    quick.sandbox.faults.clear()
    assert first["status"] == ("UNKNOWN" if mode == "silent" else "ACCEPTED")  # a reset is asked about at once

    quick.sandbox.clock.advance(6)
    eventually(lambda: payload(ask(quick, query, **asked))["status"] == "ACCEPTED", "it is not settled")
    assert len(quick.sandbox.deeds) == 1


def test_what_tells_of_people_is_not_written_down(bff: House, told: list[EventDict]) -> None:
    on_mobile(bff, MOBILE_NUISANCE, caller="+39 06 7654321", times=TIMES, note="Un segreto.")
    on_fixed(bff, RELOCATE, "key-2", address=PLACE, phone="+390212345678")

    assert not any(each in str(told) for each in ("067654321", "segreto", "Garibaldi", "0212345678"))


def test_the_direct_debit_ends_and_the_answer_shows_it(bff: House) -> None:
    [(variables, due)] = relocations(who(bff), "all")
    answer = bff.ask("legal", RELOCATE, variables)
    assert (answer.errors, answer.data) == ([], due)
