"""What the provider tells of a session that has changed, signed; and how telling goes wrong (quirk 13).

`X-Payment-Signature: t=<seconds since 1970>,v1=<HMAC-SHA-256 of "t.body" in hexadecimal>`.
"""

from __future__ import annotations

import hmac
import uuid
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Literal, get_args

import httpx
import msgspec

from sandbox.credentials import PAYMENT_EVENT_KEY
from sandbox.payment.session import Session

Fault = Literal["twice", "out_of_order", "late", "lost", "stranger", "unsigned"]
FAULTS: tuple[Fault, ...] = get_args(Fault)

_LATE = timedelta(hours=3)
_SEND_S = 5.0


def messages(session: Session, now: datetime, fault: Fault | None) -> list[tuple[bytes, dict[str, str]]]:
    """Give the bodies and headers that are sent of a session, perhaps wrongly."""
    if fault == "lost":
        return []
    told = _message(session, session.state, fault)
    bodies = [_message(session, "open", fault), told]
    if fault == "twice":
        bodies = [*bodies, told]
    if fault == "out_of_order":
        bodies.reverse()
    at = now - _LATE if fault == "late" else now
    return [(body, _headers(body, at, fault)) for body in bodies]


async def send(url: str, session: Session, now: datetime, fault: Fault | None = None) -> list[int]:
    """Tell a listener of a session, perhaps wrongly; give the status of each answer."""
    async with httpx.AsyncClient(timeout=_SEND_S) as client:
        sent = messages(session, now, fault)
        return [(await client.post(url, content=body, headers=headers)).status_code for body, headers in sent]


def signature(body: bytes, at: datetime) -> str:
    """Sign a body at a time."""
    seconds = str(int(at.timestamp()))
    digest = hmac.digest(urlsafe_b64decode(PAYMENT_EVENT_KEY), seconds.encode() + b"." + body, "sha256").hex()
    return f"t={seconds},v1={digest}"


def _headers(body: bytes, at: datetime, fault: Fault | None) -> dict[str, str]:
    headers = {"content-type": "application/json"}
    return headers if fault == "unsigned" else {**headers, "x-payment-signature": signature(body, at)}


def _message(session: Session, state: str, fault: Fault | None) -> bytes:
    reference = "f" * 32 if fault == "stranger" else session.reference
    told = {"id": f"evt_{uuid.uuid4().hex}", "type": "session.changed", "reference": reference, "state": state}
    return msgspec.json.encode(told)
