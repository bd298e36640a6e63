"""Who may not open a link any more, and what can't be told: no house is behind it, and nothing is read."""

from collections.abc import Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.typing import EventDict

from bff.auth.principal import Principal
from bff.domain.closing import Closure
from bff.domain.document import FileKind
from bff.domain.profile import Profile
from bff.errors import AccountDisabled, BffError, Forbidden, StateUnavailable
from bff.http.download import Download
from bff.redis_client import open_client
from bff.state.links import Link, Links, LinkStore, MemoryLinks, RedisLinks
from tests.schema.parts import NOW, context

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
