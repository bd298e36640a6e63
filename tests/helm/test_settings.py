"""That the chart knows every setting, and hands it to the process under its name."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import certifi
import jsonschema
import pytest

from bff.settings import Env, Settings
from tests.helm.chart import (
    CHART,
    MINIMAL,
    ROOT,
    VALUES,
    Objects,
    loaded,
    needs_helm,
    plain_environment,
    rendered,
    secret_environment,
    written,
)
from tests.test_settings import KEY, SITE_KEY
from tools.chart import camel, text, with_settings

COMMITTED = (CHART / "values.schema.json").read_text(encoding="utf-8")
SCHEMA = json.loads(COMMITTED)
PLAIN = SCHEMA["properties"]["settings"]
SECRET = SCHEMA["properties"]["secrets"]

FIELDS = Settings.model_fields
SECRET_FIELDS = [name for name, field in FIELDS.items() if "Secret" in str(field.annotation)]
PLAIN_FIELDS = [name for name in FIELDS if name not in SECRET_FIELDS]
NEEDED = [f"{half}.{name}" for half in ("settings", "secrets") for name in SCHEMA["properties"][half]["required"]]

SECRETS = {
    "BFF_MOBILE_KEY": "hush-mobile",
    "BFF_FIXED_PASSWORD": "hush-fixed",
    "BFF_DIRECTORY_KEY": "hush-directory",
    "BFF_IDENTITY_KEY": "hush-identity",
    "BFF_REDIS_URL": "rediss://cache.example",
    "BFF_STATE_REDIS_URL": "rediss://state.example",
    "BFF_ID_KEYS": KEY,
    "BFF_SITE_KEYS": SITE_KEY,
    "BFF_PAYMENT_KEY": "hush-payment",
}


def _example(name: str) -> Any:
    """Give a setting's example as one would write it in a values file."""
    example = str((FIELDS[name].examples or [""])[0])
    match PLAIN["properties"][camel(name)]["type"]:
        case "array":
            return [example]
        case "integer" | "number" | "boolean":
            return json.loads(example)
        case _:
            return example


def _environment(objects: Objects) -> Mapping[str, str]:
    """Give the process's environment, as it is where every Secret and every mounted file holds what it should."""
    given = plain_environment(objects) | {name: SECRETS[name] for name, _, _ in secret_environment(objects)}
    return given | ({"BFF_CA_FILE": certifi.where()} if "BFF_CA_FILE" in given else {})


def test_the_schema_has_every_setting_in_its_half_and_nothing_else() -> None:
    assert list(PLAIN["properties"]) == [camel(name) for name in PLAIN_FIELDS]
    assert list(SECRET["properties"]) == [camel(name) for name in SECRET_FIELDS]
    assert (PLAIN["additionalProperties"], SECRET["additionalProperties"]) == (False, False)


def test_the_schema_is_not_stale() -> None:
    assert text(with_settings(SCHEMA)) == COMMITTED


def test_a_secret_is_given_by_reference_only() -> None:
    assert {part["$ref"] for part in SECRET["properties"].values()} == {"#/definitions/reference"}
    reference = SCHEMA["definitions"]["reference"]
    assert (set(reference["properties"]), reference["additionalProperties"]) == ({"secretName", "key"}, False)


@pytest.mark.parametrize("name", PLAIN_FIELDS)
def test_an_example_of_a_setting_fits_the_schema_and_a_wrong_kind_of_value_does_not(name: str) -> None:
    part = PLAIN["properties"][camel(name)]
    jsonschema.validate(_example(name), part)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"a": "mapping"}, part)


@pytest.mark.parametrize("path", NEEDED)
def test_what_production_needs_the_schema_asks_for(path: str) -> None:
    half, name = path.split(".")
    values = loaded(MINIMAL)[half]
    jsonschema.validate(values, SCHEMA["properties"][half] | {"definitions": SCHEMA["definitions"]})
    del values[name]
    with pytest.raises(jsonschema.ValidationError, match=name):
        jsonschema.validate(values, SCHEMA["properties"][half] | {"definitions": SCHEMA["definitions"]})


