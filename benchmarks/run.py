"""The run: rounds over all servers, modes and queries, each server alone on its CPU, the load on another.

The BFF answers first of all, process-warm: what it says is what every other answer is compared with, and what the
floors repeat. Every second round goes through the servers backwards, so that a drift of the machine falls on all.
"""

import http.client
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import msgspec

from benchmarks import load, open_loop, replay
from benchmarks.estate import Address, Asker, Size
from benchmarks.peers.task import Task
from benchmarks.process import HOST, Running, free_port, pinned
from benchmarks.result import Latency, Row
from benchmarks.server import CACHES, ROOT, SERVERS, Mode, Server, Setting

QUERIES: Final = ("small", "dashboard", "page", "company")
"""Five fields; twenty lines with six invoices each; a hundred lines; the first of five thousand lines."""

_CONNECTIONS: Final = 4  # enough to keep a server busy; more would only wait for each other
_FIRST_WARM_UP_S: Final = 1.5  # engines that compile while they run need it once
_WARM_UP_S: Final = 0.4
_RATES: Final = (50.0, 200.0)  # a second: the first is one that nearly all carry
_FIXED_RATE_S: Final = 3.0
_FIXED_RATE_CONNECTIONS: Final = 32  # one is nearly always free, where the rate is carried
_OFFICES: Final = Size(companies=40, contracts=4, lines=25)  # decoded, several times what a small cache holds
_CONCERN: Final = Size(contracts=25, lines=200)
_TODAY: Final = date(2026, 11, 22)  # the sandbox's
_ISSUED_FROM: Final = date(2025, 11, 22)

Say = Callable[[str], None]


class Cpus(NamedTuple):
    """Which CPUs serve and which load; the same one where there is only one."""

    server: frozenset[int]
    load: frozenset[int]

    @classmethod
    def of_machine(cls) -> "Cpus":
        """Share the CPUs of this machine: the first one serves."""
        first, *others = sorted(os.sched_getaffinity(0))
        return cls(frozenset({first}), frozenset(others[:1] or {first}))


class Bench(NamedTuple):
    """What stands during a run."""

    cpus: Cpus
    address: Address
    redis: str
    scratch: Path
    answers: Path
    seconds: float


@contextmanager
def standing(seconds: float, sizes: Sequence[Size]) -> Iterator[Bench]:
    """Start what all servers need: the systems behind them, with companies of these sizes, and a Redis."""
    cpus = Cpus.of_machine()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory(prefix="bench-")))
        answers = scratch / "answers"
        answers.mkdir()
        address = stack.enter_context(_estate(cpus, sizes))
        redis = stack.enter_context(_redis(cpus, scratch))
        yield Bench(cpus, address, redis, scratch, answers, seconds)


@contextmanager
def _estate(cpus: Cpus, sizes: Sequence[Size]) -> Iterator[Address]:
    told = msgspec.json.encode(sizes).decode()
    command = pinned(cpus.load, [sys.executable, "-m", "benchmarks.estate", told])
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        yield msgspec.json.decode(process.stdout.readline(), type=Address)
        process.stdin.close()


@contextmanager
def _redis(cpus: Cpus, scratch: Path) -> Iterator[str]:
    socket, port = scratch / "redis", free_port()
    command = ["redis-server", "--port", str(port), "--bind", HOST, "--unixsocket", str(socket), "--save", ""]
    log = scratch / "redis.log"
    binary = shutil.which(command[0])
    if binary is None:
        raise FileNotFoundError("redis-server is needed on PATH")
    with Running([binary, *command[1:]], port=port, cpus=cpus.load, environment={}, directory=scratch, log=log):
        yield str(socket)


class References:
    """What the BFF said, by query: the data of every asker's answer."""

    def __init__(self, bench: Bench, bff: Server) -> None:
        """Ask the BFF everything. Raises ValueError when it gives an error: nothing could be compared with that."""
        self._bench = bench
        with started(bench, bff, Mode.WARM) as (_, port):
            whole = {query: _bodies(bench, port, query, is_floor=False) for query in QUERIES}
        if failed := [query for query, bodies in whole.items() if any(b'"errors"' in body for body in bodies)]:
            raise ValueError(f"the BFF gives errors: {', '.join(failed)}")
        for query, bodies in whole.items():
            (bench.answers / f"{query}.json").write_bytes(bodies[0])
        self.size = {query: len(bodies[0]) for query, bodies in whole.items()}
        self._data = {query: [_data(body) for body in bodies] for query, bodies in whole.items()}

    def same(self, port: int, server: Server, query: str) -> bool:
        """Tell whether a server gives the same data to all askers; asking it fills its caches too."""
        bodies = _bodies(self._bench, port, query, is_floor=server.is_floor)
        wanted = self._data[query][:1] * len(bodies) if server.is_floor else self._data[query]
        return [_data(body) for body in bodies] == wanted


