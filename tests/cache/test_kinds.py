"""The table of lifetimes, and the version that goes with the records."""

from collections import Counter
from datetime import UTC, datetime
from enum import Enum

import msgspec
import pytest

from bff.cache import kinds
from bff.cache._copy import pack, unpack
from bff.cache.kinds import KINDS, Kind, version_of
from bff.domain.line import RUN_KEY, LineState, MobileLine


class _Colour(Enum):
    RED = "RED"


class _MoreColour(Enum):
    RED = "RED"
    BLUE = "BLUE"


def _record(*fields: tuple[str, object], doc: str = "A record.") -> type[msgspec.Struct]:
    return msgspec.defstruct("Record", list(fields), namespace={"__doc__": doc})


def test_every_kind_of_the_module_is_in_the_table_once() -> None:
    declared = [value for value in vars(kinds).values() if isinstance(value, Kind)]
    assert Counter(declared) == Counter(KINDS)


def test_no_two_kinds_share_a_name() -> None:
    assert len({(kind.system, kind.name, kind.listed) for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.label)
def test_times_of_a_kind_make_sense(kind: Kind[object]) -> None:
    assert kind.lifetime_s > 0
    assert 0 < kind.negative_s <= kind.lifetime_s
    assert kind.refresh_after_s is None or 0 < kind.refresh_after_s < kind.lifetime_s
    assert kind.tags


def test_nobody_keeps_a_profile_of_his_own_and_an_old_one_never_stands_in() -> None:
    assert kinds.USER.near_s == 0
    assert kinds.USER.stale_if_error_s == 0


def test_the_version_changes_with_a_field_a_type_a_default_and_an_enum_value() -> None:
    versions = [
        version_of(_record(("a", int))),
        version_of(_record(("a", int), ("b", int))),
        version_of(_record(("a", str))),
        version_of(_record(("a", int, 7))),  # type: ignore[arg-type]
        version_of(_record(("a", _Colour))),
        version_of(_record(("a", _MoreColour))),
        version_of(tuple[_record(("a", int)), ...]),  # type: ignore[misc]
    ]
    assert len(set(versions)) == len(versions)


def test_the_version_does_not_change_with_a_description() -> None:
    assert version_of(_record(("a", int))) == version_of(_record(("a", int), doc="Another text."))


def test_a_field_called_description_counts() -> None:
    assert version_of(_record(("description", int))) != version_of(_record(("description", str)))


def test_lines_are_in_order_when_they_leave_the_cache_however_they_came() -> None:
    lines = [_line(number, key) for number, key in (("2", "b"), ("1", "c"), ("2", "a"))]
    for kind in (kinds.MOBILE_LINES, kinds.FIXED_LINES):
        assert kind.run_key is RUN_KEY
    blob = pack(kinds.MOBILE_LINES, "place", lines, versions=(), now=0.0, shorter=0.0)
    read = unpack(kinds.MOBILE_LINES, "place", blob).read
    assert read is not None
    assert [(line.number, line.key) for line in read.value] == [("1", "c"), ("2", "a"), ("2", "b")]


def _line(number: str, key: str) -> MobileLine:
    return MobileLine(
        key=key,
        number=number,
        state=LineState.ACTIVE,
        as_of=datetime(2026, 11, 22, tzinfo=UTC),
        contract_key="c",
        contract_number="n",
        tariff_plan=None,
        prepaid=None,
        sim=None,
    )
