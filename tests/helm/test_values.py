"""That wrong values are refused before anything is deployed, in words that say where, and without the secret."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.helm.chart import CHART, MINIMAL, VALUES, loaded, needs_helm, written
from tools.manifest import helm

SCHEMA = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown value": ({"replicas": 3}, "additional properties 'replicas' not allowed"),
    "an unknown setting": ({"settings": {"prt": 1}}, "'/settings': additional properties 'prt' not allowed"),
    "a secret among the settings": (
        {"settings": {"mobileKey": "hush"}},
        "'/settings': additional properties 'mobileKey' not allowed",
    ),
    "a secret in clear": ({"secrets": {"mobileKey": "hush"}}, "'/secrets/mobileKey': got string, want object"),
    "a secret's value beside its reference": (
        {"secrets": {"mobileKey": {"secretName": "bff", "key": "mobile", "value": "hush"}}},
        "'/secrets/mobileKey': additional properties 'value' not allowed",
    ),
    "a setting out of its bounds": (
        {"settings": {"port": 70000}},
        "'/settings/port': maximum: got 70,000, want 65,535",
    ),
    "a setting of another type": ({"settings": {"port": "http"}}, "'/settings/port': got string, want integer"),
    "an empty setting": ({"settings": {"mobileUrl": ""}}, "'/settings/mobileUrl': minLength: got 0, want 1"),
    "no pods": ({"replicaCount": 0}, "'/replicaCount': minimum: got 0, want 1"),
    "no time to drain": ({"drainSeconds": 0}, "'/drainSeconds': minimum: got 0, want 1"),
    "a policy that lets everybody in": (
        {"networkPolicy": {"callers": []}},
        "'/networkPolicy/callers': minItems: got 0, want 1",
    ),
    "a policy whose callers were taken away": (
        {"networkPolicy": {"callers": None}},
        "'/networkPolicy': missing property 'callers'",
    ),
    "a policy that lets out to everywhere": (
        {"networkPolicy": {"destinations": [{"to": [], "ports": [443]}]}},
        "'/networkPolicy/destinations/0/to': minItems: got 0, want 1",
    ),
    "an address outside without its certificate": (
        {"ingress": {"enabled": True, "host": "api.example"}},
        "'/ingress/tlsSecretName': minLength: got 0, want 1",
    ),
    "half a digest": ({"image": {"digest": "sha256:12"}}, "'/image/digest': 'sha256:12' does not match pattern"),
    "metrics of several processes": (
        {"settings": {"workers": 2}},
        "metrics count per process: set settings.workers to 1 and scale by pods, or set metrics.scrape to false",
    ),
}


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Put values on top of others as helm does: mappings are joined, null takes away, the rest is replaced."""
    merged = deepcopy(below)
    for name, value in above.items():
        if isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = _merged(merged[name], value)
        elif value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    return merged


GOOD = _merged(loaded(CHART / "values.yaml"), loaded(MINIMAL))


@pytest.mark.parametrize("path", sorted(VALUES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_good_values_fit_the_schema(path: Path) -> None:
    jsonschema.validate(_merged(GOOD, loaded(path)), SCHEMA)


@pytest.mark.parametrize("case", [case for case in WRONG if case != "metrics of several processes"])
def test_wrong_values_do_not_fit_the_schema(case: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(_merged(GOOD, WRONG[case][0]), SCHEMA)


@needs_helm
@pytest.mark.parametrize("case", WRONG)
def test_helm_refuses_wrong_values_and_says_where(case: str, tmp_path: Path) -> None:
    wrong, message = WRONG[case]
    done = helm("template", "bff", values=(MINIMAL, written(tmp_path, wrong)))
    assert done.returncode == 1
    assert message in done.stderr
    assert "hush" not in done.stdout + done.stderr


@needs_helm
def test_nothing_is_deployed_before_the_needed_values_are_given() -> None:
    done = helm("template", "bff", values=())
    assert done.returncode == 1
    for name in ("mobileUrl", "oidcIssuer", "mobileKey", "idKeys"):
        assert f"'{name}'" in done.stderr


def _described(part: dict[str, Any]) -> bool:
    return "description" in part and all(_described(child) for child in part.get("properties", {}).values())


def test_every_value_says_what_it_means() -> None:
    assert [name for name, part in SCHEMA["properties"].items() if not _described(part)] == []
