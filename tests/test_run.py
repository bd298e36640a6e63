"""`make run` as a newcomer meets it: one command, real processes, a query over HTTP, Ctrl-C."""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

README = Path("README.md").read_text(encoding="utf-8")
HOST = "127.0.0.1"


def _ports() -> int:
    """Find the first of six free ports in a row."""
    for first in range(30_000, 40_000, 10):
        try:
            for port in range(first, first + 6):
                socket.create_server((HOST, port)).close()
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


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
    port = _ports()
    with _running(port) as (process, printed):
        text = "".join(printed)
        assert f"http://localhost:{port}/graphiql" in text
        assert Path("operations/first.graphql").read_text(encoding="utf-8") in text
        assert re.search(r"^legal +Legal representative", text, re.MULTILINE)
        token_command = re.search(r"-m sandbox (token legal.*)", text)
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
