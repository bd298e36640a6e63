"""The settings in the chart's values schema: written from `Settings`, and checked to be what it has.

`helm/values.schema.json` is written by hand but for two objects: `settings` has every plain setting by its name in
camel case, with its type and bounds, and `secrets` every secret one, as a reference only. Templates name no setting:
they turn each value into its variable (`helm/templates/_settings.tpl`).
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bff.settings import PREFIX, Settings, SettingsError

SCHEMA: Final = Path("helm/values.schema.json")

_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_REFERENCE: Final = {"$ref": "#/definitions/reference"}


def camel(field: str) -> str:
    """Name a setting as values do: `redis_timeout_s` is `redisTimeoutS`."""
    first, *rest = field.split("_")
    return first + "".join(part.capitalize() for part in rest)


def needed() -> frozenset[str]:
    """Find the fields that production can't do without: those it complains of when it is given nothing else."""
    try:
        Settings.read({f"{PREFIX}ENV": "production"})
    except SettingsError as error:
        _, *mistakes = str(error).splitlines()
        return frozenset(mistake.split(":")[0].strip().removeprefix(PREFIX).lower() for mistake in mistakes)
    return frozenset()


def is_secret(field: dict[str, Any]) -> bool:
    """Tell from a field's JSON schema whether its value, or a part of it, is a secret."""
    parts = [field, field.get("items", {}), *field.get("anyOf", ())]
    return any(part.get("writeOnly", False) for part in parts)


def with_settings(schema: dict[str, Any]) -> dict[str, Any]:
    """Give the values schema with the settings as they are in the code."""
    known = Settings.model_json_schema()
    fields: dict[str, dict[str, Any]] = known["properties"]
    plain = {name: _plain(name, field, known["$defs"]) for name, field in fields.items() if not is_secret(field)}
    secret = {name: _described(name, field) | _REFERENCE for name, field in fields.items() if is_secret(field)}
    properties = schema["properties"]
    return schema | {
        "properties": properties
        | {
            "settings": _filled(properties["settings"], plain),
            "secrets": _filled(properties["secrets"], secret),
        }
    }


def text(schema: dict[str, Any]) -> str:
    """Write a schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _filled(half: dict[str, Any], fields: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return half | {
        "required": [camel(name) for name in _in_order(needed(), fields)],
        "properties": {camel(name): field for name, field in fields.items()},
    }


def _in_order(names: Iterable[str], order: Iterable[str]) -> list[str]:
    wanted = set(names)
    return [name for name in order if name in wanted]


def _described(name: str, field: dict[str, Any]) -> dict[str, Any]:
    return {"description": f"{PREFIX}{name.upper()}: {field['description']}."}


def _plain(name: str, field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Describe a value as its setting is: None is an absent value, so null is no alternative here."""
    kind = next((part for part in field.get("anyOf", ()) if part.get("type") != "null"), field)
    if "$ref" in kind:
        kind = definitions[kind["$ref"].rpartition("/")[2]]
    return _described(name, field) | _values(kind)


def _values(kind: dict[str, Any]) -> dict[str, Any]:
    """Say which values do for a JSON schema. A tuple, such as 23:30-05:30, is written as one text."""
    match kind:
        case {"type": "integer" | "number" | "boolean" as name}:
            return {"type": name} | {bound: kind[bound] for bound in _BOUNDS if bound in kind}
        case {"enum": names}:
            return {"type": "string", "enum": names}
        case {"type": "array", "items": _}:
            return {"type": "array", "items": {"type": "string", "minLength": 1}}
        case _:
            return {"type": "string", "minLength": 1}


def main() -> int:
    """Write the settings into the values schema, or check them with `--check`; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.chart", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help=f"fail when {SCHEMA} is stale")
    check = parser.parse_args().check
    committed = SCHEMA.read_text(encoding="utf-8")
    fresh = text(with_settings(json.loads(committed)))
    if not check:
        SCHEMA.write_text(fresh, encoding="utf-8")
    elif committed != fresh:
        print(f"{SCHEMA} is stale: run `make schema` and commit it.", file=sys.stderr)  # noqa: T201 - the answer of a command
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
