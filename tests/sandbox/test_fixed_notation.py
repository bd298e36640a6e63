"""How the fixed system writes values: always as the XSD's patterns want."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.fixed.notation import amount, bimester, day, flag, moment, read_moment

AMOUNT_IT = re.compile(r"-?[0-9]{1,3}(\.?[0-9]{3})*,[0-9]{2}")
BIMESTER = re.compile(r"[0-9]{4}-B[1-6]")
LOCAL_DATE_TIME = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}( [0-9]{2}:[0-9]{2}:[0-9]{2})?")


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_any_amount_is_written_in_the_xsds_pattern_and_loses_nothing(value: Decimal) -> None:
    written = amount(value)

    assert AMOUNT_IT.fullmatch(written)
    assert Decimal(written.replace(".", "").replace(",", ".")) == value


def test_amounts_have_points_at_thousands_and_a_comma_at_cents() -> None:
    assert [amount(Decimal(text)) for text in ("0", "7.5", "1234.56", "-12.3", "1234567.89")] == [
        "0,00",
        "7,50",
        "1.234,56",
        "-12,30",
        "1.234.567,89",
    ]


@given(st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31)))
def test_any_day_is_written_in_the_xsds_patterns(value: date) -> None:
    assert LOCAL_DATE_TIME.fullmatch(day(value))
    assert BIMESTER.fullmatch(bimester(value))
    assert read_moment(day(value)).date() == value


def test_a_moment_is_written_in_romes_time_summer_and_winter() -> None:
    assert moment(datetime(2026, 7, 1, 10, 0, tzinfo=UTC)) == "01/07/2026 12:00:00"
    assert moment(datetime(2026, 12, 1, 10, 0, tzinfo=UTC)) == "01/12/2026 11:00:00"


def test_bimesters_go_by_pairs_of_months() -> None:
    assert [bimester(date(2026, month, 1))[-2:] for month in range(1, 13)] == [
        f"B{number}" for number in (1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6)
    ]


def test_yes_and_no_are_s_and_n() -> None:
    assert (flag(value=True), flag(value=False)) == ("S", "N")


@pytest.mark.parametrize("text", ["31/02/2026", "01/01/2026 24:00:00", "00/00/0000"])
def test_a_moment_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time data|day is out of range|day \d+ must be in range"):
        read_moment(text)
