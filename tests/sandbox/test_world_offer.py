"""Campaigns around the world's moment, and whom they are for."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sandbox.clock import DEFAULT_NOW, ROME
from sandbox.world.build import build_world
from sandbox.world.model import Company, World
from sandbox.world.offer import OFFERINGS, Campaign, campaigns, recommended, runs

MIDNIGHT = datetime(2026, 11, 23, tzinfo=ROME)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(DEFAULT_NOW)


def running(company: Company, now: datetime = DEFAULT_NOW) -> Iterator[tuple[Campaign, str]]:
    for each in recommended(company):
        for campaign in campaigns(DEFAULT_NOW):
            if each.offering_id in campaign.offering_ids and _is_running(campaign, now):
                yield campaign, each.offering_id


def _is_running(campaign: Campaign, now: datetime) -> bool:
    ended = campaign.ends_at is not None and campaign.ends_at <= now
    return campaign.starts_at <= now and not ended and campaign.status != "In design"


def test_campaigns_run_end_tonight_have_no_end_are_over_and_to_come() -> None:
    ends = [campaign.ends_at for campaign in campaigns(DEFAULT_NOW) if _is_running(campaign, DEFAULT_NOW)]
    assert MIDNIGHT in ends
    assert None in ends
    assert any(end and end > MIDNIGHT for end in ends)
    assert any(campaign.ends_at and campaign.ends_at < DEFAULT_NOW for campaign in campaigns(DEFAULT_NOW))
    assert any(campaign.starts_at > DEFAULT_NOW for campaign in campaigns(DEFAULT_NOW))


def test_companies_are_in_several_campaigns_in_one_and_in_none(world: World) -> None:
    counts = [len({campaign.id for campaign, _ in running(company)}) for company in world.companies]
    assert {min(count, 2) for count in counts} == {0, 1, 2}
    on_mobile = [company for company in world.companies if company.mobile_party_id]
    assert any(not list(running(company)) for company in on_mobile), "on the network, and in none"
    assert any(list(recommended(company)) and not list(running(company)) for company in on_mobile)


def test_lines_that_an_offer_can_be_bought_for_are_the_companys_and_one_is_ceased(world: World) -> None:
    for company in world.companies:
        states = {line.product_id: line.state for line in company.mobile_lines}
        for each in recommended(company):
            assert set(each.line_ids) <= set(states)
    small = world.companies[0]
    ceased = {line.product_id for line in small.mobile_lines if line.state == "terminated"}
    assert ceased & {line_id for each in recommended(small) for line_id in each.line_ids}


def test_what_is_recommended_is_worked_out_in_runs_that_overlap(world: World) -> None:
    small = world.companies[0]
    first, second = runs(small)
    assert first[-1] == second[0]
    assert (*first, *second[1:]) == recommended(small)


def test_another_moment_moves_the_campaigns_and_leaves_the_lines(world: World) -> None:
    later = DEFAULT_NOW + timedelta(days=3)
    moved = build_world(later)
    assert [recommended(each) for each in moved.companies] == [recommended(each) for each in world.companies]
    assert [each.ends_at for each in campaigns(later)] != [each.ends_at for each in campaigns(DEFAULT_NOW)]


def test_every_campaign_offers_what_the_catalogue_has() -> None:
    known = {each.id for each in OFFERINGS}
    assert {key for each in campaigns(DEFAULT_NOW) for key in each.offering_ids} == known
