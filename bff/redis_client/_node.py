"""Opens nodes, and asks them who has the keys."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeAlias

from redis.asyncio import BlockingConnectionPool, Redis, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import RedisSSLContext
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.crc import REDIS_CLUSTER_HASH_SLOTS
from redis.exceptions import RedisError

from bff.redis_client._reader import Line, Reader
from bff.redis_client._url import Target, Tls

Node: TypeAlias = Redis
"""The client of one node, with all of the library's commands."""

Owners: TypeAlias = list[str | None]
"""The place of the master by slot, "host:port"; None where there is none."""


class Opener:
    """Makes the clients of the nodes of a URL, all within the same limits: the library's own are 5 s and 10 retries."""

    def __init__(self, target: Target, *, timeout_s: float, connections: int) -> None:
        self._target = target
        self._trust = None if target.tls is None else _trust(target.tls)
        self._timeout_s = timeout_s
        self._limits: dict[str, Any] = {
            "max_connections": connections,
            "timeout": timeout_s,
            "socket_timeout": timeout_s,
            "socket_connect_timeout": timeout_s,
            "retry": Retry(NoBackoff(), 0),
            "protocol": 2,  # 3 takes two more round trips to connect
            "driver_info": None,
        }

    def node(self, place: str) -> Node:
        """Open a data node."""
        return self._open(place, **self._target.login._asdict(), db=self._target.db)

    def reader(self, place: str) -> Reader:
        """Make what reads a data node's keys."""
        login, db = self._target.login, self._target.db
        greeting: list[tuple[str, ...]] = []
        if login.password is not None:
            greeting.append(("AUTH", *(part for part in login if part is not None)))
        if db:
            greeting.append(("SELECT", str(db)))
        return Reader(partial(self._connect, place), greeting=greeting, timeout_s=self._timeout_s)

    async def ask_cluster(self, masters: Collection[str]) -> Owners | None:
        """Ask the URL's nodes, then the masters known, for who has what; None when none of them tells."""
        for place in dict.fromkeys([*self._target.places, *masters]):
            try:
                async with self.node(place) as node:
                    return _by_slot(await node.execute_command("CLUSTER SLOTS"), place)  # type: ignore[no-untyped-call]
            except (RedisError, OSError, EOFError):
                continue
        return None

    async def ask_sentinels(self, _masters: Collection[str]) -> Owners | None:
        """Ask the Sentinels in turn for the master; None when none of them tells."""
        for place in self._target.places:
            try:
                async with self._open(place, **self._target.sentinel_login._asdict()) as sentinel:
                    master = await sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._target.service)  # type: ignore[no-untyped-call]
            except (RedisError, OSError, EOFError):
                continue
            if master is not None:
                host, port = master
                return all_at(named(host.decode(), int(port), place))
        return None

    def _open(self, place: str, **kwargs: Any) -> Node:
        return Redis.from_pool(BlockingConnectionPool(**self._limits, **self._way(place), **kwargs))

    async def _connect(self, place: str, line: Callable[[], Line]) -> tuple[asyncio.BaseTransport, Line]:
        loop = asyncio.get_running_loop()
        if self._target.kind == "unix":
            return await loop.create_unix_connection(line, place)
        host, _, port = place.rpartition(":")
        return await loop.create_connection(
            line, host, int(port), ssl=None if self._trust is None else self._trust.get()
        )

    def _way(self, place: str) -> dict[str, Any]:
        """Give how to connect to a place."""
        if self._target.kind == "unix":
            return {"connection_class": UnixDomainSocketConnection, "path": place}
        host, _, port = place.rpartition(":")
        address = {"host": host, "port": int(port)}
        return address if self._trust is None else address | {"connection_class": _TlsConnection, "trust": self._trust}


class _TlsConnection(SSLConnection):
    """A connection that shares what it trusts with all others: reading that takes 20 ms and blocks the event loop."""

    def __init__(self, *, trust: RedisSSLContext, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ssl_context = trust


def all_at(place: str) -> Owners:
    """Give all slots to one node."""
    return [place] * REDIS_CLUSTER_HASH_SLOTS


def named(host: str, port: int, asked: str) -> str:
    """Name a place; a node that leaves a host out means its own, as it was asked for."""
    return f"{host or asked.rpartition(':')[0]}:{port}"


def _trust(files: Tls) -> RedisSSLContext:
    """Read the certificates now, once."""
    trust = RedisSSLContext(
        cert_reqs="required",
        check_hostname=True,
        ca_certs=files.ssl_ca_certs,
        certfile=files.ssl_certfile,
        keyfile=files.ssl_keyfile,
    )
    trust.get()
    return trust


def _by_slot(ranges: list[Any], asked: str) -> Owners:
    """Read what CLUSTER SLOTS answers: rows of first slot, last slot, the master as host, port and more, replicas."""
    owners: Owners = [None] * REDIS_CLUSTER_HASH_SLOTS
    for first, last, (host, port, *_), *_ in ranges:
        place = named((host or b"").decode(), port, asked)
        owners[first : last + 1] = [place] * (last + 1 - first)
    return owners
