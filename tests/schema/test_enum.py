"""That an enum is described value by value, exactly."""

from enum import Enum

import pytest
from graphql import GraphQLEnumType

from bff.errors import BffError
from bff.schema import SCHEMA
from bff.schema._enum import described
from bff.schema.error import ErrorCode


class Shade(Enum):
    """Shades of grey."""

    LIGHT = "LIGHT"
    DARK = "DARK"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"LIGHT": "Light."},
        {"LIGHT": "Light.", "DARK": "Dark.", "MIDDLE": "Between."},
        {"LIGHT": "Light.", "DRAK": "Dark."},
    ],
)
def test_values_must_be_described_exactly(values: dict[str, str]) -> None:
    with pytest.raises(TypeError, match=r"Shade: describe exactly \['DARK', 'LIGHT'\], not"):
        described(Shade, **values)


def test_an_enum_stays_the_class_that_records_hold() -> None:
    assert described(Shade, LIGHT="Light.", DARK="Dark.") is Shade


def test_every_enum_is_printed_by_the_names_of_its_members_and_read_as_its_members() -> None:
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLEnumType) and not kind.name.startswith("__"):
            for name in kind.values:
                member = kind.parse_value(name)
                assert isinstance(member, Enum)
                assert (kind.serialize(member), member.name) == (name, name)


def _codes(base: type[BffError]) -> set[str]:
    return {base.code}.union(*map(_codes, base.__subclasses__()))


def test_every_code_that_an_error_may_have_is_in_the_schema_and_no_other() -> None:
    of_a_document = {"VALIDATION_FAILED", "DEPTH_EXCEEDED", "COST_EXCEEDED"}
    of_an_input = {"CONFLICT", "INVALID", "NOT_ELIGIBLE", "NOT_SUBSCRIBED"}
    of_an_input |= {"CODE_WRONG", "EXPIRED", "TOO_MANY_ITEMS", "WINDOW_EXPIRED", "WRONG_STATE"}
    of_an_input |= {"REQUIRED", "TAKEN"}
    assert _codes(BffError) | of_a_document | of_an_input == set(ErrorCode.__members__)
