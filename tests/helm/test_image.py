"""That the image would run as the chart asks: what can be proved of the Containerfile where no container engine is.

Its steps are followed by hand: what it copies is copied, and the process it starts is started there.
"""

import ast
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.helm.chart import ROOT, needs_helm, pod, rendered
from tests.process import HOST, free_ports
from tests.test_settings import PRODUCTION


class Instruction(NamedTuple):
    """A line of a Containerfile."""

    name: str
    rest: str


def _instructions() -> list[Instruction]:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    without_comments = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    lines = without_comments.replace("\\\n", "").splitlines()
    return [Instruction(*line.split(maxsplit=1)) for line in lines if line]


ALL = _instructions()
_SECOND = [number for number, each in enumerate(ALL) if each.name == "FROM"][1]
BUILD, FINAL = ALL[:_SECOND], ALL[_SECOND:]


def _rest(name: str, stage: list[Instruction]) -> list[str]:
    return [each.rest for each in stage if each.name == name]


def _copied() -> dict[str, str]:
    """Give what is copied from the checkout, with where it goes."""
    return dict(rest.split() for rest in _rest("COPY", BUILD))


def test_both_stages_start_from_the_same_python_of_a_pinned_version() -> None:
    (base,) = _rest("ARG", ALL)
    assert re.fullmatch(r"PYTHON=docker\.io/library/python:3\.\d+-slim-\w+", base)
    assert _rest("FROM", ALL) == ["${PYTHON} AS build", "${PYTHON}"]


def test_the_packages_are_the_locked_ones_with_their_hashes_and_nothing_is_compiled() -> None:
    (install,) = (rest for rest in _rest("RUN", BUILD) if "install" in rest)
    assert {"--require-hashes", "--only-binary"} <= set(install.split())
    assert install.endswith("-r /build/requirements.lock")
    assert _copied()["requirements.lock"] == "/build/"


def test_the_last_stage_only_takes_what_the_first_has_made() -> None:
    assert _rest("RUN", FINAL) == []
    assert _rest("COPY", FINAL) == ["--from=build /opt/venv /opt/venv", "--from=build /opt/bff /opt/bff"]


def test_no_setting_and_no_secret_is_built_in() -> None:
    assert [each for each in ALL if "BFF_" in each.rest] == []


def test_what_is_copied_exists_and_is_all_that_a_build_sees() -> None:
    assert [source for source in _copied() if not (ROOT / source).exists()] == []
    lines = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == set(_copied())


def test_the_process_is_started_without_a_shell_so_that_sigterm_reaches_it() -> None:
    command = [json.loads(rest) for name in ("ENTRYPOINT", "CMD") for rest in _rest(name, FINAL)]
    assert command == [["/opt/venv/bin/python", "-m", "bff"], ["serve"]]
    assert _rest("WORKDIR", FINAL) == ["/opt/bff"]


@needs_helm
def test_the_user_is_the_one_the_chart_asks_for_and_not_root() -> None:
    context = pod(rendered())["spec"]["securityContext"]
    assert _rest("USER", FINAL) == [f"{context['runAsUser']}:{context['runAsGroup']}"]
    assert context["runAsUser"] > 0


# --- the tree that would be in the image ------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy what the image would have under /opt/bff."""
    for source, target in _copied().items():
        if target.startswith("/opt/bff/"):
            own = tmp_path / Path(target).relative_to("/opt/bff")
            shutil.copytree(ROOT / source, own, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def _run(tree: Path, *arguments: str, environ: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, *arguments],
        cwd=tree,
        env={"PYTHONDONTWRITEBYTECODE": "1", **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _listening(process: subprocess.Popen[str]) -> Iterator[str]:
    """Read the process's log until it listens."""
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if "Uvicorn running" in line:
            return
    pytest.fail("the process ended instead of listening")


def test_it_serves_from_what_is_copied_with_nothing_behind_it_and_ends_when_told(tree: Path) -> None:
    before = sorted(tree.rglob("*"))
    port = free_ports(1)
    nowhere = {name: value.replace(".example", ".invalid") for name, value in PRODUCTION.items()}
    with _run(tree, "-m", "bff", "serve", environ=nowhere | {"BFF_PORT": str(port)}) as process:
        try:
            log = "".join(_listening(process))
            with httpx.Client(base_url=f"http://{HOST}:{port}") as client:
                assert client.get("/health/live").json()["status"] == "live"
                assert client.get("/health/ready").json()["status"] == "ready"
                assert client.get("/graphiql").status_code == 404
            process.send_signal(signal.SIGTERM)
            rest = process.communicate(timeout=20)[0]
        finally:
            process.kill()
    assert "Application shutdown complete" in rest
    assert "hush" not in log + rest
    assert sorted(tree.rglob("*")) == before, "its file system is read-only in the cluster"


def test_what_the_code_imports_is_in_the_lock() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    owners = packages_distributions()
    imported = {name for path in (ROOT / "bff").rglob("*.py") for name in _imported(path)}
    foreign = imported - sys.stdlib_module_names - {"bff"}
    assert {name for name in foreign if not {_normal(owner) for owner in owners[name]} & locked} == set()


def _imported(path: Path) -> Iterator[str]:
    """Give the top-level modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def _normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_first_query_of_graphiql_is_found(tree: Path) -> None:
    with _run(tree, "-c", "from bff.app import FIRST_QUERY; print(FIRST_QUERY.is_file())") as process:
        assert process.communicate(timeout=30)[0].strip() == "True"
