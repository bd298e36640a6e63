"""Tells what a read of the cache costs the processor, for docs/redis.md: `python -m tests.cache.cost <Redis URL>`."""

import dataclasses
import sys
import time
from collections.abc import Awaitable, Callable

import uvloop

from bff.cache.memory import MemoryStore
from bff.cache.protocol import Store
from bff.cache.read import ReadThrough, count_read
from bff.cache.redis import RedisStore
from bff.clock import RealClock
from tests.cache.parts import ACME, KEYS, THING, Source, things

ROUNDS = 5
READS = 2_000
MAX_BYTES = 100_000_000

UNKEPT = dataclasses.replace(THING, near_s=0.0, stale_if_error_s=0.0, masked=True)
"""Read from the store each time, as a person's profile is."""


async def cost_us(read: Callable[[], Awaitable[object]]) -> float:
    """Give the microseconds of the processor of one read: the best of some rounds, the first of them to warm up."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(READS):
            await read()
        rounds.append((time.process_time() - began) / READS * 1e6)
    return min(rounds)


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def cache_above(store: Store) -> ReadThrough:
    return ReadThrough(store, keys=KEYS, clock=RealClock(), random=lambda: 0.0, max_bytes=MAX_BYTES, on_read=count_read)


async def main(url: str) -> None:
    memory = MemoryStore(max_bytes=MAX_BYTES, monotonic=time.monotonic)
    shared = RedisStore(url, monotonic=time.monotonic)
    near, far = cache_above(memory), cache_above(shared)
    for count in (1, 20, 120):
        keys = [str(number) for number in range(count)]
        source = Source(things(keys))
        us = await cost_us(lambda keys=keys, source=source: near.read(THING, ACME, keys, source.fetch))  # type: ignore[misc]
        tell(f"held by the process, {count} keys: {us:.1f} µs, {us / count:.2f} a key")
    source = Source(things(["a"]))
    tell(f"an MGET of two keys: {await cost_us(lambda: shared.get_many(['a', 'b'])):.0f} µs")
    by_library = await cost_us(lambda: shared._client.run("a", lambda node: node.mget(["a", "b"])))
    tell(f"the same by the library: {by_library:.0f} µs")
    tell(f"one key from Redis: {await cost_us(lambda: far.read(UNKEPT, ACME, ['a'], source.fetch)):.0f} µs")
    await far.aclose()
    await shared.aclose()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
