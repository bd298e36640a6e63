"""Ten thousand requests, from a seed: however broken, none is answered with a 5xx, and every answer is whole."""

import asyncio
import json
import random
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from graphql import build_schema
from starlette.types import ASGIApp, Message

from bff.app import create_app
from bff.settings import Settings
from sandbox.server import Sandbox
from tests.house import environment
from tests.http.chance import Case, case, parts
from tests.http.conftest import Door
from tests.http.parts import entry

REQUESTS = 10_000
CONNECTIONS = 300
SEED = 20261122
WRITABLE = build_schema("type Query { read(n: Int): Int } type Mutation { write: Int }")
MEDIA_TYPES = {"application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"}


class Seen(NamedTuple):
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


@pytest.mark.anyio
async def test_ten_thousand_requests_see_no_5xx_and_only_whole_answers(sandbox: Sandbox) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same requests every time
    house, reading = create_app(Settings.read(environment(sandbox))), entry(WRITABLE)
    good = {"authorization": f"Bearer {sandbox.token('legal')}".encode(), "content-type": b"application/json"}
    statuses: Counter[int] = Counter()
    async with house.router.lifespan_context(house):
        for number in range(REQUESTS):
            made = case(chance)
            seen = await _answered(reading if made.method == "GET" else house, made, good, chance)
            assert _faults(seen) == [], (number, made, seen)
            statuses[seen.status] += 1
    assert statuses.keys() >= {200, 400, 401, 405, 406, 415}, "the requests are broken in many ways"
    assert statuses[200] > REQUESTS // 20, "and some are not"


def test_hundreds_of_connections_with_several_requests_each_are_answered_in_order(door: Door) -> None:
    chance = random.Random(SEED)  # noqa: S311
    answers = 0
    for number in range(CONNECTIONS):
        cases = [_framed_case(chance) for _ in range(chance.randint(1, 4))]
        torn = chance.random() < 0.4
        sent = b"".join(_on_the_wire(door, each, chance, last=each is cases[-1]) for each in cases)
        if torn:
            sent = _torn(chance, sent)
        seen = list(_read(_exchanged(door, sent, ends=torn)))
        assert [fault for each in seen for fault in _faults(each)] == [], (number, sent, seen)
        if not torn:
            assert len(seen) == len(cases), (number, sent, seen)
        answers += len(seen)
    assert answers > CONNECTIONS
    assert door.send().status_code == 200, "and the house still stands"


def _faults(seen: Seen) -> list[str]:
    """Say what is wrong with an answer."""
    if seen.headers["content-type"].startswith("text/plain"):  # of the server, to what is no HTTP
        return [] if (seen.status, seen.body) == (400, b"Invalid HTTP request received.") else ["plain text"]
    body = json.loads(seen.body)
    told = body.get("errors", [])
    checks = {
        "5xx": seen.status < 500,
        "status": seen.status == 200 if "data" in body else seen.status >= 400 or _may_be_told_with_200(seen),
        "media type": seen.headers["content-type"] in MEDIA_TYPES,
        "length": int(seen.headers["content-length"]) == len(seen.body),
        "members": body.keys() <= {"data", "errors"} and ("data" in body or bool(told)),
        "errors": all(error["message"] and error["extensions"]["code"] != "INTERNAL" for error in told),
        "Allow": (seen.status == 405) == ("allow" in seen.headers),
        "WWW-Authenticate": (seen.status == 401) == ("www-authenticate" in seen.headers),
        "Cache-Control": seen.headers["cache-control"] == "no-store",
    }
    return [name for name, holds in checks.items() if not holds]


def _may_be_told_with_200(seen: Seen) -> bool:
    return seen.status == 200 and seen.headers["content-type"].startswith("application/json;")


# --- in this process --------------------------------------------------------------------------------------------------


async def _answered(app: ASGIApp, made: Case, good: dict[str, bytes], chance: random.Random) -> Seen:
    """Hand a request to an application as a server would, its body in parts."""
    headers = [(name.encode(), value) for name, value in {**good, **made.headers}.items()]
    scope = {"type": "http", "method": made.method, "path": "/graphql", "query_string": made.query_string}
    inbox = _messages(made, chance)
    sent: list[Message] = []

    async def receive() -> Message:
        if (message := next(inbox, None)) is not None:
            return message
        await asyncio.Event().wait()
        raise AssertionError("nobody sets the event")

    async def send(message: Message) -> None:
        sent.append(message)

    await app({**scope, "headers": headers}, receive, send)
    start, *bodies = sent
    assert not bodies[-1].get("more_body", False)
    told = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Seen(start["status"], told, b"".join(each.get("body", b"") for each in bodies))


def _messages(made: Case, chance: random.Random) -> Iterator[Message]:
    *begun, last = parts(chance, made.body[: made.cut_at])
    yield from ({"type": "http.request", "body": part, "more_body": True} for part in begun)
    yield {"type": "http.request", "body": last, "more_body": made.cut_at is not None}
    if made.cut_at is not None:
        yield {"type": "http.disconnect"}


# --- over a socket ----------------------------------------------------------------------------------------------------


def _framed_case(chance: random.Random) -> Case:
    """Make a request that HTTP can carry whole; of HEAD's answer the length is not that of its body."""
    made = case(chance)
    odd = made.method in {"HEAD", "post", "X"} or made.cut_at is not None
    return Case() if odd else made._replace(query_string=b"")


def _on_the_wire(door: Door, made: Case, chance: random.Random, *, last: bool) -> bytes:
    given: dict[bytes, Any] = {**door.headers(), b"host": b"bff", b"connection": b"close" if last else b"keep-alive"}
    given |= {name.encode(): value for name, value in made.headers.items()}
    if chunked := chance.random() < 0.5:
        given[b"transfer-encoding"] = b"chunked"
    else:
        given[b"content-length"] = str(len(made.body)).encode()
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in given.items())
    head = f"{made.method} /graphql HTTP/1.1\r\n".encode() + lines + b"\r\n"
    if not chunked:
        return head + made.body
    chunks = [part for part in parts(chance, made.body) if part]
    return head + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in chunks) + b"0\r\n\r\n"


def _torn(chance: random.Random, sent: bytes) -> bytes:
    """Change a few bytes, and leave out an end."""
    torn = bytearray(sent)
    for _ in range(chance.randint(0, 3)):
        torn[chance.randrange(len(torn))] = chance.randrange(256)
    return bytes(torn[: chance.randint(1, len(torn))])


def _exchanged(door: Door, sent: bytes, *, ends: bool) -> bytes:
    """Send all at once, then, where it `ends`, that no more will come; read until the house hangs up."""
    host, port = door.house.url.removeprefix("http://").split(":")
    got = bytearray()
    with socket.create_connection((host, int(port)), timeout=15) as connection:
        connection.sendall(sent)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65536):
            got += part
    return bytes(got)


def _read(got: bytes) -> Iterator[Seen]:
    """Take one answer after the other; what is left over would be no answer."""
    while got:
        head, _, rest = got.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status = first.split(" ")[:2]
        assert version == "HTTP/1.1"
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", len(rest)))
        assert len(rest) >= length
        yield Seen(int(status), headers, rest[:length])
        got = rest[length:]
