"""Files that start a Ray cluster whose machines run Tenfold's image."""

from dataclasses import dataclass
from typing import Any

PORT = 6379
"""Where a cluster's head listens."""
SHARED = "/shared"
"""A disk that every machine sees: runs, checkpoints of their fits, and the cache."""
USER = 10001
"""The image's user, as the Dockerfile has it."""
_HEAD_IP = "10.0.0.1"
_HEAD_CORES, _HEAD_MEMORY_GB = 2, 8

_RAY_UP = """\
# A Ray cluster on machines that you reach by SSH and that have Docker.
#
#   1. Build the image and push it to where the machines can pull it from:
#        docker build --target cluster -t {image} .
#   2. Write the machines' addresses, your user and the shared disk below.
#   3. ray get-auth-token --generate
#   4. ray up {file}
#   5. ray exec {file} "tenfold study quick standard --cluster auto --out {shared}/compared"
#
# `ray down {file}` ends it. Only the machines themselves may reach the head's ports.
"""
_KUBERAY = """\
# A Ray cluster on Kubernetes. It needs KubeRay 1.5.1 or later.
#
#   1. Build the image and push it to where the cluster can pull it from:
#        docker build --target cluster -t {image} .
#   2. Choose a storage class that many pods can write to, if the default one cannot.
#   3. kubectl apply -f {file}
#   4. kubectl exec -it $(kubectl get pod -l ray.io/node-type=head -o name) -- \\
#        tenfold study quick standard --cluster auto --out {shared}/compared
#
# `kubectl delete -f {file}` ends it, and removes the shared disk.
"""


@dataclass(frozen=True)
class Machines:
    """What a cluster is made of.

    Attributes:
        image: The image that every machine runs, made by the Dockerfile's `cluster` stage.
        n_workers: Machines that work, beside the head: 1 or more.
        cores: Cores of each; a pod's, for Kubernetes.
        memory_gb: Memory of each in gigabytes; a pod's, for Kubernetes.
    """

    image: str
    n_workers: int
    cores: int
    memory_gb: int


def templates(machines: Machines, *, ray_version: str) -> dict[str, str]:
    """The text of each file, by its name.

    Args:
        machines: What the cluster is made of.
        ray_version: Of the Ray in the image.
    """
    import yaml

    found = {}
    for file, words, documents in (
        ("ray-cluster.yaml", _RAY_UP, [ray_up(machines)]),
        ("kuberay.yaml", _KUBERAY, [_claim(), kuberay(machines, ray_version=ray_version)]),
    ):
        text = yaml.safe_dump_all(documents, sort_keys=False, width=100)
        found[file] = words.format(image=machines.image, file=file, shared=SHARED) + text
    return found


def ray_up(machines: Machines) -> dict[str, Any]:
    """The content of a file for Ray's cluster launcher.

    Source: `ray-schema.json` of Ray 2.60, and its page on clusters on one's own machines.
    """
    start = "ulimit -n 65536; ray start"
    return {
        "cluster_name": "tenfold",
        "max_workers": machines.n_workers,
        "provider": {
            "type": "local",
            "head_ip": _HEAD_IP,
            "worker_ips": [_address(number) for number in range(machines.n_workers)],
        },
        "auth": {"ssh_user": "ubuntu"},
        "docker": {
            "image": machines.image,
            "container_name": "tenfold",
            "pull_before_run": True,
            "run_options": [
                "--ulimit nofile=65536:65536",
                f"-v {SHARED}:{SHARED}",
                *(f"-e {name}={value}" for name, value in _environment().items()),
            ],
        },
        # The token that `ray get-auth-token --generate` writes: nobody else may start work.
        "file_mounts": {"~/.ray/auth_token": "~/.ray/auth_token"},
        "head_start_ray_commands": [
            "ray stop",
            f"{start} --head --port={PORT} --autoscaling-config=~/ray_bootstrap_config.yaml",
        ],
        "worker_start_ray_commands": ["ray stop", f"{start} --address=$RAY_HEAD_IP:{PORT}"],
    }


def kuberay(machines: Machines, *, ray_version: str) -> dict[str, Any]:
    """The content of a manifest for KubeRay. No fit runs on the head, which has the driver.

    Source: the API reference of KubeRay for `ray.io/v1`.
    """
    group = {
        "groupName": "workers",
        "replicas": machines.n_workers,
        "minReplicas": machines.n_workers,
        "maxReplicas": machines.n_workers,
        "rayStartParams": {},
        "template": _pod("ray-worker", machines.image, machines.cores, machines.memory_gb),
    }
    head = _pod("ray-head", machines.image, _HEAD_CORES, _HEAD_MEMORY_GB)
    head["spec"]["containers"][0]["ports"] = [
        {"name": "gcs", "containerPort": PORT},
        {"name": "dashboard", "containerPort": 8265},
    ]
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayCluster",
        "metadata": {"name": "tenfold"},
        "spec": {
            "rayVersion": ray_version,
            "authOptions": {"mode": "token"},
            "headGroupSpec": {"rayStartParams": {"num-cpus": "0"}, "template": head},
            "workerGroupSpecs": [group],
        },
    }


def _claim() -> dict[str, Any]:
    """A disk for what every pod must see."""
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "tenfold-shared"},
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "100Gi"}},
        },
    }


def _pod(name: str, image: str, cores: int, memory_gb: int) -> dict[str, Any]:
    """A pod's template; it asks for as much as it may use, so that no other pod slows it down."""
    amount = {"cpu": str(cores), "memory": f"{memory_gb}G"}
    environment = [{"name": key, "value": value} for key, value in _environment().items()]
    return {
        "spec": {
            "securityContext": {"runAsNonRoot": True, "runAsUser": USER, "fsGroup": USER},
            "containers": [
                {
                    "name": name,
                    "image": image,
                    "env": environment,
                    "resources": {"requests": dict(amount), "limits": dict(amount)},
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "volumeMounts": [{"name": "shared", "mountPath": SHARED}],
                }
            ],
            "volumes": [
                {"name": "shared", "persistentVolumeClaim": {"claimName": "tenfold-shared"}}
            ],
        }
    }


def _environment() -> dict[str, str]:
    """Environment variables of every machine."""
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_USAGE_STATS_ENABLED": "0",
        "TENFOLD_CACHE": f"{SHARED}/cache",
    }


def _address(number: int) -> str:
    """A worker's address to be replaced: 10.0.0.2, 10.0.0.3, ..."""
    high, low = divmod(number + 2, 256)
    return f"10.0.{high}.{low}"
