"""The body of an answer: read and decompressed up to a size, so that a bomb ends there and not at its own size."""

import zlib
from collections.abc import Sequence

import httpx

from bff.backends._call import Operation

_LARGE_BYTES = 1_000_000
_GZIP_OR_ZLIB = 47  # zlib's window bits with the flag that detects the header


async def whole_body(response: httpx.Response, where: Operation, max_bytes: int) -> bytes:
    """Read and decompress at most `max_bytes`; raises BackendGarbled."""
    body = _Inflating(response.headers.get("content-encoding", "identity"), where, max_bytes)
    async for chunk in response.aiter_raw():
        body.feed(chunk)
    return body.whole()


def is_bomb(body: bytes, marks: Sequence[bytes], most: int) -> bool:
    """Tell whether a large body has more of some marks than any page of rows: once read it would fill the memory."""
    return len(body) > _LARGE_BYTES and sum(body.count(mark) for mark in marks) > most


class _Inflating:
    """Decompresses by our own hand: httpx inflates a whole chunk before anyone can count its bytes."""

    def __init__(self, encoding: str, where: Operation, max_bytes: int) -> None:
        if encoding not in {"identity", "gzip", "deflate"}:
            raise where.garbled(f"content encoding {encoding[:20]!r} was not asked for", foreign=True)
        self._zlib = None if encoding == "identity" else zlib.decompressobj(_GZIP_OR_ZLIB)
        self._where = where
        self._left = max_bytes
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        part = chunk if self._zlib is None else self._inflated(self._zlib, chunk)
        self._left -= len(part)
        if self._left < 0:
            raise self._where.garbled("answer too large", foreign=True)
        self._parts.append(part)

    def _inflated(self, inflater: "zlib._Decompress", chunk: bytes) -> bytes:
        try:
            return inflater.decompress(chunk, self._left + 1)
        except zlib.error as error:
            raise self._where.garbled("compressed data broken", foreign=True) from error

    def whole(self) -> bytes:
        if self._zlib is not None and self._parts and not self._zlib.eof:
            raise self._where.garbled("compressed data cut short", foreign=True)
        return b"".join(self._parts)
