"""Values as the fixed legacy writes them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bff.backends._batch import Unreadable
from bff.backends.fixed._value import Row, amount, instant, local_day, local_time
from bff.domain.address import Address
from bff.domain.money import Money
from tests.backends.wire import NOW

CENTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.234,56", "1234.56"),
        ("1234,5", "1234.5"),
        ("-12,30", "-12.30"),
        ("1.234.567,89", "1234567.89"),
        ("1.234", "1234"),
        ("0,00", "0.00"),
        ("7", "7"),
    ],
)
def test_italian_amounts_are_read_exactly(text: str, expected: str) -> None:
    assert amount(text) == Decimal(expected)


@given(CENTS)
def test_every_amount_comes_back_as_it_was_written(value: Decimal) -> None:
    assert amount(f"{value:,.2f}".translate(str.maketrans(",.", ".,"))) == value


@pytest.mark.parametrize("text", ["", "1,234.56", "12.34,5", "1e3", "NaN", "١٢", "--1", "1,", "EUR 1"])
def test_what_is_no_italian_amount_is_not_guessed_at(text: str) -> None:
    with pytest.raises(Unreadable):
        amount(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22/11/2026", datetime(2026, 11, 21, 23, tzinfo=UTC)),
        ("22/11/2026 09:30:00", datetime(2026, 11, 22, 8, 30, tzinfo=UTC)),
        ("01/07/2026 09:30:00", datetime(2026, 7, 1, 7, 30, tzinfo=UTC)),
        ("25/10/2026 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("29/03/2026 02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("31/12/9999", None),
        ("01/01/0001 00:00:00", None),
    ],
)
def test_local_times_are_romes(text: str, expected: datetime | None) -> None:
    read = instant(text)
    assert (None if read is None else read.astimezone(UTC)) == expected


@pytest.mark.parametrize(
    "text", ["", "2026-11-22", "30/02/2026", "22/11/2026 25:00:00", "22/11/26", "22/11/2026 09:30"]
)
def test_what_is_no_local_time_is_not_guessed_at(text: str) -> None:
    with pytest.raises(Unreadable):
        instant(text)


def test_days_and_times_are_written_as_the_schema_wants() -> None:
    assert local_day(date(2026, 1, 2)) == "02/01/2026"
    assert local_time(NOW.astimezone(UTC)) == "22/11/2026 09:30:00"


def row(inner: str) -> Row:
    return Row(etree.fromstring(f'<row xmlns="urn:legacy:fixed:crm-billing:v3">{inner}</row>'))


def test_blanks_and_empty_elements_are_nothing() -> None:
    assert row("<a> x </a>").text("a") == "x"
    assert row("<a>  </a><b/>").text("a") is None
    assert row("<a>  </a><b/>").text("b") is None
    with pytest.raises(Unreadable):
        row("<a/>").needed("a")


def test_an_amount_loses_the_sign_that_its_invoice_carries_in_its_kind() -> None:
    assert row("<total>-12,30</total>").money("total") == Money(Decimal("12.30"))
    assert row("<total>-12,30</total>").money("vat") is None


def test_an_address_is_put_together_from_its_parts() -> None:
    place = (
        "<toponym>VIA</toponym><street>Garibaldi</street><civic>12/A</civic>"
        "<postCode>00187</postCode><city>Roma</city><province>RM</province>"
    )
    assert row(f"<location>{place}</location>").address("location") == Address(
        "Via Garibaldi, 12/A", "00187", "Roma", "RM"
    )
    assert row("").address("location") is None
