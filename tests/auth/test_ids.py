"""That ids and cursors are stable, opaque, and read by their own customer only."""

import re

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from bff.auth.ids import Cursor, GlobalId, Ids
from bff.domain.system import System
from bff.errors import BadRequest, NotFound

OLD, NEW = bytes(range(64)), bytes(range(64, 128))
IDS = Ids([NEW, OLD])
CUSTOMER, OTHER = "12345678901", "10987654321"
INVOICE = ("000123456789", "FE-7", "2026-10-31")

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
keys = st.lists(words, max_size=4).map(tuple)
systems = st.none() | st.sampled_from(System)
sort_values = st.lists(st.none() | words | st.integers(-(2**63), 2**63 - 1), max_size=3).map(tuple)


@given(words, systems, keys, words)
def test_an_id_tells_what_it_was_made_from(
    type_name: str, system: System | None, key: tuple[str, ...], customer: str
) -> None:
    text = IDS.encode(type_name, system, key, customer)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    assert IDS.decode(text, customer) == GlobalId(type_name, system, key)


@given(sort_values, keys, words, words)
def test_a_cursor_tells_what_it_was_made_from(
    values: tuple[str | int | None, ...], key: tuple[str, ...], customer: str, list_name: str
) -> None:
    text = IDS.cursor(values, key, customer, list_name)
    assert IDS.open_cursor(text, customer, list_name) == Cursor(values, key)


@given(keys, st.data())
def test_an_id_with_any_character_changed_is_not_found(key: tuple[str, ...], data: st.DataObject) -> None:
    text = IDS.encode("Invoice", System.FIXED, key, CUSTOMER)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != text[place]))
    with pytest.raises(NotFound):
        IDS.decode(text[:place] + other + text[place + 1 :], CUSTOMER)


@given(st.text())
def test_what_was_never_made_is_not_found(text: str) -> None:
    with pytest.raises(NotFound):
        IDS.decode(text, CUSTOMER)


def test_an_id_is_stable_and_holds_nothing_readable() -> None:
    text = IDS.encode("Invoice", System.FIXED, INVOICE, CUSTOMER)
    assert text == IDS.encode("Invoice", System.FIXED, INVOICE, CUSTOMER)
    assert len(text) < 100
    assert IDS.encode("Invoice", System.FIXED, INVOICE, OTHER) != text


@pytest.mark.parametrize("spelling", ["{}=", "{}A", " {}", "{}\n", "{0}{0}"])
def test_only_the_one_spelling_of_an_id_is_read(spelling: str) -> None:
    with pytest.raises(NotFound):
        IDS.decode(spelling.format(IDS.encode("Line", System.MOBILE, ("P-1",), CUSTOMER)), CUSTOMER)


def test_a_foreign_and_a_malformed_id_fail_alike_and_do_the_same_work() -> None:
    foreign = IDS.encode("Line", System.MOBILE, ("P-1",), OTHER)
    never_made = foreign[:-4] + "AAAA"
    failures: list[bytes] = []
    ids = Ids([NEW, OLD], cipher=lambda key: Counting(key, failures))
    for text in (foreign, never_made, "", "é", "not base64!", "A" * 5000):
        failures.clear()
        with pytest.raises(NotFound, match=r"^Not found\.$"):
            ids.decode(text, CUSTOMER)
        assert failures == [NEW, OLD], "every key is tried to its end, whatever the text"


def test_the_second_key_reads_and_the_first_one_makes() -> None:
    before, during, after = Ids([OLD]), Ids([NEW, OLD]), Ids([NEW])
    old = before.encode("Line", System.MOBILE, ("P-1",), CUSTOMER)
    assert during.decode(old, CUSTOMER) == GlobalId("Line", System.MOBILE, ("P-1",))
    assert after.decode(during.encode("Line", System.MOBILE, ("P-1",), CUSTOMER), CUSTOMER)
    with pytest.raises(NotFound):
        after.decode(old, CUSTOMER)


def test_an_id_is_no_cursor_and_a_cursor_no_id() -> None:
    with pytest.raises(BadRequest):
        IDS.open_cursor(IDS.encode("Line", None, ("P-1",), CUSTOMER), CUSTOMER, "lines")
    with pytest.raises(NotFound):
        IDS.decode(IDS.cursor([1], ("P-1",), CUSTOMER, "lines"), CUSTOMER)


@pytest.mark.parametrize(("customer", "list_name"), [(OTHER, "lines:number"), (CUSTOMER, "lines:plan")])
def test_a_cursor_fits_only_its_own_list(customer: str, list_name: str) -> None:
    cursor = IDS.cursor(["+393331234567"], ("P-1",), CUSTOMER, "lines:number")
    with pytest.raises(BadRequest, match="start again without a cursor"):
        IDS.open_cursor(cursor, customer, list_name)


def test_an_id_of_a_system_that_we_no_longer_know_is_not_found() -> None:
    sealed = IDS._seal(("Line", "FAX", ("1",)), [b"bff:id:1", CUSTOMER.encode()])  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        IDS.decode(sealed, CUSTOMER)


class Counting:
    """A cipher that writes down its key when it could not decrypt."""

    def __init__(self, key: bytes, failures: list[bytes]) -> None:
        self._key = key
        self._failures = failures

    def encrypt(self, data: bytes, bound_to: list[bytes], /) -> bytes:
        return AESSIV(self._key).encrypt(data, bound_to)

    def decrypt(self, data: bytes, bound_to: list[bytes], /) -> bytes:
        try:
            return AESSIV(self._key).decrypt(data, bound_to)
        except InvalidTag:
            self._failures.append(self._key)
            raise
