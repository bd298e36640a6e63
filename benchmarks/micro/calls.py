"""What a backend call costs: microseconds of CPU by layer, against a system that repeats a 23 KB page of 34 lines.

`python -m benchmarks.micro.calls`. The system is a process of its own, so that only the BFF's side is counted; each
figure is the median of rounds of 300 calls. docs/adr/0013 quotes them.
"""

import asyncio
import multiprocessing
import os
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection
from statistics import median
from typing import Any, cast

import msgspec
import uvloop

from bff.backends._batch import lists
from bff.backends._call import Operation
from bff.backends._http import Http
from bff.backends._httpx import Httpx, trusted
from bff.backends._message import Answer, Request
from bff.backends._shape import Number, exact, reader, rows
from bff.backends._wire import Wire
from bff.backends.fixed import _INVOICES, invoice
from bff.backends.fixed._answer import content, response
from bff.backends.fixed._soap import _Reading
from bff.backends.mobile import line
from bff.backends.mobile._collection import Collection
from bff.domain.system import System
from bff.observability import REQUEST, RequestInfo, configure_logs
from bff.settings import LogFormat, LogLevel

HOST = "127.0.0.1"
CALLS = 300
ROUNDS = 7
PATH = "/tmf-api/productInventory/v4/product"
PRODUCTS = Operation(System.MOBILE, "GET /product")
INVOICES = Operation(System.FIXED, "FindInvoicesByAccount")
CONTRACT, ACCOUNT = "AGR-0002001", "000000000001"
LINES, MANY_LINES, BILLS = 34, 499, 200
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def page(count: int) -> bytes:
    """Write a page of products as the mobile legacy does, 670 bytes each."""
    return msgspec.json.encode([_product(number) for number in range(count)])


