"""Names of entries: their form, what they hide, and that no two things share one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.cache.keys import Id, Keys
from bff.domain.system import System

KEYS = Keys(version="v1", secret=b"of the tests")

_parts = st.text(alphabet=st.one_of(st.sampled_from(":{}%,/al"), st.characters()), max_size=6)
_ids = st.one_of(_parts, st.lists(_parts, min_size=2, max_size=3).map(tuple))
_scopes = st.none() | _parts.filter(lambda text: text not in {"", "all"})
_records = st.tuples(st.just("record"), _parts, st.sampled_from(System), _parts, _ids)
_lists = st.tuples(st.just("list"), _parts, st.sampled_from(System), _parts, _ids, _scopes, _parts)
_tags = st.tuples(st.just("tag"), _parts, _parts)


def _name(what: tuple[object, ...]) -> str:
    form, customer, *rest = what
    owner = KEYS.mask(str(customer))
    if form == "record":
        return KEYS.record(owner, *rest)  # type: ignore[arg-type]
    if form == "list":
        return KEYS.listing(owner, *rest)  # type: ignore[arg-type]
    return KEYS.tag(owner, *rest)  # type: ignore[arg-type]


def test_a_record_is_named_as_the_specification_has_it() -> None:
    owner = KEYS.mask("01234567890")
    assert KEYS.record(owner, System.MOBILE, "line", "PRD-7") == f"bff:v1:{{{owner}}}:mobile:line:PRD-7"


def test_a_list_is_named_with_parent_scope_and_window() -> None:
    owner = KEYS.mask("01234567890")
    start = f"bff:v1:{{{owner}}}:fixed:list:orders:C1"
    assert KEYS.listing(owner, System.FIXED, "orders", "C1", None, "2026-05-22") == f"{start}:all:2026-05-22"
    assert KEYS.listing(owner, System.FIXED, "orders", "C1", "u-9", "2026-05-22") == f"{start}:u-9:2026-05-22"


def test_the_owner_hides_the_tax_code_and_depends_on_the_secret() -> None:
    owner = KEYS.mask("01234567890")
    assert "01234567890" not in owner
    assert owner != Keys(version="v1", secret=b"another").mask("01234567890")


def test_a_tag_is_shared_by_all_versions_of_the_records() -> None:
    owner = KEYS.mask("01234567890")
    assert KEYS.tag(owner, "line") == Keys(version="v2", secret=b"of the tests").tag(owner, "line")


@pytest.mark.parametrize("scope", ["", "all"])
def test_no_person_can_pass_for_the_whole_customer(scope: str) -> None:
    with pytest.raises(ValueError, match="person"):
        KEYS.listing("o", System.MOBILE, "orders", "1", scope, "")


def test_a_key_of_one_part_can_not_pass_for_a_plain_one() -> None:
    with pytest.raises(ValueError, match="at least two"):
        KEYS.record("o", System.MOBILE, "line", ("a",))


@given(st.one_of(_records, _lists, _tags), st.one_of(_records, _lists, _tags))
def test_different_things_never_share_a_name(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    assert (_name(one) == _name(other)) == (one == other)


@given(st.one_of(_records, _lists), st.one_of(_records, _lists, _tags))
def test_a_claim_never_has_the_name_of_an_entry(one: tuple[object, ...], other: tuple[object, ...]) -> None:
    assert KEYS.claim(_name(one)) != _name(other)


@given(_ids, _ids)
def test_different_ids_never_share_a_mask(one: Id, other: Id) -> None:
    assert (KEYS.mask(one) == KEYS.mask(other)) == (one == other)


@given(_records)
def test_only_the_owner_stands_in_braces(what: tuple[object, ...]) -> None:
    name = _name(what)
    assert name.count("{") == name.count("}") == 1
    assert name[name.index("{") + 1 : name.index("}")] == KEYS.mask(str(what[1]))
