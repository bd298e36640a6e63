"""That days, instants and amounts go out and come in exactly, and nothing else comes in."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from graphql import GraphQLScalarType
from hypothesis import given
from hypothesis import strategies as st

from bff.domain.period import ROME
from bff.schema import SCHEMA


def scalar(name: str) -> GraphQLScalarType:
    found = SCHEMA.type_map[name]
    assert isinstance(found, GraphQLScalarType)
    return found


DATE, DATE_TIME, DECIMAL, LONG = scalar("Date"), scalar("DateTime"), scalar("Decimal"), scalar("Long")

offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
instants = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=offsets)  # noqa: DTZ001 - given one
amounts = st.decimals(-(10**12), 10**12, places=2)


@given(st.dates())
def test_a_day_comes_back_as_it_went_out(day: date) -> None:
    assert DATE.serialize(day) == day.isoformat()
    assert DATE.parse_value(DATE.serialize(day)) == day


@given(instants)
def test_an_instant_comes_back_as_the_same_instant_whatever_its_offset_was(instant: datetime) -> None:
    text = DATE_TIME.serialize(instant)
    assert DATE_TIME.parse_value(text) == instant
    assert text[-6:] in {"+01:00", "+02:00"}


@given(amounts)
def test_an_amount_comes_back_exactly(amount: Decimal) -> None:
    text = DECIMAL.serialize(amount)
    assert isinstance(text, str)
    assert str(DECIMAL.parse_value(text)) == str(amount)


@pytest.mark.parametrize(
    ("instant", "printed"),
    [
        (datetime(2026, 11, 22, 8, 30, tzinfo=UTC), "2026-11-22T09:30:00+01:00"),
        (datetime(2026, 7, 1, tzinfo=UTC), "2026-07-01T02:00:00+02:00"),
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29T01:59:59+01:00"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T03:00:00+02:00"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00+01:00"),
        (datetime(2026, 10, 25, 2, 30, tzinfo=ROME, fold=1), "2026-10-25T02:30:00+01:00"),
    ],
)
def test_an_instant_is_printed_with_the_offset_of_rome_also_where_the_clocks_change(
    instant: datetime, printed: str
) -> None:
    assert DATE_TIME.serialize(instant) == printed


@pytest.mark.parametrize(
    ("amount", "printed"),
    [("0.10", "0.10"), ("-12.30", "-12.30"), ("1E+3", "1000"), ("0E-8", "0.00000000"), ("1234567.89", "1234567.89")],
)
def test_an_amount_is_printed_with_its_zeros_and_without_an_exponent(amount: str, printed: str) -> None:
    assert DECIMAL.serialize(Decimal(amount)) == printed


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (DATE, datetime(2026, 1, 1, tzinfo=UTC)),
        (DATE, "2026-01-01"),
        (DATE_TIME, datetime(2026, 1, 1)),  # noqa: DTZ001 - without an offset
        (DATE_TIME, date(2026, 1, 1)),
        (DECIMAL, 1.5),
        (DECIMAL, "1.5"),
        (DECIMAL, 1),
    ],
)
def test_what_a_record_must_not_hold_does_not_go_out(kind: GraphQLScalarType, value: object) -> None:
    with pytest.raises(TypeError):
        kind.serialize(value)


ARABIC_DIGITS = "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661"
NO_DAYS = (
    "",
    "2026-1-2",
    "2026-02-30",
    "20260101",
    "2026-01-01T00:00:00Z",
    " 2026-01-01",
    "2026-01-01\n",
    ARABIC_DIGITS,
)
NO_INSTANTS = (
    *("", "2026-01-01", "2026-01-01T09:30:00", "2026-01-01 09:30:00Z", "2026-01-01T25:00:00Z", "2026-13-01T09:30:00Z"),
    *("2026-01-01T09:30:00+0100", "2026-01-01T09:30:00+01", "2026-01-01T09:30:00.1234567Z", "2026-01-01T09:30:00z"),
    "2026-01-01T09:30:00+24:00",
)
NO_AMOUNTS = (
    "",
    "1,5",
    "1.",
    ".5",
    "+1",
    "1e3",
    "NaN",
    "Infinity",
    " 1",
    "1 000",
    "1" * 19,
    "0." + "1" * 10,
    ARABIC_DIGITS[:2],
)
NO_TEXTS: tuple[object, ...] = (20260101, 1.5, True, None, [], {})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((DATE, value) for value in (*NO_DAYS, *NO_TEXTS)),
        *((DATE_TIME, value) for value in (*NO_INSTANTS, *NO_TEXTS)),
        *((DECIMAL, value) for value in (*NO_AMOUNTS, *NO_TEXTS)),
    ],
)
def test_what_is_not_written_exactly_so_does_not_come_in(kind: GraphQLScalarType, value: object) -> None:
    with pytest.raises(ValueError, match=r"^not an? "):
        kind.parse_value(value)


@given(st.integers(-(2**53), 2**53))
def test_a_whole_number_goes_out_and_comes_in_as_it_is(value: int) -> None:
    assert LONG.serialize(value) == value == LONG.parse_value(value)


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, True, 1.0, "1", None])
def test_what_is_no_whole_number_that_every_client_reads_exactly_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        LONG.serialize(value)
    with pytest.raises(TypeError):
        LONG.parse_value(value)
