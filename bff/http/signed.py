"""Messages of systems that sign what they send: read whole, in time, believed by their signature, decoded."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bff.observability import EVENTS, logger

BODY_MAX_BYTES: Final = 256 * 1024
BODY_S: Final = 10.0

T = TypeVar("T")
_log = logger(__name__)


class NotTaken(Exception):
    """A message that is refused: by which status, and why in a word."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why

    def answered(self, path: str) -> Response:
        """Count and log it, and answer."""
        EVENTS.labels(self.why).inc()
        _log.info("message_refused", path=path, reason=self.why)
        return Response(status_code=self.status)


async def message(
    request: Request, header: str, is_signed: Callable[[str, bytes], bool], decode: Callable[[bytes], T]
) -> T:
    """Read a message.

    Args:
        request: that brings it.
        header: where its signature stands.
        is_signed: tells whether a signature is a body's.
        decode: reads the body.

    Raises:
        NotTaken: it can't be read, or is nobody's whom we know.
    """
    try:
        async with asyncio.timeout(BODY_S):
            body = await _whole(request)
    except TimeoutError:
        raise NotTaken(408, "slow") from None
    if not is_signed(request.headers.get(header, ""), body):
        raise NotTaken(401, "unsigned")
    try:
        return decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotTaken(400, "malformed") from None


async def _whole(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise NotTaken(413, "large")
    return bytes(body)
