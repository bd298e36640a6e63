"""Runs scripts with what the lock beside them pins, installed once into the `node_modules` there."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "node"
_INSTALL_S = 180
_RUN_S = 60


def is_there() -> bool:
    """Tell whether this machine has Node and npm."""
    return shutil.which("node") is not None and shutil.which("npm") is not None


needed = pytest.mark.skipif(not is_there(), reason="Node is not installed")
"""Marks a test that runs JavaScript."""


def run(script: str, *, folder: Path = _FOLDER, url: str = "", token: str = "", given: str = "") -> str:
    """Run a script of a folder with its server's address and what it reads; give what it printed.

    Raises:
        AssertionError: it failed; the text is what it said.
    """
    _install(folder)
    environment = {"PATH": os.defpath, "URL": url, "TOKEN": token, "NODE_ENV": "production"}
    return _done(folder, ["node", script], environment, given, _RUN_S)


def _install(folder: Path) -> None:
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != lock:
        _done(folder, ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], None, "", _INSTALL_S)
        stamp.write_text(lock, encoding="utf-8")


def _done(folder: Path, command: list[str], environment: dict[str, str] | None, given: str, time_s: float) -> str:
    program = shutil.which(command[0])
    assert program is not None, f"{command[0]} is not installed"
    done = subprocess.run(  # noqa: S603 - our own arguments
        [program, *command[1:]],
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=time_s,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout
