"""Outgoing e-mail: what a person gets, and what is told of a relay that misbehaves."""

import asyncio
import smtplib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bff.backends import Backends, Limits
from bff.backends._httpx import trusted
from bff.backends.mail import Mail, Relay
from bff.content.message import letter
from bff.domain.message import Letter, LetterKind
from bff.errors import BackendError, BackendGarbled, BackendRejected, BackendTimeout, BackendUnavailable
from sandbox.server import Sandbox
from tests.backends.wire import StillClock

pytestmark = pytest.mark.anyio

SENDER = "no-reply@business.example"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def link(to: str = "niccolò@business.example".replace("ò", "o"), language: str = "it") -> Letter:
    return letter(
        LetterKind.REGISTRATION_LINK, language, to, name="Niccolò <b>", link="https://area.example/go?token=a&b=c"
    )


@pytest.mark.parametrize(
    ("language", "subject", "word"), [("it", "Conferma la tua e-mail", "24 ore"), ("en", "Confirm your e-mail", "24 h")]
)
async def test_a_letter_arrives_as_text_and_as_html_in_the_language_asked_for(
    backends: Backends, sandbox: Sandbox, language: str, subject: str, word: str
) -> None:
    sandbox.mailbox.clear()
    await backends.mail.send(link(language=language))

    [got] = sandbox.mailbox.messages(to="niccolo@business.example")
    assert (got.channel, got.sender, got.subject, got.language) == ("mail", SENDER, subject, language)
    assert "Niccolò <b>" in got.text
    assert "https://area.example/go?token=a&b=c\n" in got.text
    assert word in got.text
    assert got.html is not None
    assert "Niccolò &lt;b&gt;" in got.html
    assert '<a href="https://area.example/go?token=a&amp;b=c"' in got.html


@pytest.mark.parametrize(
    ("to", "error", "undone"),
    [
        ("a@refused.example", BackendRejected, True),
        ("a@busy.example", BackendUnavailable, True),
        ("niccolò@business.example", BackendRejected, True),
        ("a@business.example\r\nBcc: b@business.example", BackendRejected, True),
        ("a@silent.example", BackendTimeout, False),
    ],
)
async def test_what_the_relay_does_not_take_is_told(
    sandbox: Sandbox, to: str, error: type[BackendError], *, undone: bool
) -> None:
    mail = opened(sandbox.urls.mail, timeout_s=0.5)
    with pytest.raises(error) as told:
        await mail.send(link(to))
    await mail.aclose()

    assert told.value.undone is undone
    assert to not in str(told.value)


async def test_a_letter_of_a_request_has_its_id_so_that_it_is_known_when_it_comes_twice(sandbox: Sandbox) -> None:
    got: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(writer, "220 hello")
        while not (line := await reader.readline()).startswith(b"data"):
            await _say(writer, "250 ok" if line else "")
        await _say(writer, "354 go")
        got.append((await reader.readuntil(b"\r\n.\r\n")).decode())
        await _say(writer, "250 taken")
        await _say(writer, "a word too many")

    async with relay(talk) as url:
        mail = opened(url)
        await mail.send(link(), "0b0cf1db-f6eb-5d59-90a3-01a17f912069")
        await mail.aclose()
    assert "Message-ID: <0b0cf1db-f6eb-5d59-90a3-01a17f912069@business.example>" in got[0]


@pytest.mark.parametrize(
    ("lines", "error", "undone"),
    [
        ([], BackendUnavailable, True),
        (["421 not now"], BackendUnavailable, True),
        (["220 hello", "hm"], BackendUnavailable, False),
        (["220 hello", "250 ok", "550 not from you"], BackendRejected, True),
        (["220 hello", "250 ok", "250 ok", "250 ok", "354 go", "554 spam"], BackendRejected, True),
        (["220 hello", "250 ok", "250 ok", "250 ok", "354 go", "999 what"], BackendGarbled, False),
        (["220 hello", "250 ok", "250 ok", "250 ok", "354 go", None], BackendUnavailable, False),
        (["220 " + "x" * 10_000], BackendRejected, True),
    ],
)
async def test_every_way_a_conversation_can_end_is_one_of_our_errors(
    lines: list[str | None], error: type[BackendError], *, undone: bool
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for line in lines:
            if line is None:
                return
            await _say(writer, line)
            read = await reader.readuntil(b"\r\n.\r\n" if line.startswith("354") else b"\r\n")
            if read == b"rset\r\n":
                return
        await asyncio.Event().wait()

    async with relay(talk) as url:
        mail = opened(url, timeout_s=0.6)
        with pytest.raises(error) as told:
            await mail.send(link())
        await mail.aclose()
    assert told.value.undone is undone


async def test_a_relay_that_is_not_there_has_surely_not_sent_anything() -> None:
    mail = opened("smtp://127.0.0.1:1")
    with pytest.raises(BackendUnavailable) as told:
        await mail.send(link())
    await mail.aclose()
    assert told.value.undone


async def test_a_relay_is_spoken_to_by_tls_and_with_our_credentials(certificate: Path, tls: ssl.SSLContext) -> None:
    got: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(writer, "220 hello")
        got.append(await reader.readline())
        await _say(writer, "250-hello\r\n250 AUTH PLAIN")
        got.append(await reader.readline())
        await _say(writer, "535 wrong password")
        await reader.read()

    async with relay(talk, tls) as url:
        secure = Relay(url.replace("smtp:", "smtps:"), SENDER, "bff", "hush")
        mail = Mail(secure, StillClock(), trust=trusted(certificate, protocol=None))
        with pytest.raises(BackendUnavailable, match="credentials") as told:
            await mail.send(link())
        await mail.aclose()
    assert told.value.final
    assert got[1].startswith(b"AUTH PLAIN ")
    assert "hush" not in f"{secure!r} {told.value}"


def test_the_sandbox_speaks_smtp_with_a_client_that_nobody_here_wrote(sandbox: Sandbox) -> None:
    host, _, port = sandbox.urls.mail.removeprefix("smtp://").partition(":")
    with smtplib.SMTP(host, int(port)) as client:
        assert client.noop()[0] == 250
        assert client.docmd("RCPT", "TO:<a@b.example>")[0] == 503
        assert client.docmd("MAIL", "nonsense")[0] == 501
        assert client.docmd("VRFY", "a")[0] == 502
        client.sendmail(SENDER, ["a@b.example", "c@b.example"], "Subject: dots\r\n\r\n.\r\n..two\r\n")
    assert [each.text for each in sandbox.mailbox.messages()[:2]] == [".\n..two\n"] * 2


def opened(url: str, *, timeout_s: float = 5) -> Mail:
    return Mail(Relay(url, SENDER), StillClock(), limits=Limits(timeout_s=timeout_s, connect_timeout_s=0.3))


@asynccontextmanager
async def relay(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Listen as a relay that talks as told."""
    talks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for each in talks:
            each.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await server.wait_closed()


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(line.encode() + b"\r\n")
    await writer.drain()
