"""The command line as a person meets it: real processes, real ports."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sandbox.__main__ import bff_environment, main
from sandbox.matrix import page
from sandbox.server import SYSTEMS
from sandbox.together import Child, Stop, live_together
from tests.process import free_ports

WORKING_DIRECTORY = Path(__file__).parents[2]


def sandbox(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox", *arguments]
    return subprocess.run(  # noqa: S603 - our own command
        command, capture_output=True, text=True, check=False, timeout=60, cwd=WORKING_DIRECTORY
    )


@contextmanager
def serving(port: int, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "sandbox", "serve", "--port", str(port), *arguments]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True, cwd=WORKING_DIRECTORY
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_personas_are_listed() -> None:
    done = sandbox("personas")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()][:3] == ["legal", "admin", "light"]


def test_which_quirk_strikes_where_is_printed() -> None:
    printed = sandbox("quirks")
    assert (printed.returncode, printed.stdout.rstrip("\n")) == (0, page().rstrip("\n"))


def test_serve_listens_on_its_ports_gives_tokens_and_ends_well_on_sigterm(tmp_path: Path) -> None:
    port, clock = free_ports(len(SYSTEMS)), tmp_path / "clock"
    with serving(port, "--no-latency", "--clock-file", str(clock), "--now", "2026-12-01T10:00:00") as process:
        assert process.stdout is not None
        shown = [process.stdout.readline().split() for _ in SYSTEMS]
        schemes = {"mail": "smtp"}
        assert shown == [
            [name, f"{schemes.get(name, 'http')}://127.0.0.1:{port + index}"] for index, name in enumerate(SYSTEMS)
        ]
        assert httpx.get(f"http://127.0.0.1:{port + 4}/clock").json()["now"].startswith("2026-12-01T10:00:")
        assert float(clock.read_text())

        done = sandbox("token", "legal", "--port", str(port))
        assert (done.returncode, done.stdout.count(".")) == (0, 2)

        unknown = sandbox("token", "nobody", "--port", str(port))
        assert unknown.returncode == 1
        assert "no persona 'nobody'; there are legal, admin" in unknown.stderr

        taken = sandbox("serve", "--port", str(port))
        assert taken.returncode == 1
        assert f"port {port} is in use" in taken.stderr

        run = sandbox("run", "--port", str(port - 1))
        assert run.returncode == 1
        assert f"port {port} is in use" in run.stderr

        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_token_without_a_sandbox_says_how_to_start_one() -> None:
    done = sandbox("token", "legal", "--port", str(free_ports(len(SYSTEMS))))
    assert done.returncode == 1
    assert "start one with `serve` or `run`" in done.stderr


def test_faults_are_read_from_a_file_and_a_bad_one_is_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "faults.json"
    file.write_text('[{"quirk": "misspelt"}]')
    assert main(["serve", "--faults", str(file)]) == 1
    assert "Invalid enum value 'misspelt'" in capsys.readouterr().err
    assert main(["serve", "--faults", str(tmp_path / "none.json")]) == 1
    assert "can't read" in capsys.readouterr().err


def test_the_bff_is_pointed_at_the_ports_after_its_own() -> None:
    environment = bff_environment(8000, Path("clock"))
    assert environment["BFF_PORT"] == "8000"
    assert environment["BFF_MOBILE_URL"] == "http://127.0.0.1:8001"
    assert environment["BFF_OIDC_ISSUER"] == "http://127.0.0.1:8004"
    assert environment["BFF_SANDBOX_PERSONAS_URL"] == "http://127.0.0.1:8005/personas"


@pytest.fixture
def stop() -> Iterator[Stop]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield Stop()
    for number, handler in before.items():
        signal.signal(number, handler)


def listener(name: str, port: int, then: str = "time.sleep(60)") -> Child:
    """Make a process that listens, and then does something."""
    code = f"import socket, sys, time; s = socket.create_server(('127.0.0.1', {port})); s.accept(); {then}"
    return Child(name, [sys.executable, "-c", code], {}, port)


def test_a_child_that_ends_takes_the_other_along_and_gives_its_exit_code(stop: Stop) -> None:
    said: list[str] = []
    first = free_ports(2)
    children = [listener("the sandbox", first), listener("the BFF", first + 1, then="sys.exit(3)")]
    assert live_together(children, say=said.append, when_up=lambda: said.append("up"), stop=stop) == 3
    assert said == [
        "Starting the sandbox …",
        "Starting the BFF …",
        "up",
        "the BFF ended with exit code 3; ending the rest.",
    ]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", first), timeout=1)


def test_a_child_that_fails_at_start_ends_all(stop: Stop) -> None:
    said: list[str] = []
    first = free_ports(2)
    failing = Child("the BFF", [sys.executable, "-c", "raise SystemExit(2)"], {}, first + 1)
    assert live_together([listener("the sandbox", first), failing], say=said.append, when_up=said.clear, stop=stop) == 2
    assert said[-1] == "the BFF ended with exit code 2; ending the rest."


def test_ctrl_c_ends_all_and_is_no_failure(stop: Stop) -> None:
    first = free_ports(1)

    def interrupt() -> None:
        signal.raise_signal(signal.SIGINT)

    children = [listener("the sandbox", first)]
    assert live_together(children, say=lambda _: None, when_up=interrupt, stop=stop) == 0
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", first), timeout=1)


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "sandbox", "personas"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=WORKING_DIRECTORY
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(10) == 0
