"""Settling: what can't be read is left to a worker that can, and keeps nobody else waiting."""

from typing import Any, cast

import msgspec
import pytest

from bff.acts import ECHO_S, Acts, Seal
from bff.backends import Backends
from bff.cache.read import ReadThrough
from bff.domain.deed import Step
from bff.domain.deed.billing import MobilePaperless
from bff.state.deeds import Asked, MemoryDeeds
from tests.clock import HandClock

pytestmark = pytest.mark.anyio


class Cache:
    """Notes what it is made to forget."""

    def __init__(self) -> None:
        self.forgotten: list[tuple[str, Any]] = []

    async def invalidate_owner(self, owner: str, tags: Any) -> bool:
        self.forgotten.append((owner, tags))
        return True


async def sent(store: MemoryDeeds, name: str, deed: bytes, due: float) -> None:
    asked = Asked(name, "input", "worker", deed)
    assert await store.reserve(asked, due, due) is None
    assert await store.send(asked, due)


async def test_a_deed_that_can_not_be_read_stops_no_other() -> None:
    clock, store, cache = HandClock(), MemoryDeeds(), Cache()
    backends, reads = cast("Backends", None), cast("ReadThrough", cache)
    acts = Acts(store, backends, reads, clock, lambda code: code, Seal([b"secret"]), clock.monotonic)
    now = clock.now().timestamp()
    deed = MobilePaperless(account_key="ACC-1", paperless=True)
    good = msgspec.msgpack.encode([deed, "contractPaperlessSet", "USR-1", "owner-1", "company-1", now - ECHO_S])
    await sent(store, "a" + "0" * 31, b"of another version", now - 20)
    await sent(store, "a" + "1" * 31, good, now - 10)
    await store.settle("a" + "1" * 31, Step.DONE, b"told", now - 10)
    clock.advance(1)

    await acts.settle()

    assert cache.forgotten == [("owner-1", ("account",))]
    assert await store.claim("a", now + 10, now + 20) is None, "the one is dropped, the other put off"
    assert await store.claim("a", now + 20, now + 40) is not None
