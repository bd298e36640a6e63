"""A PDF as it comes: what can be told of it is told before its first byte goes on.

The systems promise files that are empty, pages of HTML, cut or as large as they like (spec, legacy.md, quirk 17). Its
beginning is looked at first, and its end is kept back until it has been seen to be one: what is not whole so never
arrives whole. Marks: ISO 32000-1, 7.5.2 and 7.5.5.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from bff.backends._call import Operation

MAX_BYTES: Final = 25 * 1024 * 1024

_BEGIN = b"%PDF-"
_END = b"%%EOF"
_END_BYTES = 1024
"""In which the end stands; readers look no further back."""


async def pdf(where: Operation, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Pass a PDF on. Raises BackendGarbled for what is none, before its first byte if that can be told by then."""
    held, taken_bytes = b"", 0
    async for chunk in chunks:
        taken_bytes += len(chunk)
        if taken_bytes > MAX_BYTES:
            raise where.garbled("a file too large")
        held += chunk
        if taken_bytes == len(held) >= len(_BEGIN) and not held.startswith(_BEGIN):
            raise where.garbled("a file that is no PDF")
        if len(held) > _END_BYTES + len(_BEGIN):
            yield held[:-_END_BYTES]
            held = held[-_END_BYTES:]
    if taken_bytes == len(held) and not held.startswith(_BEGIN):
        raise where.garbled("a file that is no PDF" if held else "an empty file")
    if _END not in held:
        raise where.garbled("a PDF without its end")
    yield held
