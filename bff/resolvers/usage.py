"""Usage of mobile lines: credit, offers, traffic by type, and pages of single records.

Months of records are never read whole: a page reads days from the newest backwards, a week first and then twice as many
each time, until it is full. All lines of a level read the same days together.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from operator import attrgetter
from typing import Protocol, TypeVar

from msgspec.structs import asdict

from bff.context import Context
from bff.domain.freshness import Freshness, FreshnessState
from bff.domain.line import MobileLine
from bff.domain.money import TaxedMoney
from bff.domain.page import Listing, Page, SortDirection, Sorting
from bff.domain.period import rome_day, usage_from
from bff.domain.profile import Grant, Reach
from bff.domain.system import System
from bff.domain.usage import (
    Consumption,
    Credit,
    LineUsage,
    OfferUsage,
    RecordPage,
    TrafficType,
    TrafficUsage,
    UsageRecord,
)
from bff.errors import BadRequest, BffError, NotFound
from bff.loaders import Read
from bff.resolvers import line as lines
from bff.resolvers import network
from bff.resolvers._filter import among
from bff.resolvers.freshness import listing, part
from bff.resolvers.page import Slice, behind, cut

T = TypeVar("T")

DAYS_MAX = 3_700
"""Days of all lines together that a list may cover: a month of a page of lines, or a year of ten."""
_FIRST_DAYS = 7
_SETTLING_DAYS = 2
"""How many days after its own a day still gets records, which are delivered in batches, and their prices (sandbox)."""
_NEWEST: Sorting[UsageRecord] = Sorting(
    "at", lambda record: f"{record.at.timestamp():020.6f}", SortDirection.DESC, by=attrgetter("at")
)


class UsageRecordFilter(Protocol):
    """Which records; conditions add up, None is the default of each."""

    from_: date | None
    to: date | None
    types: list[TrafficType] | None


def of_lines(context: Context, wanted: Sequence[MobileLine], grant: Grant) -> list[LineUsage | None]:
    """Give the way to each line's usage, None where it is out of reach; nothing is read for it."""
    usages = [LineUsage(line_key=line.key, number_key=line.number_key, prepaid=line.prepaid) for line in wanted]
    return [usage if _is_within(context, usage, grant.reach(LineUsage)) else None for usage in usages]


async def credits_of(context: Context, usages: Sequence[LineUsage], grant: Grant) -> list[Credit | BffError | None]:
    """Give the credit of each line; None for a subscription, of which nothing is asked."""
    keys = [
        None if usage.prepaid is False or not _is_within(context, usage, grant.reach(Credit)) else usage.number_key
        for usage in usages
    ]
    asked = list(dict.fromkeys(key for key in keys if key is not None))
    reads = dict(zip(asked, await context.loaders.credits.many(asked), strict=True))
    return [None if key is None else _own_credit(reads[key], usage) for key, usage in zip(keys, usages, strict=True)]


def _own_credit(read: Read[Credit] | BffError, usage: LineUsage) -> Credit | BffError | None:
    """Take only what the line may spend: a number may have become another line's."""
    if isinstance(read, NotFound):
        return None
    if isinstance(read, BffError):
        return read
    return read.value if usage.line_key in read.value.line_keys else None


async def beyond_plan(
    context: Context, usages: Sequence[LineUsage], grant: Grant
) -> list[TaxedMoney | BffError | None]:
    """Give what each subscription has spent beyond its plan; None for a prepaid line, of which nothing is asked."""
    asked = [usage for usage in usages if not usage.prepaid]
    reads = await _consumption(context, asked, grant.reach(TaxedMoney))
    return [_part(reads.get(usage.line_key), attrgetter("extra")) for usage in usages]


async def by_offer(
    context: Context, usages: Sequence[LineUsage], grant: Grant
) -> list[Sequence[OfferUsage] | BffError | None]:
    """Give what each line's offers allow and have left."""
    reads = await _consumption(context, usages, grant.reach(OfferUsage))
    return [_part(reads.get(usage.line_key), attrgetter("offers")) for usage in usages]


async def by_traffic_type(
    context: Context, usages: Sequence[LineUsage], grant: Grant
) -> list[Sequence[TrafficUsage] | BffError | None]:
    """Give what each line has used of each type of traffic."""
    reads = await _consumption(context, usages, grant.reach(TrafficUsage))
    return [_part(reads.get(usage.line_key), attrgetter("traffic")) for usage in usages]


async def freshness(context: Context, usages: Sequence[LineUsage]) -> list[Freshness]:
    """Tell how current the consumption of each line is."""
    reads = await _consumption(context, usages, context.types.reach(LineUsage))
    return [_fresh(reads.get(usage.line_key)) for usage in usages]


async def available(context: Context) -> Sequence[OfferUsage] | None:
    """Give what the offers of the person's own line allow and have left; None when they have no line here.

    Raises:
        BffError: it could not be read.
    """
    read = next(iter(await _own_offers(context)), None)
    if isinstance(read, BffError):
        raise read
    return None if read is None else read.value


async def parts(context: Context) -> list[Listing[OfferUsage]]:
    """Give what is available on the person's own line as the one network that knows tells it."""
    return [await part(System.MOBILE, _own_offers, context)]


