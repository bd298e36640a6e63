"""`make audit`: what others have written to judge a GraphQL server and its documents, as one table.

npm `graphql-http` brings 61 audits of GraphQL over HTTP, run against an entry with introspection and GET on;
graphql-inspector, graphql-codegen and Relay read every page's document; PyPI `schemathesis` draws operations from the
schema and sends them to a whole house, where none may be a fault of ours.
"""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from bff.schema import sdl
from sandbox.server import Sandbox
from tests.clients import javascript
from tests.house import Served, house
from tests.http.parts import entry
from tests.operations.page import fragments, pages
from tests.operations.tool import compiled, files

SCHEMATHESIS: Final = "schemathesis==4.32.5"
_CASES_OF_EACH = 30
_SCHEMATHESIS_S = 600


class Row(msgspec.Struct, frozen=True):
    """One audit: `result` is ok, notice, warn or error; a `reason` where it is not ok."""

    id: str
    name: str
    result: str
    reason: str | None


def audited() -> list[Row]:
    """Run all audits, in their order."""
    with Served(entry(get=True, introspection=True)) as served:
        told = javascript.run("audit.mjs", url=f"{served.url}/graphql", token="anybody")
    return msgspec.json.decode(told, type=list[Row])


def table(rows: Sequence[Row]) -> str:
    """Give a line for each audit, and their number."""
    passed = sum(row.result == "ok" for row in rows)
    lines = [f"{row.id}  {row.result:6}  {row.name}{f': {row.reason}' if row.reason else ''}" for row in rows]
    return "\n".join([*lines, f"{passed} of {len(rows)} passed"])


def drawn() -> tuple[int, int]:
    """Send what schemathesis draws from the schema; give how many operations of it, and how many were a fault of ours.

    Raises:
        RuntimeError: it did not run; the text is what it said.
    """
    with tempfile.TemporaryDirectory() as folder, Sandbox(latency=False) as sandbox:
        schema, report = Path(folder, "schema.graphql"), Path(folder, "report.json")
        schema.write_text(sdl(), encoding="utf-8")
        with house(sandbox, limit_points_per_minute="100000000") as opened:
            told = subprocess.run(  # noqa: S603 - our own arguments
                [
                    *(shutil.which("uv") or "uv", "tool", "run", "--from", SCHEMATHESIS, "schemathesis", "run", schema),
                    *("--url", f"{opened.url}/graphql", "--header", f"Authorization: Bearer {sandbox.token('legal')}"),
                    *("--checks", "no_fault_of_ours", "--max-examples", str(_CASES_OF_EACH), "--seed", "1"),
                    *("--continue-on-failure", "--report", "json", "--report-json-path", report),
                ],
                cwd=Path(__file__).parent,
                env={**os.environ, "SCHEMATHESIS_HOOKS": "hooks"},  # noqa: TID251 - for another program
                capture_output=True,
                text=True,
                timeout=_SCHEMATHESIS_S,
                check=False,
            )
        if not report.is_file():
            raise RuntimeError(told.stdout + told.stderr)
        cases = msgspec.json.decode(report.read_bytes())["test_cases"]
        return cases["generated"], cases["with_failures"] + cases["errored"]


def _over_http() -> tuple[str, bool]:
    rows = audited()
    print(table(rows))  # noqa: T201 - the answer of a command
    passed = sum(row.result == "ok" for row in rows)
    return f"{passed} of {len(rows)} audits passed", passed == len(rows)


def _documents() -> tuple[str, bool]:
    made = compiled(files())
    is_good = not made["inspected"] and made["relayed"]["code"] == 0
    due = len(pages()), len(pages()) + len(fragments())
    counted = len(made["generated"]), len(made["relayed"]["artifacts"])
    told = f"{len(made['inspected'])} mistakes; {counted[0]} of {due[0]} pages typed, {counted[1]} of {due[1]} compiled"
    return told, is_good and counted == due


def _drawn() -> tuple[str, bool]:
    sent, wrong = drawn()
    return f"{sent} operations, {wrong} a fault of ours", sent > 0 and not wrong


SUITES: Final[dict[str, Callable[[], tuple[str, bool]]]] = {
    "graphql-http": _over_http,
    "graphql-inspector, graphql-codegen, relay-compiler": _documents,
    "schemathesis": _drawn,
}
"""By what judges: what it says, and whether that is good."""


def main() -> int:
    """Print the table; give the exit code."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    told: dict[str, tuple[str, bool]] = {}
    for name, suite in SUITES.items():
        if name != "schemathesis" and not javascript.is_there():
            told[name] = ("skipped: Node is not installed", True)
            continue
        print(f"{name} …", file=sys.stderr, flush=True)  # noqa: T201
        told[name] = suite()
    width = max(map(len, told))
    print()  # noqa: T201
    for name, (said, is_good) in told.items():
        print(f"{name:{width}}  {'ok  ' if is_good else 'FAIL'}  {said}")  # noqa: T201
    return 0 if all(is_good for _, is_good in told.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
