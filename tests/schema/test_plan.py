"""What the executor is told of our schema: native leaves are encoded just as their types write them."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

import msgspec
import pytest
from graphql import GraphQLEnumType, GraphQLScalarType, is_leaf_type
from hypothesis import given
from hypothesis import strategies as st

from bff.backends._money import money
from bff.schema import SCHEMA
from bff.schema._plan import native

LEAVES = {name: made for name, made in SCHEMA.type_map.items() if is_leaf_type(made) and not name.startswith("__")}


def as_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


@pytest.mark.parametrize("leaf", [made for made in LEAVES.values() if isinstance(made, GraphQLEnumType)], ids=str)
def test_every_member_of_an_enum_is_encoded_as_its_name(leaf: GraphQLEnumType) -> None:
    made = native(leaf)
    assert made is not None
    assert issubclass(made, Enum)
    for member in made:
        assert as_json(member) == leaf.coerce_output_value(member)


@given(st.dates())
def test_a_day_is_encoded_as_its_scalar_writes_it(day: date) -> None:
    assert as_json(day) == scalar("Date", date).coerce_output_value(day)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**11), max_value=10**11))
def test_an_amount_is_encoded_as_its_scalar_writes_it(amount: Decimal) -> None:
    cents = money(amount).amount
    assert as_json(cents) == scalar("Decimal", Decimal).coerce_output_value(cents)


def test_no_other_leaf_is_left_to_the_encoder() -> None:
    left = {name for name, made in LEAVES.items() if isinstance(made, GraphQLScalarType) and native(made)}
    assert left == {"Date", "Decimal"}


def scalar(name: str, made: type) -> GraphQLScalarType:
    leaf = SCHEMA.type_map[name]
    assert isinstance(leaf, GraphQLScalarType)
    assert native(leaf) is made
    return leaf
