"""How cores are divided among the workers of a fit."""

import pytest

from tenfold.cluster.connect import ClusterError
from tenfold.cluster.train import cores_each


@pytest.mark.parametrize(
    ("machines", "n_workers", "cores"),
    [([2], 2, 1), ([5], 2, 2), ([3, 3], 3, 1), ([3, 3], 2, 3), ([16, 4, 0], 5, 4)],
)
def test_each_worker_has_as_many_cores_as_fit_on_the_machines(machines, n_workers, cores):
    assert cores_each(machines, n_workers) == cores


def test_refuses_more_workers_than_cores():
    with pytest.raises(ClusterError, match="Each of 3 workers needs a core; there are 2"):
        cores_each([1, 1], 3)
