"""When, where and with what something was measured: what every table says above itself."""

import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

_PACKAGES: Final = ("graphql-core", "strawberry-graphql", "uvicorn", "uvloop", "msgspec", "httpx", "redis")
_NODE_PACKAGES: Final = {
    "node": ("@apollo/server", "graphql-yoga", "mercurius", "graphql-jit", "graphql", "undici"),
    "mesh": ("@graphql-hive/gateway", "@omnigraph/json-schema"),
}


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """One run; `busy` when others used the machine at the same time."""

    at: datetime
    command: str
    machine: str
    busy: bool
    versions: dict[str, str]


def occasion(module: str, *, is_busy: bool, with_node: bool = False) -> Occasion:
    """Describe the run of a module that is under way."""
    versions = {"Python": platform.python_version()} | {name: version(name) for name in _PACKAGES}
    return Occasion(
        at=datetime.now(UTC).replace(microsecond=0),
        command=shlex.join(["python", "-m", module, *sys.argv[1:]]),
        machine=f"{os.cpu_count()} CPUs, {platform.machine()}, Linux {platform.release().partition('-')[0]}",
        busy=is_busy,
        versions=versions | (_node_versions() if with_node else {}),
    )


def heading(told: Occasion, *facts: str) -> Iterator[str]:
    """Give the lines above a table, in Markdown."""
    if told.busy:
        yield "> **Preliminary**: others used the machine at the same time. Times and rates suffer most, CPU a little."
        yield ""
    yield ", ".join([f"{told.at:%Y-%m-%d %H:%M} UTC", told.machine, *facts, f"by `{told.command}`"]) + "."
    yield ", ".join(f"{name} {number}" for name, number in told.versions.items()) + "."
    yield ""


def _node_versions() -> dict[str, str]:
    node = shutil.which("node")
    if node is None:
        return {}
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - its version
    found = {"Node": told.stdout.strip().removeprefix("v")}
    for folder, names in _NODE_PACKAGES.items():
        lock = msgspec.json.decode((Path(__file__).parent / folder / "package-lock.json").read_bytes())
        found |= {name: lock["packages"][f"node_modules/{name}"]["version"] for name in names}
    return found
