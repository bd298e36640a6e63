"""Requests made by chance from a seed: torn, cut, mistaken and odd ones, and some that are good."""

import json
import random
import string
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import urlencode

FIRST = Path("operations/first.graphql").read_text(encoding="utf-8")
SMALL = "query Q($n: Int) { customer { lines(first: $n) { totalCount nodes { number __typename } } } }"
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
HEADERS = (
    *("accept", "content-type", "authorization", "x-membership", "x-request-id", "accept-language", "traceparent"),
    *("content-encoding", "cookie", "x-client-name"),
)
METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "post", "X")
ALLOWED = bytes({9, *range(32, 127), *range(128, 256)})
"""The bytes that HTTP lets through in a header."""
GOOD = b'{"query":"{__typename}"}'


class Case(NamedTuple):
    """One request: `headers` take the place of a good request's; `cut_at` bytes of the body the client goes away."""

    body: bytes = GOOD
    headers: Mapping[str, bytes] = MappingProxyType({})
    method: str = "POST"
    query_string: bytes = b""
    cut_at: int | None = None


Make = Callable[[random.Random], Case]


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


def torn_bytes(chance: random.Random) -> Case:
    """Change, cut or double bytes of a good body."""
    body = bytearray(json.dumps({"query": chance.choice((FIRST, SMALL, SMALL))}).encode())
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body))
        body[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    return Case(bytes(body[: chance.choice((len(body), chance.randrange(len(body) + 1)))]))


def any_members(chance: random.Random) -> Case:
    members = ("query", "variables", "operationName", "extensions")
    return Case(json.dumps({name: value(chance) for name in members if chance.random() < 0.8}).encode())


def word_soup(chance: random.Random) -> Case:
    text = " ".join(chance.choices(WORDS, k=chance.randint(1, 60)))
    return Case(json.dumps({"query": text}).encode())


def torn_document(chance: random.Random) -> Case:
    """Leave out, double and swap words of a good document."""
    words = chance.choice((FIRST, SMALL, SMALL)).split()
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(words))
        words[place : place + 1] = chance.choice(([], words[place : place + 1] * 2, [chance.choice(WORDS)]))
    return Case(json.dumps({"query": " ".join(words)}).encode())


def wrong_variables(chance: random.Random) -> Case:
    query = (
        "query ($id: ID!, $n: Int = 1, $f: InvoiceFilter, $o: InvoiceSort) {"
        " node(id: $id) { id } customer { invoices(first: $n, filter: $f, orderBy: $o, after: $id) { totalCount } } }"
    )
    names = chance.sample(("id", "n", "f", "o", "x"), k=chance.randint(0, 5))
    return Case(json.dumps({"query": query, "variables": {name: value(chance) for name in names}}).encode())


def any_headers(chance: random.Random) -> Case:
    """Send a good body under headers of any bytes that HTTP lets through."""
    given = {
        name: bytes(chance.choices(ALLOWED, k=chance.randint(0, 60))).strip()
        for name in chance.sample(HEADERS, k=chance.randint(1, 3))
    }
    return Case(GOOD, given)


def any_method(chance: random.Random) -> Case:
    return any_headers(chance)._replace(method=chance.choice(METHODS))


def any_address(chance: random.Random) -> Case:
    """Ask by GET, with parameters that are good, odd, doubled or torn."""
    names = ("query", "query", "variables", "operationName", "extensions", junk(chance, 5))
    given = [(chance.choice(names), _parameter(chance)) for _ in range(chance.randint(0, 4))]
    address = bytearray(urlencode([("query", "{__typename}"), *given][chance.randint(0, 1) :]).encode())
    if address and chance.random() < 0.3:
        address[chance.randrange(len(address))] = chance.choice(b"%&=+;\xff")
    return Case(b"", method="GET", query_string=bytes(address))


def _parameter(chance: random.Random) -> str:
    return chance.choice(("", "{__typename}", "mutation { write }", '{"n":1}', "null", "[" * 2000, junk(chance)))


def cut_body(chance: random.Random) -> Case:
    """Go away before the body is whole."""
    body = json.dumps({"query": FIRST}).encode()
    return Case(body, cut_at=chance.randrange(len(body)))


MAKERS: tuple[Make, ...] = (
    *(torn_bytes, any_members, word_soup, torn_document, wrong_variables, any_headers),
    *(any_members, any_headers, any_method, any_address, any_address, cut_body),
)


def case(chance: random.Random) -> Case:
    """Make a request of any kind."""
    return chance.choice(MAKERS)(chance)


def parts(chance: random.Random, body: bytes) -> list[bytes]:
    """Cut a body into one to five parts, some of them empty."""
    places = sorted(chance.randint(0, len(body)) for _ in range(chance.randint(0, 4)))
    return [body[start:end] for start, end in zip([0, *places], [*places, len(body)], strict=True)]
