"""The loader that all loaders are: keys of many callers become few plural calls, each answer returns to its key.

To the outside it is aiodataloader's class; inside it has a batch of its own, because that class poisons a key whose
waiter was cancelled, hangs on a batch that was cancelled, forgets errors and fragments batches. What a call may
cost, and whether it is answered from the cache, is the business of the `fetch` it is given.

A loader lives for one operation and belongs to the running loop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

from aiodataloader import DataLoader

from bff.cache.flight import Flight, land, quiet, stray_cancellation
from bff.errors import BffError, Internal, NotFound
from bff.observability import LOADER_BATCHES, logger

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

Fetch: TypeAlias = Callable[[list[K]], Awaitable[Mapping[K, V | BffError]]]

Recall: TypeAlias = Callable[[Iterable[K]], Mapping[K, V | BffError]]

_log = logger(__name__)


class _Batch(Generic[K, V]):
    """Keys asked together, and the flight that brings their answers."""

    __slots__ = ("flight", "keys")

    flight: Flight[dict[K, V | BffError]]

    def __init__(self) -> None:
        self.keys: dict[K, None] = {}


class Loader(DataLoader[K, V], Generic[K, V]):
    """Turn a plural operation into values in the order of the keys.

    Attributes:
        name: the loader's name in logs and metrics.
        calls: how many times `fetch` was called.
        keys_asked: how many keys were sent with them.
        foreign: how many rows were dropped because nobody had asked for their key.
    """

    def __init__(self, fetch: Fetch[K, V], *, limit: int, name: str, recall: Recall[K, V] | None = None) -> None:
        """Bind to a fetch that takes at most `limit` keys a call.

        What `fetch` leaves out of its answer is unknown to the backend and becomes `NotFound`. `recall` gives what is
        there without waiting; only what it leaves out is fetched.
        """
        # Not as aiodataloader begins, which takes three times as long: only the loop of what it sets is used here.
        self.loop = asyncio.get_running_loop()
        self.name = name
        self.calls = 0
        self.keys_asked = 0
        self.foreign = 0
        self._fetch = fetch
        self._recall = recall
        self._limit = limit
        self._memo: dict[K, V | BffError] = {}
        self._flying: dict[K, _Batch[K, V]] = {}
        self._open: _Batch[K, V] | None = None

    async def many(self, keys: Sequence[K]) -> list[V | BffError]:
        """Give a value or an error per key, in the order of the keys."""
        memo = self._memo
        lacking = [key for key in keys if key not in memo]
        if lacking and self._recall is not None:
            memo.update(self._recall(lacking))
            lacking = [key for key in lacking if key not in memo]
        if not lacking:
            return [memo[key] for key in keys]
        found = {key: memo[key] for key in keys if key in memo}
        for answers in await land([batch.flight for batch in self._board(lacking)]):
            found.update(answers)
        return [found[key] for key in keys]

    async def one(self, key: K) -> V:
        """Give one value, or raise its error."""
        (value,) = await self.many((key,))
        if isinstance(value, BffError):
            raise value
        return value

    def known(self, key: K) -> V | None:
        """Give the value of a key that was loaded before; None without asking when it was not, or was an error."""
        value = self._memo.get(key)
        return None if isinstance(value, BffError) else value

    async def batch_load_fn(self, keys: list[K]) -> list[Any]:
        """Answer aiodataloader's contract: values or errors in the order of the keys."""
        return await self.many(keys)

    def load(self, key: K) -> "asyncio.Future[V]":
        """Give a future of one value; cancelling it concerns its holder only."""
        if key is None:
            raise TypeError("a loader needs a key, not None")
        return self.loop.create_task(self.one(key))

    def load_many(self, keys: Iterable[K]) -> "asyncio.Future[list[V]]":
        """Give a future of all values in order; it raises the first error among them."""
        return self.loop.create_task(self._all(list(keys)))

    def prime(self, key: K, value: V | BffError) -> "Loader[K, V]":
        """Put a value that is known already, unless the key has one or is on its way."""
        if key not in self._flying:
            self._memo.setdefault(key, value)
        return self

    def clear(self, key: K) -> "Loader[K, V]":
        """Forget a key; a load on its way answers those who wait, and nobody after them."""
        self._memo.pop(key, None)
        self._flying.pop(key, None)
        return self

    def clear_all(self) -> "Loader[K, V]":
        """Forget all keys, as `clear` does."""
        self._memo.clear()
        self._flying.clear()
        return self

    async def _all(self, keys: list[K]) -> list[V]:
        values: list[V] = []
        for value in await self.many(keys):
            if isinstance(value, BffError):
                raise value
            values.append(value)
        return values

    def _board(self, lacking: list[K]) -> list[_Batch[K, V]]:
        """Give the batches that will answer these keys; keys on no batch yet join the open one."""
        flying = self._flying
        if new := [key for key in lacking if key not in flying]:
            batch = self._open or self._start()
            batch.keys.update(dict.fromkeys(new))
            flying.update(dict.fromkeys(new, batch))
        return list(dict.fromkeys(flying[key] for key in lacking))

    def _start(self) -> _Batch[K, V]:
        batch: _Batch[K, V] = _Batch()
        batch.flight = Flight(self._run(batch), lambda: self._land(batch, {}))
        self._open = batch
        return batch

    async def _run(self, batch: _Batch[K, V]) -> dict[K, V | BffError]:
        await quiet(batch.keys.__len__)
        self._open = None
        keys = list(batch.keys)
        chunks = [keys[start : start + self._limit] for start in range(0, len(keys), self._limit)]
        parts = [await self._ask(keys)] if len(chunks) == 1 else await asyncio.gather(*map(self._ask, chunks))
        answers = {key: answer for part in parts for key, answer in part.items()}
        self._land(batch, answers)
        return answers

    def _land(self, batch: _Batch[K, V], answers: Mapping[K, V | BffError]) -> None:
        """Take a batch out of the air, keeping what it brought for keys that nobody cleared meanwhile."""
        if self._open is batch:
            self._open = None
        for key in batch.keys:
            if self._flying.get(key) is batch:
                del self._flying[key]
                if key in answers:
                    self._memo[key] = answers[key]

    async def _ask(self, keys: list[K]) -> dict[K, V | BffError]:
        """Call `fetch` once; whatever goes wrong is an error per key."""
        self.calls += 1
        self.keys_asked += len(keys)
        LOADER_BATCHES.labels(self.name).inc()
        try:
            return self._match(keys, await self._fetch(keys))
        except BffError as error:
            return dict.fromkeys(keys, error)
        except asyncio.CancelledError:
            if not stray_cancellation():
                raise
            return self._broken(keys)
        except Exception:  # noqa: BLE001 - a bug costs its keys, not the operation
            return self._broken(keys)

    def _match(self, keys: list[K], got: Mapping[K, V | BffError]) -> dict[K, V | BffError]:
        missing = NotFound(f"{self.name}: unknown key")
        answers = {key: got.get(key, missing) for key in keys}
        self.foreign += len(got) - sum(key in got for key in keys)
        return answers

    def _broken(self, keys: list[K]) -> dict[K, V | BffError]:
        _log.exception("loader_failed", loader=self.name, keys=len(keys))
        return dict.fromkeys(keys, Internal(f"{self.name} failed"))
