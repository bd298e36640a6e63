"""Processes that the benchmark starts: on CPUs of their own, measured from /proc, always ended."""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

HOST: Final = "127.0.0.1"
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
_START_S: Final = 30.0
_STOP_S: Final = 30.0
_LOOK_S: Final = 0.05


class Failed(Exception):
    """A process did not start; the text is the end of what it said."""


class Running:
    """A process within `with`, once its port answers; `cpus` is where it and its children run."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        port: int,
        cpus: frozenset[int],
        environment: Mapping[str, str],
        directory: Path,
        log: Path,
    ) -> None:
        self._command, self._port, self._cpus = command, port, cpus
        self._environment, self._directory, self._log = environment, directory, log

    def __enter__(self) -> Self:
        """Start. Raises Failed."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                pinned(self._cpus, self._command),
                env=dict(self._environment),
                cwd=self._directory,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._await_start()
        except BaseException:  # Ctrl-C too: nothing may be left behind
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def cpu_s(self) -> float:
        """Give the CPU seconds, user and system, of the process and its children so far."""
        return sum(_cpu_s(pid) for pid in _tree(self._process.pid))

    def rss_mib(self) -> float:
        """Give the memory of the process and its children that is in RAM."""
        return sum(_rss_kib(pid) for pid in _tree(self._process.pid)) / 1024

    def _await_start(self) -> None:
        give_up_at = time.monotonic() + _START_S
        while not _answers(self._port):
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise Failed(self._log.read_text(errors="replace")[-2000:])
            time.sleep(_LOOK_S)

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def pinned(cpus: frozenset[int], command: Sequence[str]) -> list[str]:
    """Give the command that runs another on some CPUs."""
    return ["taskset", "-c", ",".join(map(str, sorted(cpus))), *command]


def free_port() -> int:
    """Find a port that is free now."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _tree(int(child))


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def _rss_kib(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) if found else 0
