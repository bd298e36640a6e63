"""Outgoing e-mail: SMTP (RFC 5321) to the telco's relay, through the gate that all systems have.

The standard library's client speaks it, in threads of its own, as many as calls may run at once; what is not done at
the deadline is cut off. A letter goes out once: whoever can't tell whether it did decides whether to send another.
"""

import asyncio
import smtplib
import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from bff.backends._call import Operation, outcome_of
from bff.backends._guard import Condition, Guard
from bff.backends._http import LIMITS, Limits
from bff.clock import Clock
from bff.domain.closing import Closed
from bff.domain.message import Letter
from bff.domain.system import System
from bff.errors import BackendError
from bff.observability import REQUEST

_WHERE: Final = Operation(System.MAIL, "send")
_GROUP: Final = "mail"
_CLIENT_ID: Final = "bff"
_PERMANENT: Final = 500
_NOT_NOW: Final = 421
_STATUSES: Final = range(400, 600)


class Relay(NamedTuple):
    """Where letters are handed over: `smtp://host:port` or `smtps://…` (TLS from the first byte), and what opens it.

    `sender` is the address that they come from. With an empty `username` nobody signs in.
    """

    url: str
    sender: str
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Keep the password out of logs."""
        return "Relay(…)"


class Mail:
    """Sends letters."""

    def __init__(
        self,
        relay: Relay,
        clock: Clock,
        *,
        limits: Limits = LIMITS,
        closed: Closed = lambda _system, _group: None,
        trust: ssl.SSLContext | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Stand ready; nothing is opened before a letter goes out. For the arguments see `open_backends`."""
        self._relay = relay
        self._clock = clock
        self._limits = limits
        self._trust = trust
        self._monotonic = monotonic
        self._guard = Guard(
            System.MAIL, slots=limits.calls_max, timeout_s=limits.timeout_s, closed=closed, monotonic=monotonic
        )
        self._threads = ThreadPoolExecutor(limits.calls_max, thread_name_prefix="mail")

    async def aclose(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def condition(self) -> Condition:
        """Tell how the relay is, as far as its calls have shown."""
        return self._guard.condition()

    async def send(self, letter: Letter, request_id: str | None = None) -> None:
        """Hand a letter over; `request_id` makes its Message-ID, which is random without one.

        Raises:
            BackendError: it was not taken, or nobody can tell; `undone` when it surely was not.
        """
        started, status, outcome, sent = self._monotonic(), None, "internal", False
        deadline = self._deadline(started)
        try:
            async with self._guard.call(_WHERE, _GROUP, deadline):
                sent = True
                await self._handed_over(_written(letter, self._relay, self._clock, request_id), letter.to, deadline)
            status, outcome = 250, "ok"
        except BackendError as error:
            outcome, error.undone = outcome_of(error), error.undone or not sent
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            _WHERE.note(1, status, outcome, self._monotonic() - started)

    async def _handed_over(self, content: bytes, to: str, deadline: float) -> None:
        delivery = _Delivery(self._relay, self._limits, self._trust)
        thread = asyncio.get_running_loop().run_in_executor(self._threads, delivery.run, content, to)
        try:
            async with asyncio.timeout(max(0.0, deadline - self._monotonic())):
                await thread
        except TimeoutError as error:
            delivery.cut()  # first of all: what is not connected now never will be
            raise _WHERE.timeout("not taken in time", undone=not delivery.is_connected) from error
        except Exception as error:
            raise _told(error, connected=delivery.is_connected) from error
        finally:
            delivery.cut()

    def _deadline(self, started: float) -> float:
        own = started + self._limits.timeout_s
        request = REQUEST.get(None)
        return own if request is None else min(own, request.deadline)


class _Delivery:
    """One conversation with the relay, in a thread; another may cut it off."""

    def __init__(self, relay: Relay, limits: Limits, trust: ssl.SSLContext | None) -> None:
        self._relay = relay
        self._limits = limits
        self._trust = trust
        self._smtp: smtplib.SMTP | None = None
        self._is_cut = False

    @property
    def is_connected(self) -> bool:
        """Tell whether the relay could be reached at all."""
        return self._smtp is not None

    def run(self, content: bytes, to: str) -> None:
        """Hand a letter over. Raises smtplib's errors, and the socket's."""
        smtp = self._smtp = self._opened()
        try:
            if self._is_cut:
                return
            if smtp.sock is not None:
                smtp.sock.settimeout(self._limits.timeout_s)
            if self._relay.username:
                smtp.login(self._relay.username, self._relay.password)
            smtp.sendmail(self._relay.sender, [to], content)
            with suppress(smtplib.SMTPException, OSError):  # it has the letter
                smtp.quit()
        finally:
            smtp.close()

    def cut(self) -> None:
        """End the conversation, wherever it is."""
        self._is_cut = True
        if self._smtp is not None and self._smtp.sock is not None:
            with suppress(OSError):
                self._smtp.sock.shutdown(socket.SHUT_RDWR)

    def _opened(self) -> smtplib.SMTP:
        place = urlsplit(self._relay.url)
        host, timeout_s = place.hostname or "", self._limits.connect_timeout_s
        if place.scheme == "smtps":
            return smtplib.SMTP_SSL(host, place.port or 465, _CLIENT_ID, timeout=timeout_s, context=self._trust)
        return smtplib.SMTP(host, place.port or 25, _CLIENT_ID, timeout=timeout_s)


def _written(letter: Letter, relay: Relay, clock: Clock, request_id: str | None) -> bytes:
    """Write a letter as it goes over the wire; a header that would break its line is refused."""
    domain = relay.sender.rpartition("@")[2]
    written = EmailMessage(SMTP)
    try:
        written["From"] = relay.sender
        written["To"] = letter.to
        written["Subject"] = letter.subject
        if letter.reply_to is not None:
            written["Reply-To"] = letter.reply_to
    except ValueError as error:
        raise _refused("a header that can't be") from error
    written["Date"] = format_datetime(clock.now())
    written["Message-ID"] = make_msgid(domain=domain) if request_id is None else f"<{request_id}@{domain}>"
    written["Auto-Submitted"] = "auto-generated"
    if (request := REQUEST.get(None)) is not None:
        written["X-Request-Id"] = request.request_id
    written.set_content(letter.text)
    written.add_alternative(letter.html, subtype="html")
    written["Content-Language"] = letter.language  # last: the lines above put its like on the first part
    return written.as_bytes()


def _told(error: Exception, *, connected: bool) -> BackendError:
    """Tell what the library says as one of ours; only the relay's status goes to the log, its words may name people."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        [(status, _)] = error.recipients.values()
        return _answered(status)
    if isinstance(error, smtplib.SMTPResponseException):
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return _WHERE.unavailable(f"{error.smtp_code} for our credentials", final=True, undone=True)
        return _answered(error.smtp_code)
    if isinstance(error, smtplib.SMTPNotSupportedError | UnicodeEncodeError):
        return _refused("an address that this relay can't take")
    kind = type(error).__name__
    if isinstance(error, TimeoutError):
        return _WHERE.timeout(kind, undone=not connected)
    if isinstance(error, OSError):  # smtplib's others among them
        return _WHERE.unavailable(kind, undone=not connected)
    raise error


def _answered(status: int) -> BackendError:
    if status not in _STATUSES:
        return _WHERE.garbled(f"answered with {status}", foreign=True)
    if status < _PERMANENT or status == _NOT_NOW:
        return _WHERE.unavailable(str(status), undone=True)
    return _refused(str(status))


def _refused(detail: str) -> BackendError:
    error = _WHERE.rejected(detail)
    error.undone = True
    return error
