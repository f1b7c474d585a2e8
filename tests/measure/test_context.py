import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.neighbors import NearestCentroid

from tenfold.core.images import ImageSet
from tenfold.measure.context import RIDGE, _features, simple_rules


def some(rng, n, side=20, n_classes=3):
    """Images whose upper half is brighter the higher the class, in noise."""
    labels = rng.integers(0, n_classes, n)
    images = rng.integers(0, 200, (n, side, side, 1))
    images[:, : side // 2] += 6 * labels[:, None, None, None]
    return ImageSet(images.astype(np.uint8), labels.astype(np.int64), tuple("abc"[:n_classes]))


def test_the_same_answers_as_scikit_learn():
    rng = np.random.default_rng(0)
    train, test = some(rng, 500), some(rng, 300)
    rows, unseen = _features(train.images), _features(test.images)
    found = {each.rule: each for each in simple_rules(train, test)}
    centroid = NearestCentroid().fit(rows, train.labels).predict(unseen)
    assert found["nearest class mean"].accuracy == pytest.approx((centroid == test.labels).mean())
    ridge = Ridge(RIDGE * rows.var(axis=0).mean() * len(rows))
    linear = ridge.fit(rows, np.eye(3)[train.labels]).predict(unseen).argmax(axis=1)
    assert found["linear classifier"].accuracy == pytest.approx((linear == test.labels).mean())
    assert found["linear classifier"].accuracy > 0.5
    assert found["guessing"].accuracy == pytest.approx(1 / 3)


def test_a_class_without_training_images_is_never_named():
    train, test = some(np.random.default_rng(1), 40), some(np.random.default_rng(2), 40)
    only = train.take(np.flatnonzero(train.labels < 2))
    alone = test.take(np.flatnonzero(test.labels == 2))
    assert [each.accuracy for each in simple_rules(only, alone)[1:]] == [0, 0]


def test_shrinks_to_means_over_blocks():
    image = np.zeros((1, 34, 3, 1), np.uint8)
    image[0, 3, 0] = 255  # In the second block of three rows.
    found = _features(image).reshape(11, 3)  # The last row fills no block.
    assert found[1, 0] == pytest.approx(2 / 3 - 1)
    assert (np.delete(found.ravel(), 3) == -1).all()
