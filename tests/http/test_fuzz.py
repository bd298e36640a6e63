"""That no request, however broken, is answered with a 5xx: five hundred, made by chance from a seed."""

import json
import random
import string
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.http.conftest import Door, errors

REQUESTS = 500
FIRST = Path("operations/first.graphql").read_text(encoding="utf-8")
WORDS = (
    *(
        "query",
        "fragment",
        "on",
        "{",
        "}",
        "(",
        ")",
        ":",
        "$",
        "[",
        "]",
        "!",
        "...",
        "@skip(if: true)",
        "=",
        '"',
        '"""',
    ),
    *("customer", "viewer", "lines", "nodes", "node", "id", "first", "20", "-1", "1e400", "null", "true", "MOBILE"),
    *(
        "Query",
        "Line",
        "__typename",
        "__schema",
        "\u00e8",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    ),
)
HEADERS = ("accept", "content-type", "authorization", "x-membership", "x-request-id", "accept-language", "traceparent")
Make = Callable[[random.Random], tuple[bytes, dict[str, bytes]]]


def junk(chance: random.Random, longest: int = 40) -> str:
    return "".join(chance.choices(string.printable + "\u00e8\u20ac\u0000", k=chance.randint(0, longest)))


def value(chance: random.Random, depth: int = 0) -> object:
    """Make any JSON value."""
    kind = chance.randrange(8 if depth < 3 else 6)
    if kind == 6:
        return [value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    if kind == 7:
        return {junk(chance, 8): value(chance, depth + 1) for _ in range(chance.randint(0, 3))}
    return (None, True, chance.randint(-(2**70), 2**70), chance.random() * 1e300, junk(chance), FIRST)[kind]


def torn_bytes(chance: random.Random) -> tuple[bytes, dict[str, bytes]]:
    """Change, cut or double bytes of a good body."""
    body = bytearray(json.dumps({"query": FIRST}).encode())
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body))
        body[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    return bytes(body[: chance.choice((len(body), chance.randrange(len(body) + 1)))]), {}


def any_members(chance: random.Random) -> tuple[bytes, dict[str, bytes]]:
    members = ("query", "variables", "operationName", "extensions")
    return json.dumps({name: value(chance) for name in members if chance.random() < 0.8}).encode(), {}


def word_soup(chance: random.Random) -> tuple[bytes, dict[str, bytes]]:
    text = " ".join(chance.choices(WORDS, k=chance.randint(1, 60)))
    return json.dumps({"query": text}).encode(), {}


def torn_document(chance: random.Random) -> tuple[bytes, dict[str, bytes]]:
    """Leave out, double and swap words of a good document."""
    words = FIRST.split()
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(words))
        words[place : place + 1] = chance.choice(([], words[place : place + 1] * 2, [chance.choice(WORDS)]))
    return json.dumps({"query": " ".join(words)}).encode(), {}


def wrong_variables(chance: random.Random) -> tuple[bytes, dict[str, bytes]]:
    query = (
        "query ($id: ID!, $n: Int = 1, $f: InvoiceFilter, $o: InvoiceSort) {"
        " node(id: $id) { id } customer { invoices(first: $n, filter: $f, orderBy: $o, after: $id) { totalCount } } }"
    )
    names = chance.sample(("id", "n", "f", "o", "x"), k=chance.randint(0, 5))
    return json.dumps({"query": query, "variables": {name: value(chance) for name in names}}).encode(), {}


def any_headers(chance: random.Random) -> tuple[bytes, dict[str, bytes]]:
    """Send a good body under headers of any bytes that HTTP lets through."""
    allowed = bytes(byte for byte in range(256) if byte in {9, *range(32, 127), *range(128, 256)})
    given = {
        name: bytes(chance.choices(allowed, k=chance.randint(0, 60))).strip()
        for name in chance.sample(HEADERS, k=chance.randint(1, 3))
    }
    return b'{"query":"{__typename}"}', given


MAKERS: tuple[Make, ...] = (torn_bytes, any_members, word_soup, torn_document, wrong_variables, any_headers)


def test_no_broken_request_is_answered_with_a_5xx_and_every_refusal_is_a_graphql_error(door: Door) -> None:
    chance = random.Random(20261122)  # noqa: S311 - the same requests every time
    seen: set[int] = set()
    for number in range(REQUESTS):
        body, given = MAKERS[number % len(MAKERS)](chance)
        response = send(door, body, given)
        seen.add(response.status_code)
        assert response.status_code < 500, (number, body, given, response.text)
        if response.status_code >= 400:
            errors(response)
        else:
            told = {error["extensions"]["code"] for error in response.json().get("errors", [])}
            assert "INTERNAL" not in told, (number, body, given, response.text)
    assert {200, 400, 401, 406, 415} <= seen, "the requests are broken in many ways"


def send(door: Door, body: bytes, given: dict[str, bytes]) -> httpx.Response:
    named = {name.encode(): content for name, content in given.items()}
    return door.client.post("/graphql", content=body, headers={**door.headers(), **named})
