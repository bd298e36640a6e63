"""Rows of services, one at a time: what a state, a specification or a missing part makes of them."""

from datetime import date
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import pytest

from bff.backends._batch import Unreadable
from bff.backends._shape import reader
from bff.backends.fixed import service as fixed
from bff.backends.fixed._value import NAMESPACE, Row
from bff.backends.mobile import service as mobile
from bff.domain.service import FixedLineServices, Service, ThresholdKind
from tests.backends.wire import NOW

read = reader(mobile.Child)


def child(kind: str, *characteristics: tuple[str, Any], **changes: Any) -> mobile.Child:
    """Make a child product, with attributes changed."""
    return read(
        {
            "id": "PRD-1-S01",
            "name": "Servizio",
            "status": "active",
            "productOffering": {"id": "OPT-1"},
            "productSpecification": {"name": kind},
            "productCharacteristic": [{"name": name, "value": value} for name, value in characteristics],
            "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "PRD-1"}}],
            **changes,
        }
    )


def test_a_child_belongs_to_what_it_relies_on_and_to_nothing_else_that_it_names() -> None:
    relations = [
        {"relationshipType": " RELIESON ", "product": {"id": "PRD-1"}},
        {"relationshipType": "bundled", "product": {"id": "PRD-2"}},
        {"relationshipType": "reliesOn"},
    ]
    assert child("service", productRelationship=relations).parents == ["PRD-1"]


@pytest.mark.parametrize(
    ("status", "shown"),
    [("active", 1), ("pendingTerminate", 1), ("ACTIVE ", 1), ("suspended", 0), ("aborted ", 0), ("ZZZ", 0), (None, 0)],
)
def test_only_what_is_known_to_be_in_use_is_shown(status: str | None, shown: int) -> None:
    assert len(mobile.of_contract([child("service", status=status)], NOW).active) == shown


@pytest.mark.parametrize(
    ("status", "enabled"), [("active", False), ("ZZZ", False), (None, False), ("terminated", True)]
)
def test_premium_services_that_may_be_barred_are_not_promised(status: str | None, *, enabled: bool) -> None:
    assert mobile.of_line([child("premiumBarring", status=status)], NOW).premium.enabled is enabled


@pytest.mark.parametrize("limit", ["150.00", "150,00", " 150,0 ", 150])
def test_a_limit_is_read_exactly_in_whatever_notation(limit: Any) -> None:
    told = child("spendingThreshold", ("kind", "VOICE"), ("limit", limit))
    [threshold] = mobile.of_contract([told], NOW).thresholds
    assert (threshold.kind, f"{threshold.limit.amount}") == (ThresholdKind.VOICE, "150.00")


@pytest.mark.parametrize("limit", [None, "", "1.234", "molto", "12.345"])
def test_a_limit_that_can_not_be_told_is_not_guessed_at(limit: str | None) -> None:
    with pytest.raises(Unreadable):
        mobile.of_contract([child("spendingThreshold", ("kind", "voice"), ("limit", limit))], NOW)


def test_a_pair_needs_both_numbers_and_can_do_without_the_line() -> None:
    numbers = [("lineNumber", "+393331234567"), ("pairedNumber", "+390254124040")]
    [pair] = mobile.of_contract([child("timDuo", *numbers)], NOW).tim_duo
    assert (pair.line_key, pair.line_number, pair.paired_number) == (None, "+393331234567", "+390254124040")
    with pytest.raises(Unreadable):
        mobile.of_contract([child("timDuo", numbers[0])], NOW)


def test_senders_of_all_black_lists_are_told_once_and_in_order() -> None:
    lists = [
        child("premiumBlackList", ("sender", "48383"), ("sender", 40499)),
        child("premiumBlackList", ("sender", "48383")),
    ]
    assert mobile.of_line(lists, NOW).premium.black_list == ("40499", "48383")


def joined(**texts: str) -> FixedLineServices:
    element = Element(f"{{{NAMESPACE}}}service")
    for name, text in {"lineId": "0212345678", "serviceCode": "TIAVVISO", "active": "S", **texts}.items():
        SubElement(element, f"{{{NAMESPACE}}}{name}").text = text
    reading, row = fixed.by_line(), Row(element)
    (key,) = reading.keys(row)
    return fixed.joined([reading.record(row, key)], NOW)


def test_a_fixed_service_can_do_without_description_and_day() -> None:
    assert joined().active == (Service("TIAVVISO", "TIAVVISO", None),)
    assert joined(description="TiAvviso", since="01/02/2025").active == (
        Service("TIAVVISO", "TiAvviso", date(2025, 2, 1)),
    )


@pytest.mark.parametrize(
    ("code", "flags"),
    [
        ("tiavviso", (True, False, False)),
        ("IVR", (False, True, False)),
        ("ICA", (False, False, True)),
        ("X", (False,) * 3),
    ],
)
def test_three_codes_have_a_use_of_their_own_in_any_case(code: str, flags: tuple[bool, ...]) -> None:
    found = joined(serviceCode=code)
    assert (found.ti_avviso, found.ivr, found.cost_administration) == flags


def test_an_inactive_service_is_not_shown_and_whether_one_is_active_is_not_guessed_at() -> None:
    assert (joined(active="N").active, joined(active="N").ti_avviso) == ((), False)
    with pytest.raises(Unreadable):
        joined(active="?")
