"""Each image is predicted by a network that was not fitted to it."""

import numpy as np
import pytest

from tenfold.core.errors import DataError
from tenfold.core.history import FitRecord
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.experiment.unseen import N_FOLDS, predict_unseen
from tenfold.recipes import find_recipe

N_TRAIN, N_TEST = 30, 8


def numbered(n: int, first: int) -> ImageSet:
    """Images of one pixel, which is their number; classes take turns."""
    pixels = np.arange(first, first + n, dtype=np.uint8).reshape(n, 1, 1, 1)
    return ImageSet(pixels, np.arange(n, dtype=np.int64) % 2, ("even", "odd"))


def dataset(groups: np.ndarray | None = None) -> Dataset:
    sets = numbered(N_TRAIN, 0), numbered(N_TEST, 100)
    return Dataset("made", *sets, Provenance("folder", "made"), groups=groups)


class Networks:
    """Stand-ins: each keeps the numbers that it was fitted to, and predicts whether it knows one.

    Attributes:
        fitted: For each network, the numbers of the images that it has seen in any way.
    """

    def __init__(self) -> None:
        self.fitted: list[set[int]] = []

    def fit(self, recipe, train, validation, **_):  # noqa: ARG002
        self.fitted.append({*train.images[:].ravel().tolist(), *validation.images.ravel().tolist()})
        return self.fitted[-1], FitRecord((), 0, 1.0, 1, stopped_early=False)

    def probabilities(self, seen, images, **_):
        knows = np.isin(images.ravel(), list(seen)).astype(np.float32)
        return np.stack([knows, 1 - knows], axis=1)


@pytest.fixture
def networks(monkeypatch):
    made = Networks()
    monkeypatch.setattr("tenfold.learn.recipe.fit_recipe", made.fit)
    monkeypatch.setattr("tenfold.learn.predict.probabilities", made.probabilities)
    return made


def predicted(images: Dataset, recipe: str = "quick"):
    return predict_unseen(images, find_recipe(recipe), seed=0, say=lambda _: None)


@pytest.mark.parametrize("recipe", ["quick", "classic"])
def test_no_network_predicts_an_image_that_it_was_fitted_to_or_stopped_by(networks, recipe):
    unseen = predicted(dataset(), recipe)
    assert (unseen.train.shape, unseen.test.shape) == ((N_TRAIN, 2), (N_TEST, 2))
    assert (unseen.train.argmax(axis=1) == 1).all()
    assert (unseen.test.argmax(axis=1) == 1).all()


def test_the_test_images_are_predicted_by_a_network_fitted_to_all_training_images(networks):
    predicted(dataset())
    assert [len(seen) for seen in networks.fitted] == [20] * N_FOLDS + [N_TRAIN]


def test_images_of_one_group_share_a_fold(networks):
    groups = np.arange(N_TRAIN, dtype=np.int64) // 5
    folds = predicted(dataset(groups)).fold_of.reshape(-1, 5)
    assert (folds == folds[:, :1]).all()


def test_refuses_too_few_images_to_divide(networks):
    images = dataset()
    with pytest.raises(DataError, match="of 2 to 2"):
        predicted(Dataset("made", images.train.take(np.arange(4)), images.test, images.provenance))
