"""The files that start a cluster have the fields that Ray and KubeRay know."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tenfold.cli import app
from tenfold.cluster.template import SHARED, USER, Machines, templates

MACHINES = Machines("registry.example/tenfold-cluster:1", 300, 16, 64)
DOCKERFILE = (Path(__file__).resolve().parents[2] / "Dockerfile").read_text("utf-8")

# As KubeRay's API reference lists them for ray.io/v1.
CLUSTER = {
    "suspend", "managedBy", "autoscalerOptions", "headServiceAnnotations", "authOptions",
    "enableInTreeAutoscaling", "gcsFaultToleranceOptions", "headGroupSpec", "rayVersion",
    "workerGroupSpecs",
}  # fmt: skip
HEAD = {"template", "headService", "enableIngress", "rayStartParams", "serviceType"}
GROUP = {
    "suspend", "groupName", "replicas", "minReplicas", "maxReplicas", "idleTimeoutSeconds",
    "rayStartParams", "template", "scaleStrategy", "numOfHosts",
}  # fmt: skip
# As Kubernetes' API reference lists them, of those that a template may have.
POD = {"securityContext", "containers", "volumes"}
CONTAINER = {
    "name", "image", "env", "ports", "resources", "securityContext", "volumeMounts",
}  # fmt: skip


@pytest.fixture(scope="module")
def texts():
    return templates(MACHINES, ray_version="2.60.0")


def test_ray_finds_its_file_valid(texts):
    jsonschema = pytest.importorskip("jsonschema")
    ray = find_spec("ray")
    if ray is None or ray.submodule_search_locations is None:
        pytest.skip("Ray is not installed")
    (place,) = ray.submodule_search_locations
    schema = json.loads((Path(place) / "autoscaler" / "ray-schema.json").read_text("utf-8"))
    content = yaml.safe_load(texts["ray-cluster.yaml"])
    jsonschema.validate(content, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**content, "workers": 3}, schema)
    assert content["max_workers"] == len(set(content["provider"]["worker_ips"])) == 300
    assert content["docker"]["image"] == MACHINES.image
    assert f"-v {SHARED}:{SHARED}" in content["docker"]["run_options"]


def test_the_manifest_has_only_fields_that_kuberay_and_kubernetes_know(texts):
    claim, cluster = yaml.safe_load_all(texts["kuberay.yaml"])
    assert (cluster["apiVersion"], cluster["kind"]) == ("ray.io/v1", "RayCluster")
    spec = cluster["spec"]
    assert spec.keys() <= CLUSTER
    (group,) = spec["workerGroupSpecs"]
    assert spec["headGroupSpec"].keys() <= HEAD
    assert group.keys() <= GROUP
    assert spec["rayVersion"] == "2.60.0"
    assert all(isinstance(each, str) for each in spec["headGroupSpec"]["rayStartParams"].values())
    for part in (spec["headGroupSpec"], group):
        pod = part["template"]["spec"]
        assert pod.keys() <= POD
        (container,) = pod["containers"]
        assert container.keys() <= CONTAINER
        assert container["image"] == MACHINES.image
        (volume,) = pod["volumes"]
        assert volume["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
        assert container["volumeMounts"] == [{"name": volume["name"], "mountPath": SHARED}]
    assert group["replicas"] == 300
    limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert limits == {"cpu": "16", "memory": "64G"}


def test_the_image_is_a_stage_of_the_dockerfile(texts):
    (stage,) = set(re.findall(r"docker build --target (\w+)", "".join(texts.values())))
    made = re.search(rf"^FROM \S+ AS {stage}$(.*?)^FROM", DOCKERFILE, re.M | re.S)
    assert made is not None
    assert f"--uid {USER} " in made[1]
    assert f"USER {USER}:" in made[1]
    assert "ENTRYPOINT" not in made[1]  # Ray's launcher and KubeRay start what they need.


def test_the_command_writes_both_files_and_overwrites_nothing(tmp_path):
    pytest.importorskip("ray")
    asked = ["cluster", "template", "--out", str(tmp_path / "new"), "--workers", "3", "--json"]
    done = CliRunner().invoke(app, asked)
    assert json.loads(done.stdout) == {"folder": str(tmp_path / "new")}
    written = (tmp_path / "new" / "kuberay.yaml").read_text("utf-8")
    assert list(yaml.safe_load_all(written))[1]["spec"]["workerGroupSpecs"][0]["replicas"] == 3
    again = CliRunner().invoke(app, asked)
    assert again.exit_code == 1
    assert "is not empty" in again.stderr
    assert (tmp_path / "new" / "kuberay.yaml").read_text("utf-8") == written
