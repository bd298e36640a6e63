"""The PDFs of mobile invoices, at the addresses that TMF678's `billDocument` names.

An address is fetched only where it leads to the mobile system itself or to one of the origins that are configured, and
never further: there are no redirects. The key of the API goes to the system itself alone.
"""

import re
from collections.abc import AsyncGenerator, Collection
from typing import Final
from urllib.parse import urlsplit

from bff.backends._call import Operation
from bff.backends._file import Files
from bff.backends._message import Incoming, Request
from bff.backends._refusal import refusal, seconds
from bff.domain.system import System

OPERATION: Final = "GET /billDocument/{id}"

_WHERE = Operation(System.MOBILE, OPERATION)
_OK = 200
_ABSENT = frozenset({404, 410})
_PORTS = {"http": 80, "https": 443}
_PATH = re.compile(r"/[\x21-\x7e]*")


class BillDocuments:
    """The PDFs of bills."""

    def __init__(self, files: Files, url: str, key: str, origins: Collection[str] = ()) -> None:
        """Ask at the origin of a base URL with a key, and at other origins without one."""
        self._files = files
        self._key = key
        self._own = _origin(url)
        self._origins = {self._own, *map(_origin, origins)}

    def read(self, url: str) -> AsyncGenerator[bytes, None]:
        """Give the PDF at an address as it comes, as `Files.read` does; raises BackendGarbled for a bad address."""
        return self._files.read(OPERATION, self._request(url), _taken)

    def _request(self, url: str) -> Request:
        """Write the request from what was looked at, so that nobody reads the address in another way."""
        try:
            origin, parts = _origin(url), urlsplit(url)
        except ValueError as error:
            raise _WHERE.garbled("no address") from error
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        if origin not in self._origins or not _PATH.fullmatch(target):
            raise _WHERE.garbled("an address of nobody we know")
        headers = {"authorization": f"Bearer {self._key}"} if origin == self._own else {}
        return Request("GET", origin + target, (), headers, None)


def _origin(url: str) -> str:
    """Give scheme, host and port of an address; raises ValueError for one that has none, or a user."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or "\\" in parts.netloc:
        raise ValueError("no address of the web")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{parts.port or _PORTS[parts.scheme]}"


async def _taken(where: Operation, incoming: Incoming) -> AsyncGenerator[bytes, None]:
    if incoming.status in _ABSENT:
        raise where.rejected(str(incoming.status), absent=True)
    if incoming.status != _OK:
        wait_s = seconds(incoming.headers.get("retry-after"))
        raise refusal(where, incoming.status, why="without a file", foreign=True, wait_s=wait_s)
    async for chunk in incoming.chunks:
        yield chunk
