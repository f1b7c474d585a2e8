"""Ray is started here or joined, and nothing of it is left behind."""

import os
import subprocess
import sys

import pytest
from nodes import processes_of_ray, wait_until_gone

from tenfold.cluster.connect import ClusterError, check_ray, connected

RAY = pytest.mark.cluster


def test_says_what_to_install_where_ray_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ClusterError, match=r"pip install 'tenfold\[cluster\]'"):
        check_ray()


@RAY
def test_tasks_run_on_both_nodes(two_nodes):
    import ray

    @ray.remote(num_cpus=1, scheduling_strategy="SPREAD")  # type: ignore[untyped-decorator]
    def where(seconds: float) -> str:
        import time

        time.sleep(seconds)
        return ray.get_runtime_context().get_node_id()

    with connected(two_nodes) as n_cores:
        assert n_cores == 2
        assert len(set(ray.get([where.remote(1.0) for _ in range(4)]))) == 2


@RAY
@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1", "nobody"])
def test_refuses_an_address_where_nothing_answers(address):
    with pytest.raises(ClusterError, match=rf"received '{address}'"), connected(address):
        pass


@RAY
@pytest.mark.parametrize("how", ["it ends", "it is killed"])
def test_no_process_is_left_behind(how):
    source = (
        "import sys\n"
        "from tenfold.cluster.connect import connected\n"
        "with connected(cores=1):\n"
        "    import ray\n"
        "    assert ray.get(ray.remote(lambda: 7).remote()) == 7\n"
        "    print('ready', flush=True)\n"
        "    sys.stdin.read(1)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    started = processes_of_ray(child.pid)
    assert any("raylet" in " ".join(each.cmdline()) for each in started)
    if how == "it is killed":
        child.kill()
    child.communicate("x" if how == "it ends" else None)
    assert wait_until_gone(started) == []
