"""The relay for outgoing e-mail: enough of SMTP (RFC 5321) to take letters, which go to the mailbox and nowhere else.

An address at `refused.example` is refused for good, one at `busy.example` for now; one at `silent.example` gets its
letter taken and no answer. A letter is in the ledger as "mail send", with the request id of its X-Request-Id.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Sequence
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Final, cast

from sandbox._ledger import Entry
from sandbox.stage import Sandboxed

REFUSED, BUSY, SILENT = "refused.example", "busy.example", "silent.example"

_PATH: Final = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>.*", re.IGNORECASE)
_LOOK_S: Final = 0.1
_LETTER_MAX: Final = 1024 * 1024


class MailServer:
    """Takes letters until `should_exit` is set."""

    def __init__(self, stage: Sandboxed) -> None:
        self._stage = stage
        self.should_exit = False
        self._talks: set[asyncio.Task[None]] = set()

    async def serve(self, sockets: Sequence[socket.socket]) -> None:
        """Listen on a socket."""
        [listener] = sockets
        server = await asyncio.start_server(self._greet, sock=listener, limit=_LETTER_MAX)
        while not self.should_exit:  # noqa: ASYNC110 - it is set from another thread
            await asyncio.sleep(_LOOK_S)
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._talks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                await _Talk(self._stage, reader, writer).run()
        finally:
            self._talks.discard(task)
            writer.transport.abort()


class _Talk:
    """One conversation."""

    def __init__(self, stage: Sandboxed, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._stage = stage
        self._reader = reader
        self._writer = writer
        self._sender: str | None = None
        self._to: list[str] = []

    async def run(self) -> None:
        await self._say("220 sandbox ESMTP")
        while True:
            line = (await self._reader.readuntil(b"\r\n")).decode("ascii", "replace").rstrip()
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    await self._say(f"250-sandbox\r\n250 SIZE {_LETTER_MAX}")
                case "HELO" | "NOOP" | "RSET":
                    self._sender, self._to = None, []
                    await self._say("250 OK")
                case "MAIL":
                    await self._from(rest)
                case "RCPT":
                    await self._for(rest)
                case "DATA":
                    await self._data()
                case "QUIT":
                    await self._say("221 Bye")
                    return
                case _:
                    await self._say("502 Command not implemented")

    async def _from(self, rest: str) -> None:
        found = _PATH.fullmatch(rest)
        self._sender, self._to = (found[1] if found else None), []
        await self._say("250 OK" if found else "501 Syntax error")

    async def _for(self, rest: str) -> None:
        found = _PATH.fullmatch(rest)
        if self._sender is None or found is None:
            await self._say("503 Bad sequence of commands" if found else "501 Syntax error")
            return
        domain = found[1].rpartition("@")[2]
        if domain in {REFUSED, BUSY}:
            await self._say("550 No such mailbox" if domain == REFUSED else "451 Try again later")
            return
        self._to.append(found[1])
        await self._say("250 OK")

    async def _data(self) -> None:
        if not self._to:
            await self._say("503 Bad sequence of commands")
            return
        await self._say("354 End with a dot")
        content = await self._reader.readuntil(b"\r\n.\r\n")
        silent = any(to.endswith(SILENT) for to in self._to)
        self._keep(content[:-3].replace(b"\r\n..", b"\r\n."), None if silent else 250)
        if silent:
            await self._reader.read()  # until the caller is gone
        await self._say("250 Taken")

    def _keep(self, content: bytes, status: int | None) -> None:
        letter = message_from_bytes(content, policy=default)
        now = self._stage.clock.now()
        request_id = letter["X-Request-Id"]
        self._stage.ledger.add(Entry(now, "mail", "send", len(self._to), request_id, status))
        for to in self._to:
            self._stage.mailbox.put(
                now,
                "mail",
                sender=self._sender or "",
                to=to,
                text=_part(letter, "plain") or "",
                subject=str(letter["Subject"]),
                html=_part(letter, "html"),
                language=letter["Content-Language"],
                reply_to=letter["Reply-To"],
                message_id=letter["Message-ID"],
            )

    async def _say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")
        await self._writer.drain()


def _part(letter: EmailMessage, subtype: str) -> str | None:
    part = letter.get_body((subtype,))
    return None if part is None else str(part.get_content()).replace("\r\n", "\n")