def _product(number: int) -> dict[str, Any]:
    key = f"{20010001 + number:011}"
    return {
        "id": f"PRD-{key}",
        "href": f"http://mobile.example:42339{PATH}/PRD-{key}",
        "status": "active",
        "agreement": [{"id": CONTRACT, "name": "88800002001"}],
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


def envelope(count: int) -> bytes:
    """Write a page of invoices as the fixed legacy does."""
    bills = "".join(
        f"<t:invoice><t:invoiceNo>AB{number:09}</t:invoiceNo><t:accountCode>{ACCOUNT}</t:accountCode>"
        "<t:kind>FT</t:kind><t:state>PA</t:state>"
        f"<t:issuedOn>03/{number % 12 + 1:02}/2026 00:00:00</t:issuedOn><t:dueOn>28/{number % 12 + 1:02}/2026</t:dueOn>"
        "<t:periodFrom>01/01/2026</t:periodFrom><t:periodTo>31/01/2026</t:periodTo><t:total>1.234,56</t:total>"
        "<t:vat>222,62</t:vat><t:outstanding>0,00</t:outstanding><t:lineId>0612345678</t:lineId></t:invoice>"
        for number in range(count)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="urn:legacy:fixed:crm-billing:v3">'
        "<s:Body><t:FindInvoicesByAccountResponse>"
        f"<t:outcome><t:code>000</t:code><t:severity>I</t:severity></t:outcome>{bills}"
        "<t:pageInfo><t:pageNo>1</t:pageNo><t:lastPage>S</t:lastPage></t:pageInfo>"
        "</t:FindInvoicesByAccountResponse></s:Body></s:Envelope>"
    ).encode()


class _Repeating(asyncio.Protocol):
    """A connection on which every request has the same answer."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, _data: bytes) -> None:
        self._transport.write(self._answer)


def serve(ready: Connection) -> None:
    """Be the system, until the process is ended; tell the port."""
    body = page(LINES)
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-total-count: {LINES}\r\ncontent-length: {len(body)}"

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Repeating(f"{head}\r\n\r\n".encode() + body), HOST, 0)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(listen())


async def cost_us(work: Callable[[], Awaitable[object]], calls: int = CALLS) -> float:
    """Give the CPU of this process for one call, in microseconds."""
    costs: list[float] = []
    for _ in range(ROUNDS + 1):  # the first warms up
        began = time.process_time()
        for _ in range(calls):
            await work()
        costs.append((time.process_time() - began) / calls * 1e6)
    return median(costs[1:])


async def of_calls(url: str) -> None:
    """Print what the layers of one call cost."""
    REQUEST.set(RequestInfo("0" * 32, "0" * 32, None, None, time.monotonic() + 3600))
    http = Http(System.MOBILE, url, headers={"authorization": "Bearer key"})
    products = Collection(http, PATH, line.Product)
    params = [("agreement.id", CONTRACT), ("fields", "id,status,agreement"), ("offset", "0"), ("limit", "500")]
    request = Request("GET", PATH, params, {"x-request-id": "0" * 32, "traceparent": "0" * 55}, None)
    headers, common = {"authorization": "Bearer key"}, {"connect_timeout_s": 1.0, "answer_max_bytes": 10_000_000}
    wire = Wire(url, headers=headers, trust=trusted(), monotonic=time.monotonic, **common)  # type: ignore[arg-type]
    httpx = Httpx(url, headers=headers, trust=trusted(), connections_max=8, **common)  # type: ignore[arg-type]

    async def send() -> int:
        return await http.send(PRODUCTS.name, "GET", PATH, params=params, keys=1, read=lambda answer: len(answer.body))

    async def read() -> object:
        found = await products.find("agreement.id", [CONTRACT])
        return lists(PRODUCTS, [CONTRACT], found, line.by_contract(NOW, {}))

    await _tell("httpx, as it carries a call", lambda: httpx.exchange(PRODUCTS, request))
    await _tell("_wire, as it carries a call", lambda: wire.exchange(PRODUCTS, request))
    await _tell("Http.send: that, the gate, deadline, metrics, no log line", send)
    await _tell(f"all: that, pages, {LINES} rows decoded and made records", read)
    configure_logs(LogLevel.INFO, LogFormat.JSON, _nowhere())
    await _tell("Http.send with its log line", send)
    for each in (http, wire, httpx):
        await each.aclose()


async def of_reading() -> None:
    """Print what reading costs, by row."""
    body, values = page(MANY_LINES), msgspec.json.Decoder(float_hook=Number)
    longer, at_once = rows(reader(line.Product)), exact(line.Product)
    found = at_once(body) or []
    answer = Answer(200, {}, envelope(BILLS))

    def records() -> object:
        return lists(PRODUCTS, [CONTRACT], found, line.by_contract(NOW, {}))

    def bills() -> object:
        told = response(INVOICES, content(INVOICES, answer), answer)
        new = _Reading(_INVOICES, INVOICES, [ACCOUNT]).page(told).rows
        return lists(INVOICES, [ACCOUNT], new, invoice.by_account(NOW, date(2020, 1, 1)))

    for name, work, count in (
        ("a JSON row, the longer way", lambda: longer(values.decode(body)), MANY_LINES),
        ("a JSON row, at once", lambda: at_once(body), MANY_LINES),
        ("a line of it", records, MANY_LINES),
        ("a SOAP row to an invoice, all in", bills, BILLS),
    ):
        await _tell(name, _as_call(work), calls=5, parts=count)


def _as_call(work: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def call() -> object:
        return work()

    return call


async def _tell(name: str, work: Callable[[], Awaitable[object]], *, calls: int = CALLS, parts: int = 1) -> None:
    sys.stdout.write(f"| {name} | {await cost_us(work, calls) / parts:,.1f} |\n")


def _nowhere() -> Any:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - a stream, open as long as the process


def main() -> int:
    """Measure all, with a system of our own."""
    configure_logs(LogLevel.WARNING, LogFormat.JSON, _nowhere())
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    try:
        sys.stdout.write("| | µs of CPU |\n| --- | --- |\n")
        uvloop.run(of_calls(f"http://{HOST}:{ours.recv()}"))
        uvloop.run(of_reading())
    finally:
        server.terminate()
        server.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
