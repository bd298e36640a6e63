"""What the server says with GraphiQL's page and files, and that the vendored files are the released ones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

import bff.http.graphiql
from bff.http.graphiql import graphiql_routes

pytestmark = pytest.mark.anyio

_FOLDER = Path(bff.http.graphiql.__file__).parent / "static" / "graphiql"
_VENDORED = ("graphiql.min.css", "graphiql.min.js", "react-dom.production.min.js", "react.production.min.js")


def _client(*, personas_url: str | None = None, first_query: str | None = None) -> httpx.AsyncClient:
    app = Starlette(routes=graphiql_routes(personas_url=personas_url, first_query=first_query))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bff.test")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with _client() as client:
        yield client


async def test_the_policy_allows_our_own_files_and_nothing_inline(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphiql")
    policy, nonces = re.subn(r"'nonce-[\w-]{22}'", "'nonce'", page.headers["content-security-policy"])
    assert nonces == 1
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce'; connect-src 'self'; font-src data:; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


async def test_the_policy_allows_the_personas_when_there_are_any() -> None:
    async with _client(personas_url="http://127.0.0.1:8005/personas") as client:
        page = await client.get("/graphiql")
    assert "; connect-src 'self' http://127.0.0.1:8005/personas; " in page.headers["content-security-policy"]


async def test_each_page_has_a_nonce_of_its_own_and_is_never_stored(client: httpx.AsyncClient) -> None:
    pages = [await client.get("/graphiql") for _ in range(2)]
    assert pages[0].headers["content-security-policy"] != pages[1].headers["content-security-policy"]
    assert {page.headers["cache-control"] for page in pages} == {"no-store"}


async def test_every_file_of_the_page_is_named_by_its_content_and_cached_for_good(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphiql")
    addresses = re.findall(r'(?:src|href)="(graphiql/[^"]+)"', page.text)
    assert len(addresses) == 6
    for address in addresses:
        file = await client.get(f"/{address}")
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["content-type"].split(";")[0] in {"text/javascript", "text/css"}
        assert hashlib.sha256(file.content).hexdigest().startswith(address.split(".")[-2])


async def test_nothing_is_sniffed_and_no_address_leaks(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphiql")
    script = await client.get("/" + re.findall(r'src="([^"]+)"', page.text)[0])
    for answer in (page, script):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["page.js", "README.md", "..%2f..%2fgraphiql.py"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/graphiql/static/{name}")).status_code == 404


async def test_a_first_query_cannot_end_the_script_that_holds_it() -> None:
    async with _client(first_query='{ a(b: "</script><script>") }') as client:
        page = await client.get("/graphiql")
    assert r"\u003c/script>\u003cscript>" in page.text
    assert page.text.count("</script>") == 5


@pytest.mark.parametrize("name", _VENDORED)
def test_a_vendored_file_is_the_released_one(name: str) -> None:
    digest = hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()
    assert f"{digest}  {name}" in (_FOLDER / "README.md").read_text(encoding="utf-8")
