"""Runs commands at the node that has the key, and finds out beside the calls which node that is."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar, cast

from redis.crc import key_slot
from redis.exceptions import AskError, ConnectionError, MovedError, RedisError, TryAgainError  # noqa: A004 - the library's word

from bff.redis_client import _channel
from bff.redis_client._limit import Limit
from bff.redis_client._node import Node, Owners, named
from bff.redis_client._reader import Reader

R = TypeVar("R")

FAILURES = (RedisError, OSError, EOFError)
"""All that a call may raise; its time being over is an OSError."""

MOVING = (AskError, MovedError, TryAgainError)
"""Those of them that tell of one slot and not of its node: the slot moves to another."""

# uvloop's for a connection that was reset while it was idle, and the library's for an answer that is not Redis's.
_FOREIGN = (RuntimeError, ValueError, TypeError, LookupError, AttributeError)
_SPACING_S = 0.25  # between two looks; a failover takes longer


class Client:
    """The nodes of one Redis, each behind a pool of its own."""

    def __init__(
        self,
        open_node: Callable[[str], Node],
        open_reader: Callable[[str], Reader],
        *,
        owners: Owners | None = None,
        look: Callable[[Collection[str]], Awaitable[Owners | None]] | None = None,
        timeout_s: float,
    ) -> None:
        """Make ready. For `open_client`, which knows what goes together.

        Args:
            open_node: makes the client of a place.
            open_reader: makes what reads the keys of a place.
            owners: who has each slot, None when that is to be found out.
            look: asks who has each slot, given the masters known; None when that never changes.
            timeout_s: for a call in all.
        """
        self._open_node = open_node
        self._open_reader = open_reader
        self._owners = owners
        self._look = look
        self._timeout_s = timeout_s
        self._nodes: dict[str, Node] = {}
        self._readers: dict[str, Reader] = {}
        self._looking: asyncio.Task[None] | None = None
        self._looked_at = float("-inf")

    def place(self, key: str) -> str:
        """Name the node that has a key, "host:port"; empty while that is not known. Nodes fail one by one."""
        owner = None if self._owners is None else self._owners[_slot(key)]
        return owner or ""

    async def run(self, key: str, command: Callable[[Node], Awaitable[R]]) -> R:
        """Run a command, a pipeline or a script at the node that has `key`.

        Everything in it must be of the slot of `key`: let the keys share a hash tag, as in `{owner}:name`. It is run
        again where a node sends it elsewhere. While a slot moves to another node, what is more than one command, or has
        more than one key, fails.

        Raises:
            RedisError, OSError, EOFError: see `FAILURES`; what a failed call wrote can't be told.
        """
        return await self._in_time(self._run(_slot(key), command))

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Give what stands under each key; all are of one slot, as in `run`.

        Raises:
            RedisError, OSError, EOFError: see `FAILURES`.
        """
        return await self._in_time(self._ask(keys[0], ("MGET", *keys), len(keys)))

    async def call(
        self, script: str, keys: Sequence[str], arguments: Sequence[str | bytes], *, expected: int
    ) -> list[bytes | None]:
        """Run a script at the node that has its keys, all of one slot; give the values that it returns, so many.

        Raises:
            RedisError, OSError, EOFError: see `FAILURES`; what a failed script wrote can't be told.
        """
        return await self._in_time(self._ask(keys[0], ("EVAL", script, str(len(keys)), *keys, *arguments), expected))

    async def listen(
        self,
        channel: str,
        *,
        on_ready: Callable[[], None],
        on_message: Callable[[bytes], None],
        quiet_s: float = 2.0,
        answer_s: float = 1.0,
    ) -> None:
        """Hear what is published on a channel, over one connection, until that fails.

        Any node will do: a Cluster passes on to all, a master to its replicas. What is published while nobody listens
        is lost, so whoever calls this again has missed something.

        Args:
            channel: its name, which also says which node is listened to.
            on_ready: called when all that is published from now on will be heard.
            on_message: called with each message.
            quiet_s: after so long without a message the node is asked whether it is there.
            answer_s: how long it may take to say so.

        Raises:
            RedisError, OSError, EOFError: see `FAILURES`.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                place = await self._owner(_slot(channel))
            async with self._node(place).pubsub() as ears:
                await _channel.listen(
                    ears, channel, on_ready=on_ready, on_message=on_message, quiet_s=quiet_s, answer_s=answer_s
                )
        except FAILURES:
            self._start_to_look()
            raise
        except _FOREIGN as error:
            self._start_to_look()
            raise ConnectionError(f"{type(error).__name__} below the client") from error

    async def aclose(self) -> None:
        """Close all connections, after a look that is under way: cancelled, it would leave its own open."""
        if self._looking is not None:
            await asyncio.gather(self._looking, return_exceptions=True)
        await _close([*self._nodes.values(), *self._readers.values()])

    async def _in_time(self, call: Awaitable[R]) -> R:
        """Wait for a call; when it fails, find out whether another node has its keys now."""
        try:
            async with Limit(self._timeout_s):
                return await call
        except FAILURES:
            self._start_to_look()
            raise
        except _FOREIGN as error:
            self._start_to_look()
            raise ConnectionError(f"{type(error).__name__} below the client") from error

    async def _ask(self, key: str, command: Sequence[str | bytes], expected: int) -> list[bytes | None]:
        slot = _slot(key)
        place = await self._owner(slot)
        try:
            return await self._reader(place).ask(command, expected)
        except (MovedError, AskError):
            return await self._run(slot, lambda node: _asked(node, command, expected))

    async def _run(self, slot: int, command: Callable[[Node], Awaitable[R]]) -> R:
        place = await self._owner(slot)
        try:
            return await command(self._node(place))
        except MovedError as moved:
            return await command(self._node(self._moved(slot, named(moved.host, moved.port, place))))
        except AskError as ask:
            return await self._run_asking(named(ask.host, ask.port, place), command)

    async def _run_asking(self, place: str, command: Callable[[Node], Awaitable[R]]) -> R:
        """Run a command at the node that its slot is moving to."""
        async with self._node(place).client() as alone:
            await alone.execute_command("ASKING")  # type: ignore[no-untyped-call]
            return await command(alone)

    async def _owner(self, slot: int) -> str:
        if self._owners is None:
            self._start_to_look()
            if self._looking is not None:
                await asyncio.shield(self._looking)
        owner = None if self._owners is None else self._owners[slot]
        if owner is None:
            raise ConnectionError("no node is known to have the slot")
        return owner

    def _moved(self, slot: int, place: str) -> str:
        """Learn that a slot has moved; others may have moved with it."""
        if self._owners is not None:
            self._owners[slot] = place
        self._start_to_look()
        return place

    def _node(self, place: str) -> Node:
        node = self._nodes.get(place)
        if node is None:
            node = self._nodes[place] = self._open_node(place)
        return node

    def _reader(self, place: str) -> Reader:
        reader = self._readers.get(place)
        if reader is None:
            reader = self._readers[place] = self._open_reader(place)
        return reader

    def _start_to_look(self) -> None:
        """Ask in the background who has what, unless that never changes, is under way or was done a moment ago."""
        now = asyncio.get_running_loop().time()
        if self._look is None or now - self._looked_at < _SPACING_S:
            return
        if self._looking is None or self._looking.done():
            self._looked_at = now
            self._looking = asyncio.create_task(self._learn(self._look))

    async def _learn(self, look: Callable[[Collection[str]], Awaitable[Owners | None]]) -> None:
        """Take over what is told, and close what is no master any more; when nobody tells, all stays as it was."""
        owners = await look({place for place in self._owners or () if place is not None})
        if owners is None:
            return
        self._owners = owners
        gone = (self._nodes.keys() | self._readers.keys()) - set(owners)
        await _close([held.pop(place) for held in (self._nodes, self._readers) for place in gone & held.keys()])


async def _close(parts: Collection[Node | Reader]) -> None:
    closing = (part.aclose() if isinstance(part, Reader) else part.aclose(close_connection_pool=True) for part in parts)
    await asyncio.gather(*closing, return_exceptions=True)


async def _asked(node: Node, command: Sequence[str | bytes], expected: int) -> list[bytes | None]:
    found = cast("list[bytes | None]", await node.execute_command(*command))  # type: ignore[no-untyped-call]
    if len(found) != expected:
        raise OSError(f"{len(found)} values instead of {expected}")
    return found


def _slot(key: str) -> int:
    return int(key_slot(key.encode()))
