"""The 61 audits of npm `graphql-http` against a running entry, with introspection and GET on: `make audit`."""

import logging
import sys
from collections.abc import Sequence

import msgspec
import structlog

from tests.clients import javascript
from tests.house import Served
from tests.http.parts import entry


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


def main() -> int:
    """Print the table; give the exit code."""
    if not javascript.is_there():
        print("Node is not installed", file=sys.stderr)  # noqa: T201 - the answer of a command
        return 1
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rows = audited()
    print(table(rows))  # noqa: T201
    return 0 if all(row.result == "ok" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
