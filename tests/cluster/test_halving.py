"""When a trial of a search is stopped."""

import pytest

from tenfold.cluster.halving import goes_on, rungs


@pytest.mark.parametrize(
    ("n_epochs", "expected"),
    [(1, ()), (2, (1,)), (3, (1,)), (4, (1, 3)), (9, (1, 3)), (45, (5, 15)), (100, (11, 33))],
)
def test_the_rungs_are_at_a_ninth_and_a_third_of_the_epochs(n_epochs, expected):
    assert rungs(n_epochs) == expected


@pytest.mark.cluster
def test_about_the_best_third_goes_on():
    pytest.importorskip("ray", reason="Ray is not installed")
    earlier = [{1: accuracy / 10} for accuracy in range(1, 8)]  # The upper third begins at 0.5.
    assert goes_on([], {1: 0.0}, (1, 3))
    assert not goes_on(earlier, {1: 0.49}, (1, 3))
    assert goes_on(earlier, {1: 0.51}, (1, 3))
    at_both = [*earlier, {1: 0.9, 3: 0.9}]
    assert goes_on(at_both, {1: 0.8}, (1, 3))
    assert not goes_on(at_both, {1: 0.8, 3: 0.8}, (1, 3))
