"""The chart's manifests: linted, rendered for several sets of values, and held against Kubernetes' own schemas.

helm and kubeconform are Go programs: `make tools` builds them into the virtual environment; those on the PATH do too.
kubeconform would fetch the schemas from the internet; here they come out of the wheel of kubernetes-validate, which
gives them addresses that kubeconform tries to fetch, so they are copied without.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

CHART: Final = Path("helm")
# The oldest that the chart allows (`kubeVersion` in Chart.yaml), and the newest whose schemas the locked wheel has.
KUBERNETES: Final = ("1.30.0", "1.37.0")


def program(name: str) -> str | None:
    """Find a program beside this Python or on the PATH; None when it is in neither."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def helm(verb: str, *arguments: str, values: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    """Run a verb of helm on the chart; later files of values win. What it says is captured, a failure too."""
    given = [f"--values={path}" for path in values]
    version = (
        f"--kube-version={KUBERNETES[0]}"  # else the one that helm was built for, and `go install` sets an old one
    )
    return subprocess.run(  # noqa: S603 - our own arguments
        [program("helm") or "helm", verb, *arguments, str(CHART), version, *given],
        capture_output=True,
        text=True,
        check=False,
    )


def sets_of_values(folder: Path) -> Iterator[tuple[Path, ...]]:
    """Give the files of each set: `minimal.yaml`, and each other file on top of it."""
    minimal = folder / "minimal.yaml"
    yield (minimal,)
    yield from ((minimal, path) for path in sorted(folder.glob("*.yaml")) if path != minimal)


def unpack_schemas(version: str, target: Path) -> None:
    """Copy the strict schemas of a version of Kubernetes, so that they refer to each other as files."""
    source = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}-local-strict"
    target.mkdir()
    for entry in source.iterdir():
        schema = json.loads(entry.read_text(encoding="utf-8"))
        schema.pop("$id", None)
        local = json.dumps(schema).replace('"/api/_definitions.json#', '"_definitions.json#')
        (target / entry.name).write_text(local, encoding="utf-8")


def conform(manifests: str, schemas: Path) -> subprocess.CompletedProcess[str]:
    """Hold manifests against a folder of schemas; one whose kind has none fails."""
    location = f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    return subprocess.run(  # noqa: S603 - our own arguments
        [program("kubeconform") or "kubeconform", "-strict", "-summary", "-schema-location", location, "-"],
        input=manifests,
        capture_output=True,
        text=True,
        check=False,
    )


def mistakes(values: Sequence[Path], schemas: Sequence[Path]) -> Iterator[str]:
    """Give what helm and kubeconform say against the chart with a set of values."""
    lint = helm("lint", "--strict", values=values)
    if lint.returncode:
        yield lint.stdout + lint.stderr
    rendered = helm("template", "bff", values=values)
    if rendered.returncode:
        yield rendered.stderr
        return
    for folder in schemas:
        judged = conform(rendered.stdout, folder)
        if judged.returncode:
            yield f"Kubernetes {folder.name}: {judged.stdout}{judged.stderr}"


def check(folder: Path) -> Iterator[str]:
    """Give what is wrong with the chart, with each set of values in turn."""
    with tempfile.TemporaryDirectory() as directory:
        schemas = [Path(directory, version) for version in KUBERNETES]
        for target in schemas:
            unpack_schemas(target.name, target)
        for values in sets_of_values(folder):
            for mistake in mistakes(values, schemas):
                yield f"{values[-1]}: {mistake.strip()}"


def main() -> int:
    """Check the chart; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.manifest", description=__doc__.splitlines()[0])
    parser.add_argument("values", type=Path, help="the folder with the sets of values")
    folder = parser.parse_args().values
    missing = [name for name in ("helm", "kubeconform") if program(name) is None]
    if missing:
        say(f"Chart not rendered: no {' and no '.join(missing)}. `make tools` builds them with Go.")
        return 0
    found = list(check(folder))
    for mistake in found:
        say(mistake)
    return 1 if found else 0


def say(line: str) -> None:
    """Print a line of the command's answer."""
    print(line, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
