"""`docs/scaling.md`: what an estate of so many lines needs, from what was measured and assumptions that stand there.

Pure arithmetic; the page's tables are made anew by `python -m benchmarks.memory`.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from benchmarks.memory_result import Memory
from benchmarks.occasion import heading
from benchmarks.report import Figures, fill
from benchmarks.result import Result
from benchmarks.server import ROOT, Mode

PAGE: Final = ROOT / "docs" / "scaling.md"
_MARKS: Final = ("<!-- measured: written by `make bench-growth` -->", "<!-- end of what was measured -->")
_MIB: Final = 2**20

# --- assumptions; the page lists them ---

_LINES: Final = (10_000, 100_000, 1_000_000, 10_000_000)
_LINES_OF_COMPANY: Final = 50
_INVOICES_OF_LINE: Final = 13 / 25  # an account bills 25 lines, 13 times in the months that are shown
_AT_WORK: Final = 0.02  # of all companies, one person each, at the busiest time
_PAGE_S: Final = 10.0  # between two dashboards of one person
_VISITED: Final = 3.0  # companies whose records are in Redis, for each that is at work
_IN_PROCESS: Final = 0.7  # of the pages that call no system: found in the process, the rest in Redis
_FULL: Final = 0.6  # of a worker's CPU, so that a peak finds room
_CALL_S: Final = 0.3  # of the mobile network
_CALLS_MAX: Final = 40  # BFF_MOBILE_CALLS_MAX
_HITS: Final = (0.5, 0.8, 0.9, 0.95, 0.99)
_USUAL_HITS: Final = 0.95


class Costs(NamedTuple):
    """What one dashboard costs: CPU milliseconds by where its records are found, and calls when they are nowhere."""

    warm_ms: float
    redis_ms: float
    cold_ms: float
    calls: float

    def cpu_ms(self, hits: float) -> float:
        """Give the mean CPU milliseconds at a share of pages that call no system."""
        held = _IN_PROCESS * self.warm_ms + (1 - _IN_PROCESS) * self.redis_ms
        return hits * held + (1 - hits) * self.cold_ms


class Fleet(NamedTuple):
    """What an estate needs at its busiest time."""

    companies: float
    requests_per_second: float
    workers: int
    redis_mib: float
    redis_mib_per_second: float
    calls_per_second: float


def costs(result: Result) -> Costs | None:
    """Take the BFF's dashboard from a result; None where it lacks a mode."""
    figures = Figures(result)
    measured = {mode: figures.cpu_ms("bff", mode, "dashboard") for mode in Mode}
    warm_ms, redis_ms, cold_ms = (measured[mode] for mode in (Mode.WARM, Mode.REDIS, Mode.COLD))
    if warm_ms is None or redis_ms is None or cold_ms is None:
        return None
    return Costs(warm_ms, redis_ms, cold_ms, max(row.calls for row in figures.rows("bff", Mode.COLD, "dashboard")))


def fleet(lines: int, hits: float, page: Costs, memory: Memory) -> Fleet:
    """Say what so many lines need at a share of pages that call no system."""
    companies = lines / _LINES_OF_COMPANY
    requests_per_second = companies * _AT_WORK / _PAGE_S
    of_line = memory.line.redis_bytes + _INVOICES_OF_LINE * memory.invoice.redis_bytes
    moved = _IN_PROCESS * memory.warm.out_bytes + (1 - _IN_PROCESS) * memory.redis.out_bytes
    return Fleet(
        companies=companies,
        requests_per_second=requests_per_second,
        workers=max(1, -int(-requests_per_second * page.cpu_ms(hits) / 1000 // _FULL)),
        redis_mib=companies * _AT_WORK * _VISITED * _LINES_OF_COMPANY * of_line / _MIB,
        redis_mib_per_second=requests_per_second * moved / _MIB,
        calls_per_second=requests_per_second * (1 - hits) * page.calls,
    )


def write(memory: Memory, result: Result) -> None:
    """Fill the page. Raises ValueError where the BFF's dashboard was not measured in all modes."""
    page = costs(result)
    if page is None:
        raise ValueError("`make bench` has not measured the BFF in all modes")
    fill(PAGE, _MARKS, [*heading(memory.occasion), *_measured(memory, page), *_by_lines(memory, page), *_by_hits(page)])


def _measured(memory: Memory, page: Costs) -> Iterator[str]:
    yield "### Measured"
    yield ""
    yield "| what | | by |"
    yield "| --- | --- | --- |"
    yield f"| a worker that holds nothing | {memory.empty_mib:.0f} MiB | `python -m benchmarks.memory` |"
    for name, held in (("a line", memory.line), ("an invoice", memory.invoice)):
        yield f"| {name} in Redis, keys and all | {held.redis_bytes:,} bytes | the same |"
        yield f"| {name} in a worker, decoded | {held.process_bytes:,} bytes | the same |"
    for name, moved in (("the process", memory.warm), ("Redis", memory.redis)):
        yield (
            f"| a dashboard from {name}: Redis sends, commands | {moved.out_bytes / 1024:.1f} KiB, "
            f"{moved.commands:.1f} | the same |"
        )
    for name, cost in (("the process", page.warm_ms), ("Redis", page.redis_ms), ("the systems", page.cold_ms)):
        yield f"| a dashboard from {name}: CPU of a worker | {cost:.2g} ms | `make bench` |"
    yield f"| a dashboard from the systems: calls of the mobile network | {page.calls:.0f} | `make bench` |"
    yield ""


def _by_lines(memory: Memory, page: Costs) -> Iterator[str]:
    yield f"### By lines, {_USUAL_HITS:.0%} of the pages without a call"
    yield ""
    yield "| lines | companies | dashboards a second | workers | Redis MiB | Redis MiB a second | calls a second |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for lines in _LINES:
        needs = fleet(lines, _USUAL_HITS, page, memory)
        yield (
            f"| {lines:,} | {needs.companies:,.0f} | {needs.requests_per_second:,.1f} | {needs.workers} | "
            f"{needs.redis_mib:,.0f} | {needs.redis_mib_per_second:.2f} | {needs.calls_per_second:,.1f} |"
        )
    yield ""


def _by_hits(page: Costs) -> Iterator[str]:
    lines = _LINES[-1]
    most = _CALLS_MAX / _CALL_S
    asked = lines / _LINES_OF_COMPANY * _AT_WORK / _PAGE_S
    yield f"### By cache hits, at {lines:,} lines"
    yield ""
    yield f"The mobile network answers {_CALLS_MAX} calls at once, of {_CALL_S:g} s each: {most:.0f} a second."
    yield ""
    yield "| pages without a call | calls a second | of what it answers | CPU of workers |"
    yield "| --- | --- | --- | --- |"
    for hits in _HITS:
        calls = asked * (1 - hits) * page.calls
        cores = asked * page.cpu_ms(hits) / 1000
        yield f"| {hits:.0%} | {calls:,.0f} | {calls / most:.0%} | {cores:.1f} cores |"
    enough = 1 - most / (asked * page.calls)
    yield ""
    yield (
        f"So {max(enough, 0):.0%} of the pages have to be answered without a call, "
        "or the mobile network is what breaks first."
    )
    yield ""
