"""What a download of 20 MB holds: a BFF in a process of its own, and how much of memory that takes."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from sandbox._faults import Parameters, Quirk, Rule
from sandbox.server import Sandbox
from sandbox.wire.file import LARGE_BYTES
from tests.house import environment
from tests.http.test_download import CREATE, OPERATIONS, bill_of
from tests.journeys.acting import acting
from tests.journeys.ident import document_id
from tests.process import free_ports
from tests.waiting import eventually

GROWTH_MAX_BYTES = 4 * 1024 * 1024
"""A fifth of the file; as a rule it is a tenth."""


@contextmanager
def bff_of_its_own(sandbox: Sandbox) -> Iterator[tuple[str, int]]:
    """Run a BFF as in production, and give its address and the id of its process."""
    port = free_ports(1)
    environ = environment(sandbox, port=str(port), log_level="error", memory_max_bytes="1048576")
    process = subprocess.Popen([sys.executable, "-m", "bff", "serve"], env=environ)
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: answers(f"{url}/health/live"), "the BFF does not answer", within_s=30)
        yield url, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


def peak_bytes(process: int) -> int:
    """Give the most memory that a process has had resident so far, on Linux."""
    [line] = [text for text in Path(f"/proc/{process}/status").read_text().splitlines() if text.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def link_to(url: str, sandbox: Sandbox, system: str) -> str:
    who = acting(sandbox.world, "legal")
    body = {"query": CREATE, "variables": {"id": document_id(bill_of(sandbox, system), who.company)}}
    headers = {"authorization": f"Bearer {sandbox.token('legal')}"}
    answer = httpx.post(f"{url}/graphql", json=body, headers=headers, timeout=30).json()
    return str(answer["data"]["documentLinkCreate"]["link"]["url"])


def read_bytes(url: str, meanwhile: Callable[[], object] = lambda: None) -> int:
    """Read a file to its end and give its length; `meanwhile` is done when its first bytes have come."""
    with httpx.stream("GET", url, timeout=30) as answer:
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        first = next(pieces)
        meanwhile()
        return len(first) + sum(map(len, pieces))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what a process holds is read from /proc")
@pytest.mark.parametrize("system", OPERATIONS)
def test_a_file_of_20_mb_is_never_held(sandbox: Sandbox, system: str) -> None:
    with bff_of_its_own(sandbox) as (url, process):
        small, large = link_to(url, sandbox, system), link_to(url, sandbox, system)
        read_bytes(small)  # what the first one loads is no matter of its size
        before = peak_bytes(process)
        sandbox.faults.set(
            Rule(
                quirk=Quirk.BAD_DOCUMENT,
                system=system,  # type: ignore[arg-type]
                operation=OPERATIONS[system],
                parameters=Parameters(mode="large"),
            )
        )

        def others_are_served() -> None:
            for _ in range(20):
                link_to(url, sandbox, system)

        assert read_bytes(large, meanwhile=others_are_served) > LARGE_BYTES

        assert peak_bytes(process) - before < GROWTH_MAX_BYTES
