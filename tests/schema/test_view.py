"""That a view shows what its record holds: each plain field an attribute, of its type, and as nullable."""

import types
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import pytest
import strawberry
from graphql import GraphQLObjectType
from strawberry.types.base import StrawberryList, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from bff.domain.change import Changed, ChangedAll
from bff.domain.page import Page, WindowedPage
from bff.domain.registration import Registered
from bff.errors import BffError
from bff.resolvers.page import Edge
from bff.schema import SCHEMA
from bff.schema._batch import BatchField
from bff.schema.rules import objects

SHARED = {Page, WindowedPage, Edge, Changed, ChangedAll, Registered}
"""Records of lists and of changes: one view for each type of row, and for each payload."""


def views() -> Iterator[tuple[GraphQLObjectType, StrawberryObjectDefinition, type]]:
    for made in objects(SCHEMA):
        definition = made.extensions["strawberry-definition"]
        record = getattr(definition.origin, "__record__", None)
        if record is not None:
            yield made, definition, record


def plain_fields() -> Iterator[tuple[str, StrawberryField, type]]:
    for made, definition, record in views():
        for field in definition.fields:
            if not isinstance(field, BatchField):
                yield f"{made.name}.{field.python_name}", field, record


@cache
def attributes(record: type) -> dict[str, Any]:
    """Give the annotations of a record's attributes and properties."""
    properties = {
        name: get_type_hints(value.fget)["return"]
        for parent in record.__mro__
        for name, value in vars(parent).items()
        if isinstance(value, property)
    }
    return properties | get_type_hints(record)


def without_none(annotation: Any) -> tuple[Any, bool]:
    """Split an annotation into what it is besides None, and whether it may be None, or an error in its place."""
    if get_origin(annotation) not in {Union, types.UnionType}:
        return annotation, False
    others = [each for each in get_args(annotation) if each not in {type(None), BffError}]
    assert len(others) == 1, annotation
    return others[0], True


def shows(shown: Any, annotation: Any) -> bool:
    """Say whether a value of an annotation can be shown as a Strawberry type; what is open, as a row's type, can."""
    held, held_none = without_none(annotation)
    if isinstance(shown, StrawberryOptional):
        return shows(shown.of_type, held)
    if isinstance(shown, StrawberryList):
        return not held_none and get_origin(held) in {tuple, Sequence} and shows(shown.of_type, get_args(held)[0])
    return not held_none and (held is Any or isinstance(held, TypeVar) or held_for(shown) is held)


def held_for(shown: Any) -> Any:
    """Give the class that a record holds where a named type is shown."""
    if isinstance(shown, StrawberryEnumDefinition):
        return shown.wrapped_cls
    return str if shown is strawberry.ID else getattr(shown, "__record__", shown)


def test_every_type_but_the_roots_is_a_view_over_a_record() -> None:
    roots = {made.name for made in objects(SCHEMA)} - {made.name for made, _, _ in views()}
    assert roots == {"Query", "Mutation", "Subscription"}


def test_a_record_has_one_view() -> None:
    counted = Counter(record for _, _, record in views() if record not in SHARED)
    assert [record for record, count in counted.items() if count > 1] == []


def test_every_plain_field_is_an_attribute_of_its_record() -> None:
    fields = list(plain_fields())
    assert [name for name, field, record in fields if field.python_name not in attributes(record)] == []
    assert len(fields) > 80, "the walk has found the views"


def test_every_plain_field_has_the_type_of_its_attribute_and_is_null_only_where_it_says_so() -> None:
    wrong = [
        name for name, field, record in plain_fields() if not shows(field.type, attributes(record)[field.python_name])
    ]
    assert wrong == []


def test_a_field_that_is_no_plain_attribute_is_a_batch_field() -> None:
    assert [name for name, field, _ in plain_fields() if not field.is_basic_field] == []


@pytest.mark.parametrize("annotation", [str | None, int, tuple[str, ...]])
def test_the_comparison_finds_a_text_that_is_held_as_something_else(annotation: Any) -> None:
    assert shows(str, str)
    assert not shows(str, annotation)
