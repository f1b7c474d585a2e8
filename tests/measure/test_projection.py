"""Principal components against an eigendecomposition, and UMAP against a stand-in."""

import sys
from types import ModuleType

import numpy as np
import pytest

from tenfold.measure.projection import has_umap, principal, principal_map, umap_map


def rows(n: int, d: int, *, seed: int = 0) -> np.ndarray:
    """Rows whose directions differ in length, as pixels do."""
    random = np.random.default_rng(seed)
    mixed = random.normal(size=(n, d)) * np.linspace(3, 0.5, d) @ random.normal(size=(d, d))
    return (mixed + 100).astype(np.float32)


@pytest.mark.parametrize(("n", "d"), [(200, 30), (40, 90), (12, 3), (3, 50)])
def test_places_are_those_of_the_eigenvectors_of_the_covariance(n, d):
    made = rows(n, d)
    places, shares = principal(made)
    centred = made.astype(np.float64) - made.astype(np.float64).mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    expected = centred @ vectors[:, [-1, -2]]
    same = np.sign((expected * places).sum(axis=0))
    np.testing.assert_allclose(places, expected * same, atol=1e-3 * np.abs(expected).max())
    np.testing.assert_allclose(shares, values[[-1, -2]] / values.sum(), rtol=1e-4)


def test_the_largest_coordinate_of_each_direction_is_positive():
    for seed in range(5):
        places, _ = principal(rows(20, 6, seed=seed))
        assert (places.max(axis=0) == np.abs(places).max(axis=0)).all()


@pytest.mark.parametrize("made", [np.full((5, 4), 7.0), np.full((1, 4), 7.0)])
def test_rows_that_do_not_differ_are_all_at_the_same_place(made):
    places, shares = principal(made.astype(np.float32))
    assert places.shape == (len(made), 2)
    assert not places.any()
    assert not shares.any()


def test_rows_of_one_number_have_one_direction():
    places, shares = principal(np.array([[1], [2], [6]], dtype=np.float32))
    np.testing.assert_allclose(places, [[-2, 0], [-1, 0], [3, 0]], atol=1e-6)
    np.testing.assert_allclose(shares, [1, 0])


def test_the_axes_say_which_share_of_the_variance_they_hold():
    made = np.array([[3, 0], [-3, 0], [0, 1], [0, -1]], dtype=np.float32)
    found = principal_map(made, name="pixels", of="their pixels")
    assert found.axes == (
        "component 1 (90 % of the variance)",
        "component 2 (10 % of the variance)",
    )


class FirstTwo:
    """What umap-learn offers, as far as it is used: it takes the first two columns."""

    def __init__(self, *, n_neighbors: int, random_state: int, n_jobs: int) -> None:
        assert (random_state, n_jobs) == (0, 1)
        self.n_neighbors = n_neighbors

    def fit_transform(self, given: np.ndarray) -> np.ndarray:
        assert self.n_neighbors < len(given)
        return given[:, :2]


@pytest.fixture
def stand_in(monkeypatch):
    module = ModuleType("umap")
    module.UMAP = FirstTwo  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "umap", module)


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("n", [10, 40])
def test_umap_is_asked_for_the_same_map_each_time(n):
    made = rows(n, 4)
    found = umap_map(made, name="pixels-umap", of="their pixels")
    assert found is not None
    np.testing.assert_array_equal(found.places, made[:, :2])
    assert found.places.dtype == np.float64


@pytest.mark.usefixtures("stand_in")
def test_a_few_rows_have_no_umap():
    assert umap_map(rows(9, 4), name="pixels-umap", of="their pixels") is None


@pytest.mark.skipif(not has_umap(), reason="umap-learn is not installed")
def test_umap_keeps_two_far_groups_apart():
    made = np.concatenate([rows(20, 4), rows(20, 4, seed=1) + 1000])
    found = umap_map(made, name="pixels-umap", of="their pixels")
    assert found is not None
    first, second = found.places[:20], found.places[20:]
    within = np.linalg.norm(first - first.mean(axis=0), axis=1).max()
    assert np.linalg.norm(first.mean(axis=0) - second.mean(axis=0)) > within
