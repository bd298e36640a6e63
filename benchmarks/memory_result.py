"""What `memory` measures, kept as JSON."""

from pathlib import Path
from typing import Final

import msgspec

from benchmarks.occasion import Occasion

_FILE: Final = Path(__file__).parent / "result" / "memory.json"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of one record, with its share of keys and of all that is read on the way to it."""

    redis_bytes: int
    process_bytes: int


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What one dashboard moves between a worker and Redis."""

    commands: float
    out_bytes: int
    """From Redis to the worker."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run; `empty_mib` is a worker's before it holds anything."""

    occasion: Occasion
    empty_mib: float
    line: Held
    invoice: Held
    warm: Moved
    redis: Moved


def write(memory: Memory) -> None:
    """Keep a run in place of the last one."""
    _FILE.parent.mkdir(exist_ok=True)
    _FILE.write_bytes(msgspec.json.format(msgspec.json.encode(memory), indent=1) + b"\n")


def read() -> Memory:
    """Read the last run."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Memory)
