"""Values as the fixed legacy writes them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.backends._batch import Unreadable
from bff.backends.fixed._value import Row, instant, local_day, local_time
from bff.backends.fixed._xml import tree
from bff.domain.address import Address
from bff.domain.period import ROME
from tests.backends.wire import NOW


def in_seconds(when: datetime) -> datetime:
    return when.replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22/11/2026", datetime(2026, 11, 21, 23, tzinfo=UTC)),
        ("22/11/2026 09:30:00", datetime(2026, 11, 22, 8, 30, tzinfo=UTC)),
        ("01/07/2026 09:30:00", datetime(2026, 7, 1, 7, 30, tzinfo=UTC)),
        ("25/10/2026 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("29/03/2026 02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("31/12/9999", None),
        ("31/12/9999 23:59:59", None),
        ("01/01/0001 00:00:00", None),
    ],
)
def test_local_times_are_romes(text: str, expected: datetime | None) -> None:
    read = instant(text)
    assert (None if read is None else read.astimezone(UTC)) == expected


@pytest.mark.parametrize(
    "text", ["", "2026-11-22", "30/02/2026", "22/11/2026 25:00:00", "22/11/26", "22/11/2026 09:30", "00/00/0000"]
)
def test_what_is_no_local_time_is_not_guessed_at(text: str) -> None:
    with pytest.raises(Unreadable):
        instant(text)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(in_seconds))  # noqa: DTZ001
def test_every_instant_comes_back_or_the_first_of_the_two_with_the_same_clock(when: datetime) -> None:
    read = instant(local_time(when))
    assert read in {when, when - timedelta(hours=1)}
    assert (read == when) is (when.astimezone(ROME).fold == 0)


def test_days_and_times_are_written_as_the_schema_wants() -> None:
    assert local_day(date(2026, 1, 2)) == "02/01/2026"
    assert local_time(NOW.astimezone(UTC)) == "22/11/2026 09:30:00"


def row(inner: str) -> Row:
    declared = 'xmlns="urn:legacy:fixed:crm-billing:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return Row(tree(f"<row {declared}>{inner}</row>".encode(), ""))


@pytest.mark.parametrize(
    "nothing",
    ["", "<a/>", "<a></a>", "<a>  </a>", "<a>NULL</a>", "<a> NULL </a>", '<a xsi:nil="true"/>', '<a xsi:nil="1">x</a>'],
)
def test_nothing_in_every_form_is_nothing(nothing: str) -> None:
    assert row(nothing).text("a") is None
    assert row(nothing).instant("a") is None
    assert row(nothing).amount("a") is None
    with pytest.raises(Unreadable):
        row(nothing).needed("a")


def test_blanks_around_a_text_are_dropped_and_those_in_it_stay() -> None:
    assert row("<a>  UNIVERSITA' DI  ROMA \t</a>").text("a") == "UNIVERSITA' DI  ROMA"


@pytest.mark.parametrize("inner", ["<a>1<b/>2,30</a>", "<a>1,00</a><a>2,00</a>", "<a>1,00</a><a/>"])
def test_a_text_with_parts_or_a_second_one_is_not_guessed_at(inner: str) -> None:
    with pytest.raises(Unreadable):
        row(inner).text("a")


def test_the_same_text_twice_is_one() -> None:
    assert row("<a>1,00</a><a> 1,00</a>").text("a") == "1,00"


def test_elements_of_other_namespaces_are_nobodys() -> None:
    assert row('<a xmlns="urn:other">1,00</a>').text("a") is None
    assert row('<a xmlns="">1,00</a>').text("a") is None


def test_yes_and_no_are_read_in_any_case_and_nothing_else_is() -> None:
    told = {text: row(f"<a>{text}</a>").flag("a") for text in ("S", "s", " N", "n", "X", "")}
    assert told == {"S": True, "s": True, " N": False, "n": False, "X": None, "": None}


PLACE = (
    "<toponym>VIA</toponym><street>Garibaldi</street><civic>12/A</civic>"
    "<postCode>00187</postCode><city>Roma</city><province>RM</province>"
)


def test_an_address_is_put_together_from_its_parts() -> None:
    expected = Address("Via Garibaldi, 12/A", "00187", "Roma", "RM")
    assert row(f"<location>{PLACE}</location>").address("location") == expected
    assert row(f"<location>{PLACE.replace('00187', '187')}</location>").address("location") == expected


@pytest.mark.parametrize(
    "inner",
    [
        "",
        f"<location>{PLACE.replace('00187', '')}</location>",
        f"<location>{PLACE.replace('00187', '1.87000E+2')}</location>",
        f"<location>{PLACE.replace('Roma', 'NULL')}</location>",
        f"<location>{PLACE}</location><location/>",
    ],
)
def test_an_address_that_is_not_whole_is_none(inner: str) -> None:
    assert row(inner).address("location") is None
