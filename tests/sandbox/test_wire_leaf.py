"""What quirks do to single values."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox._faults import Quirk
from sandbox.wire.leaf import TEXTS, notation


@pytest.mark.parametrize(
    ("quirk", "text", "changed"),
    [
        (Quirk.LOST_ZEROS, "0254124040", "254124040"),
        (Quirk.LOST_ZEROS, "0000000", "0"),
        (Quirk.LOST_ZEROS, "00184 Roma", "00184 Roma"),
        (Quirk.LOST_ZEROS, "12815490011", "12815490011"),
        (Quirk.SCIENTIFIC_NOTATION, "8939100000100100015", "8.93910E+18"),
        (Quirk.SCIENTIFIC_NOTATION, "+393298773549", "3.93299E+11"),
        (Quirk.SCIENTIFIC_NOTATION, "12815490011", "1.28155E+10"),
        (Quirk.SCIENTIFIC_NOTATION, "000001010002", "1.01000E+6"),
        (Quirk.SCIENTIFIC_NOTATION, "0254124040", "0254124040"),
        (Quirk.SCIENTIFIC_NOTATION, "MBA-00010010001", "MBA-00010010001"),
        (Quirk.APOSTROPHES, "UNIVERSITÀ", "UNIVERSITA'"),
        (Quirk.APOSTROPHES, "Perché Libertà", "Perche' Liberta'"),
        (Quirk.APOSTROPHES, "François Müller", "François Müller"),
        (Quirk.APOSTROPHES, "dell'Artigianato", "dell'Artigianato"),
        (Quirk.UNKNOWN_CODE, "ATT", "ZZZ"),
        (Quirk.WRONG_CASE, "ATT", "att"),
        (Quirk.WRONG_CASE, "partiallyPaid", "PARTIALLYPAID"),
        (Quirk.WRONG_CASE, "active", "ACTIVE"),
        (Quirk.PADDED_FIELDS, "ATT", "  ATT   "),
    ],
)
def test_a_text_becomes_another(quirk: Quirk, text: str, changed: str) -> None:
    _, change = TEXTS[quirk]
    assert change(text) == changed


@pytest.mark.parametrize(
    ("mode", "amount", "invoiced", "credited"),
    [
        ("italian", "1234.56", "1.234,56", "1.234,56"),
        ("italian", "1234567.00", "1.234.567,00", "1.234.567,00"),
        ("comma", "1234.50", "1234,5", "1234,5"),
        ("comma", "1200.00", "1200", "1200"),
        ("comma", "0.05", "0,05", "0,05"),
        ("sign_first", "1234.56", "+1234,56", "-1234,56"),
        ("sign_last", "12.30", "12,30+", "12,30-"),
        ("empty", "12.30", "", ""),
    ],
)
def test_an_amount_is_written_in_another_notation(mode: str, amount: str, invoiced: str, credited: str) -> None:
    written = [notation(Decimal(amount), mode, credit=credit) for credit in (False, True)]
    assert written == [invoiced, credited]


@pytest.mark.parametrize(
    ("amount", "number"),
    [("12.30", "12.299999999999999"), ("100.00", "1E+2"), ("120.00", "1.2E+2"), ("0.00", "0"), ("7.00", "7")],
)
def test_an_amount_that_was_a_float_is_a_number_with_noise_or_an_exponent(amount: str, number: str) -> None:
    written = notation(Decimal(amount), "float", credit=True)
    assert isinstance(written, Decimal)
    assert str(written) == number
