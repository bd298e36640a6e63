"""Opening the systems: one network each, and no secret in what is printed."""

import asyncio
import ssl
from pathlib import Path

import msgspec
import pytest

from bff.backends import Access, Limits, open_backends
from bff.domain.system import System
from bff.errors import BackendUnavailable
from bff.settings import Settings
from tests.backends.wire import Reply, Script, StillClock

pytestmark = pytest.mark.anyio

ACCESS = Access(
    mobile_url="http://mobile/base",
    mobile_key="mobile-key",
    fixed_url="http://fixed",
    fixed_username="bff",
    fixed_password="fixed-password",
    directory_url="http://directory",
    directory_key="directory-key",
    issuer="http://identity/realm",
    identity_key="identity-key",
    mail_url="smtp://127.0.0.1:1",
    mail_sender="no-reply@business.example",
)


async def test_each_system_is_called_over_its_own_network_with_its_own_key() -> None:
    networks = {system: Script(lambda _request: Reply(status=403)) for system in System}
    backends = open_backends(ACCESS, StillClock(), transport=networks.__getitem__)
    await backends.mobile.accounts(["A"])
    await backends.fixed.lines(["0"])
    await backends.directory.users_by_subject(["s"])
    with pytest.raises(BackendUnavailable):
        await backends.identity.configuration()
    await backends.aclose()

    def sent(system: System) -> tuple[str, str | None]:
        (request,) = networks[system].requests
        return str(request.url.copy_with(query=None)), request.headers.get("authorization")

    assert {system: sent(system) for system in (System.MOBILE, System.FIXED, System.DIRECTORY, System.IDENTITY)} == {
        System.MOBILE: ("http://mobile/base/tmf-api/accountManagement/v4/billingAccount", "Bearer mobile-key"),
        System.FIXED: ("http://fixed/ws/FixedLegacy", None),
        System.DIRECTORY: ("http://directory/scim/v2/Users", "Bearer directory-key"),
        System.IDENTITY: ("http://identity/realm/.well-known/openid-configuration", None),
    }


def test_calls_have_by_default_what_the_settings_give_them() -> None:
    defaults = {name: Settings.model_fields[name].default for name in ("connect_timeout_s", "answer_max_bytes")}
    assert defaults == {name: getattr(Limits(), name) for name in defaults}
    assert Settings.model_fields["backend_timeout_s"].default == Limits().timeout_s


def test_access_shows_nothing_when_it_is_printed() -> None:
    assert repr(ACCESS) == "Access(…)"


async def test_an_authority_of_our_own_is_trusted_when_it_is_named(certificate: Path, tls: ssl.SSLContext) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def read(ca_file: Path | None) -> object:
        backends = open_backends(msgspec.structs.replace(ACCESS, mobile_url=url), StillClock(), ca_file=ca_file)
        found = await backends.mobile.accounts(["A"])
        await backends.aclose()
        return found.get("A")

    assert await read(certificate) is None, "it answered that there is none"
    assert isinstance(await read(None), BackendUnavailable)
    server.close()
    await server.wait_closed()
