"""`python -m benchmarks [--rounds 3] [--only bff,jit]` measures and writes the page; `--report` only writes it."""

import argparse
import sys
import time
from collections.abc import Sequence

from benchmarks import report
from benchmarks.occasion import occasion
from benchmarks.result import Result, Row, read, write
from benchmarks.run import Different, rounds
from benchmarks.server import SERVERS, Server


def main() -> int:
    """Measure, keep the result, write the page; 1 when any answer differed or was wrong."""
    arguments = _arguments()
    if not arguments.report:
        wanted = [server for server in SERVERS if not arguments.only or server.name in arguments.only.split(",")]
        skipped = {server.name: why for server in wanted if (why := server.missing)}
        rows, different = _measured(
            [server for server in wanted if server.name not in skipped], arguments.rounds, arguments.seconds
        )
        write(
            Result(
                occasion=occasion("benchmarks", is_busy=not arguments.quiet_machine, with_node=True),
                skipped=skipped,
                different=different,
                rows=rows,
            )
        )
    result = read()
    report.write(result)
    return 1 if result.different or any(row.wrong for row in result.rows) else 0


def _measured(servers: Sequence[Server], count: int, seconds: float) -> tuple[list[Row], list[str]]:
    began = time.monotonic()
    rows: list[Row] = []
    different: list[str] = []

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {text}", flush=True)  # noqa: T201 - progress

    for each in rounds(servers, count, seconds, say):
        if isinstance(each, Different):
            different.append(f"{each.server}, {each.mode.value}, {each.query}")
            say(f"  {each.query:10} DIFFERENT")
            continue
        rows.append(each)
        say(
            f"  {each.query:10} {each.cpu_ms:8.3f} ms CPU  {each.per_second:8.0f}/s  p99 {each.p99_ms:7.1f} ms  "
            f"{each.calls:5.1f} calls{'' if not each.wrong else f'  {each.wrong} WRONG'}"
        )
    return rows, sorted(set(different))


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
