"""The one way out: deadlines, caps, what travels along, what is told of a call, and that nothing else is raised."""

import asyncio
import gzip
import socket
import ssl
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import httpx
import pytest
from structlog.typing import EventDict

from bff.backends._http import Http, Limits
from bff.backends._message import Answer
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendTimeout, BackendUnavailable
from bff.observability import REGISTRY, REQUEST, RequestInfo
from tests.backends.wire import Reply, always, failing, forever, http, listening, whole

pytestmark = pytest.mark.anyio

SHORT = Limits(timeout_s=0.1)
SMALL = Limits(answer_max_bytes=1_000_000)


async def get(client: Http, path: str = "/thing") -> Answer:
    try:
        return await client.send(
            "GET /product", "GET", path, read=whole, params=[("taxCode", "RSSMRA80A01H501U")], keys=1
        )
    finally:
        await client.aclose()


@pytest.fixture
def request_info() -> Iterator[RequestInfo]:
    info = RequestInfo("request-0001", "0af7651916cd43dd8448eb211c80319c", None, None, time.monotonic() + 0.05)
    token = REQUEST.set(info)
    yield info
    REQUEST.reset(token)


def httpx_exceptions() -> list[type[Exception]]:
    public = [getattr(httpx, name) for name in httpx.__all__]
    return [each for each in public if isinstance(each, type) and issubclass(each, Exception)]


def make(kind: type[Exception]) -> Exception:
    if issubclass(kind, httpx.HTTPStatusError):
        request = httpx.Request("GET", "http://system")
        return kind("said so", request=request, response=httpx.Response(500, request=request))
    try:
        return kind("said so")
    except TypeError:
        return kind()


def test_httpx_has_the_exceptions_that_the_walk_below_expects() -> None:
    assert len(httpx_exceptions()) >= 28


@pytest.mark.parametrize("kind", httpx_exceptions(), ids=lambda kind: kind.__name__)
async def test_every_httpx_exception_becomes_a_backend_error(kind: type[Exception]) -> None:
    with pytest.raises(BackendError) as caught:
        await get(http(failing(make(kind))))
    assert type(caught.value) in {BackendTimeout, BackendUnavailable, BackendRejected, BackendGarbled}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (httpx.ReadTimeout, BackendTimeout),
        (httpx.PoolTimeout, BackendTimeout),
        (httpx.ConnectTimeout, BackendUnavailable),
        (httpx.ConnectError, BackendUnavailable),
        (httpx.ReadError, BackendUnavailable),
        (httpx.RemoteProtocolError, BackendUnavailable),
        (httpx.LocalProtocolError, BackendRejected),
        (httpx.UnsupportedProtocol, BackendRejected),
        (httpx.DecodingError, BackendGarbled),
    ],
)
async def test_httpx_exceptions_become_the_error_that_fits(kind: type[Exception], expected: type[BackendError]) -> None:
    with pytest.raises(expected):
        await get(http(failing(make(kind))))


async def test_a_url_that_can_not_be_is_rejected_without_a_call() -> None:
    network = always(Reply())
    with pytest.raises(BackendRejected):
        await get(http(network), "http://system:port/")
    assert network.requests == []


async def test_the_deadline_covers_waiting_for_headers() -> None:
    async with listening(lambda _reader, _writer: forever()) as url:
        with pytest.raises(BackendTimeout):
            await get(http(None, url=url, limits=SHORT))


async def test_the_deadline_covers_a_body_that_never_ends() -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        await forever()

    async with listening(drip) as url:
        with pytest.raises(BackendTimeout):
            await get(http(None, url=url, limits=SHORT))


async def test_the_deadline_of_the_request_counts_when_it_is_nearer(request_info: RequestInfo) -> None:
    async with listening(lambda _reader, _writer: forever()) as url:
        started = time.monotonic()
        with pytest.raises(BackendTimeout):
            await get(http(None, url=url, limits=Limits(timeout_s=30)))
    assert time.monotonic() - started < 5


async def test_nothing_is_sent_when_no_time_is_left() -> None:
    network = always(Reply())
    over = RequestInfo("request-0001", "0" * 32, None, None, time.monotonic() - 1)
    token = REQUEST.set(over)
    with pytest.raises(BackendTimeout):
        await get(http(network))
    REQUEST.reset(token)
    assert network.requests == []


