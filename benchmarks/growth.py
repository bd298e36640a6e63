"""`python -m benchmarks.growth`: what grows with the answer, with what is held, and with the company.

Each is asked of the BFF as it is served, over HTTP; only the limits and the bound of memory are lifted, so that there
is something to see. The result is kept as JSON, and `growth_report` makes the page's part of it.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import msgspec

from benchmarks import growth_report, load
from benchmarks.estate import Asker, Size
from benchmarks.growth_result import Company, Fields, Growth, Records, Turn, read, write
from benchmarks.occasion import occasion
from benchmarks.process import Running
from benchmarks.run import Bench, answer, mobile_calls, request, sampled, standing, started, text_of
from benchmarks.server import Mode, Server, bff

_DASHBOARDS: Final = ((1, 20), (2, 20), (4, 20), (8, 20), (16, 20), (16, 40), (32, 40), (30, 50))
"""So many in a document, of so many lines each: a plan has a bound of fields, and an answer one of rows."""
"""How often the dashboard stands in one document: 1,338 to 100,350 fields."""
_EXECUTORS: Final = ("compiled", "graphql-core")
_COMPANIES: Final = (1, 10, 100, 1000)
"""Of a hundred lines each: 10² to 10⁵ records of lines."""
_OFFICE: Final = Size(contracts=4, lines=25)
_BARE: Final = Size(contracts=4, lines=25, months=1)
_GROWN: Final = (
    Size(contracts=4, lines=25, months=1),
    Size(contracts=5, lines=200, months=1),
    Size(contracts=50, lines=200, months=1),
    Size(contracts=500, lines=200, months=1),
)
_ROUNDS: Final = 3
_ATTEMPTS: Final = 60  # of a page, each as long as a request may take
_WARM_UP_S: Final = 0.5
_CURSOR: Final = "totalCount pageInfo { endCursor }"
_UNLIMITED: Final = "999999"
_LIFTED: Final = {
    f"BFF_LIMIT_{name}": _UNLIMITED
    for name in ("CHARACTERS", "TOKENS", "ALIASES", "BREADTH", "FIELDS", "COMPARISONS", "COST")
} | {"BFF_REQUEST_DEADLINE_S": "60", "BFF_BACKEND_TIMEOUT_S": "30", "BFF_MEMORY_MAX_BYTES": str(2**30)}

Say = Callable[[str], None]


def main() -> int:
    """Measure, keep the result, write the page; `--report` only writes it."""
    arguments = _arguments()
    if not arguments.report:
        write(_measured(arguments.seconds, is_busy=not arguments.quiet_machine))
    growth_report.write(read())
    return 0


def _measured(seconds: float, *, is_busy: bool) -> Growth:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", flush=True)  # noqa: T201 - progress

    return Growth(
        occasion=occasion("benchmarks.growth", is_busy=is_busy),
        fields=list(_fields(seconds, say)),
        records=list(_records(seconds, say)),
        companies=list(_companies(seconds, say)),
    )


@contextmanager
def _served(bench: Bench, executor: str, others: Mapping[str, str]) -> Iterator[tuple[Running, int]]:
    load.flush(bench.redis)
    server = Server("bff", "", bff(executor=executor, others=others), frozenset(Mode))
    with started(bench, server, Mode.WARM) as (running, port):
        yield running, port


# --- the answer ---


def _fields(seconds: float, say: Say) -> Iterator[Fields]:
    with standing(seconds, [_OFFICE]) as bench:
        [[asker]] = bench.address.askers
        for number in range(1, _ROUNDS + 1):
            for executor in _EXECUTORS:
                with _served(bench, executor, _LIFTED) as (running, port):
                    for copies, lines in _DASHBOARDS:
                        text = repeated(text_of("dashboard").replace("first: 20", f"first: {lines}"), copies)
                        yield _answered(bench, running, port, asker, executor, text)
                        say(f"fields, round {number}/{_ROUNDS}  {executor:12}  {copies:3} dashboards of {lines} lines")


def _answered(bench: Bench, running: Running, port: int, asker: Asker, executor: str, text: str) -> Fields:
    fields = leaves(_data(port, asker, text))
    cost = _cost_ms(bench, running, port, [request(port, asker, text)])
    return Fields(executor=executor, fields=fields, cpu_ms=cost)


def repeated(dashboard: str, copies: int) -> str:
    """Give a document with the list of the dashboard so many times, under aliases."""
    before, name, rest = dashboard.partition("mobileLines")
    end = rest.rindex("}", 0, rest.rindex("}", 0, rest.rindex("}"))) + 1
    listed, after = rest[:end], rest[end:]
    return before + " ".join(f"list{number}: {name}{listed}" for number in range(copies)) + after


def leaves(value: Any) -> int:
    """Count the values of an answer that are neither objects nor lists."""
    if isinstance(value, dict):
        return sum(map(leaves, value.values()))
    if isinstance(value, list):
        return sum(map(leaves, value))
    return 1


# --- what is held ---


def _records(seconds: float, say: Say) -> Iterator[Records]:
    for companies in _COMPANIES:
        size = msgspec.structs.replace(_BARE, companies=companies)
        with standing(seconds, [size]) as bench, _served(bench, "compiled", _LIFTED) as (running, port):
            [askers] = bench.address.askers
            empty_mib, text = running.rss_mib(), text_of("page")
            for asker in askers:
                _data(port, asker, text)
            cost = _cost_ms(bench, running, port, [request(port, asker, text) for asker in askers])
            records = companies * _BARE.contracts * _BARE.lines
            yield Records(records=records, cpu_ms=cost, rss_mib=running.rss_mib(), empty_mib=empty_mib)
            say(f"records  {records:6} lines held")


# --- the company ---


def _companies(seconds: float, say: Say) -> Iterator[Company]:
    for size in _GROWN:
        lines = size.contracts * size.lines
        with standing(seconds, [size]) as bench:
            [[asker]] = bench.address.askers
            # The sandbox is slow to make a large company's answers, the replay is not: the first server waits for them.
            with _served(bench, "compiled", {}) as (running, port):
                _asked(bench, running, port, asker, None)
            with _served(bench, "compiled", {}) as (running, port):
                first = _asked(bench, running, port, asker, None)
                following = _asked(bench, running, port, asker, first.cursor)
        yield Company(lines=lines, first=first.turn, following=following.turn)
        say(f"company  {lines:6} lines: {_told(first.turn)} for a first page, {_told(following.turn)} for the next")


class _Asked(NamedTuple):
    turn: Turn
    cursor: str | None


def _asked(bench: Bench, running: Running, port: int, asker: Asker, cursor: str | None) -> _Asked:
    """Ask a page after a cursor, None for the first one, until it comes. Raises ValueError when it never does."""
    calls, cpu_s = mobile_calls(bench), running.cpu_s()
    attempts, told = whole(lambda: answer(port, asker, _paged(cursor)), _ATTEMPTS)
    cpu_s, calls = running.cpu_s() - cpu_s, mobile_calls(bench) - calls
    end = told["customer"]["mobileLines"]["pageInfo"]["endCursor"]
    return _Asked(Turn(attempts=attempts, calls=calls, cpu_ms=cpu_s * 1000), end)


def whole(ask: Callable[[], bytes], attempts_max: int) -> tuple[int, Any]:
    """Ask until an answer has no error; give the number of attempts, and the data. Raises ValueError after so many."""
    for attempt in range(1, attempts_max + 1):
        told = msgspec.json.decode(ask())
        if "errors" not in told:
            return attempt, told["data"]
    raise ValueError(f"the BFF gives errors: {told['errors'][:1]}")


def _told(turn: Turn) -> str:
    return f"{turn.calls} calls in {turn.attempts} attempts"


def _paged(cursor: str | None) -> str:
    """Give the dashboard after a cursor, with the cursor of its end."""
    after = "" if cursor is None else f', after: "{cursor}"'
    return text_of("dashboard").replace("first: 20", f"first: 20{after}").replace("totalCount", _CURSOR)


# --- asking ---


def _data(port: int, asker: Asker, text: str) -> Any:
    """Ask once, and give the data. Raises ValueError when there are errors."""
    return whole(lambda: answer(port, asker, text), 1)[1]


def _cost_ms(bench: Bench, running: Running, port: int, requests: Sequence[bytes]) -> float:
    sent = load.Load(port=port, requests=requests, connections=1, warm_up_s=_WARM_UP_S, seconds=bench.seconds)
    return sampled(bench, running, sent).cpu_ms


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description="Measure how costs grow.")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long one measurement takes")
    parser.add_argument("--quiet-machine", action="store_true", help="nothing else runs: figures are not preliminary")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the page from the last result")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
