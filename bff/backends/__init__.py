"""The systems behind us: one adapter each, and the only code that knows their words.

Adapters raise BackendTimeout, BackendUnavailable, BackendMaintenance, BackendRejected and BackendGarbled, and nothing
else that is expected. They keep nothing: what is remembered, for whom and how long is `cache`'s matter, who may see it
`auth`'s.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import httpx
import msgspec

from bff.backends._breaker import State
from bff.backends._file import Files
from bff.backends._guard import Condition
from bff.backends._http import LIMITS, Http, Limits
from bff.backends._httpx import trusted
from bff.backends._operations import GROUPS, OPERATIONS
from bff.backends.directory import Directory
from bff.backends.documents import Documents
from bff.backends.fixed import Credentials, Fixed, Soap
from bff.backends.fixed.document import InvoiceDocuments
from bff.backends.identity import AccountPage, Configuration, Identity
from bff.backends.mail import Mail, Relay
from bff.backends.mobile import Mobile
from bff.backends.mobile.document import BillDocuments
from bff.backends.payment import PaymentProvider
from bff.clock import Clock
from bff.domain.closing import Closed
from bff.domain.system import System

__all__ = [
    "GROUPS",
    "OPERATIONS",
    "Access",
    "AccountPage",
    "Backends",
    "Condition",
    "Configuration",
    "Credentials",
    "Directory",
    "Documents",
    "Fixed",
    "Identity",
    "Limits",
    "Mail",
    "Mobile",
    "State",
    "open_backends",
]

_NONCE_BYTES = 16


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Where the systems are and what opens them; URLs without the paths that their contracts fix."""

    mobile_url: str
    mobile_key: str
    fixed_url: str
    fixed_username: str
    fixed_password: str
    directory_url: str
    directory_key: str
    issuer: str
    identity_key: str
    mail_url: str
    mail_sender: str
    mail_username: str = ""
    mail_password: str = ""
    payment_url: str = "http://127.0.0.1:8008"
    payment_key: str = ""
    sms_sender: str = "AreaClienti"

    def __repr__(self) -> str:
        """Keep the secrets out of logs."""
        return "Access(…)"


class Backends(msgspec.Struct, frozen=True):
    """All systems, opened."""

    mobile: Mobile
    fixed: Fixed
    directory: Directory
    identity: Identity
    documents: Documents
    mail: Mail
    payment: PaymentProvider
    conditions: Callable[[], Mapping[System, Condition]]
    """Tells how each system is, as far as its calls have shown."""

    async def aclose(self) -> None:
        """Close all connections."""
        parts = (self.mobile, self.fixed, self.directory, self.identity, self.documents, self.mail, self.payment)
        await asyncio.gather(*(each.aclose() for each in parts))


def open_backends(
    access: Access,
    clock: Clock,
    *,
    limits: Limits = LIMITS,
    calls_max: Mapping[System, int] = {},
    closed: Closed = lambda _system, _group: None,
    ca_file: Path | None = None,
    document_origins: Collection[str] = (),
    transport: Callable[[System], httpx.AsyncBaseTransport | None] = lambda _system: None,
    monotonic: Callable[[], float] = time.monotonic,
    jitter: Callable[[], float] = random.random,
    nonce: Callable[[], bytes] = lambda: secrets.token_bytes(_NONCE_BYTES),
) -> Backends:
    """Open a connection pool per system; nothing is sent yet.

    Args:
        access: where they are.
        clock: tells what time records were read at, and the time in a security header.
        limits: what a call may take.
        calls_max: calls at once by system, where it differs from the limits'.
        closed: tells which groups of operations are closed.
        ca_file: certificates of authorities to trust besides the public ones, in PEM.
        document_origins: where files may be fetched besides the mobile system itself, without its key.
        transport: gives what stands in for the network of a system, None for the network itself.
        monotonic: the clock of deadlines and breakers.
        jitter: gives 0 to 1, for the pause before a second attempt.
        nonce: gives random bytes for a security header.

    Raises:
        OSError: `ca_file` can't be read, or holds no certificate.
    """
    opened: dict[System, Http] = {}
    trust = trusted(ca_file)

    def http(system: System, url: str, key: str | None = None, *, anywhere: bool = False) -> Http:
        opened[system] = Http(
            system,
            url,
            headers={} if key is None else {"authorization": f"Bearer {key}"},
            limits=limits._replace(calls_max=calls_max.get(system, limits.calls_max)),
            closed=closed,
            trust=trust,
            transport=transport(system),
            anywhere=anywhere,
            monotonic=monotonic,
            jitter=jitter,
        )
        return opened[system]

    def files(system: System) -> Files:
        return Files(
            system,
            limits=limits._replace(calls_max=calls_max.get(system, limits.calls_max)),
            closed=closed,
            trust=trust,
            transport=transport(system),
            monotonic=monotonic,
        )

    credentials = Credentials(access.fixed_username, access.fixed_password)
    mobile = Mobile(http(System.MOBILE, access.mobile_url, access.mobile_key), clock, sms_sender=access.sms_sender)
    relay = Relay(access.mail_url, access.mail_sender, access.mail_username, access.mail_password)
    mail = Mail(relay, clock, limits=limits, closed=closed, trust=trusted(ca_file, protocol=None), monotonic=monotonic)
    downloads = {System.MOBILE: files(System.MOBILE), System.FIXED: files(System.FIXED)}
    documents = Documents(
        downloads,
        mobile,
        BillDocuments(downloads[System.MOBILE], access.mobile_url, access.mobile_key, document_origins),
        InvoiceDocuments(downloads[System.FIXED], access.fixed_url, credentials, clock, nonce),
    )
    return Backends(
        mobile=mobile,
        fixed=Fixed(Soap(http(System.FIXED, access.fixed_url), credentials, clock, nonce), clock),
        directory=Directory(http(System.DIRECTORY, access.directory_url, access.directory_key)),
        identity=Identity(http(System.IDENTITY, access.issuer, anywhere=True), access.issuer, access.identity_key),
        documents=documents,
        mail=mail,
        payment=PaymentProvider(http(System.PAYMENTS, access.payment_url, access.payment_key)),
        conditions=lambda: {
            **{system: each.condition().beside(documents.conditions().get(system)) for system, each in opened.items()},
            System.MAIL: mail.condition(),
        },
    )
