"""Usage of mobile lines: credit, offers, traffic by type, single records."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import strawberry

from bff.domain import freshness as freshness_record
from bff.domain import money as money_record
from bff.domain import usage as record
from bff.resolvers import usage
from bff.resolvers.page import Slice
from bff.schema._batch import Call, Each, batch
from bff.schema._enum import described
from bff.schema._view import PARENT, optional, plain, view
from bff.schema.directives import PAGE, Cost, assumed
from bff.schema.page import After, First, WindowedConnection
from bff.schema.shared import Freshness, Money, TaxedMoney, freshness_field

described(
    record.TrafficType,
    VOICE="Calls.",
    DATA="Data.",
    SMS="Text messages.",
    ROAMING="Abroad, of whatever kind.",
    PREMIUM="Premium services.",
    UNKNOWN="Not known to us.",
)
described(record.QuantityUnit, BYTES="Bytes; a GB is 10^9.", SECONDS="Seconds.", MESSAGES="Messages.")


@view(record.Quantity, rule=PARENT)
class Quantity:
    """An amount of traffic."""

    value: record.Long = plain("How many units.")
    unit: record.QuantityUnit = plain("Unit.")


@view(record.Credit, rule=PARENT)
class Credit:
    """Residual credit of a prepaid line."""

    amount: Money = plain("What is left.")
    expires_on: date | None = plain("Last day it can be used; null when not known.")
    freshness = freshness_field()


@view(record.OfferUsage, rule=PARENT)
class OfferUsage:
    """Use of one offer."""

    name: str = plain("Name of the offer; empty when not known.")
    type: record.TrafficType = plain("What it counts.")
    allowance: Quantity | None = plain("Allowed until renewal; null when unlimited.")
    used: Quantity = plain("Used since the last renewal; may be more than allowed.")
    left: Quantity | None = plain("Left until renewal, not below 0; null when unlimited.")
    renews_at: datetime | None = plain("When it renews; null when it doesn't.")


@view(record.TrafficUsage, rule=PARENT)
class TrafficUsage:
    """Use of one type of traffic, in one unit."""

    type: record.TrafficType = plain("Type of traffic.")
    used: Quantity = plain("How much.")
    charged: Money | None = plain("What it cost, VAT excluded; null when not known yet.")


@view(record.UsageRecord, rule=PARENT)
class UsageRecord:
    """A call, message or connection."""

    at: datetime = plain("When it began.")
    type: record.TrafficType = plain("Type of traffic.")
    counterpart: str | None = plain("Other party, last 3 digits hidden; null for data.")
    quantity: Quantity = plain("How much.")
    charged: Money | None = plain("What it cost, VAT excluded; null when not known yet.")


@view(record.RecordPage, rule=PARENT)
class UsageRecordConnection(WindowedConnection[UsageRecord]):
    """A page of traffic records.

    Months are not read to fill a page, so that a total is told only where the first page is the last.
    """

    total_count: int | None = plain(
        "Rows in all pages; null when it can't be told without reading all, so whenever there is more than one page."
    )


@strawberry.input(description="Which traffic records; conditions add up.")
class UsageRecordFilter:
    """See `bff.resolvers.usage.UsageRecordFilter`."""

    from_: date | None = strawberry.field(
        description="From this day, 12 months back at most; null is the first day of the month of `to`.", name="from"
    )
    to: date | None = optional("To this day; null is today.")
    types: list[record.TrafficType] | None = optional("Only these types.")


Usages = Sequence[record.LineUsage]


@view(record.LineUsage, rule="usage.byoffer")
class LineUsage:
    """Credit and traffic of a mobile line."""

    @batch(Credit | None, rule="usage.credit")
    @staticmethod
    async def credit(usages: Usages, call: Call) -> Each[record.Credit | None]:
        """Residual credit; null for a subscription."""
        return await usage.credits_of(call.context, usages, call.grant)

    @batch(TaxedMoney | None, rule="usage.extra")
    @staticmethod
    async def extra(usages: Usages, call: Call) -> Each[money_record.TaxedMoney | None]:
        """Spent beyond the plan since the last invoice; null for a prepaid line."""
        return await usage.beyond_plan(call.context, usages, call.grant)

    @batch(list[OfferUsage] | None, rule="usage.byoffer", counts=(Cost(weight=2), *assumed(5)))
    @staticmethod
    async def by_offer(usages: Usages, call: Call) -> Each[Sequence[record.OfferUsage] | None]:
        """What each offer allows and has left; empty without offers."""
        return await usage.by_offer(call.context, usages, call.grant)

    @batch(list[TrafficUsage] | None, rule="usage.bytype", counts=(Cost(weight=2), *assumed(5)))
    @staticmethod
    async def by_traffic_type(usages: Usages, call: Call) -> Each[Sequence[record.TrafficUsage] | None]:
        """What was used, by type of traffic, since the last renewal; what was not used is left out."""
        return await usage.by_traffic_type(call.context, usages, call.grant)

    @batch(UsageRecordConnection | None, rule="usage.records", counts=(Cost(weight=5), *PAGE))
    @staticmethod
    async def records(
        usages: Usages,
        call: Call,
        *,
        filter: Annotated[UsageRecordFilter | None, strawberry.argument(description="Which rows.")] = None,  # noqa: A002 - the argument's name
        first: First = 20,
        after: After = None,
    ) -> Each[record.RecordPage | None]:
        """Single calls, messages and connections; newest first. Of many lines at once, a month or so at most."""
        return await usage.records(call.context, usages, call.grant, filter, Slice(first, after))

    @batch(Freshness, rule=PARENT)
    @staticmethod
    async def freshness(usages: Usages, call: Call) -> Each[freshness_record.Freshness]:
        """How current `extra`, `byOffer` and `byTrafficType` are; credit and records tell it themselves."""
        return await usage.freshness(call.context, usages)
