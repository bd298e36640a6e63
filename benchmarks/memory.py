"""`python -m benchmarks.memory`: what a record takes in Redis and in a worker, and what a request moves; then the page.

The BFF reads companies of a hundred lines, first their lines and then their invoices; the differences between the
three moments are divided by the records. `scaling` makes `docs/scaling.md` of it.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import redis

from benchmarks import load, memory_result, result, scaling
from benchmarks.estate import Asker, Size
from benchmarks.memory_result import Held, Memory, Moved
from benchmarks.occasion import occasion
from benchmarks.process import Running
from benchmarks.run import Bench, answer, request, sampled, standing, started, text_of
from benchmarks.server import SERVERS, Mode, Server

_COMPANIES: Final = Size(companies=100, contracts=4, lines=25)
_INVOICES: Final = "{ customer { mobileLines(first: 100) { nodes { invoices(first: 20) { nodes { number } } } } } }"
_MIB: Final = 2**20


def main() -> int:
    """Measure, keep the result, write the page; `--report` only writes it."""
    arguments = _arguments()
    if not arguments.report:
        memory_result.write(_measured(is_busy=not arguments.quiet_machine))
    scaling.write(memory_result.read(), result.read())
    return 0


def _measured(*, is_busy: bool) -> Memory:
    with standing(1.0, [_COMPANIES]) as bench:
        [askers] = bench.address.askers
        with _served(bench, Mode.WARM) as (running, port):
            _ask(port, askers[:1], "{ __typename }")
            empty = _taken(bench, running)
            lines = _ask(port, askers, text_of("page"))
            with_lines = _taken(bench, running)
            invoices = _ask(port, askers, _INVOICES)
            with_invoices = _taken(bench, running)
            warm = _moved(bench, running, port, askers)
        with _served(bench, Mode.REDIS) as (running, port):
            _ask(port, askers, text_of("dashboard"))
            moved = _moved(bench, running, port, askers)
    return Memory(
        occasion=occasion("benchmarks.memory", is_busy=is_busy),
        empty_mib=empty[1] / _MIB,
        line=_held(empty, with_lines, lines),
        invoice=_held(with_lines, with_invoices, invoices),
        warm=warm,
        redis=moved,
    )


@contextmanager
def _served(bench: Bench, mode: Mode) -> Iterator[tuple[Running, int]]:
    load.flush(bench.redis)
    ours: Server = next(server for server in SERVERS if server.name == "bff")
    with started(bench, ours, mode) as (running, port):
        yield running, port


def _ask(port: int, askers: Sequence[Asker], text: str) -> int:
    """Ask for all, and count the different numbers that come: one for each record asked for."""
    found: set[str] = set()
    for asker in askers:
        found.update(_numbers(msgspec.json.decode(answer(port, asker, text))["data"]))
    return len(found)


def _numbers(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "number" in value:
            yield value["number"]
        for each in value.values():
            yield from _numbers(each)
    elif isinstance(value, list):
        for each in value:
            yield from _numbers(each)


def _taken(bench: Bench, running: Running) -> tuple[float, float]:
    """Give the bytes taken in Redis and in the worker."""
    return _told(bench, "memory")["used_memory"], running.rss_mib() * _MIB


def _held(before: tuple[float, float], after: tuple[float, float], records: int) -> Held:
    in_redis, in_process = (round((late - early) / records) for early, late in zip(before, after, strict=True))
    return Held(redis_bytes=in_redis, process_bytes=in_process)


def _moved(bench: Bench, running: Running, port: int, askers: Sequence[Asker]) -> Moved:
    requests = [request(port, asker, text_of("dashboard")) for asker in askers]
    sent = load.Load(port=port, requests=requests, connections=1, warm_up_s=0, seconds=bench.seconds)
    before = _told(bench, "stats")
    sample = sampled(bench, running, sent)
    after = _told(bench, "stats")
    commands, out = (
        (after[name] - before[name]) / sample.result.requests
        for name in ("total_commands_processed", "total_net_output_bytes")
    )
    return Moved(commands=round(commands, 2), out_bytes=round(out))


def _told(bench: Bench, section: str) -> Mapping[str, float]:
    with redis.Redis(unix_socket_path=bench.redis) as client:
        told: Any = client.info(section)
        return dict(told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description="Measure what records take.")
    parser.add_argument("--quiet-machine", action="store_true", help="nothing else runs: figures are not preliminary")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the page from the last result")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
