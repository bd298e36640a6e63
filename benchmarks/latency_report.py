"""The page's part on latency: what a dashboard takes at fixed rates, from the latencies of a result."""

from collections.abc import Iterator, Sequence
from statistics import median

from benchmarks.plot import Bar, bars
from benchmarks.result import FILE, Latency
from benchmarks.server import ROOT, SERVERS, Server


def lines(latencies: Sequence[Latency]) -> Iterator[str]:
    """Give the lines of the part, and draw its plot; nothing where nothing was measured."""
    if not latencies:
        return
    rates = sorted({each.rate for each in latencies})
    rounds = _by_server(latencies)
    yield "### At a fixed rate, process-warm"
    yield ""
    yield from _plotted(rounds, rates[-1])
    yield "The dashboard is asked for at random moments, so many a second on average, whether or not answers have come."
    yield "Milliseconds from when a request was due: medians of the rounds, the slowest of all."
    yield ""
    yield f"| server | {' | '.join(f'{rate:g} a second: p50, p90, p99, max ms | of a CPU' for rate in rates)} |"
    yield "| --- |" + " --- |" * (2 * len(rates))
    for server in sorted(rounds, key=lambda server: _rank(rounds[server], rates)):
        cells = [cells_of(_at(rounds[server], rate)) for rate in rates]
        yield f"| {server.title} | {' | '.join(cells)} |"
    yield ""


def cells_of(rounds: Sequence[Latency]) -> str:
    """Give the two cells of a server at a rate, from its rounds; empty ones where a lower rate was too much already."""
    if not rounds:
        return "- | -"
    if not _carried(rounds):
        missed, wrong = sum(each.unanswered for each in rounds), sum(each.wrong for each in rounds)
        asked = sum(each.requests for each in rounds)
        refused = f", {wrong} wrong" if wrong else ""
        return f"not carried: {missed} of {asked} unanswered{refused} | -"
    p50_ms, p90_ms, p99_ms = (
        median(times) for times in zip(*((each.p50_ms, each.p90_ms, each.p99_ms) for each in rounds), strict=True)
    )
    slowest_ms = max(each.max_ms for each in rounds)
    busy = median(each.busy for each in rounds)
    return f"{p50_ms:.1f}, {p90_ms:.1f}, {p99_ms:.1f}, {slowest_ms:.1f} | {busy:.0%}"


def _by_server(latencies: Sequence[Latency]) -> dict[Server, list[Latency]]:
    found = {server: [each for each in latencies if each.server == server.name] for server in SERVERS}
    return {server: rounds for server, rounds in found.items() if rounds}


def _at(rounds: Sequence[Latency], rate: float) -> list[Latency]:
    return [each for each in rounds if each.rate == rate]


def _carried(rounds: Sequence[Latency]) -> bool:
    return bool(rounds) and all(each.carried for each in rounds)


def _rank(rounds: Sequence[Latency], rates: Sequence[float]) -> tuple[float, float]:
    """Give what servers are ordered by: the highest rate that was carried, then its p99, least first."""
    carried = [rate for rate in rates if _carried(_at(rounds, rate))]
    if not carried:
        return 0, 0  # behind all others
    return -carried[-1], median(each.p99_ms for each in _at(rounds, carried[-1]))


def _plotted(rounds: dict[Server, list[Latency]], rate: float) -> Iterator[str]:
    drawn = [
        Bar(server.title.replace("*", ""), median(times), min(times), max(times), server.name == "bff")
        for server, each in rounds.items()
        if _carried(at_rate := _at(each, rate)) and (times := [one.p99_ms for one in at_rate])
    ]
    if drawn:
        file = FILE.parent / "latency.svg"
        drawn.sort(key=lambda bar: bar.value)
        file.write_text(bars(f"Dashboard, process-warm, {rate:g} a second: p99 ms", drawn), encoding="utf-8")
        yield f"![p99](../{file.relative_to(ROOT)})"
        yield ""