@contextmanager
def started(bench: Bench, server: Server, mode: Mode) -> Iterator[tuple[Running, int]]:
    """Start a server for a mode; give it and its port."""
    task = Task(
        port=free_port(),
        mobile=bench.address.mobile,
        cache=CACHES[mode],
        redis=bench.redis,
        today=_TODAY,
        issued_from=_ISSUED_FROM,
        answers=str(bench.answers),
    )
    command, environment = server.launch(Setting(mode, bench.address, task, bench.scratch))
    cpus = bench.cpus.server | bench.cpus.load if server.all_cpus else bench.cpus.server
    log = bench.scratch / "server.log"
    with Running(command, port=task.port, cpus=cpus, environment=environment, directory=ROOT, log=log) as running:
        yield running, task.port


class Sample(NamedTuple):
    """What a load cost: CPU milliseconds and calls of the mobile network, per request."""

    result: load.Result
    cpu_ms: float
    calls: float


def sampled(bench: Bench, running: Running, sent: load.Load) -> Sample:
    """Warm a server up and measure it."""
    with _warmed(bench, sent) as measure:
        calls, cpu_s = mobile_calls(bench), running.cpu_s()
        result = measure()
        cpu_s, calls = running.cpu_s() - cpu_s, mobile_calls(bench) - calls
    return Sample(result, cpu_s * 1000 / result.requests, calls / result.requests)


class Different(NamedTuple):
    """An answer was another than the BFF's, so nothing was measured."""

    server: str
    mode: Mode
    query: str


def measured(
    bench: Bench, references: References, server: Server, mode: Mode, number: int
) -> Iterator[Row | Different | Latency]:
    """Measure a server at all queries of a mode; process-warm, at fixed rates too."""
    load.flush(bench.redis)
    with started(bench, server, mode) as (running, port):
        warm_up_s, different = _FIRST_WARM_UP_S, set()
        for query in _queries(mode):
            if not references.same(port, server, query):
                different.add(query)
                yield Different(server.name, mode, query)
                continue
            sample = sampled(bench, running, _load(bench, server, mode, query, port, warm_up_s))
            warm_up_s, result = _WARM_UP_S, sample.result
            yield Row(
                server=server.name,
                mode=mode,
                query=query,
                round=number,
                requests=result.requests,
                per_second=round(result.requests / result.seconds, 1),
                cpu_ms=round(sample.cpu_ms, 4),
                p50_ms=result.p50_ms,
                p90_ms=result.p90_ms,
                p99_ms=result.p99_ms,
                rss_mib=round(running.rss_mib(), 1),
                calls=round(sample.calls, 2),
                wrong=result.wrong,
                body_bytes=references.size[query],
            )
        if mode is Mode.WARM and "dashboard" not in different:
            yield from _latencies(bench, server, running, port, number)


def _latencies(bench: Bench, server: Server, running: Running, port: int, number: int) -> Iterator[Latency]:
    """Ask a warm server for dashboards at rising rates, up to the first one that it can't carry."""
    for rate in _RATES:
        sent = open_loop.OpenLoop(
            port=port,
            requests=_requests(bench, server, "dashboard", port),
            connections=_FIXED_RATE_CONNECTIONS,
            per_second=rate,
            seconds=_FIXED_RATE_S,
        )
        with _ready(bench, "benchmarks.open_loop", sent) as measure:
            cpu_s = running.cpu_s()
            result = msgspec.json.decode(measure(), type=open_loop.Result)
            cpu_s = running.cpu_s() - cpu_s
        latency = Latency(
            server=server.name,
            round=number,
            rate=rate,
            busy=round(cpu_s / _FIXED_RATE_S, 3),
            **msgspec.structs.asdict(result),
        )
        yield latency
        if not latency.carried:
            return


