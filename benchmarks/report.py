"""The page: `docs/benchmarks.md` is written by hand but for the parts between marks, which results fill."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from benchmarks import latency_report
from benchmarks.occasion import heading
from benchmarks.plot import Bar, bars
from benchmarks.result import FILE, Result, Row
from benchmarks.server import ROOT, SERVERS, Mode, Server

PAGE: Final = ROOT / "docs" / "benchmarks.md"
_MARKS: Final = ("<!-- measured: written by `make bench` -->", "<!-- end of what was measured -->")

_QUERIES: Final = {
    "small": "small, 5 fields",
    "dashboard": "dashboard, 20 lines with 6 invoices each",
    "page": "page of 100 lines",
    "company": "20 of 5,000 lines",
}
_MODES: Final = {
    Mode.WARM: "Process-warm: records are in the process",
    Mode.REDIS: "Redis-warm: records are in Redis",
    Mode.COLD: "Cold: every request asks the systems",
}


class Goal(NamedTuple):
    """How many times the BFF's CPU a peer has to need at least; with `at_most`, the BFF the peer's at most."""

    server: str
    mode: Mode
    query: str
    times: float
    at_most: bool = False


GOALS: Final = (
    Goal("strawberry", Mode.WARM, "dashboard", 60),
    Goal("strawberry", Mode.COLD, "dashboard", 50),
    Goal("apollo", Mode.WARM, "dashboard", 10),
    Goal("apollo", Mode.COLD, "dashboard", 8),
    Goal("yoga", Mode.WARM, "dashboard", 7),
    Goal("yoga", Mode.COLD, "dashboard", 6),
    Goal("mercurius", Mode.WARM, "dashboard", 1.7),
    Goal("mercurius", Mode.COLD, "dashboard", 2.2),
    Goal("jit", Mode.WARM, "dashboard", 1.4),
    Goal("jit", Mode.COLD, "dashboard", 1.8),
    Goal("mercurius", Mode.WARM, "small", 1),
    Goal("mercurius", Mode.COLD, "small", 1),
    Goal("floor-uvicorn", Mode.WARM, "dashboard", 6, at_most=True),
)
"""The specification's, `performance.md`."""


class Figures:
    """The rows of a result by what they measure."""

    def __init__(self, result: Result) -> None:
        self._rows: dict[tuple[str, Mode, str], list[Row]] = {}
        for row in result.rows:
            self._rows.setdefault((row.server, row.mode, row.query), []).append(row)

    def rows(self, server: str, mode: Mode, query: str) -> Sequence[Row]:
        """Give the rows of all rounds; empty where nothing was measured."""
        return self._rows.get((server, mode, query), ())

    def cpu_ms(self, server: str, mode: Mode, query: str) -> float | None:
        """Give the median of the rounds, None where nothing was measured."""
        rows = self.rows(server, mode, query)
        return median(row.cpu_ms for row in rows) if rows else None


def write(result: Result) -> None:
    """Fill the page from a result, and draw its plots."""
    figures = Figures(result)
    fill(
        PAGE,
        _MARKS,
        [
            *_head(result),
            *_goals(figures),
            *_parts(figures),
            *(line for mode in _MODES for line in _mode(figures, mode)),
            *latency_report.lines(result.latencies),
        ],
    )


def fill(page: Path, marks: tuple[str, str], lines: Sequence[str]) -> None:
    """Put lines between two marks of a page, in place of what stands there. Raises ValueError when it lacks them."""
    begin, end = marks
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{page.name} has no place for figures: {begin}")
    measured = "\n".join(lines)
    page.write_text(f"{before}{begin}\n\n{measured}\n{end}{after}", encoding="utf-8")


def _head(result: Result) -> Iterator[str]:
    rounds = max((row.round for row in result.rows), default=0)
    yield from heading(result.occasion, f"rounds: {rounds}")
    for server, why in result.skipped.items():
        yield f"- Skipped: {server}, because {why}."
    for where in result.different:
        yield f"- **Another answer than the BFF's, not measured**: {where}."
    if wrong := sum(row.wrong for row in result.rows):
        yield f"- **{wrong} answers under load were wrong.**"
    if result.skipped or result.different or wrong:
        yield ""


def _goals(figures: Figures) -> Iterator[str]:
    yield "### Against the goals"
    yield ""
    yield "CPU per request, the peer's divided by the BFF's: above 1 the BFF is cheaper. For the floor, its inverse."
    yield ""
    yield "| against | where | query | goal | measured | | of the BFF's CPU milliseconds |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    yield from goal_lines(figures)
    yield ""


def goal_lines(figures: Figures) -> Iterator[str]:
    """Give a row for each goal: what is wanted, what was measured, whether that is enough."""
    titles = {server.name: server.title for server in SERVERS}
    for goal in GOALS:
        wanted = f"≤ {goal.times:g} times its cost" if goal.at_most else f"≥ {goal.times:g}"
        yield (
            f"| {titles[goal.server]} | {goal.mode.value} | {goal.query} | {wanted} | {_verdict(figures, goal)} | "
            f"{_why(figures, goal)} |"
        )


