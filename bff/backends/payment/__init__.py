"""The payment provider: sessions on its hosted page. What it pays for it never learns.

A session is opened under a reference of ours, our request id: the same reference opens no second one. Sessions are
found again by it. Amounts are cents. Protocol: docs/backends/payments.md.
"""

from datetime import datetime
from typing import Any, Final

import msgspec

from bff.backends._batch import Unreadable
from bff.backends._call import Operation
from bff.backends._code import Codes
from bff.backends._http import Http
from bff.backends._json import changed
from bff.backends._message import Answer
from bff.backends._shape import Text, reader
from bff.domain.change import ChangeStatus
from bff.domain.deed import Told
from bff.domain.deed.payment import Checkout, Returning
from bff.domain.payment import Session, Stage
from bff.errors import BackendRejected

__all__ = ["PaymentProvider"]

_PATH: Final = "/v1/sessions"
_ABSENT = 404
_STAGES = Codes(
    "payment session state",
    Stage.OPENING,
    {
        "open": Stage.CHECKOUT,
        "paid": Stage.PAID,
        "declined": Stage.FAILED,
        "cancelled": Stage.CANCELLED,
        "expired": Stage.EXPIRED,
    },
)


class _Session(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    id: Text
    reference: Text
    state: Text
    amount: Any
    currency: Text
    url: Text
    expires_at: Text


class PaymentProvider:
    """Opens sessions and tells what became of them."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._opening = Operation(http.system, "POST /sessions")
        self._finding = Operation(http.system, "GET /sessions")
        self._read = reader(_Session)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def open(self, deed: Checkout, request_id: str, returning: Returning) -> Told:
        """Open a session. Raises BackendErrors; `undone` when it surely was not opened."""
        document = {
            "reference": _reference(request_id),
            "amount": deed.cents,
            "currency": "EUR",
            "returnUrl": returning.url,
            "language": returning.language,
        }
        await self._http.send(
            self._opening.name,
            "POST",
            _PATH,
            headers={"content-type": "application/json"},
            content=lambda: msgspec.json.encode(document),
            read=lambda answer: self._answered(self._opening, answer, _reference(request_id)),
            keys=1,
        )
        return Told(ChangeStatus.ACCEPTED, made_key=_reference(request_id))

    async def opened(self, request_id: str) -> Told | None:
        """Tell whether a session was opened under a request id; None when it was not. Raises BackendErrors."""
        reference = _reference(request_id)
        return None if await self.session(reference) is None else Told(ChangeStatus.ACCEPTED, made_key=reference)

    async def session(self, reference: str) -> Session | None:
        """Give the session of a reference as it is now; None when there is none. Raises BackendErrors."""
        return await self._http.send(
            self._finding.name,
            "GET",
            _PATH,
            params=[("reference", reference)],
            keys=1,
            read=lambda answer: self._found(answer, reference),
        )

    def _found(self, answer: Answer, reference: str) -> Session | None:
        try:
            return self._answered(self._finding, answer, reference)
        except BackendRejected:
            if answer.status == _ABSENT:
                return None
            raise

    def _answered(self, where: Operation, answer: Answer, reference: str) -> Session:
        told = changed(where, answer, self._read)
        if told.reference != reference or told.currency != "EUR":
            raise where.garbled("another session's answer")
        try:
            return _session(told)
        except Unreadable as error:
            raise where.garbled(str(error)) from error


def _session(told: _Session) -> Session:
    if type(told.amount) is not int:
        raise Unreadable("amount is no number of cents")
    if not told.url.startswith(("https://", "http://")):
        raise Unreadable("url is none")
    try:
        expires_at = msgspec.convert(told.expires_at, datetime)
    except msgspec.ValidationError as error:
        raise Unreadable("expiresAt is no instant") from error
    if expires_at.tzinfo is None:
        raise Unreadable("expiresAt has no zone")
    return Session(stage=_STAGES.read(told.state), cents=told.amount, url=told.url, expires_at=expires_at)


def _reference(request_id: str) -> str:
    return request_id.replace("-", "")