def rounds(servers: Sequence[Server], count: int, seconds: float, say: Say) -> Iterator[Row | Different | Latency]:
    """Measure everything so many times, `seconds` each, with systems and tokens new in every round."""
    bff = next(server for server in SERVERS if server.name == "bff")
    pairs = [(server, mode) for mode in Mode for server in servers if mode in server.modes]
    for number in range(1, count + 1):
        with standing(seconds, (_OFFICES, _CONCERN)) as bench:
            references = References(bench, bff)
            for step, (server, mode) in enumerate(pairs if number % 2 else pairs[::-1], start=1):
                say(f"round {number}/{count}  {step:2}/{len(pairs)}  {mode.value:5}  {server.name}")
                yield from measured(bench, references, server, mode, number)


def _queries(mode: Mode) -> Sequence[str]:
    """Give the queries of a mode: the concern is asked by all connections at once, who would share reads of Redis."""
    return QUERIES if mode is not Mode.REDIS else QUERIES[:-1]


def _load(bench: Bench, server: Server, mode: Mode, query: str, port: int, warm_up_s: float) -> load.Load:
    requests = _requests(bench, server, query, port)
    return load.Load(
        port=port,
        requests=requests,
        connections=min(_CONNECTIONS, len(requests)) if mode is Mode.COLD else _CONNECTIONS,
        warm_up_s=warm_up_s,
        seconds=bench.seconds,
        flush=bench.redis if mode is Mode.COLD else None,
    )


def _requests(bench: Bench, server: Server, query: str, port: int) -> Sequence[bytes]:
    path = _path(query, is_floor=server.is_floor)
    askers = _askers(bench.address, query, is_floor=server.is_floor)
    return [request(port, asker, text_of(query), path) for asker in askers]


@contextmanager
def _warmed(bench: Bench, sent: load.Load) -> Iterator[Callable[[], load.Result]]:
    """Warm a server up; give what measures it."""
    with _ready(bench, "benchmarks.load", sent) as measure:
        yield lambda: msgspec.json.decode(measure(), type=load.Result)


@contextmanager
def _ready(bench: Bench, module: str, sent: msgspec.Struct) -> Iterator[Callable[[], bytes]]:
    """Start a load and wait until it is ready; give what lets it go and gives its result."""
    command = pinned(bench.cpus.load, [sys.executable, "-m", module])
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("no pipes")
        told, heard = process.stdin, process.stdout

        def say(line: bytes) -> bytes:
            told.write(line + b"\n")
            told.flush()
            return heard.readline()

        say(msgspec.json.encode(sent))
        yield lambda: say(b"")


def _askers(address: Address, query: str, *, is_floor: bool) -> Sequence[Asker]:
    offices, concern = address.askers
    askers = concern if query == "company" else offices
    return askers[:1] if is_floor else askers


def text_of(query: str) -> str:
    """Give the document of a query."""
    return (ROOT / "benchmarks" / "queries" / f"{query}.graphql").read_text(encoding="utf-8")


def _message(asker: Asker, text: str) -> tuple[bytes, Mapping[str, str]]:
    headers = {
        "content-type": "application/json",
        "accept": "application/json",
        "authorization": f"Bearer {asker.token}",
        "x-company": asker.tax_code,
    }
    return msgspec.json.encode({"query": text}), headers


def _path(query: str, *, is_floor: bool) -> str:
    return f"/{query}" if is_floor else "/graphql"


def request(port: int, asker: Asker, text: str, path: str = "/graphql") -> bytes:
    """Give the whole request by which somebody asks a document."""
    body, headers = _message(asker, text)
    told = {"host": f"{HOST}:{port}", **headers, "content-length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def answer(port: int, asker: Asker, text: str) -> bytes:
    """Ask a document once, and give the body of the answer."""
    return _asked(port, "POST", "/graphql", *_message(asker, text))


def _bodies(bench: Bench, port: int, query: str, *, is_floor: bool) -> list[bytes]:
    return [
        _asked(port, "POST", _path(query, is_floor=is_floor), *_message(asker, text_of(query)))
        for asker in _askers(bench.address, query, is_floor=is_floor)
    ]


def _asked(
    port: int, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> bytes:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request(method, path, body, dict(headers or {}))
        return connection.getresponse().read()
    finally:
        connection.close()


def _data(body: bytes) -> Any:
    """Give the data of an answer; what is no JSON or has errors as it is, which is never what was wanted."""
    try:
        answer = json.loads(body)
    except ValueError:
        return body
    return answer if answer.get("errors") else answer.get("data")


def mobile_calls(bench: Bench) -> int:
    """Give the number of calls that the mobile network has had."""
    return int(_asked(int(bench.address.mobile.rpartition(":")[2]), "GET", replay.COUNT_PATH))
