"""The usage that the world makes up: only when asked, the same again, and all of it in agreement."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from sandbox.clock import DEFAULT_NOW, ROME
from sandbox.world import usage
from sandbox.world.build import build_world
from sandbox.world.model import MobileLine

LONG_AGO = date(2020, 1, 1)
TODAY = DEFAULT_NOW.date()
SPRING_FORWARD = date(2026, 3, 29)


@pytest.fixture
def lines() -> list[MobileLine]:
    """Give the lines of the small company that use anything."""
    return [line for line in build_world(DEFAULT_NOW, 1).companies[0].mobile_lines if usage.has_usage(line)]


def test_a_world_is_built_without_making_a_single_record() -> None:
    usage._of_day.cache_clear()
    build_world(DEFAULT_NOW, 77)
    assert usage._of_day.cache_info().misses == 0


def test_a_line_has_ten_months_of_records_in_their_order(lines: list[MobileLine]) -> None:
    old = next(line for line in lines if line.started_on < TODAY - timedelta(days=usage.HISTORY_DAYS))
    rows = usage.records(old, LONG_AGO, TODAY, DEFAULT_NOW)
    assert len(rows) > 1000
    assert (TODAY - rows[0].at.date()).days in range(usage.HISTORY_DAYS - 7, usage.HISTORY_DAYS + 1)
    assert all(one.at.date() <= other.at.date() for one, other in pairwise(rows))
    assert len({row.id for row in rows}) == len(rows)


def test_the_same_seed_gives_the_same_records_and_another_gives_others(lines: list[MobileLine]) -> None:
    again = build_world(DEFAULT_NOW + timedelta(days=1), 1).companies[0].mobile_lines
    other = build_world(DEFAULT_NOW, 2).companies[0].mobile_lines
    day = TODAY - timedelta(days=3)
    made = [
        [usage.records(line, day, day, DEFAULT_NOW) for line in some if usage.has_usage(line)]
        for some in (lines, again, other)
    ]
    assert made[0] == made[1] != made[2]


def test_what_offers_have_used_is_the_sum_of_the_records_since_the_renewal(lines: list[MobileLine]) -> None:
    for line in lines:
        used = {each.type: each.used for each in usage.traffic(line, DEFAULT_NOW)}
        for offer in usage.offers(line, DEFAULT_NOW):
            assert offer.used == used.get(offer.type, 0)


def test_a_page_of_lines_shows_offers_without_limit_some_that_do_not_renew_and_some_used_up(
    lines: list[MobileLine],
) -> None:
    offers = [offer for line in lines for offer in usage.offers(line, DEFAULT_NOW)]
    assert [offer for offer in offers if offer.allowed is None]
    assert [offer for offer in offers if offer.renews_at is None]
    assert [offer for offer in offers if offer.allowed is not None and offer.used > offer.allowed]
    assert all(offer.renews_at is None or offer.renews_at > DEFAULT_NOW for offer in offers)


def test_records_are_delivered_every_six_hours(lines: list[MobileLine]) -> None:
    day = TODAY - timedelta(days=3)
    hours = (6, 12, 18, 24)
    counts = [
        sum(
            len(usage.records(line, day, day, datetime(2026, 11, 19, tzinfo=ROME) + timedelta(hours=hour - 1)))
            for line in lines
        )
        for hour in hours
    ]
    assert counts == sorted(set(counts))


def test_every_record_is_of_its_day_also_where_the_clocks_change(lines: list[MobileLine]) -> None:
    rows = [row for line in lines for row in usage.records(line, SPRING_FORWARD, SPRING_FORWARD, DEFAULT_NOW)]
    assert rows
    assert {row.at.astimezone(ROME).date() for row in rows} == {SPRING_FORWARD}
    assert all(row.at.hour != 2 for row in rows), "that hour did not exist"


def test_prepaid_lines_have_credit_and_subscriptions_what_they_spent_beyond_the_plan(lines: list[MobileLine]) -> None:
    for line in lines:
        assert (usage.credit(line, DEFAULT_NOW) is None) is not line.prepaid
        assert (usage.beyond_plan(line, DEFAULT_NOW) is None) is line.prepaid


def test_a_line_that_is_ceased_uses_nothing() -> None:
    ceased = next(
        line
        for company in build_world(DEFAULT_NOW, 1).companies
        for line in company.mobile_lines
        if line.state == "terminated"
    )
    assert usage.records(ceased, LONG_AGO, TODAY, DEFAULT_NOW) == []
    assert usage.offers(ceased, DEFAULT_NOW) == []
    assert usage.credit(ceased, DEFAULT_NOW) is None
    assert usage.beyond_plan(ceased, DEFAULT_NOW) is None
