import base64
import json
from dataclasses import asdict

import numpy as np
import pytest
from tests.made_exports import features, usual

from tenfold.deploy.familiarity import Familiarity


def noise(n, *, seed=1):
    images = np.random.default_rng(seed).integers(0, 200, (n, 4, 4, 3), dtype=np.uint8)
    images[..., 0] |= 128
    return images


def test_about_one_in_twenty_usual_images_counts_as_unfamiliar():
    images = noise(4_000)
    found = usual().unfamiliarity(images, features(images))
    assert 0.02 < (found > 1).mean() < 0.1


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_flat_image_is_unfamiliar_to_a_network_of_rough_ones(value):
    flat = np.full((1, 4, 4, 3), value, np.uint8)
    assert usual().unfamiliarity(flat, features(flat)) > 1


def test_features_beside_the_usual_directions_are_unfamiliar():
    """Two classes lie along one axis: further along it is usual, off it is not."""
    random, images = np.random.default_rng(0), noise(400)
    usual_ones = random.normal(0, [5, 1, 1, 1], (400, 4)).astype(np.float32)
    known = Familiarity.of(images, usual_ones, 2, "validation")
    calm = known.unfamiliarity(images, usual_ones) < 0.5
    assert calm.sum() > 50
    along, off = (usual_ones[calm] + np.float32(10) * np.eye(4, dtype="f4")[i] for i in (0, 1))
    assert (known.unfamiliarity(images[calm], along) < 1).mean() > 0.95
    assert (known.unfamiliarity(images[calm], off) > 1).all()


def test_the_figures_are_those_of_the_description():
    space = np.array([[1, 2, 3], [0, 1, 0]], "<f4")  # The mean, and one direction.
    text = base64.b64encode(space.tobytes()).decode()
    known = Familiarity(text, (0.1, 0.2, 0.3), (1.0, 2.0, 0.5), "validation", 20)
    images = noise(30)
    away = features(images) - [1, 2, 3]
    beside = np.hypot(away[:, 0], away[:, 2])
    share = beside / np.linalg.norm(away, axis=1)
    grey = images.mean(axis=3) / 255
    down, right = np.abs(grey[:, 1:] - grey[:, :-1]), np.abs(grey[:, :, 1:] - grey[:, :, :-1])
    rough = (down.mean((1, 2)) + right.mean((1, 2))) / 2 / (grey.std(axis=(1, 2)) + 1 / 255)
    deviations = [np.log(beside) - 0.1, (np.log(share) - 0.2) / 2, abs(np.log(rough) - 0.3) / 0.5]
    expected = np.max([*deviations, np.zeros(30)], axis=0)
    np.testing.assert_allclose(known.unfamiliarity(images, features(images)), expected, rtol=1e-2)


@pytest.mark.parametrize(("n", "n_features", "n_classes"), [(20, 1, 2), (20, 300, 100), (9, 5, 10)])
def test_few_images_features_or_classes_give_figures_too(n, n_features, n_classes):
    images = noise(n)
    found = np.random.default_rng(0).normal(size=(n, n_features)).astype(np.float32)
    known = Familiarity.of(images, found, n_classes, "training")
    assert np.isfinite(known.unfamiliarity(images, found)).all()


def test_images_of_one_pixel_and_images_all_alike_have_a_figure_too():
    images = np.full((20, 1, 1, 3), 7, np.uint8)
    known = Familiarity.of(images, features(images), 3, "training")
    assert np.isfinite(known.unfamiliarity(images, features(images))).all()


def test_json_gives_it_back():
    known = usual()
    assert Familiarity.from_dict(json.loads(json.dumps(asdict(known)))) == known
