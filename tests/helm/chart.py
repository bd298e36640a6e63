"""The chart as tests use it: rendered by helm where there is one, read back as objects by kind."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.manifest import helm, program

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm"
VALUES = Path(__file__).parent / "values"
MINIMAL = VALUES / "minimal.yaml"

needs_helm = pytest.mark.skipif(program("helm") is None, reason="no helm; `make tools` builds it with Go")

Objects = dict[str, dict[str, Any]]


def loaded(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds one mapping."""
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


def rendered(*values: Path) -> Objects:
    """Render the chart for the minimal values and those on top of them; give its objects by kind, one of each."""
    done = helm("template", "bff", values=(MINIMAL, *values))
    assert done.returncode == 0, done.stderr
    objects = list(yaml.safe_load_all(done.stdout))
    by_kind = {thing["kind"]: thing for thing in objects}
    assert len(by_kind) == len(objects)
    return by_kind


def written(folder: Path, values: Mapping[str, Any]) -> Path:
    """Write values as a file for helm."""
    path = folder / "values.yaml"
    path.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    return path


def pod(objects: Objects) -> dict[str, Any]:
    """Give the template of the deployment's pods."""
    template: dict[str, Any] = objects["Deployment"]["spec"]["template"]
    return template


def container(objects: Objects) -> dict[str, Any]:
    """Give the one container of a pod."""
    (only,) = pod(objects)["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def plain_environment(objects: Objects) -> dict[str, str]:
    """Give the variables that the container takes from the ConfigMap, all of it."""
    (source,) = container(objects)["envFrom"]
    assert source == {"configMapRef": {"name": objects["ConfigMap"]["metadata"]["name"]}}
    data: dict[str, str] = objects["ConfigMap"]["data"]
    return data


def secret_environment(objects: Objects) -> Iterator[tuple[str, str, str]]:
    """Give the variables that the container takes from Secrets: name, Secret and key."""
    for variable in container(objects)["env"]:
        assert set(variable) == {"name", "valueFrom"}
        assert set(variable["valueFrom"]) == {"secretKeyRef"}
        reference = variable["valueFrom"]["secretKeyRef"]
        yield variable["name"], reference["name"], reference["key"]
