"""Who may not open a link any more, and how a file ends: no house is behind it, and nothing is read."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message
from structlog.typing import EventDict

from bff.auth.principal import Principal
from bff.context import Context
from bff.domain.closing import Closure
from bff.domain.document import FileKind
from bff.domain.profile import Profile
from bff.domain.system import System
from bff.errors import AccountDisabled, BackendTimeout, BffError, Forbidden, StateUnavailable
from bff.execution.budget import MemoryBudget
from bff.http.download import POINTS, Download
from bff.redis_client import open_client
from bff.resolvers.download import File
from bff.state.links import Link, Links, LinkStore, MemoryLinks, RedisLinks
from tests.schema.parts import NOW, context
from tests.waiting import eventually_async

pytestmark = pytest.mark.anyio

LINK = Link(
    kind=FileKind.INVOICE,
    key=("FIXED", "1", "2", "2026-11-06"),
    file_name="fattura.pdf",
    language="it",
    subject="subject-1",
    membership="MEM-1",
)
CLOSED = {"invoices.pdf": Closure(NOW, 90.0)}


async def answer(
    *,
    profile: Profile = Profile.LEGAL_REPRESENTATIVE,
    closed: Mapping[str, Closure] | None = None,
    person: BffError | Exception | None = None,
    store: LinkStore | None = None,
) -> httpx.Response:
    """Open a link that was made for somebody who is now what is told."""
    links = Links(store or MemoryLinks(), "http://bff")

    async def find(_link: Link) -> Principal:
        if person is not None:
            raise person
        return context(profile).principal

    async def nobody(_token: str, _membership: str | None) -> Principal:
        raise AssertionError("no token came")

    download = Download(
        links,
        base_url="http://bff",
        budget=MemoryBudget(POINTS),
        identify=nobody,
        person=find,
        open_context=lambda _principal, _language: context(profile, closed=closed),
    )
    app = Starlette(routes=[Route("/documents/{token}", download)])
    url = "http://bff/documents/none" if store else (await links.mint(LINK, NOW)).url
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
        return await client.get(url, headers={"accept-language": "en"})


@pytest.mark.parametrize("person", [AccountDisabled("not active"), Forbidden()])
async def test_a_person_who_may_not_come_in_any_more_opens_nothing(person: BffError) -> None:
    told = await answer(person=person)
    assert (told.status_code, told.text) == (403, "You may no longer open this document.\n")


async def test_a_profile_that_may_not_have_links_made_opens_none() -> None:
    assert (await answer(profile=Profile.END_USER)).status_code == 403


async def test_a_function_that_is_closed_is_closed_for_links_too() -> None:
    told = await answer(closed=CLOSED)
    assert (told.status_code, told.headers["retry-after"]) == (503, "90")


async def test_what_is_out_of_reach_by_now_is_not_there() -> None:
    """The context of these tests grants no rows at all."""
    assert (await answer()).status_code == 404


async def test_without_the_state_nothing_is_opened() -> None:
    gone = open_client("redis://127.0.0.1:1", timeout_s=0.2, connections=1)
    told = await answer(store=RedisLinks(gone))
    await gone.aclose()
    assert (told.status_code, told.headers["retry-after"]) == (StateUnavailable.status, "1")


async def test_our_own_fault_is_told_without_its_text(told: list[EventDict]) -> None:
    broken = await answer(person=RuntimeError("a secret"))
    assert (broken.status_code, broken.text) == (500, "Something went wrong on our side.\n")
    assert [event["event"] for event in told if event["log_level"] == "error"] == ["download_broke"]


# --- how a file ends --------------------------------------------------------------------------------------------------


class Reader:
    """A browser at the other end of ASGI: it takes so many messages, then no more; and what of it the pieces saw."""

    def __init__(self, takes: int = 1_000) -> None:
        self.messages: list[Message] = []
        self.closed = asyncio.Event()
        self._takes = takes
        self._gone = asyncio.Event()

    async def send(self, message: Message) -> None:
        if len(self.messages) >= self._takes:
            await asyncio.Event().wait()
        self.messages.append(message)

    async def receive(self) -> Message:
        if not self._gone.is_set():
            await self._gone.wait()
        return {"type": "http.disconnect"}

    def go(self) -> None:
        self._gone.set()

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def has_ended(self) -> bool:
        return bool(self.messages) and not self.messages[-1].get("more_body", False)

    def header(self, name: str) -> str:
        headers: dict[bytes, bytes] = dict(self.messages[0]["headers"])
        return headers[name.encode()].decode()


async def read(
    reader: Reader, pieces: Callable[[], AsyncGenerator[bytes, None]], *, file_name: str = "fattura.pdf"
) -> None:
    """Open a link to a file of these pieces."""
    links = Links(MemoryLinks(), "http://bff")

    async def find(_link: Link) -> Principal:
        return context().principal

    async def nobody(_token: str, _membership: str | None) -> Principal:
        raise AssertionError("no token came")

    async def opened() -> AsyncGenerator[bytes, None]:
        try:
            async for piece in pieces():
                yield piece
        finally:
            reader.closed.set()

    async def open_file(_context: Context, _link: Link) -> File:
        return File("application/pdf", opened())

    download = Download(
        links,
        base_url="http://bff",
        budget=MemoryBudget(POINTS),
        identify=nobody,
        person=find,
        open_context=lambda _principal, _language: context(),
        open_file=open_file,
        stalled_s=0.05,
    )
    made = await links.mint(msgspec.structs.replace(LINK, file_name=file_name), NOW)
    scope = {
        "type": "http",
        "method": "GET",
        "headers": [],
        "path_params": {"token": made.url.rpartition("/")[2]},
    }
    await download(scope, reader.receive, reader.send)


async def whole() -> AsyncGenerator[bytes, None]:
    for piece in (b"%PDF-", b"1.4", b"%%EOF"):
        yield piece


async def broken() -> AsyncGenerator[bytes, None]:
    yield b"%PDF-"
    raise BackendTimeout(System.FIXED, "GetInvoiceDocument")


async def endless() -> AsyncGenerator[bytes, None]:
    yield b"%PDF-"
    await asyncio.Event().wait()


async def test_a_file_that_is_whole_is_ended() -> None:
    reader = Reader()
    await read(reader, whole)
    assert (reader.body, reader.has_ended) == (b"%PDF-1.4%%EOF", True)


async def test_a_file_that_breaks_off_is_never_ended() -> None:
    reader = Reader()
    await read(reader, broken)
    assert (reader.body, reader.has_ended) == (b"%PDF-", False)
    assert reader.closed.is_set()


async def test_a_reader_who_takes_nothing_any_more_is_left_and_so_is_the_system(told: list[EventDict]) -> None:
    reader = Reader(takes=2)
    await read(reader, whole)
    assert not reader.has_ended
    assert reader.closed.is_set()
    assert "client_stalled" in [event["event"] for event in told]


async def test_a_reader_who_goes_ends_what_is_read_for_them() -> None:
    reader = Reader()
    reading = asyncio.create_task(read(reader, endless))
    await eventually_async(lambda: _is(len(reader.messages) == 2), "the file does not begin")
    reader.go()
    await reading
    assert reader.closed.is_set()
    assert not reader.has_ended


async def _is(what: bool) -> bool:  # noqa: FBT001 - a condition that is waited for
    return what


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("fattura.pdf", "attachment; filename=\"fattura.pdf\"; filename*=UTF-8''fattura.pdf"),
        ("società 1.pdf", "attachment; filename=\"societ_ 1.pdf\"; filename*=UTF-8''societ%C3%A0%201.pdf"),
        ('a"b\\c.pdf', "attachment; filename=\"a_b_c.pdf\"; filename*=UTF-8''a%22b%5Cc.pdf"),
        ("a\r\nb.pdf", "attachment; filename=\"a__b.pdf\"; filename*=UTF-8''a%0D%0Ab.pdf"),
    ],
)
async def test_a_file_has_its_name_for_old_readers_and_for_new_ones(name: str, disposition: str) -> None:
    reader = Reader()
    await read(reader, whole, file_name=name)
    assert reader.header("content-disposition") == disposition
