"""Runs the scripts in `node/` with what its lock pins, installed once into `node/node_modules`."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "node"
_STAMP = _FOLDER / "node_modules" / ".installed"
_INSTALL_S = 180
_RUN_S = 60


def is_there() -> bool:
    """Tell whether this machine has Node and npm."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


needed = pytest.mark.skipif(not is_there(), reason="Node is not installed")
"""Marks a test that runs JavaScript."""


def run(script: str, *, url: str, token: str = "", given: str = "") -> str:
    """Run a script with its server's address and what it reads; give what it printed.

    Raises:
        AssertionError: it failed; the text is what it said.
    """
    _install()
    environment = {"PATH": os.defpath, "URL": url, "TOKEN": token, "NODE_ENV": "production"}
    return _done(["node", script], environment, given, _RUN_S)


def _install() -> None:
    lock = hashlib.sha256((_FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if not _STAMP.is_file() or _STAMP.read_text(encoding="utf-8") != lock:
        _done(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], None, "", _INSTALL_S)
        _STAMP.write_text(lock, encoding="utf-8")


def _done(command: list[str], environment: dict[str, str] | None, given: str, time_s: float) -> str:
    program = shutil.which(command[0])
    assert program is not None, f"{command[0]} is not installed"
    done = subprocess.run(  # noqa: S603 - our own arguments
        [program, *command[1:]],
        cwd=_FOLDER,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=time_s,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout
