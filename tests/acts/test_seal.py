"""What is remembered of personal data: the same for the same, nothing without the key, and good across a new key."""

import pytest

from bff.acts import Seal

OLD, NEW = b"old" * 10, b"new" * 10
GIVEN = {"iban": "IT60X0542811101000000123456", "holder": "Rossi"}


def test_the_same_given_in_another_order_has_the_same_mark() -> None:
    assert Seal([OLD]).mark(GIVEN) == Seal([OLD]).mark(dict(reversed(GIVEN.items())))


def test_another_thing_and_another_secret_have_other_marks() -> None:
    assert len({Seal([OLD]).mark(GIVEN), Seal([NEW]).mark(GIVEN), Seal([OLD]).mark(GIVEN | {"holder": "Bianchi"})}) == 3


@pytest.mark.parametrize(("secrets", "fits"), [([OLD], True), ([NEW, OLD], True), ([NEW], False)])
def test_a_mark_of_the_key_before_still_holds(secrets: list[bytes], *, fits: bool) -> None:
    assert Seal(secrets).fits(Seal([OLD]).mark(GIVEN), GIVEN) is fits
