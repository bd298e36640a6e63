"""The identity provider's adapter."""

import httpx
import pytest

from bff.backends import Backends
from bff.backends.identity import AccountPage, Identity
from bff.domain.system import System
from bff.errors import BackendGarbled
from sandbox.server import Sandbox
from tests.backends.wire import Reply, Script, always, http

pytestmark = pytest.mark.anyio


async def test_keys_are_found_by_discovery_which_is_read_once(backends: Backends, sandbox: Sandbox) -> None:
    configuration = await backends.identity.configuration()
    assert configuration.issuer == sandbox.urls.identity
    keys = [await backends.identity.jwks() for _ in range(2)]
    assert keys[0] == keys[1]
    assert all({"kid", "kty", "n", "e"} <= set(key) for key in keys[0]["keys"])
    assert len(sandbox.ledger) <= 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"issuer": "http://system"}',
        b'{"issuer": "http://other", "jwks_uri": "http://system/jwks"}',
        b"<html></html>",
    ],
)
async def test_a_configuration_that_lacks_something_or_is_anothers_is_garbled_and_not_kept(body: bytes) -> None:
    def answer(_request: httpx.Request) -> Reply:
        return replies.pop()

    replies = [Reply(b'{"issuer": "http://system", "jwks_uri": "http://system/jwks"}'), Reply(body)]
    identity = Identity(http(Script(answer), system=System.IDENTITY), "http://system")
    with pytest.raises(BackendGarbled):
        await identity.configuration()
    assert (await identity.configuration()).jwks_uri == "http://system/jwks"
    await identity.aclose()


async def test_keys_that_are_no_object_are_garbled() -> None:
    identity = Identity(http(always(Reply(b"[]")), system=System.IDENTITY), "http://system")
    with pytest.raises(BackendGarbled):
        await identity.jwks()
    await identity.aclose()


async def test_a_secure_issuer_does_not_lead_to_keys_in_clear() -> None:
    body = b'{"issuer": "https://system", "jwks_uri": "http://system/jwks"}'
    identity = Identity(http(always(Reply(body)), system=System.IDENTITY), "https://system")
    with pytest.raises(BackendGarbled):
        await identity.jwks()
    await identity.aclose()


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"url": "javascript:alert(1)"}', b'{"url": "http://system/account"}'])
async def test_a_link_to_a_page_that_no_person_should_open_is_garbled(body: bytes) -> None:
    identity = Identity(http(always(Reply(body, 201)), system=System.IDENTITY), "https://system", "key")
    with pytest.raises(BackendGarbled):
        await identity.account_link("s", AccountPage.PASSWORD)
    await identity.aclose()


async def test_the_key_goes_only_where_links_are_asked_for() -> None:
    network = Script(
        lambda request: Reply(
            b'{"url": "https://system/account?ticket=1"}'
            if request.method == "POST"
            else b'{"issuer": "https://system", "jwks_uri": "https://elsewhere/jwks", "keys": []}'
        )
    )
    identity = Identity(http(network, system=System.IDENTITY), "https://system", "hush")
    assert await identity.account_link("s", AccountPage.USERNAME, username="a b") == "https://system/account?ticket=1"
    await identity.jwks()
    await identity.aclose()

    [post, *others] = network.requests
    assert post.content == b"subject=s&purpose=USERNAME&username=a+b"
    assert post.headers["authorization"] == "Bearer hush"
    assert [request.headers["authorization"] for request in others] == ["Bearer secret"] * 2
