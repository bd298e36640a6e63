"""What is typed is read however it is written, and what can't be right is told apart."""

import random
from datetime import date

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from bff.domain import given
from bff.domain.address import Address, likeness
from sandbox.world.identifier import iban, person_tax_code, vat_number
from sandbox.world.place import TOWNS

SOME = range(25)


def spaced(text: str) -> str:
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@pytest.mark.parametrize("seed", SOME)
def test_an_iban_is_read_as_it_is_printed_and_not_with_one_digit_wrong(seed: int) -> None:
    whole = iban(random.Random(seed))  # noqa: S311 - the same each time
    assert given.iban(spaced(whole).lower()) == whole
    for place in range(4, len(whole)):
        if whole[place].isdigit():
            assert given.iban(whole[:place] + str((int(whole[place]) + 1) % 10) + whole[place + 1 :]) is None


def test_an_iban_with_the_wrong_national_check_letter_is_none() -> None:
    """Its two digits behind the country are right: these are of the whole, the letter is the bank's own."""
    from schwifty import IBAN  # noqa: PLC0415 - to make what it must refuse

    wrong = str(IBAN.from_bban("IT", "Y0542811101000000123456", validate_bban=False))
    assert IBAN(wrong)
    assert given.iban(wrong) is None


@pytest.mark.parametrize(
    "text", ["", "IT", "BR1800360305000010009795493C1", "x" * 5000, "IT60X\x0005428111010000001234"]
)
def test_what_is_no_iban_of_the_euro_payments_area_is_none(text: str) -> None:
    assert given.iban(text) is None


@pytest.mark.parametrize("seed", SOME)
def test_a_tax_code_is_a_companys_or_a_persons(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - the same each time
    company = vat_number(rng)
    person = person_tax_code(
        first_name="Maria", last_name="Rossi", born_on=date(1980, 1, 1 + seed), woman=True, born_in=TOWNS[0]
    )
    assert (given.tax_code(company), given.personal_tax_code(company)) == (company, None)
    assert given.tax_code(person.lower()) == given.personal_tax_code(f" {person}") == person
    assert given.tax_code(company[:-1] + str((int(company[-1]) + 1) % 10)) is None


@drawn(st.text(max_size=40))
def test_any_text_is_read_or_is_none(text: str) -> None:
    for read in (given.iban, given.tax_code, given.personal_tax_code, given.mobile_number, given.province):
        assert read(text) is None or read(text) == read(read(text) or "")
    assert (given.postcode(text) or "00000").isdigit()
    assert (given.words(text, longest=20) or "x").isprintable()


@pytest.mark.parametrize("text", ["3331234567", "+393331234567", "0039 333.123.45.67", "333-1234567"])
def test_a_mobile_number_is_e164_however_it_is_written(text: str) -> None:
    assert given.mobile_number(text) == "+393331234567"


@pytest.mark.parametrize("text", ["", "333", "0212345678", "+443331234567", "٣٣٣١٢٣٤٥٦٧", "+39333123456789"])
def test_what_is_no_italian_mobile_number_is_none(text: str) -> None:
    assert given.mobile_number(text) is None


@pytest.mark.parametrize(
    "written", ["VIA UNIVERSITA', 12 ", "via università 12", "Via Universita\N{COMBINING GRAVE ACCENT}, 12"]
)
def test_an_address_is_like_itself_however_a_system_writes_it(written: str) -> None:
    shown = Address(written, "20121", " MILANO", "mi")
    assert likeness(shown) == likeness(Address("Via Università, 12", "20121", "Milano", "MI"))
    assert likeness(shown) != likeness(Address("Via Università, 13", "20121", "Milano", "MI"))
