"""The body of an answer: decompressed up to a size, so that a bomb ends there and not at its own size."""

import zlib
from collections.abc import Sequence

from bff.backends._call import Operation

_LARGE_BYTES = 1_000_000
_GZIP_OR_ZLIB = 47  # zlib's window bits with the flag that detects the header


def is_bomb(body: bytes, marks: Sequence[bytes], most: int) -> bool:
    """Tell whether a large body has more of some marks than any page of rows: once read it would fill the memory."""
    return len(body) > _LARGE_BYTES and sum(body.count(mark) for mark in marks) > most


class Body:
    """A body as it comes, of at most `max_bytes` both as it is sent and decompressed; its methods raise BackendGarbled.

    Compressed data is one stream, with nothing behind it.
    """

    __slots__ = ("_left", "_parts", "_sent_left", "_where", "_zlib")

    def __init__(self, encoding: str, where: Operation, max_bytes: int) -> None:
        coding = encoding.lower()
        if coding not in {"identity", "gzip", "deflate"}:
            raise where.garbled(f"content encoding {encoding[:20]!r} was not asked for", foreign=True)
        self._zlib = None if coding == "identity" else zlib.decompressobj(_GZIP_OR_ZLIB)
        self._where = where
        self._left = self._sent_left = max_bytes
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> None:
        """Take the next part."""
        part = chunk if self._zlib is None else self._inflated(self._zlib, chunk)
        self._left -= len(part)
        self._sent_left -= len(chunk)
        if self._left < 0 or self._sent_left < 0:
            raise self._where.garbled("answer too large", foreign=True)
        self._parts.append(part)

    def _inflated(self, inflater: "zlib._Decompress", chunk: bytes) -> bytes:
        try:
            part = inflater.decompress(chunk, self._left + 1)
        except zlib.error as error:
            raise self._where.garbled("compressed data broken", foreign=True) from error
        if inflater.unused_data:
            raise self._where.garbled("more behind the compressed data", foreign=True)
        return part

    def whole(self) -> bytes:
        """Give all of it, once no more comes."""
        if self._zlib is not None and self._parts and not self._zlib.eof:
            raise self._where.garbled("compressed data cut short", foreign=True)
        return b"".join(self._parts)
