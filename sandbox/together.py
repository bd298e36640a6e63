"""Processes that live and die together: started in order, each awaited, ended by Ctrl-C or by the first that ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

HOST = "127.0.0.1"
_START_S = 60.0
_STOP_S = 30.0
_LOOK_S = 0.1
_CONNECT_S = 0.5


@dataclass(frozen=True, slots=True)
class Child:
    """A process and the port by which it shows that it is up; `environment` is all that it gets."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    port: int


class Stop:
    """Set by SIGINT or SIGTERM from the moment that it is made; main thread only."""

    def __init__(self) -> None:
        self._event = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._set)

    def _set(self, _number: int, _frame: FrameType | None) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; tell whether to stop."""
        return self._event.wait(seconds)


def live_together(
    children: Sequence[Child], *, say: Callable[[str], None], when_up: Callable[[], None], stop: Stop
) -> int:
    """Start the children, call `when_up`, wait; give the exit code: nought when asked to stop, else the child's."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        for child in children:
            say(f"Starting {child.name} …")
            running.append(subprocess.Popen(child.command, env=dict(child.environment)))  # noqa: S603 - our own command
            if not _comes_up(child, running, stop):
                return _verdict(children, running, stop, say)
        when_up()
        while not stop.wait(_LOOK_S) and _ended(running) is None:
            pass
        return _verdict(children, running, stop, say)
    finally:
        _end(running)


def _comes_up(child: Child, running: Sequence[subprocess.Popen[bytes]], stop: Stop) -> bool:
    give_up_at = time.monotonic() + _START_S
    while time.monotonic() < give_up_at and _ended(running) is None:
        if answers(child.port):
            return True
        if stop.wait(_LOOK_S):
            return False
    return False


def answers(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    try:
        with socket.create_connection((HOST, port), timeout=_CONNECT_S):
            return True
    except OSError:
        return False


def _ended(running: Sequence[subprocess.Popen[bytes]]) -> int | None:
    """Find the first child that has ended; None when all run."""
    return next((index for index, process in enumerate(running) if process.poll() is not None), None)


def _verdict(
    children: Sequence[Child], running: Sequence[subprocess.Popen[bytes]], stop: Stop, say: Callable[[str], None]
) -> int:
    if stop.wait(0):
        return 0
    index = _ended(running)
    if index is None:
        say(f"{children[len(running) - 1].name} did not come up in {_START_S:.0f} s.")
        return 1
    code = running[index].returncode
    say(f"{children[index].name} ended with exit code {code}; ending the rest.")
    return code or 1


def _end(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
