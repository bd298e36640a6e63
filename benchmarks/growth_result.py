"""What `growth` measures, kept as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.occasion import Occasion

FILE: Final = Path(__file__).parent / "result" / "growth.json"


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer with so many values costs, whose records are in the process."""

    executor: str
    fields: int
    cpu_ms: float


class Records(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of a hundred lines costs while so many records of lines are held; `empty_mib` is before the first."""

    records: int
    cpu_ms: float
    rss_mib: float
    empty_mib: float


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What one page cost, over all attempts until it came: calls of the mobile network, CPU of the worker."""

    attempts: int
    calls: int
    cpu_ms: float


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """The first page of a company with nothing cached, and the next one."""

    lines: int
    first: Turn
    following: Turn


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run."""

    occasion: Occasion
    fields: Sequence[Fields]
    records: Sequence[Records]
    companies: Sequence[Company]


def write(growth: Growth) -> None:
    """Keep a run in place of the last one."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(growth), indent=1) + b"\n")


def read() -> Growth:
    """Read the last run."""
    return msgspec.json.decode(FILE.read_bytes(), type=Growth)
