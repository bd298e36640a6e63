"""Answers that are small on the wire and would fill the memory once read: refused before they are."""

import time
import tracemalloc
import zlib
from collections import deque
from collections.abc import Callable

import pytest

from bff.backends._body import Body
from bff.backends._call import Operation
from bff.backends._json import decoded
from bff.backends._message import Answer
from bff.backends.fixed._answer import content
from bff.domain.system import System
from bff.errors import BackendGarbled

WHERE = Operation(System.FIXED, "FindLinesByAccount")
SIZE = 10_000_000


def filled(start: bytes, part: bytes, end: bytes) -> bytes:
    return start + part * (SIZE // len(part)) + end


BOMBS: dict[str, tuple[bytes, Callable[[Answer], object]]] = {
    "objects": (filled(b"[{}", b',{"id":"1"}', b"]"), lambda answer: decoded(WHERE, answer, list)),
    "lists": (filled(b"[[]", b",[]", b"]"), lambda answer: decoded(WHERE, answer, list)),
    "numbers": (filled(b"[1", b",1", b"]"), lambda answer: decoded(WHERE, answer, list)),
    "elements": (filled(b"<a>", b"<b/>", b"</a>"), lambda answer: content(WHERE, answer)),
}


@pytest.mark.parametrize(("body", "read"), BOMBS.values(), ids=BOMBS)
def test_more_than_any_page_has_is_refused_in_little_time_and_memory(
    body: bytes, read: Callable[[Answer], object]
) -> None:
    tracemalloc.start()
    began = time.thread_time()
    with pytest.raises(BackendGarbled) as caught:
        read(Answer(200, {}, body))
    seconds = time.thread_time() - began
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.foreign
    assert seconds < 0.5
    assert peak_bytes < 1_000_000


NOTHING = b"\x00\x00\x00\xff\xff"
"""A block of compressed data with nothing in it."""


def test_compressed_data_that_brings_nothing_ends_at_the_size_too() -> None:
    packer = zlib.compressobj(wbits=31)
    body = Body("gzip", WHERE, SIZE)
    body.feed(packer.compress(b"[]") + packer.flush(zlib.Z_SYNC_FLUSH))
    parts = [NOTHING * 1000] * (SIZE // len(NOTHING * 1000) + 1)
    with pytest.raises(BackendGarbled, match="too large"):
        deque(map(body.feed, parts), maxlen=0)


def test_a_whole_page_of_the_largest_rows_is_none() -> None:
    row = b'{"id":"1","a":[{"name":"x","value":"y"},{"name":"x","value":"y"}],"text":"' + b"x" * 2000 + b'"}'
    body = b"[" + b",".join([row] * 500) + b"]"
    assert len(body) > 1_000_000
    assert len(decoded(WHERE, Answer(200, {}, body), list)) == 500
