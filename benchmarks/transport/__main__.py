"""Measures one backend call with httpx's own transport and with `httpx-aiohttp` under it, latency and CPU.

`python -m benchmarks.transport`. The server is a process of its own; what is told is of this process, the client's:
CPU seconds are the figure to trust. The second transport is measured where its package is installed; it is no
dependency of the project (docs/adr/0013). Rounds alternate; medians of all rounds are told.
"""

import asyncio
import gzip
import importlib
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from statistics import median
from typing import Any, NamedTuple

import httpx
import msgspec
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.backends._http import Answer, Http
from bff.backends._shape import Number, exact, reader, rows
from bff.backends.mobile.line import Product
from bff.domain.system import System
from bff.observability import configure_logs
from bff.settings import LogFormat, LogLevel

HOST = "127.0.0.1"
CALLS = 80
ROUNDS = 5
ROWS = {"23 KB": 34, "500 products": 500}
OPERATION = "GET /product"

Transport = Callable[[], httpx.AsyncBaseTransport | None]


class Cost(NamedTuple):
    """Of one call, in microseconds: the time until its answer, and the CPU time of this process."""

    wall_us: float
    cpu_us: float


def page(count: int) -> bytes:
    """Write a page of products as the mobile legacy does, 680 bytes each."""
    return msgspec.json.encode([_product(number) for number in range(count)])


def _product(number: int) -> dict[str, Any]:
    key = f"{20010001 + number:011}"
    return {
        "id": f"PRD-{key}",
        "href": f"http://127.0.0.1:42339/tmf-api/productInventory/v4/product/PRD-{key}",
        "status": "active",
        "agreement": [{"id": "AGR-0002001", "name": "88800002001"}],
        "productOffering": {"id": "OFF-1001", "name": "Business Start 50 GB"},
        "productSpecification": {"id": "SPEC-LINE", "name": "mobileLine"},
        "productCharacteristic": [
            {"name": "msisdn", "valueType": "string", "value": f"+39335{number:07}"},
            {"name": "paymentType", "valueType": "string", "value": "postpaid"},
        ],
        "relatedParty": [
            {"id": "CUST-000002", "name": "Gruppo S.p.A.", "role": "customer", "@referredType": "Customer"}
        ],
        "@type": "Product",
        "realizingResource": [{"id": f"SIM-{key}", "@referredType": "PhysicalResource"}],
    }


def serve(ready: Connection) -> None:
    """Answer pages of some rows, plain and compressed, until the process is ended."""
    plain = {str(count): page(count) for count in ROWS.values()}
    zipped = {count: gzip.compress(body, 6) for count, body in plain.items()}

    async def answer(request: Request) -> Response:
        count = request.path_params["count"]
        if "zipped" in request.query_params:
            return Response(zipped[count], media_type="application/json", headers={"content-encoding": "gzip"})
        return Response(plain[count], media_type="application/json")

    app = Starlette(routes=[Route("/{count}", answer)])
    config = uvicorn.Config(app, host=HOST, port=0, log_level="error", access_log=False)
    listener = config.bind_socket()
    ready.send(listener.getsockname()[1])
    uvicorn.Server(config).run([listener])


async def cost(url: str, path: str, transport: Transport, parallel: int) -> Cost:
    """Make calls through the project's own `Http`, after some to warm up; `parallel` at a time."""
    http = Http(System.MOBILE, url, headers={}, transport=transport())

    async def calls(count: int) -> None:
        for _ in range(count):
            await http.send(OPERATION, "GET", path, read=_untouched)

    try:
        await calls(10)
        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(calls(CALLS // parallel) for _ in range(parallel)))
        done = CALLS // parallel * parallel
        return Cost((time.perf_counter() - wall) / done * 1e6, (time.process_time() - cpu) / done * 1e6)
    finally:
        await http.aclose()


def _untouched(answer: Answer) -> int:
    return len(answer.body)


def transports() -> Iterator[tuple[str, Transport]]:
    """Give the transports at hand by name."""
    yield "httpx's own", lambda: None
    try:
        found = importlib.import_module("httpx_aiohttp")
    except ImportError:
        _tell("httpx-aiohttp is not installed: only httpx's own transport is measured")
        return
    yield "httpx-aiohttp", lambda: found.AiohttpTransport(limits=httpx.Limits(max_connections=8))


def measure(url: str) -> None:
    """Print a line for each answer, number of calls at a time, and transport."""
    _tell("| answer | at a time | transport | µs a call | CPU µs a call |\n| --- | --- | --- | --- | --- |")
    chosen = list(transports())
    for name, count in ROWS.items():
        for how in ("", "?zipped"):
            for parallel in (1, 8):
                found: dict[str, list[Cost]] = {each: [] for each, _ in chosen}
                for _ in range(ROUNDS):
                    for each, transport in chosen:
                        found[each].append(uvloop.run(cost(url, f"/{count}{how}", transport, parallel)))
                for each, costs in found.items():
                    wall, cpu = median(one.wall_us for one in costs), median(one.cpu_us for one in costs)
                    _tell(f"| {name}{' gzip' * bool(how)} | {parallel} | {each} | {wall:,.0f} | {cpu:,.0f} |")


def measure_reading() -> None:
    """Print what reading an answer costs, beside the call."""
    text = page(500).decode()
    values = msgspec.json.Decoder(float_hook=Number)
    tolerant, at_once = rows(reader(Product)), exact(Product)
    _tell("\n| reading 500 products | ms |\n| --- | --- |")
    for name, work in {
        "decode to values": lambda: values.decode(text),
        "decode to values, then `reader`": lambda: tolerant(values.decode(text)),
        "`exact`": lambda: at_once(text),
    }.items():
        _tell(f"| {name} | {median(_seconds(work) for _ in range(50)) * 1e3:.2f} |")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> int:
    """Measure all, with a server of its own."""
    configure_logs(LogLevel.WARNING, LogFormat.JSON)  # a line for each call would be measured with it
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        port = ours.recv()
        measure(f"http://{HOST}:{port}")
    finally:
        server.terminate()
        server.join()
    measure_reading()
    return 0


if __name__ == "__main__":
    sys.exit(main())
