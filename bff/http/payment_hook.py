"""`POST /hooks/payments`: where the payment provider tells that a session has changed.

It signs the time and the body: `X-Payment-Signature: t=<seconds since 1970>,v1=<HMAC-SHA-256 of "t.body">`. What is
older than five minutes, or of the future, is refused. What it says is not believed: it only says which payment to look
at. So it may come twice, late, out of order, or of a session that nobody knows. Spec: legacy.md, quirk 13.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bff.clock import Clock
from bff.http import signed
from bff.observability import EVENTS

PATH: Final = "/hooks/payments"
SIGNATURE: Final = "X-Payment-Signature"
TOLERANCE_S: Final = 300.0

_SIGNED = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)


class _Event(msgspec.Struct, frozen=True):
    """What is read of a message: the reference of the session."""

    reference: str


_decode = msgspec.json.Decoder(_Event).decode


class PaymentHook:
    """Takes messages.

    Args:
        keys: of the provider, any of which signs.
        wake: has a payment looked at.
        clock: tells how old a message is.
    """

    def __init__(self, keys: Sequence[bytes], wake: Callable[[str], None], clock: Clock) -> None:
        self._keys = keys
        self._wake = wake
        self._clock = clock

    async def __call__(self, request: Request) -> Response:
        """Take one message, and answer before anything is done about it."""
        try:
            event = await signed.message(request, SIGNATURE, self._is_signed, _decode)
        except signed.NotTaken as refused:
            return refused.answered(PATH)
        if _NAME.fullmatch(event.reference):  # all of ours are such
            self._wake(event.reference)
        EVENTS.labels("payment").inc()
        return Response(status_code=204)

    def _is_signed(self, signature: str, body: bytes) -> bool:
        if (match := _SIGNED.fullmatch(signature)) is None:
            return False
        at, given = match.groups()
        due = [hmac.digest(key, at.encode() + b"." + body, "sha256").hex() for key in self._keys]
        is_ours = any([hmac.compare_digest(given, each) for each in due])  # noqa: C419 - each is compared
        return is_ours and abs(self._clock.now().timestamp() - int(at)) <= TOLERANCE_S


def payment_hook_routes(keys: Sequence[bytes], wake: Callable[[str], None], clock: Clock) -> list[Route]:
    """Give the route of the hook; none without keys."""
    return [Route(PATH, PaymentHook(keys, wake, clock).__call__, methods=["POST"])] if keys else []