async def test_a_refused_connection_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(BackendUnavailable):
        await get(http(None, url=f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    "error",
    [
        AttributeError("'NoneType' object has no attribute 'getpeername'"),
        RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed"),
        ssl.SSLError("tlsv13 alert certificate required"),
        ConnectionResetError("reset"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_comes_through_from_below_the_client_is_unavailable(error: Exception) -> None:
    with pytest.raises(BackendUnavailable):
        await get(http(failing(error)))


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"])
async def test_a_connection_reset_before_in_and_after_the_head_is_unavailable(said: bytes) -> None:
    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        writer.transport.abort()

    async with listening(reset) as url:
        with pytest.raises(BackendUnavailable):
            await get(http(None, url=url))


async def test_cancellation_passes_through_and_is_told(told: list[EventDict]) -> None:
    async with listening(lambda _reader, _writer: forever()) as url:
        call = asyncio.ensure_future(get(http(None, url=url)))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    assert [line["outcome"] for line in told] == ["cancelled"]


async def test_a_body_over_the_cap_is_not_read_to_its_end() -> None:
    network = always(Reply(b"x" * 10_000_000))
    with pytest.raises(BackendGarbled):
        await get(http(network, limits=SMALL))
    assert network.chunks <= 17


async def test_a_gzip_bomb_ends_at_the_cap_and_not_at_its_own_size() -> None:
    deflater = zlib.compressobj(wbits=31)
    bomb = b"".join([deflater.compress(bytes(10_000_000)) for _ in range(10)]) + deflater.flush()
    client = http(always(Reply(bomb, headers={"content-encoding": "gzip"})), limits=SMALL)
    tracemalloc.start()
    with pytest.raises(BackendGarbled):
        await get(client)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 5_000_000


async def test_a_compressed_answer_is_decompressed() -> None:
    body = gzip.compress(b'{"a": 1}' * 100_000)
    answer = await get(http(always(Reply(body, headers={"content-encoding": "gzip"}, chunk_bytes=100))))
    assert answer.body == b'{"a": 1}' * 100_000


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(b"{}" * 99)[:-9], "gzip"), (b"not gzip", "gzip"), (b"{}", "br")],
    ids=["cut short", "broken", "never asked for"],
)
async def test_a_compression_that_can_not_be_undone_is_garbled(body: bytes, encoding: str) -> None:
    with pytest.raises(BackendGarbled):
        await get(http(always(Reply(body, headers={"content-encoding": encoding}))))


async def test_request_id_and_trace_travel_along(request_info: RequestInfo) -> None:
    network = always(Reply())
    await get(http(network))
    headers = network.requests[0].headers
    assert headers["x-request-id"] == "request-0001"
    assert headers["traceparent"].startswith("00-0af7651916cd43dd8448eb211c80319c-")
    assert headers["authorization"] == "Bearer secret"


async def test_cookies_of_one_call_do_not_come_back_with_the_next() -> None:
    network = always(Reply(headers={"set-cookie": "session=someone; Path=/"}))
    client = http(network)
    await client.send("GET /product", "GET", "/thing", read=whole)
    await get(client)
    assert "cookie" not in network.requests[1].headers


async def test_a_redirect_is_not_followed() -> None:
    network = always(Reply(status=302, headers={"location": "http://elsewhere/"}))
    assert (await get(http(network))).status == 302
    assert len(network.requests) == 1


async def test_a_call_is_one_log_line_without_anything_of_the_query(told: list[EventDict]) -> None:
    await get(http(always(Reply(b"{}"))))
    (line,) = told
    assert line.pop("ms") >= 0
    assert line.pop("module") == "bff.backends._call"
    assert line == {
        "event": "backend_call",
        "log_level": "info",
        "system": "MOBILE",
        "operation": "GET /product",
        "keys": 1,
        "status": 200,
        "outcome": "ok",
    }


async def test_what_reading_finds_wrong_is_the_outcome_of_the_call() -> None:
    def refuse(_answer: Answer) -> None:
        raise BackendGarbled(client.system, "GET /product")

    client = http(always(Reply()))
    labels = {"system": "MOBILE", "operation": "GET /product", "outcome": "garbled"}
    before = REGISTRY.get_sample_value("bff_backend_calls_total", labels) or 0
    with pytest.raises(BackendGarbled):
        await client.send("GET /product", "GET", "/thing", read=refuse)
    await client.aclose()
    assert REGISTRY.get_sample_value("bff_backend_calls_total", labels) == before + 1
