"""What front ends check and compile documents with, run over the pages: graphql-inspector, graphql-codegen, Relay."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bff.schema import sdl
from tests.clients import javascript
from tests.operations.page import FOLDER

_NODE = Path(__file__).parent / "node"


def files() -> list[dict[str, str]]:
    """Give the documents of all pages and fragments."""
    return [
        {"name": path.stem, "text": path.read_text(encoding="utf-8")} for path in sorted(FOLDER.glob("*/*.graphql"))
    ]


def compiled(documents: Sequence[dict[str, str]]) -> Any:
    """Give what graphql-inspector found wrong, and what graphql-codegen and Relay made. Raises AssertionError."""
    given = json.dumps({"schema": sdl(), "files": documents})
    return json.loads(javascript.run("compile.mjs", folder=_NODE, given=given))
