"""What is measured: one row for a server, a mode and a query in a round, kept as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.occasion import Occasion
from benchmarks.server import Mode

FILE: Final = Path(__file__).parent / "result" / "result.json"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement. `calls` are the mobile network's per request; `cpu_ms` is the server's alone, per request."""

    server: str
    mode: Mode
    query: str
    round: int
    requests: int
    per_second: float
    cpu_ms: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    rss_mib: float
    calls: float
    wrong: int
    body_bytes: int


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """Dashboards asked for at a fixed rate, process-warm; times of an answer count from when its request was due."""

    server: str
    round: int
    rate: float
    """Requests a second."""
    requests: int
    unanswered: int
    wrong: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    busy: float
    """The server's CPU seconds a second."""

    @property
    def carried(self) -> bool:
        """Whether the server kept up with the rate."""
        return not self.unanswered and not self.wrong


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run; `skipped` says why by server, `different` where an answer was another than the BFF's."""

    occasion: Occasion
    skipped: dict[str, str]
    different: Sequence[str]
    rows: Sequence[Row]
    latencies: Sequence[Latency] = ()


def write(result: Result) -> None:
    """Keep a run in place of the last one."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")


def read() -> Result:
    """Read the last run."""
    return msgspec.json.decode(FILE.read_bytes(), type=Result)
