"""What the tests of the cache put together: a fetch that counts, a store that counts."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from bff.cache.keys import Keys
from bff.cache.kinds import Kind
from bff.cache.protocol import Entry, Listener, Store
from bff.cache.read import ReadThrough
from bff.domain.system import System
from bff.errors import BackendTimeout
from tests.clock import HandClock

ACME = "01234567890"
OTHER = "09876543210"
KEYS = Keys(version="v1", secret=b"of the tests")


class Thing(msgspec.Struct, frozen=True, gc=False):
    """A record to keep."""

    key: str
    size: int = 1


THING = Kind(
    name="thing",
    system=System.MOBILE,
    record=Thing,
    lifetime_s=300.0,
    stale_if_error_s=3600.0,
    negative_s=60.0,
    tags=("thing",),
)
EARLY = Kind(
    name="early", system=System.MOBILE, record=Thing, lifetime_s=300.0, refresh_after_s=240.0, tags=("thing", "early")
)
THINGS = Kind(
    name="things", system=System.FIXED, record=tuple[Thing, ...], lifetime_s=300.0, tags=("other",), listed=True
)


class Source:
    """A plural operation whose answers are set by the test.

    Attributes:
        calls: the keys of each call.
        gate: while set to an event, calls wait for it.
        cancelled: how many calls were cancelled while they waited.
    """

    def __init__(self, answers: Mapping[str, object] | None = None) -> None:
        self.answers: dict[str, object] = dict(answers or {})
        self.calls: list[list[str]] = []
        self.gate: asyncio.Event | None = None
        self.failure: BaseException | None = None
        self.cancelled = 0
        self._arrival = asyncio.Condition()

    async def called(self, times: int = 1) -> None:
        """Wait until so many calls have arrived."""
        async with asyncio.timeout(5), self._arrival:
            await self._arrival.wait_for(lambda: len(self.calls) >= times)

    async def fetch(self, keys: list[str]) -> dict[str, object]:
        answers = dict(self.answers)
        async with self._arrival:
            self.calls.append(keys)
            self._arrival.notify_all()
        if self.gate is not None:
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.failure is not None:
            raise self.failure
        return answers


class CountingStore:
    """A store that tells what it was asked; with gates, claims or the answers to them come late.

    Attributes:
        portions: the bytes of each write.
    """

    def __init__(self, inner: Store, *, shared: bool | None = None) -> None:
        self._inner = inner
        self.shared = inner.shared if shared is None else shared
        self.reads: list[list[str]] = []
        self.writes: list[Entry] = []
        self.portions: list[int] = []
        self.before_claim: asyncio.Event | None = None
        self.gate: asyncio.Event | None = None

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        self.reads.append(list(keys))
        return await self._inner.get_many(keys)

    async def set_many(self, entries: Sequence[Entry], *, releasing: Sequence[str] = (), token: bytes = b"") -> bool:
        self.writes.extend(entries)
        self.portions.append(sum(len(entry.blob) for entry in entries))
        return await self._inner.set_many(entries, releasing=releasing, token=token)

    async def announce(self, entries: Sequence[Entry], message: bytes) -> bool:
        self.writes.extend(entries)
        return await self._inner.announce(entries, message)

    async def listen(self, listener: Listener) -> None:
        await self._inner.listen(listener)

    async def claim(self, entries: Sequence[Entry]) -> list[bytes | None]:
        if self.before_claim is not None:
            await self.before_claim.wait()
        standing = await self._inner.claim(entries)
        if self.gate is not None:
            await self.gate.wait()
        return standing

    async def release(self, keys: Sequence[str], token: bytes) -> None:
        await self._inner.release(keys, token)

    async def aclose(self) -> None:
        await self._inner.aclose()


class Tally:
    """Counts of reads by kind and result."""

    def __init__(self) -> None:
        self.counts: dict[tuple[str, str], int] = {}

    def __call__(self, kind: str, result: str, count: int) -> None:
        self.counts[kind, result] = self.counts.get((kind, result), 0) + count


def timeout_error() -> BackendTimeout:
    return BackendTimeout(System.MOBILE, "GET /thing")


def things(keys: Iterable[str], size: int = 1) -> dict[str, object]:
    return {key: Thing(key, size) for key in keys}


def worker(
    store: Store,
    clock: HandClock,
    *,
    random: Callable[[], float] = lambda: 0.0,
    tally: Tally | None = None,
    patience_s: float = 1.0,
    max_bytes: int = 1_000_000,
) -> ReadThrough:
    """Make the cache of one worker."""
    return ReadThrough(
        store,
        keys=KEYS,
        clock=clock,
        random=random,
        max_bytes=max_bytes,
        patience_s=patience_s,
        on_read=tally or Tally(),
    )


async def turns(count: int = 50) -> None:
    """Let the loop run; no time passes."""
    for _ in range(count):
        await asyncio.sleep(0)
