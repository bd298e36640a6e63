"""What the stand-in never says of offers: prices of other kinds, whom they are for, recommendations that failed."""

import json
from decimal import Decimal
from typing import Any

import pytest

from bff.backends.mobile import Mobile
from bff.domain.money import Money, TaxedMoney
from bff.domain.offer import Offering, Recommendation
from bff.errors import BackendError, BackendGarbled
from tests.backends.wire import Reply, StillClock, always, good, http

pytestmark = pytest.mark.anyio

MONTHLY = {
    "priceType": "recurring",
    "recurringChargePeriod": "month",
    "recurringChargePeriodLength": 1,
    "price": {"dutyFreeAmount": {"unit": "EUR", "value": 2.46}, "taxIncludedAmount": {"unit": "EUR", "value": 3.00}},
}
ONCE = MONTHLY | {"priceType": "oneTime"}
OFFERING = {
    "id": "OFR-1",
    "name": "Giga",
    "lifecycleStatus": "Active",
    "productOfferingPrice": [MONTHLY],
    "prodSpecCharValueUse": [{"name": "boughtFor", "productSpecCharacteristicValue": [{"value": "line"}]}],
}
PRICE = TaxedMoney(Money(Decimal("3.00")), Money(Decimal("2.46")), Money(Decimal("0.54")))


def mobile(*rows: Any) -> Mobile:
    return Mobile(http(always(Reply(json.dumps(rows).encode()))), StillClock())


async def offering(**told: Any) -> Offering | BackendError:
    opened = mobile(OFFERING | told)
    found = await opened.offerings(["OFR-1"])
    await opened.aclose()
    return found["OFR-1"]


async def recommendations(**told: Any) -> list[Recommendation] | BackendError:
    row = {"id": "REC-1", "state": "done", "relatedParty": {"id": "ORG-1"}, "recommendationItem": []}
    opened = mobile(row | told)
    found = await opened.recommendations_by_party(["ORG-1"])
    await opened.aclose()
    return found["ORG-1"]


def bought_for(*values: str) -> list[Any]:
    return [{"name": "boughtFor", "productSpecCharacteristicValue": [{"value": value} for value in values]}]


@pytest.mark.parametrize(
    ("prices", "monthly", "once"),
    [
        ([], None, None),
        ([MONTHLY], PRICE, None),
        ([ONCE], None, PRICE),
        ([ONCE, MONTHLY], PRICE, PRICE),
        ([{"priceType": "usage", "price": {}}, ONCE], None, PRICE),
        ([MONTHLY | {"recurringChargePeriod": " MONTH ", "recurringChargePeriodLength": None}], PRICE, None),
    ],
)
async def test_prices_are_per_month_or_once_and_those_by_use_are_left_out(
    prices: list[Any], monthly: TaxedMoney | None, once: TaxedMoney | None
) -> None:
    found = good(await offering(productOfferingPrice=prices))
    assert (found.monthly_price, found.once_price) == (monthly, once)


@pytest.mark.parametrize(
    "prices",
    [
        [MONTHLY | {"recurringChargePeriodLength": 3}],
        [MONTHLY | {"recurringChargePeriod": "year"}],
        [MONTHLY | {"recurringChargePeriod": None}],
        [MONTHLY | {"priceType": "discount"}],
        [MONTHLY | {"priceType": None}],
        [MONTHLY, MONTHLY],
        [MONTHLY | {"price": None}],
        [MONTHLY | {"price": {"dutyFreeAmount": {"unit": "EUR", "value": 2.46}}}],
        [MONTHLY | {"price": {"taxIncludedAmount": {"unit": "USD", "value": 3.00}}}],
        [MONTHLY | {"price": {"taxIncludedAmount": {"unit": "EUR", "value": -3.00}}}],
        [MONTHLY | {"price": {"taxIncludedAmount": {"value": 3.00}, "dutyFreeAmount": {"value": 3.01}}}],
    ],
)
async def test_an_offering_whose_price_can_not_be_told_is_not_offered_without_it(prices: list[Any]) -> None:
    assert isinstance(await offering(productOfferingPrice=prices), BackendGarbled)


async def test_an_offering_is_for_lines_or_for_the_customer_and_says_which() -> None:
    told = [good(await offering(prodSpecCharValueUse=bought_for(value))).for_lines for value in ("LINE", "customer")]
    assert told == [True, False]
    for use in ([], bought_for(), bought_for("line", "customer"), bought_for("household"), bought_for("")):
        assert isinstance(await offering(prodSpecCharValueUse=use), BackendGarbled)


@pytest.mark.parametrize("status", ["In study", "Obsolete", "", None])
async def test_what_is_not_said_to_be_on_sale_is_not(status: str | None) -> None:
    assert not good(await offering(lifecycleStatus=status)).on_sale


async def test_lines_are_those_that_the_recommended_product_relies_on() -> None:
    related = [("reliesOn", "PRD-1"), ("bundles", "PRD-2"), (None, "PRD-3"), ("RELIESON", "PRD-4")]
    product = {"productRelationship": [{"relationshipType": kind, "product": {"id": key}} for kind, key in related]}
    item = {"productOffering": {"id": "OFR-1"}, "product": product}
    assert await recommendations(recommendationItem=[item]) == [
        Recommendation(offering_key="OFR-1", line_keys=("PRD-1", "PRD-4"))
    ]


async def test_what_is_still_worked_out_recommends_nothing_yet_and_what_failed_is_an_error() -> None:
    assert await recommendations(state="inProgress") == []
    assert isinstance(await recommendations(state="terminatedWithError"), BackendGarbled)


async def test_a_recommendation_of_nothing_or_for_another_party_is_none() -> None:
    assert isinstance(await recommendations(recommendationItem=[{"product": {}}]), BackendGarbled)
    item = {"productOffering": {"id": "OFR-1"}}
    assert await recommendations(relatedParty={"id": "ORG-2"}, recommendationItem=[item]) == []
    assert await recommendations(relatedParty=None, recommendationItem=[item]) == []
