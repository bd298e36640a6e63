"""That docs/deployment.md lists the values there are, and that its commands name what there is."""

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tests.helm.chart import CHART, MINIMAL, ROOT, loaded

DOCUMENT = (ROOT / "docs/deployment.md").read_text(encoding="utf-8")
SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
FROM_CODE = ("settings", "secrets", "global")  # docs/configuration.md lists those of the first two


def _values(part: dict[str, Any], defaults: dict[str, Any], path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Give each value that holds no others: its path, meaning and default."""
    for name, child in part["properties"].items():
        if not path and name in FROM_CODE:
            continue
        if "properties" in child:
            yield from _values(child, defaults[name], f"{path}{name}.")
        else:
            yield f"{path}{name}", child["description"], defaults[name]


def _shown(default: Any) -> str:
    if default in ("", [], {}):
        return "none"
    if isinstance(default, bool):
        return f"`{json.dumps(default)}`"
    if isinstance(default, dict | list):
        return f"`{yaml.safe_dump(default, default_flow_style=True, width=1000).strip()}`"
    return f"`{default}`"


def test_the_table_has_every_value_with_its_meaning_and_default() -> None:
    rows = re.findall(r"^\| `[a-z].*\|$", DOCUMENT, re.MULTILINE)
    assert rows == [
        f"| `{path}` | {meaning} | {_shown(default)} |"
        for path, meaning, default in _values(SCHEMA, loaded(CHART / "values.yaml"))
    ]


def test_the_first_values_file_is_one_that_renders() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    shown = yaml.safe_load(block)
    image = shown.pop("image")
    assert image == {"repository": "registry.example/customer-area/bff"}
    assert shown == loaded(MINIMAL)


def test_the_secret_that_is_made_has_the_keys_that_the_values_name() -> None:
    (command,) = re.findall(r"create secret generic bff .*?\n\n", DOCUMENT, re.DOTALL)
    made = re.findall(r"--from-(?:file|literal)=([a-z-]+)=", command)
    assert sorted(made) == sorted(each["key"] for each in loaded(MINIMAL)["secrets"].values())
