"""The lock files: written from pyproject.toml, and checked to be what it asks for.

`requirements.lock` is what the BFF runs on; `requirements-dev.lock` adds the sandbox, the tests and the checks. Both
pin every package for all supported Pythons and platforms, with hashes, so that `pip install --require-hashes` needs
nothing else.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

LOCKS: dict[str, tuple[str, ...]] = {"requirements.lock": (), "requirements-dev.lock": ("--extra", "dev")}


def compile_lock(extras: tuple[str, ...], target: Path) -> None:
    """Pin what pyproject.toml asks for; what `target` pins already stays unless it no longer fits."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--generate-hashes", "--no-annotate", "--custom-compile-command", "make lock"),
        *extras,
        *("pyproject.toml", "--output-file", str(target)),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own arguments


def is_stale(name: str, extras: tuple[str, ...]) -> bool:
    """Tell whether a lock file is not what pyproject.toml asks for."""
    committed = Path(name).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as directory:
        again = Path(directory, name)
        again.write_text(committed, encoding="utf-8")
        compile_lock(extras, again)
        return again.read_text(encoding="utf-8") != committed


def main() -> int:
    """Write the locks, or check them with `--check`; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.lock", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when a lock file is stale")
    if not parser.parse_args().check:
        for name, extras in LOCKS.items():
            compile_lock(extras, Path(name))
        return 0
    stale = [name for name, extras in LOCKS.items() if is_stale(name, extras)]
    for name in stale:
        print(f"{name} is stale: run `make lock` and commit it.", file=sys.stderr)  # noqa: T201 - the answer of a command
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
