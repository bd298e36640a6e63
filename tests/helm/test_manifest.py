"""That what the chart asks of Kubernetes is safe, complete, and fits the process it runs."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from bff.app import create_app
from bff.settings import Settings
from tests.helm.chart import (
    CHART,
    MINIMAL,
    ROOT,
    VALUES,
    container,
    loaded,
    needs_helm,
    plain_environment,
    pod,
    rendered,
    written,
)
from tests.test_settings import DEVELOPMENT
from tools.manifest import KUBERNETES, conform, helm, program, unpack_schemas

PATHS = {getattr(route, "path", "") for route in create_app(Settings.read(DEVELOPMENT)).routes}
EXIT_S = 30  # reliability-security.md: a process ends within 30 s of its SIGTERM

needs_both = pytest.mark.skipif(
    program("helm") is None or program("kubeconform") is None, reason="no helm or no kubeconform; `make tools`"
)


def test_the_chart_is_of_this_version_of_the_bff() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert loaded(CHART / "Chart.yaml")["appVersion"] == project["version"]


def test_the_oldest_kubernetes_that_is_checked_is_the_oldest_allowed() -> None:
    assert loaded(CHART / "Chart.yaml")["kubeVersion"] == f">={KUBERNETES[0]}-0"


@needs_helm
def test_the_process_has_no_rights_and_nothing_to_write_on() -> None:
    objects = rendered()
    assert pod(objects)["spec"]["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container(objects)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "volumes" not in pod(objects)["spec"]
    assert not pod(objects)["spec"]["automountServiceAccountToken"]
    assert not objects["ServiceAccount"]["automountServiceAccountToken"]
    assert pod(objects)["spec"]["serviceAccountName"] == objects["ServiceAccount"]["metadata"]["name"]


@needs_helm
def test_authorities_of_its_own_are_mounted_where_the_setting_says() -> None:
    objects = rendered(VALUES / "own-authority.yaml")
    (mount,) = container(objects)["volumeMounts"]
    (volume,) = pod(objects)["spec"]["volumes"]
    assert (mount["name"], mount["readOnly"]) == (volume["name"], True)
    (item,) = volume["configMap"]["items"]
    assert (volume["configMap"]["name"], item["key"]) == ("authorities", "internal.pem")
    assert plain_environment(objects)["BFF_CA_FILE"] == f"{mount['mountPath']}/{item['path']}"


@needs_helm
def test_content_files_of_ones_own_are_mounted_whole_where_the_settings_say() -> None:
    objects = rendered(VALUES / "own-content.yaml")
    (mount,) = container(objects)["volumeMounts"]
    (volume,) = pod(objects)["spec"]["volumes"]
    assert volume == {"name": mount["name"], "configMap": {"name": "pages"}}
    assert mount["readOnly"]
    assert "subPath" not in mount, "a part of a ConfigMap would not follow its changes"
    for variable in ("BFF_ENGAGEMENT_FILE", "BFF_SUPPORT_FILE"):
        assert Path(objects["ConfigMap"]["data"][variable]).parent == Path(mount["mountPath"])


@needs_helm
def test_kubernetes_adds_no_variables_of_its_own() -> None:
    assert pod(rendered())["spec"]["enableServiceLinks"] is False


@needs_helm
def test_probes_scraping_and_the_way_in_use_paths_that_the_bff_serves() -> None:
    objects = rendered(VALUES / "everything.yaml")
    probed = container(objects)
    for probe, path in (("startup", "/health/live"), ("liveness", "/health/live"), ("readiness", "/health/ready")):
        assert probed[f"{probe}Probe"]["httpGet"] == {"path": path, "port": "http"}
    annotations = pod(objects)["metadata"]["annotations"]
    (rule,) = objects["Ingress"]["spec"]["rules"]
    ways = {way["path"] for way in rule["http"]["paths"] if way["pathType"] == "Exact"}
    assert {"/health/live", "/health/ready", annotations["prometheus.io/path"], *ways} <= PATHS
    below = [way["path"] for way in rule["http"]["paths"] if way["pathType"] == "Prefix"]
    assert all(any(path.startswith(f"{each}/") for path in PATHS) for each in below)
    assert annotations["prometheus.io/port"] == str(probed["ports"][0]["containerPort"]) == "8000"


@needs_helm
@pytest.mark.parametrize("name", ["minimal.yaml", "everything.yaml"])
def test_a_pod_has_time_to_drain_and_then_to_end(name: str) -> None:
    objects = rendered(VALUES / name)
    drain_s = container(objects)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod(objects)["spec"]["terminationGracePeriodSeconds"] > drain_s + EXIT_S


@needs_helm
def test_a_rolling_update_never_has_fewer_pods() -> None:
    assert rendered()["Deployment"]["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


@needs_helm
def test_everything_that_selects_pods_selects_those_of_the_deployment() -> None:
    objects = rendered(VALUES / "everything.yaml")
    selector = objects["Deployment"]["spec"]["selector"]
    assert selector["matchLabels"].items() <= pod(objects)["metadata"]["labels"].items()
    assert objects["Service"]["spec"]["selector"] == selector["matchLabels"]
    assert objects["PodDisruptionBudget"]["spec"]["selector"] == selector
    assert objects["NetworkPolicy"]["spec"]["podSelector"] == selector
    assert [each["labelSelector"] for each in pod(objects)["spec"]["topologySpreadConstraints"]] == [selector] * 2
    target = objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", objects["Deployment"]["metadata"]["name"])


@needs_helm
def test_the_number_of_pods_is_the_autoscalers_or_given() -> None:
    scaled, fixed = rendered(), rendered(VALUES / "fixed-size.yaml")
    assert "HorizontalPodAutoscaler" in scaled
    assert "replicas" not in scaled["Deployment"]["spec"], "an upgrade would undo what the autoscaler did"
    assert "HorizontalPodAutoscaler" not in fixed
    assert fixed["Deployment"]["spec"]["replicas"] == 3


@needs_helm
def test_from_outside_only_the_api_and_its_files_are_reached() -> None:
    [rule] = rendered(VALUES / "everything.yaml")["Ingress"]["spec"]["rules"]
    reached = {each["path"]: each["pathType"] for each in rule["http"]["paths"]}
    assert reached == {
        "/graphql": "Exact",
        "/documents": "Prefix",
        "/email": "Prefix",
        "/.well-known/jwks.json": "Exact",
    }


@needs_helm
def test_the_network_is_closed_but_for_what_is_listed() -> None:
    given = loaded(VALUES / "everything.yaml")["networkPolicy"]
    policy = rendered(VALUES / "everything.yaml")["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["ingress"] == [{"from": given["callers"], "ports": [{"port": "http", "protocol": "TCP"}]}]
    dns, *others = policy["egress"]
    assert dns == {"to": given["dns"], "ports": [{"port": 53, "protocol": name} for name in ("UDP", "TCP")]}
    assert others == [
        {"to": each["to"], "ports": [{"port": port, "protocol": "TCP"} for port in each["ports"]]}
        for each in given["destinations"]
    ]
    assert "NetworkPolicy" not in rendered(VALUES / "open.yaml")


@needs_helm
def test_a_changed_setting_makes_new_pods(tmp_path: Path) -> None:
    changed = rendered(written(tmp_path, {"settings": {"logLevel": "debug"}}))
    assert pod(rendered()) == pod(rendered())
    assert pod(changed) != pod(rendered())


@needs_helm
def test_a_digest_counts_more_than_a_tag_and_a_tag_more_than_the_version(tmp_path: Path) -> None:
    version = loaded(CHART / "Chart.yaml")["appVersion"]
    tagged = rendered(written(tmp_path, {"image": {"repository": "registry.example/bff", "tag": "1-2"}}))
    assert container(rendered())["image"] == f"customer-area-bff:{version}"
    assert container(tagged)["image"] == "registry.example/bff:1-2"
    assert "/bff@sha256:" in container(rendered(VALUES / "everything.yaml"))["image"]


@needs_both
def test_kubernetes_schemas_refuse_what_kubernetes_does_not_know(tmp_path: Path) -> None:
    unpack_schemas(KUBERNETES[-1], tmp_path / "schemas")
    manifests = helm("template", "bff", values=(MINIMAL,)).stdout
    assert conform(manifests, tmp_path / "schemas").returncode == 0
    wrong = conform(manifests.replace("maxSurge:", "maxSurges:"), tmp_path / "schemas")
    assert wrong.returncode == 1
    assert "Deployment bff is invalid" in wrong.stdout
    unknown = conform(yaml.safe_dump({"apiVersion": "v1", "kind": "Pot"}), tmp_path / "schemas")
    assert unknown.returncode == 1


def test_without_helm_it_is_said_that_nothing_was_rendered() -> None:
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")  # has no helm beside it
    done = _check(python, VALUES)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "Chart not rendered: no helm and no kubeconform. `make tools` builds them with Go.\n"


@needs_both
def test_a_set_of_values_that_does_not_render_is_named_with_its_mistake(tmp_path: Path) -> None:
    (tmp_path / "minimal.yaml").write_text(MINIMAL.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text("replicaCount: 0\n", encoding="utf-8")
    done = _check(Path(sys.executable), tmp_path)
    assert done.returncode == 1
    assert "wrong.yaml: " in done.stderr
    assert "'/replicaCount': minimum: got 0, want 1" in done.stderr
    assert "minimal.yaml" not in done.stderr


def _check(python: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own arguments
        [python, "-m", "tools.manifest", str(folder)],
        cwd=ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
