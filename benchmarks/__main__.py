"""`python -m benchmarks [--rounds 3] [--only bff,jit]` measures and writes the page; `--report` only writes it."""

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks import report
from benchmarks.occasion import Occasion, occasion
from benchmarks.result import Latency, Result, Row, read, write
from benchmarks.run import Different, rounds
from benchmarks.server import SERVERS, Server


def main() -> int:
    """Measure, keep the result, write the page; 1 when any answer differed or was wrong."""
    arguments = _arguments()
    if not arguments.report:
        wanted = [server for server in SERVERS if not arguments.only or server.name in arguments.only.split(",")]
        skipped = {server.name: why for server in wanted if (why := server.missing)}
        told = occasion("benchmarks", is_busy=not arguments.quiet_machine, with_node=True)
        servers = [server for server in wanted if server.name not in skipped]
        write(_measured(told, skipped, servers, arguments.rounds, arguments.seconds))
    result = read()
    report.write(result)
    return 1 if result.different or any(row.wrong for row in result.rows) else 0


def _measured(told: Occasion, skipped: dict[str, str], servers: Sequence[Server], count: int, seconds: float) -> Result:
    began = time.monotonic()
    rows: list[Row] = []
    latencies: list[Latency] = []
    different: set[str] = set()
    for each in rounds(servers, count, seconds, lambda text: _say(began, text)):
        match each:
            case Row():
                rows.append(each)
            case Latency():
                latencies.append(each)
            case Different():
                different.add(f"{each.server}, {each.mode.value}, {each.query}")
        _say(began, f"  {_line(each)}")
    return Result(occasion=told, skipped=skipped, different=sorted(different), rows=rows, latencies=latencies)


def _say(began: float, text: str) -> None:
    print(f"{time.monotonic() - began:5.0f} s  {text}", flush=True)  # noqa: T201 - progress


def _line(each: Row | Different | Latency) -> str:
    match each:
        case Row():
            wrong = f"  {each.wrong} WRONG" if each.wrong else ""
            return (
                f"{each.query:10} {each.cpu_ms:8.3f} ms CPU  {each.per_second:8.0f}/s  p99 {each.p99_ms:7.1f} ms  "
                f"{each.calls:5.1f} calls{wrong}"
            )
        case Latency():
            carried = "" if each.carried else f"  NOT CARRIED: {each.unanswered} unanswered, {each.wrong} wrong"
            return f"at {each.rate:3.0f}/s    p50 {each.p50_ms:7.2f} ms  p99 {each.p99_ms:7.2f} ms{carried}"
        case Different():
            return f"{each.query:10} DIFFERENT"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the BFF against its peers.")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured")
    parser.add_argument("--seconds", type=float, default=0.7, help="how long one measurement takes")
    parser.add_argument("--only", default="", help="names of servers, comma separated")
    parser.add_argument("--quiet-machine", action="store_true", help="nothing else runs: figures are not preliminary")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the page from the last result")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