async def _own_offers(context: Context) -> list[Read[tuple[OfferUsage, ...]] | BffError]:
    own = network.rows(await lines.all_mobile(context, Reach.OWN))
    reads = await context.loaders.consumption.many([line.key for line in own])
    return [
        read if isinstance(read, BffError) else Read(read.value.offers, read.as_of, read.error)
        for read in reads
        if not isinstance(read, NotFound)
    ]


def _is_within(context: Context, usage: LineUsage, reach: Reach | None) -> bool:
    return reach is Reach.ALL or (reach is Reach.OWN and usage.line_key == context.principal.line_key)


async def _consumption(
    context: Context, usages: Sequence[LineUsage], reach: Reach | None
) -> dict[str, Read[Consumption] | BffError]:
    keys = [usage.line_key for usage in usages if _is_within(context, usage, reach)]
    return dict(zip(keys, await context.loaders.consumption.many(keys), strict=True))


def _part(read: Read[Consumption] | BffError | None, part: Callable[[Consumption], T]) -> T | BffError | None:
    if read is None or isinstance(read, NotFound):
        return None
    return read if isinstance(read, BffError) else part(read.value)


def _fresh(read: Read[Consumption] | BffError | None) -> Freshness:
    if read is None or isinstance(read, BffError):
        return Freshness(FreshnessState.UNAVAILABLE, None, System.MOBILE)
    state = FreshnessState.STALE if read.stale else FreshnessState.FRESH
    return Freshness(state, read.as_of, System.MOBILE)


# --- single records ---------------------------------------------------------------------------------------------------


async def records(
    context: Context,
    usages: Sequence[LineUsage],
    grant: Grant,
    wanted_rows: UsageRecordFilter | None,
    wanted: Slice,
) -> list[RecordPage | BffError | None]:
    """Give a page of each line's records, newest first.

    Raises:
        BadRequest: the filter makes no sense, or so many days of so many lines are covered that looking for something
            rare among them would read more than anyone may.
    """
    first, last = _window(context.today, wanted_rows)
    if (days := (last - first).days + 1) * len(usages) > DAYS_MAX:
        raise BadRequest(
            f"`records` covers {days} days of {len(usages)} lines; at most {DAYS_MAX} days of all lines together are"
            " allowed: ask for fewer lines or days."
        )
    test = _test(wanted_rows)

    async def page_of(usage: LineUsage) -> RecordPage | BffError | None:
        if not _is_within(context, usage, grant.reach(UsageRecord)):
            return None
        try:
            return await _page(context, usage, first, last, test, wanted)
        except BffError as error:
            return error

    return await asyncio.gather(*map(page_of, usages))


async def _page(
    context: Context,
    usage: LineUsage,
    first: date,
    last: date,
    test: Callable[[UsageRecord], bool],
    wanted: Slice,
) -> RecordPage:
    """Read days until the page is full and more is known to follow, or none are left.

    A day that can't be read fails the page only where it comes to it.
    """
    list_name = f"records:{usage.line_key}"
    after = behind(context, _NEWEST, wanted, list_name=list_name)
    begin = last if after is None else min(last, rome_day(datetime.fromtimestamp(float(after.value), UTC)))
    reads: list[Read[tuple[UsageRecord, ...]] | BffError] = []
    page: Page[UsageRecord] = cut(context, Listing([], ()), _NEWEST, wanted, list_name=list_name)
    for days in _spans(first, begin):
        reads += await _read(context, usage, days)
        rows = listing(System.MOBILE, list(takewhile(lambda read: not isinstance(read, BffError), reads)))
        own = [row for row in rows.rows if row.line_key == usage.line_key and test(row)]
        page = cut(context, Listing(own, rows.freshness), _NEWEST, wanted, list_name=list_name)
        if page.has_next_page:
            break
        if (failed := next((read for read in reads if isinstance(read, BffError)), None)) is not None:
            raise failed
    around = {"has_previous_page": after is not None, "window_from": first}
    return RecordPage(**asdict(page) | around, is_counted=after is None and not page.has_next_page)


async def _read(
    context: Context, usage: LineUsage, days: Sequence[date]
) -> list[Read[tuple[UsageRecord, ...]] | BffError]:
    """Read the records of some days, the newest first."""
    settled_to = context.today - timedelta(days=_SETTLING_DAYS)
    settled = [(usage.line_key, day.isoformat()) for day in days if day < settled_to]
    recent = [(usage.line_key, day.isoformat()) for day in days if day >= settled_to]
    loaders = context.loaders
    parts = await asyncio.gather(loaders.recent_records.many(recent), loaders.records.many(settled))
    return [read for part in parts for read in part]


def _window(today: date, wanted: UsageRecordFilter | None) -> tuple[date, date]:
    """Give the first and the last day that a list covers."""
    last = min(today, (wanted.to if wanted else None) or today)
    first = (wanted.from_ if wanted else None) or last.replace(day=1)
    return max(first, usage_from(today)), last


def _spans(first: date, last: date) -> Iterator[list[date]]:
    """Cut days, the newest first, into spans: of a week, then of twice as many days each."""
    count = _FIRST_DAYS
    while last >= first:
        start = max(first, last - timedelta(days=count - 1))
        yield [last - timedelta(days=index) for index in range((last - start).days + 1)]
        last, count = start - timedelta(days=1), 2 * count


def _test(wanted: UsageRecordFilter | None) -> Callable[[UsageRecord], bool]:
    types = among("types", wanted.types if wanted else None)
    return lambda record: types is None or record.type in types
