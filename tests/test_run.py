"""`make run` as a newcomer meets it: one command, real processes, a query over HTTP, Ctrl-C."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx

from sandbox.clock import DEFAULT_NOW
from sandbox.world.build import build_world
from tests.process import HOST, free_ports

README = Path("README.md").read_text(encoding="utf-8")


@contextmanager
def _running(port: int) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Run it until it says how to end it; give the process and what it printed."""
    command = [sys.executable, "-m", "sandbox", "run", "--port", str(port), "--no-latency"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        printed: list[str] = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("Ctrl-C"):
                break
        rest = threading.Thread(target=process.stdout.read, daemon=True)  # a full pipe would stop the children
        rest.start()
        try:
            yield process, printed
        finally:
            process.kill()
            rest.join()


def test_run_prints_the_way_in_answers_the_readmes_query_and_ends_with_ctrl_c() -> None:
    port = free_ports(8)
    with _running(port) as (process, printed):
        text = "".join(printed)
        assert f"http://localhost:{port}/graphiql" in text
        assert Path("operations/first.graphql").read_text(encoding="utf-8") in text
        signed_in = re.findall(r"-m sandbox token (\w+)", text)
        assert signed_in == [persona.name for persona in build_world(DEFAULT_NOW).personas]
        token_command = re.search(r"-m sandbox (token legal \S+ \d+)", text)
        assert token_command is not None
        token = subprocess.check_output(  # noqa: S603 - the command that was printed
            [sys.executable, "-m", "sandbox", *token_command.group(1).split()], text=True
        ).strip()

        query = Path("operations/first.graphql").read_text(encoding="utf-8")
        with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=30) as client:
            answer = client.post("/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"})
            page = client.get("/graphiql")
        found = re.search(r"```json\n(.*?)```", README, re.DOTALL)
        assert found is not None
        assert answer.json() == json.loads(found.group(1))
        assert page.status_code == 200

        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        for taken in range(port, port + 6):
            socket.create_server((HOST, taken)).close()


@contextmanager
def _process(*command: str, environment: dict[str, str] | None = None) -> Iterator[IO[str]]:
    """Run a module of the project; give what it prints. Ended with the block."""
    with subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, "-m", *command],
        env=None if environment is None else {"PATH": "", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.terminate()


def test_a_bff_started_apart_works_with_the_settings_that_the_sandbox_alone_prints() -> None:
    port = free_ports(8)
    with _process("sandbox", "serve", "--port", str(port + 1), "--no-latency") as sandbox:
        settings: dict[str, str] = {}
        for line in sandbox:
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                settings[name] = shlex.split(value)[0]
            if line.startswith("export BFF_SANDBOX_PERSONAS_URL"):
                break
        with _process("bff", "serve", environment=settings) as bff:
            assert any("Uvicorn running" in line for line in bff)
            token = subprocess.check_output(  # noqa: S603 - our own command
                [sys.executable, "-m", "sandbox", "token", "user", "--port", str(port + 1)], text=True
            ).strip()
            answer = httpx.post(
                f"http://{HOST}:{port}/graphql",
                json={"query": "{ viewer { profile } }"},
                headers={"authorization": f"Bearer {token}"},
            )
    assert answer.json() == {"data": {"viewer": {"profile": "END_USER"}}}
