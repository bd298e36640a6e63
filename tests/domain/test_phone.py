"""Phone numbers as people write them."""

import pytest

from bff.domain.phone import e164


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+39 02 5412-4040", "+390254124040"),
        ("0039 333.123.4567", "+393331234567"),
        ("(+44) 20/7946 0000", "+442079460000"),
        ("+39\u00a0333\u00a01234567", "+393331234567"),
    ],
)
def test_a_number_with_its_country_is_read_however_it_is_spaced(text: str, number: str) -> None:
    assert e164(text) == number


@pytest.mark.parametrize("text", ["", "+", "3331234567", "+0123456789", "+39 333 12x", "+٣٩٣٣٣١٢٣٤٥٦٧", "+" + "1" * 16])
def test_what_has_no_country_or_is_no_number_is_none(text: str) -> None:
    assert e164(text) is None
