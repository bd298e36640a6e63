"""Engagement rules: whom they are for, and when they hold, at every edge of a month and of Rome's clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bff.domain.engagement import Fact, Facts, Link, Rule, Schedule, Target, chosen, filled, live, needed
from bff.domain.period import ROME
from bff.domain.profile import Profile
from bff.domain.text import Text
from bff.domain.url import Url

LAST_FIVE = Schedule(last_days=5)
FIRST_TWO = Schedule(first_days=2)
SECOND = timedelta(seconds=1)


def rome(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ROME, fold=fold)  # type: ignore[arg-type,misc]  # its first parts


# --- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first", [rome(2026, 1, 27), rome(2026, 2, 24), rome(2028, 2, 25), rome(2026, 4, 26), rome(2026, 12, 27)]
)
def test_the_last_days_begin_at_midnight_in_rome_and_end_with_the_month(first: datetime) -> None:
    after = rome(first.year + first.month // 12, first.month % 12 + 1, 1)
    edges = [first.astimezone(UTC) - SECOND, first, after.astimezone(UTC) - SECOND, after]
    assert [LAST_FIVE.holds(moment) for moment in edges] == [False, True, True, False]


def test_29_february_is_the_last_day_of_a_leap_year_only() -> None:
    last = Schedule(last_days=1)
    assert [last.holds(rome(2028, 2, day)) for day in (28, 29)] == [False, True]
    assert [last.holds(rome(2026, 2, 28)), last.holds(rome(2100, 2, 28))] == [True, True]


def test_the_first_days_are_the_first_ones() -> None:
    assert [FIRST_TWO.holds(rome(2026, 3, day)) for day in (1, 2, 3, 31)] == [True, True, False, False]


def test_the_day_is_romes_in_summer_and_in_winter() -> None:
    sunday = Schedule(weekdays=frozenset({6}))
    summer = [datetime(2026, 7, 4, 21, 59, 59, tzinfo=UTC), datetime(2026, 7, 4, 22, tzinfo=UTC)]
    winter = [datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC), datetime(2026, 11, 21, 23, tzinfo=UTC)]
    assert [sunday.holds(moment) for moment in (*summer, *winter)] == [False, True, False, True]


@pytest.mark.parametrize(("day", "hours"), [(rome(2026, 3, 29), 23), (rome(2026, 10, 25), 25)])
def test_a_weekday_lasts_as_long_as_it_does_when_the_clocks_change(day: datetime, hours: int) -> None:
    sunday = Schedule(weekdays=frozenset({6}))
    begin = day.astimezone(UTC)
    held = [count for count in range(-3, 30) if sunday.holds(begin + timedelta(hours=count))]
    assert held == list(range(hours))


def test_a_campaign_holds_from_its_start_until_just_before_its_end() -> None:
    campaign = Schedule(starts_at=rome(2026, 11, 16, 9), ends_at=rome(2027, 1, 1))
    edges = [rome(2026, 11, 16, 9) - SECOND, rome(2026, 11, 16, 9), rome(2026, 12, 31, 23, 59, 59), rome(2027, 1, 1)]
    assert [campaign.holds(moment) for moment in edges] == [False, True, True, False]


def test_a_campaign_that_ends_in_the_hour_that_comes_twice_ends_once() -> None:
    campaign = Schedule(starts_at=rome(2026, 10, 25, 2, 30), ends_at=rome(2026, 10, 25, 2, 30, fold=1))
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    moments = [start + timedelta(minutes=minutes) for minutes in (-1, 0, 59, 60)]
    assert [campaign.holds(moment) for moment in moments] == [False, True, True, False]
    assert [campaign.holds(moment.astimezone(ROME)) for moment in moments] == [False, True, True, False]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), st.integers(1, 31))  # noqa: DTZ001
def test_the_last_days_of_a_month_are_those_whose_month_is_another_so_many_days_later(now: datetime, days: int) -> None:
    day = now.astimezone(ROME).date()
    assert Schedule(last_days=days).holds(now) is ((day + timedelta(days=days)).month != day.month)


# --- whom -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "facts", "meets"),
    [
        (Target(), {}, True),
        (Target(segments=frozenset({"SME", "TOP"})), {Fact.SEGMENT: frozenset({"TOP", "X"})}, True),
        (Target(segments=frozenset({"SME"})), {Fact.SEGMENT: frozenset({"TOP"})}, False),
        (Target(segments=frozenset({"SME"})), {}, False),
        (Target(holds=frozenset({Fact.FIXED})), {Fact.FIXED: 2}, True),
        (Target(holds=frozenset({Fact.FIXED})), {Fact.FIXED: 0}, False),
        (Target(lacks=frozenset({Fact.FIXED})), {Fact.FIXED: 0}, True),
        (Target(lacks=frozenset({Fact.FIXED})), {Fact.FIXED: 1}, False),
        (Target(lacks=frozenset({Fact.FIXED})), {}, False),
        (Target(least={Fact.OVERDUE_INVOICES: 2}), {Fact.OVERDUE_INVOICES: 2}, True),
        (Target(least={Fact.OVERDUE_INVOICES: 2}), {Fact.OVERDUE_INVOICES: 1}, False),
    ],
)
def test_a_target_is_met_by_what_is_known_of_a_customer(target: Target, facts: Facts, *, meets: bool) -> None:
    assert target.meets(facts) is meets


def test_only_the_facts_of_rules_whose_profile_and_time_agree_are_needed() -> None:
    now = rome(2026, 11, 26)
    rules = [
        Rule(id="profile", profiles=frozenset({Profile.ADMIN_FULL}), target=Target(holds=frozenset({Fact.FIBRE}))),
        Rule(id="time", schedule=FIRST_TWO, target=Target(least={Fact.INVOICES_TO_PAY: 1})),
        Rule(id="both", schedule=LAST_FIVE, target=Target(lacks=frozenset({Fact.FIXED}))),
        Rule(id="always", target=Target(segments=frozenset({"SME"}))),
    ]
    agreed = live(rules, Profile.END_USER, now)
    assert [rule.id for rule in agreed] == ["both", "always"]
    assert needed(agreed) == {Fact.FIXED, Fact.SEGMENT}
    assert [rule.id for rule in chosen(agreed, {Fact.FIXED: 0})] == ["both"]


def test_rules_stay_in_the_order_of_the_file() -> None:
    rules = [Link(id=each, label=Text(each, each), url=Url("https://a.example")) for each in "cab"]
    assert [rule.id for rule in chosen(live(rules, None, rome(2026, 1, 1)), {})] == ["c", "a", "b"]


def test_a_text_tells_the_numbers_in_its_language() -> None:
    text = Text("Scadute: {overdue_invoices}, {altro}", "Overdue: {overdue_invoices}")
    facts: Facts = {Fact.OVERDUE_INVOICES: 3}
    assert [filled(text, language, facts) for language in ("it", "en")] == ["Scadute: 3, {altro}", "Overdue: 3"]
