"""Links to files, in a real Redis and in memory: one person, one use, minutes."""

import hashlib
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
import pytest
from structlog.typing import EventDict

from bff.domain.document import FileKind
from bff.errors import StateUnavailable
from bff.redis_client import Client, open_client
from bff.state.links import LIFE_S, USE_S, Link, Links, LinkStore, MemoryLinks, RedisLinks

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LINK = Link(
    kind=FileKind.INVOICE,
    key=("FIXED", "0123456789", "A0000101", "2026-11-06"),
    file_name="fattura-A0000101-2026-11-06.pdf",
    language="it",
    subject="subject-1",
    membership="MEM-1",
)


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Client]:
    client = open_client(redis_url, timeout_s=1, connections=2)
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def store(request: pytest.FixtureRequest) -> LinkStore:
    return MemoryLinks() if request.param == "memory" else RedisLinks(request.getfixturevalue("redis"))


@pytest.fixture
def links(store: LinkStore) -> Links:
    return Links(store, "https://bff.example")


async def minted(links: Links) -> str:
    """Mint a link and give its token."""
    return (await links.mint(LINK, NOW)).url.rpartition("/")[2]


async def test_a_link_tells_where_until_when_and_what_it_is_called(links: Links) -> None:
    link = await links.mint(LINK, NOW)

    assert link.url.startswith("https://bff.example/documents/")
    assert len(link.url.rpartition("/")[2]) == 22, "128 bits in base64url"
    assert link.expires_at == NOW + timedelta(minutes=5)
    assert link.file_name == LINK.file_name


async def test_two_links_are_never_the_same(links: Links) -> None:
    assert len({await minted(links) for _ in range(50)}) == 50


async def test_the_first_use_gives_the_link_and_a_secret_that_opens_it_again(links: Links) -> None:
    token = await minted(links)

    first = await links.use(token, subject=None, secret=None)
    assert first is not None
    assert first.link == LINK
    assert first.secret

    again = await links.use(token, subject=None, secret=first.secret)
    assert again == (LINK, None)


async def test_who_has_the_address_only_opens_nothing_after_the_first_use(links: Links) -> None:
    token = await minted(links)
    first = await links.use(token, subject=None, secret=None)
    other = await links.use(await minted(links), subject=None, secret=None)
    assert first is not None
    assert other is not None

    assert await links.use(token, subject=None, secret=None) is None
    assert await links.use(token, subject=None, secret="guessed") is None
    assert await links.use(token, subject=None, secret=other.secret) is None
    assert await links.use(token, subject=None, secret=first.secret) is not None, "nor did the attempts take it away"


async def test_a_secret_that_the_client_brings_to_the_first_use_binds_nothing(links: Links) -> None:
    token = await minted(links)
    first = await links.use(token, subject=None, secret="brought")
    assert first is not None
    assert first.secret != "brought"
    assert await links.use(token, subject=None, secret="brought") is None


async def test_who_says_who_they_are_must_be_the_person(links: Links) -> None:
    token = await minted(links)

    assert await links.use(token, subject="subject-2", secret=None) is None
    first = await links.use(token, subject="subject-1", secret=None)
    assert first is not None
    assert first.secret, "another's attempt was no use"
    assert await links.use(token, subject="subject-1", secret=None) == (LINK, None)
    assert await links.use(token, subject="subject-2", secret=first.secret) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "../../etc/passwd", "é" * 500])
async def test_a_token_that_was_never_made_opens_nothing(links: Links, token: str) -> None:
    assert await links.use(token, subject=None, secret=None) is None


async def test_a_link_ends_after_its_minutes() -> None:
    watch = Watch()
    links = Links(MemoryLinks(watch), "https://bff.example")
    late, in_time = await minted(links), await minted(links)

    watch.now = LIFE_S - 1
    first = await links.use(in_time, subject=None, secret=None)
    assert first is not None

    watch.now = LIFE_S + 1
    assert await links.use(late, subject=None, secret=None) is None
    assert await links.use(in_time, subject=None, secret=first.secret) is not None

    watch.now = LIFE_S - 1 + USE_S
    assert await links.use(in_time, subject=None, secret=first.secret) is None


@pytest.mark.redis
async def test_redis_keeps_a_link_as_long_and_nothing_that_opens_it(redis_url: str, redis: Client) -> None:
    links = Links(RedisLinks(redis), "https://bff.example")
    token = await minted(links)
    [key] = [name.decode() for name in await _keys(redis)]

    assert token not in key
    assert LIFE_S - 5 < await redis.run(key, lambda node: node.ttl(key)) <= LIFE_S
    await links.use(token, subject=None, secret=None)
    assert USE_S - 5 < await redis.run(key, lambda node: node.ttl(key)) <= USE_S
    held = await redis.run(key, lambda node: cast("Awaitable[dict[bytes, bytes]]", node.hgetall(key)))
    assert token.encode() not in b"".join(held.values())
    assert b"subject-1" not in held[b"person"]


async def _keys(redis: Client) -> list[bytes]:
    return await redis.run("", lambda node: cast("Awaitable[list[bytes]]", node.keys("bff:link:*")))


async def test_a_link_that_a_newer_worker_has_made_for_what_is_unknown_here_opens_nothing(store: LinkStore) -> None:
    name = hashlib.sha256(b"A" * 22).hexdigest()
    await store.put(name, msgspec.msgpack.encode(msgspec.structs.asdict(LINK) | {"kind": "NEWS"}), "somebody")

    assert await Links(store, "https://bff.example").use("A" * 22, subject=None, secret=None) is None


async def test_of_too_many_links_in_memory_the_oldest_go() -> None:
    links = Links(MemoryLinks(), "https://bff.example")
    tokens = [await minted(links) for _ in range(10_002)]

    assert await links.use(tokens[0], subject=None, secret=None) is None
    assert await links.use(tokens[1], subject=None, secret=None) is None
    assert await links.use(tokens[2], subject=None, secret=None) is not None


async def test_without_the_state_no_link_is_made_and_none_opened() -> None:
    gone = open_client("redis://127.0.0.1:1", timeout_s=0.2, connections=1)
    links = Links(RedisLinks(gone), "https://bff.example")

    with pytest.raises(StateUnavailable):
        await links.mint(LINK, NOW)
    with pytest.raises(StateUnavailable):
        await links.use("A" * 22, subject=None, secret=None)
    await gone.aclose()


async def test_minting_using_and_refusing_leave_a_line_each_that_names_nobody(told: list[EventDict]) -> None:
    links = Links(MemoryLinks(), "https://bff.example")
    token = await minted(links)
    await links.use(token, subject=None, secret=None)
    await links.use(token, subject=None, secret=None)

    assert [event["event"] for event in told] == ["link_minted", "link_used", "link_refused"]
    assert len({event["link"] for event in told}) == 1, "the three can be told to belong together"
    for part in (token, "subject-1", "0123456789", "A0000101"):
        assert part not in str(told)
