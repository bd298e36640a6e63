"""When a campaign runs, what of it becomes an offer, and which lines it can be bought for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from bff.domain.line import LineState, MobileLine
from bff.domain.money import Money, TaxedMoney
from bff.domain.offer import Campaign, Offer, Offering, Recommendation, lines_by_offering, offers
from bff.domain.period import ROME

SECOND = timedelta(seconds=1)
AUTUMN = Campaign(
    key="CMP-1",
    name="Autunno",
    released=True,
    starts_at=datetime(2026, 11, 1, tzinfo=ROME),
    ends_at=datetime(2026, 11, 23, tzinfo=ROME),
)
GIGA = Offering(
    key="OFR-1",
    name="Giga",
    description="",
    on_sale=True,
    media=None,
    monthly_price=TaxedMoney(Money(Decimal("3.00"))),
    once_price=None,
    for_lines=True,
)


def changed(campaign: Campaign, **told: object) -> Campaign:
    return msgspec.structs.replace(campaign, **told)


@pytest.mark.parametrize(
    ("now", "runs"),
    [
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=ROME), False),
        (datetime(2026, 11, 1, tzinfo=ROME), True),
        (datetime(2026, 10, 31, 23, tzinfo=UTC), True),
        (datetime(2026, 11, 22, 23, 59, 59, 999_999, tzinfo=ROME), True),
        (datetime(2026, 11, 23, tzinfo=ROME), False),
        (datetime(2026, 11, 22, 23, tzinfo=UTC), False),
    ],
)
def test_a_campaign_runs_from_its_first_day_to_its_last_midnight_in_rome(now: datetime, *, runs: bool) -> None:
    assert AUTUMN.is_running(now) is runs


@pytest.mark.parametrize("zone", [ROME, UTC])
def test_an_end_in_the_hour_that_comes_twice_is_the_one_that_it_says(zone: object) -> None:
    """02:30 of 25 October is once in summer time and once in winter time, an hour later."""
    first, second = (datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=ROME) for fold in (0, 1))
    assert second - first == timedelta(0), "which is why clocks are not compared"
    told = [each.astimezone(zone) for each in (first, second)]  # type: ignore[arg-type]
    ending = [changed(AUTUMN, starts_at=None, ends_at=end) for end in told]
    beginning = [changed(AUTUMN, starts_at=start, ends_at=None) for start in told]
    between = datetime(2026, 10, 25, 1, 0, tzinfo=UTC).astimezone(zone)  # type: ignore[arg-type]
    assert [each.is_running(between) for each in ending] == [False, True]
    assert [each.is_running(between) for each in beginning] == [True, False]


def test_the_night_of_the_spring_change_is_an_hour_shorter() -> None:
    starts_at = datetime(2026, 3, 29, tzinfo=ROME)
    night = changed(AUTUMN, starts_at=starts_at, ends_at=datetime(2026, 3, 30, tzinfo=ROME))
    end = starts_at.astimezone(UTC) + timedelta(hours=23)
    assert [night.is_running(end - SECOND), night.is_running(end)] == [True, False]


def test_what_is_not_planned_does_not_bound_a_campaign() -> None:
    always = changed(AUTUMN, starts_at=None, ends_at=None)
    assert all(always.is_running(now) for now in (datetime(1990, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)))


def test_a_campaign_that_is_not_released_never_runs() -> None:
    assert not changed(AUTUMN, released=False, starts_at=None, ends_at=None).is_running(datetime.now(UTC))


def test_lines_of_several_recommendations_of_one_offering_are_joined() -> None:
    told = [("OFR-1", ("PRD-1", "PRD-2")), ("OFR-2", ()), ("OFR-1", ("PRD-2", "PRD-3"))]
    found = lines_by_offering(Recommendation(offering_key=key, line_keys=lines) for key, lines in told)
    assert found == {"OFR-1": {"PRD-1", "PRD-2", "PRD-3"}, "OFR-2": frozenset()}
    assert list(found) == ["OFR-1", "OFR-2"]


def test_each_campaign_makes_an_offer_of_an_offering_that_is_on_sale() -> None:
    winter = changed(AUTUMN, key="CMP-2")
    made = offers(GIGA, [AUTUMN, winter], frozenset({"PRD-1"}))
    assert [each.place for each in made] == ["CMP-1/OFR-1", "CMP-2/OFR-1"]
    assert [(each.name, each.monthly_price, each.line_keys) for each in made] == [
        (GIGA.name, GIGA.monthly_price, frozenset({"PRD-1"}))
    ] * 2
    assert offers(msgspec.structs.replace(GIGA, on_sale=False), [AUTUMN], frozenset()) == ()


def offer(*, for_lines: bool = True) -> Offer:
    (made,) = offers(msgspec.structs.replace(GIGA, for_lines=for_lines), [AUTUMN], frozenset({"PRD-1"}))
    return made


def line(key: str = "PRD-1", state: LineState = LineState.ACTIVE) -> MobileLine:
    return MobileLine(
        key=key,
        number="+393331234567",
        state=state,
        as_of=datetime(2026, 11, 22, tzinfo=UTC),
        contract_key="AGR-1",
        contract_number="1",
        tariff_plan=None,
        prepaid=None,
        sim=None,
    )


def test_an_offer_takes_the_lines_in_use_that_it_was_recommended_for() -> None:
    assert [state for state in LineState if offer().takes(line(state=state))] == [LineState.ACTIVE]
    assert not offer().takes(line("PRD-2"))


def test_an_offer_for_the_whole_customer_takes_no_line() -> None:
    assert not offer(for_lines=False).takes(line())