def _verdict(figures: Figures, goal: Goal) -> str:
    ours = figures.cpu_ms("bff", goal.mode, goal.query)
    theirs = figures.cpu_ms(goal.server, goal.mode, goal.query)
    if not ours or not theirs:
        return "- | not measured"
    times = ours / theirs if goal.at_most else theirs / ours
    met = times <= goal.times if goal.at_most else times >= goal.times
    return f"{times:.3g} | {'met' if met else 'not met'}"


class Parts(NamedTuple):
    """What the CPU milliseconds of a dashboard are made of, as differences of what was measured."""

    around: float
    """All that a request of five fields costs too: HTTP, and for the BFF sign-in, limits, one log line, metrics."""
    executing: float
    from_redis: float | None
    a_call: float | None


def parts(figures: Figures, server: str) -> Parts | None:
    """Take a server's figures apart; None where the process-warm ones are missing."""
    small = figures.cpu_ms(server, Mode.WARM, "small")
    warm = figures.cpu_ms(server, Mode.WARM, "dashboard")
    if small is None or warm is None:
        return None
    redis, cold = (figures.cpu_ms(server, mode, "dashboard") for mode in (Mode.REDIS, Mode.COLD))
    calls = [row.calls for row in figures.rows(server, Mode.COLD, "dashboard")]
    return Parts(
        around=small,
        executing=warm - small,
        from_redis=None if redis is None else redis - warm,
        a_call=None if cold is None or not median(calls) else (cold - warm) / median(calls),
    )


def _why(figures: Figures, goal: Goal) -> str:
    """Say where the BFF's time goes in what a goal compares."""
    whole, taken = figures.cpu_ms("bff", goal.mode, goal.query), parts(figures, "bff")
    if whole is None or taken is None:
        return "-"
    if goal.mode is Mode.COLD and taken.a_call is not None:
        calls = median(row.calls for row in figures.rows("bff", goal.mode, goal.query))
        return f"{whole:.2g}, with {calls:.0f} calls of about {taken.a_call:.2g}"
    if goal.query == "small":
        return f"{whole:.2g}, nearly all around the request"
    return f"{whole:.2g}: {taken.around:.2g} around the request, {taken.executing:.2g} executing"


def _parts(figures: Figures) -> Iterator[str]:
    yield "### Where it goes"
    yield ""
    yield "CPU milliseconds, as differences of the medians below: the small query, process-warm; what the dashboard"
    yield "costs more; what it costs more from Redis; what each call adds when it is cold, with reading and keeping."
    yield ""
    yield "| server | around a request | executing 1,333 more values | reading them from Redis | one call |"
    yield "| --- | --- | --- | --- | --- |"
    for server in SERVERS:
        if not server.is_floor and (taken := parts(figures, server.name)):
            cells = ["-" if each is None else f"{each:.2g}" for each in taken]
            yield f"| {server.title} | {' | '.join(cells)} |"
    yield ""


def _mode(figures: Figures, mode: Mode) -> Iterator[str]:
    shown = [(server, rows) for server in SERVERS if (rows := figures.rows(server.name, mode, "dashboard"))]
    if not shown:
        return
    shown.sort(key=lambda each: median(row.cpu_ms for row in each[1]))
    yield f"### {_MODES[mode]}"
    yield ""
    yield f"![CPU per request]({_plot(mode, shown)})"
    yield ""
    queries = [
        name for name in _QUERIES if figures.rows("bff", mode, name) or figures.rows(shown[0][0].name, mode, name)
    ]
    yield "CPU milliseconds per request: median of the rounds (least to most). The rest is the dashboard's."
    yield ""
    yield f"| server | {' | '.join(_QUERIES[name] for name in queries)} | p50, p99 ms | per second | RSS MiB | calls |"
    yield "| --- |" + " --- |" * (len(queries) + 4)
    for server, rows in shown:
        cells = [_spread(figures.rows(server.name, mode, name)) for name in queries]
        yield (
            f"| {server.title} | {' | '.join(cells)} | {median(row.p50_ms for row in rows):.1f}, "
            f"{median(row.p99_ms for row in rows):.1f} | {median(row.per_second for row in rows):.0f} | "
            f"{median(row.rss_mib for row in rows):.0f} | {median(row.calls for row in rows):.1f} |"
        )
    yield ""
    if left_out := [f"{server.title}, {server.no_other_mode}" for server in SERVERS if _is_left_out(server, mode)]:
        yield f"Not measured here: {'; '.join(left_out)}."
        yield ""


def _is_left_out(server: Server, mode: Mode) -> bool:
    return mode not in server.modes and not server.is_floor


def _spread(rows: Sequence[Row]) -> str:
    if not rows:
        return "-"
    costs = [row.cpu_ms for row in rows]
    middle = f"{median(costs):.3g}"
    return middle if len(rows) == 1 else f"{middle} ({min(costs):.3g} to {max(costs):.3g})"


def _plot(mode: Mode, shown: Sequence[tuple[Server, Sequence[Row]]]) -> str:
    """Draw the dashboard's bars; give the plot's address as the page sees it."""
    drawn = []
    for server, rows in shown:
        costs = [row.cpu_ms for row in rows]
        name = server.title.replace("*", "")
        drawn.append(Bar(name, median(costs), min(costs), max(costs), server.name == "bff"))
    file = FILE.parent / f"{mode.value}.svg"
    file.write_text(bars(f"Dashboard, {mode.value}: CPU ms per request", drawn), encoding="utf-8")
    return f"../{file.relative_to(ROOT)}"
