"""The page's part on growth: tables and plots from a result of `growth`."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from benchmarks.growth_result import FILE, Company, Fields, Growth, Records, Turn
from benchmarks.occasion import heading
from benchmarks.plot import Curve, curves
from benchmarks.report import PAGE, fill
from benchmarks.server import ROOT

_MARKS: Final = ("<!-- growth: written by `make bench-growth` -->", "<!-- end of growth -->")
_FLAT: Final = 1.25  # a cost that grows by less than a quarter while its cause grows a hundredfold
_HELD: Final = 10_000
_RSS_MB: Final = 150
_OWN_CALLS: Final = 1  # of a page: the invoices of its accounts, where no page before had them
_MB_PER_MIB: Final = 1.048576


def write(growth: Growth) -> None:
    """Fill the page from a result, and draw its plots."""
    parts = [_goals(growth), _fields(growth.fields), _records(growth.records), _companies(growth.companies)]
    fill(PAGE, _MARKS, [*heading(growth.occasion), *(line for part in parts for line in part)])


def _goals(growth: Growth) -> Iterator[str]:
    costs = _per_field_us(growth.fields, "compiled")
    first = {company.lines: company.first for company in growth.companies}
    following = {company.lines: company.following for company in growth.companies}
    least, most = min(costs), max(costs)
    ratio = costs[most] / costs[least]
    held = next(each for each in growth.records if each.records == _HELD)
    rss_mb = held.rss_mib * _MB_PER_MIB
    yield "| goal | measured | |"
    yield "| --- | --- | --- |"
    yield (
        f"| cost per field flat from 1,000 to 100,000 fields | {costs[least]:.2g} µs at {least:,}, "
        f"{costs[most]:.2g} µs at {most:,}: {ratio:.2g} times | {_met(ratio <= _FLAT)} |"
    )
    yield f"| a worker with {_HELD:,} cached records ≤ {_RSS_MB} MB | {rss_mb:.0f} MB | {_met(rss_mb <= _RSS_MB)} |"
    yield (
        f"| a page's backend calls do not grow with the company, its index of lines held | {calls_of(following)} | "
        f"{_met(_is_level(list(following.values()), _OWN_CALLS))} |"
    )
    yield (
        f"| the same with nothing cached, so that the index is read first | {calls_of(first)} | "
        f"{_met(_is_level(list(first.values()), 0))} |"
    )
    yield ""


def _fields(fields: Sequence[Fields]) -> Iterator[str]:
    ours, core = _per_field_us(fields, "compiled"), _per_field_us(fields, "graphql-core")
    drawn = [Curve("this BFF", list(ours.items())), Curve("this BFF on graphql-core", list(core.items()))]
    yield "### With the answer"
    yield ""
    yield f"![CPU per field]({_drawn('fields', 'CPU microseconds per field, by fields of the answer', drawn)})"
    yield ""
    yield "The dashboard under many aliases in one document, beyond 21,408 fields of more lines each; process-warm, the"
    yield "whole request, from socket to socket."
    yield ""
    yield "| fields | this BFF, µs per field | ms per request | on graphql-core, µs per field |"
    yield "| --- | --- | --- | --- |"
    for count, cost in ours.items():
        yield f"| {count:,} | {cost:.3g} | {cost * count / 1000:.3g} | {core[count]:.3g} |"
    yield ""


def _records(records: Sequence[Records]) -> Iterator[str]:
    cost = Curve("CPU µs per page", [(each.records, each.cpu_ms * 1000) for each in records])
    memory = Curve("RSS, MiB", [(each.records, each.rss_mib) for each in records])
    yield "### With what is held"
    yield ""
    yield f"![CPU and memory]({_drawn('records', 'One worker, by records of lines that it holds', [cost, memory])})"
    yield ""
    yield "Companies of a hundred lines each, asked in turn for all their lines; the bound of memory is 1 GiB here. The"
    yield "more companies, the more copies are old enough to be compared with Redis when their turn comes again."
    yield ""
    yield "| records of lines | CPU ms per page of 100 | RSS MiB | before the first request |"
    yield "| --- | --- | --- | --- |"
    for each in records:
        yield f"| {each.records:,} | {each.cpu_ms:.3g} | {each.rss_mib:.0f} | {each.empty_mib:.0f} |"
    yield ""


def _companies(companies: Sequence[Company]) -> Iterator[str]:
    first = Curve("first page, nothing cached", [(each.lines, max(each.first.calls, 1)) for each in companies])
    following = Curve("next page", [(each.lines, max(each.following.calls, 1)) for each in companies])
    yield "### With the company"
    yield ""
    yield f"![Calls]({_drawn('company', 'Calls for a page of 20 lines, by lines of the company', [following, first])})"
    yield ""
    yield "A page of 20 lines with 6 invoices each, then the next one; no call is drawn as one. A first page needs the"
    yield "index of all lines ([ADR 5](adr/0005-lists-from-an-index.md)), which is read 500 rows a call, once in ten"
    yield "minutes for all who ask. Deadlines and limits are production's. What takes longer than a request may, is"
    yield "asked for again, and finds what was read so far: calls and CPU are those of all attempts. The systems answer"
    yield "at once here; where a call takes 0.15 s, the largest company takes several attempts (ADR 5)."
    yield ""
    yield "| lines of the company | attempts at the first page | calls | CPU ms | at the next one | calls | CPU ms |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for each in companies:
        cells = [f"{turn.attempts} | {turn.calls} | {turn.cpu_ms:,.0f}" for turn in (each.first, each.following)]
        yield f"| {each.lines:,} | {' | '.join(cells)} |"
    yield ""


def _per_field_us(fields: Sequence[Fields], executor: str) -> dict[int, float]:
    """Give the median of the rounds by the number of fields."""
    counts = sorted({each.fields for each in fields})
    return {
        count: median(
            each.cpu_ms * 1000 / count for each in fields if (each.executor, each.fields) == (executor, count)
        )
        for count in counts
    }


def calls_of(turns: Mapping[int, Turn]) -> str:
    """Say what pages took, by the lines of their companies: calls, and attempts where one was not enough."""
    calls = [turn.calls for turn in turns.values()]
    told = f"{min(calls)} to {max(calls)} calls"
    again = [f"{lines:,} lines at attempt {turn.attempts}" for lines, turn in turns.items() if turn.attempts > 1]
    return "; ".join([told, *again])


def _is_level(turns: Sequence[Turn], growth: int) -> bool:
    """Tell whether none took more calls than the smallest company's but for so many."""
    return all(turn.calls <= turns[0].calls + growth for turn in turns)


def _met(is_met: bool) -> str:  # noqa: FBT001 - one word for it
    return "met" if is_met else "not met"


def _drawn(name: str, title: str, drawn: Sequence[Curve]) -> str:
    """Draw a plot; give its address as the page sees it."""
    file = FILE.parent / f"growth-{name}.svg"
    file.write_text(curves(title, drawn), encoding="utf-8")
    return f"../{file.relative_to(ROOT)}"
