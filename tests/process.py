"""What tests want of their own process and machine: its sockets counted, free ports, a collector that keeps away."""

import gc
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Final

HOST: Final = "127.0.0.1"
_PORTS: Final = range(20_000, 30_000, 10)  # below those that clients get


@contextmanager
def no_garbage_collected() -> Iterator[None]:
    """Collect garbage before, not within: the sandbox's world in this process takes the collector 100 ms."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def open_sockets() -> int:
    """Count the open sockets of this process."""
    return sum("socket:" in str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink())


def free_ports(count: int) -> int:
    """Find the first of so many free ports in a row; another one each time, as others look for theirs meanwhile."""
    for first in SystemRandom().sample(_PORTS, len(_PORTS)):
        if all(_is_free(port) for port in range(first, first + count)):
            return first
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True