@needs_helm
def test_every_setting_reaches_the_container_under_its_name(tmp_path: Path) -> None:
    examples = {camel(name): _example(name) for name in PLAIN_FIELDS}
    references = {camel(name): {"secretName": "vault", "key": name} for name in SECRET_FIELDS}
    values = {"settings": examples, "secrets": references, "metrics": {"scrape": False}}

    objects = rendered(written(tmp_path, values))

    assert plain_environment(objects) == {
        f"BFF_{name.upper()}": str((FIELDS[name].examples or [""])[0]) for name in PLAIN_FIELDS
    }
    assert sorted(secret_environment(objects)) == sorted(
        (f"BFF_{name.upper()}", "vault", name) for name in SECRET_FIELDS
    )


@needs_helm
@pytest.mark.parametrize("name", [path.name for path in sorted(VALUES.glob("*.yaml"))])
def test_what_a_set_of_values_renders_the_bff_takes_in_production(name: str) -> None:
    settings = Settings.read(_environment(rendered(VALUES / name)))
    assert (settings.env, settings.host) == (Env.PRODUCTION, "0.0.0.0")


@needs_helm
def test_numbers_and_lists_arrive_as_they_were_written() -> None:
    settings = Settings.read(_environment(rendered(VALUES / "everything.yaml")))
    assert settings.memory_max_bytes == 134217728
    assert settings.redis_timeout_s == 0.1
    assert settings.cors_origins == ("https://business.example", "https://www.example")
    assert not settings.introspection


@needs_helm
@pytest.mark.parametrize(
    ("name", "workers"),
    [
        pytest.param("minimal.yaml", (6 + 1) * 1, id="most pods of the autoscaler, and one while they are replaced"),
        pytest.param("fixed-size.yaml", (3 + 1) * 2, id="as many processes in each pod"),
        pytest.param("own-fleet.yaml", 12, id="given"),
    ],
)
def test_the_calls_of_the_legacies_are_shared_among_all_processes(name: str, workers: int) -> None:
    assert Settings.read(_environment(rendered(VALUES / name))).fleet_workers == workers


def test_types_and_bounds_are_those_of_the_code() -> None:
    def kind(name: str) -> dict[str, Any]:
        return {key: value for key, value in PLAIN["properties"][name].items() if key != "description"}

    assert kind("port") == {"type": "integer", "minimum": 1, "maximum": 65535}
    assert kind("redisTimeoutS") == {"type": "number", "exclusiveMinimum": 0, "maximum": 5}
    assert kind("logFormat") == {"type": "string", "enum": ["json", "console"]}
    assert kind("graphiql") == {"type": "boolean"}
    assert kind("corsOrigins") == {"type": "array", "items": {"type": "string", "minLength": 1}}
    assert kind("fixedClosed") == {"type": "string", "minLength": 1}, "two times of day are one text"


def test_a_stale_schema_is_found_and_written_anew(tmp_path: Path) -> None:
    own = tmp_path / "helm" / "values.schema.json"
    own.parent.mkdir()
    stale = COMMITTED.replace('"maximum": 65535', '"maximum": 65534', 1)
    own.write_text(stale, encoding="utf-8")

    found = _tool("--check", cwd=tmp_path)
    assert (found.returncode, found.stdout) == (1, "")
    assert found.stderr == "helm/values.schema.json is stale: run `make schema` and commit it.\n"
    assert own.read_text(encoding="utf-8") == stale

    assert _tool(cwd=tmp_path).returncode == 0
    assert own.read_text(encoding="utf-8") == COMMITTED
    assert _tool("--check", cwd=tmp_path).returncode == 0


def _tool(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "tools.chart", *arguments],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
