"""An answer of the endpoint on the wire: its status, its headers, its bytes."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from starlette.types import Send

from bff.http.negotiation import GRAPHQL_JSON, JSON

_ALWAYS: Final = {
    media_type: (
        (b"content-type", f"{media_type}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept, Authorization, Accept-Language, X-Membership, Origin"),
    )
    for media_type in (JSON, GRAPHQL_JSON)
}


class Reply(NamedTuple):
    """A status, headers by lower-case name, and a body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    async def send(self, send: Send) -> None:
        """Send it whole."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


def reply(status: int, body: bytes, media_type: str, special: Mapping[str, str]) -> Reply:
    """Put a body of one of our media types between the headers that all have and its special ones."""
    headers = [*_ALWAYS[media_type], (b"content-length", b"%d" % len(body))]
    headers.extend((name.lower().encode(), value.encode()) for name, value in special.items())
    return Reply(status, headers, body)
