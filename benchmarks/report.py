"""The page: `docs/benchmarks.md` is written by hand but for the part between its two marks, which a result fills."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final, NamedTuple

from benchmarks.plot import Bar, bars
from benchmarks.result import FILE, Result, Row
from benchmarks.server import ROOT, SERVERS, Mode, Server

PAGE: Final = ROOT / "docs" / "benchmarks.md"
_BEGIN, _END = "<!-- measured: written by `make bench` -->", "<!-- end of what was measured -->"

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
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    measured = "\n".join(
        [*_head(result), *_goals(figures), *(line for mode in _MODES for line in _mode(figures, mode))]
    )
    PAGE.write_text(f"{before}{_BEGIN}\n\n{measured}\n{_END}{after}", encoding="utf-8")


def _head(result: Result) -> Iterator[str]:
    rounds = max((row.round for row in result.rows), default=0)
    if result.busy:
        yield "> **Preliminary**: others used the machine at the same time. Times and rates suffer most, CPU a little."
        yield ""
    yield f"{result.at:%Y-%m-%d %H:%M} UTC, {result.machine}, rounds: {rounds}, by `{result.command}`."
    yield ", ".join(f"{name} {version}" for name, version in result.versions.items()) + "."
    yield ""
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
    yield "| against | where | query | goal | measured | |"
    yield "| --- | --- | --- | --- | --- | --- |"
    titles = {server.name: server.title for server in SERVERS}
    for goal in GOALS:
        ours = figures.cpu_ms("bff", goal.mode, goal.query)
        theirs = figures.cpu_ms(goal.server, goal.mode, goal.query)
        if not ours or not theirs:
            continue
        times = ours / theirs if goal.at_most else theirs / ours
        met = times <= goal.times if goal.at_most else times >= goal.times
        wanted = f"≤ {goal.times:g} times its cost" if goal.at_most else f"≥ {goal.times:g}"
        yield (
            f"| {titles[goal.server]} | {goal.mode.value} | {goal.query} | {wanted} | {times:.3g} | "
            f"{'met' if met else 'not met'} |"
        )
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


def _spread(rows: Sequence[Row]) -> str:
    if not rows:
        return "-"
    costs = [row.cpu_ms for row in rows]
    return f"{median(costs):.3g} ({min(costs):.3g} to {max(costs):.3g})"


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
