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


def test_weak_features_are_unfamiliar_whatever_the_pixels():
    images = noise(50)
    found = usual().unfamiliarity(images, features(images) / 100)
    assert (found > 1).all()


def test_the_distance_is_that_of_the_textbook():
    known = Familiarity((0.0, 0.0), ((1.0, 0.0), (0.0, 4.0)), "validation", 20)
    images = noise(30)
    length = np.linalg.norm(features(images), axis=1)
    grey = images.mean(axis=3) / 255
    down, right = np.abs(grey[:, 1:] - grey[:, :-1]), np.abs(grey[:, :, 1:] - grey[:, :, :-1])
    rough = (down.mean((1, 2)) + right.mean((1, 2))) / 2 / (grey.std(axis=(1, 2)) + 1 / 255)
    expected = np.hypot(np.log(length), 2 * np.log(rough))
    np.testing.assert_allclose(known.unfamiliarity(images, features(images)), expected, rtol=1e-2)


def test_images_of_one_pixel_and_images_all_alike_have_a_figure_too():
    images = np.full((20, 1, 1, 3), 7, np.uint8)
    known = Familiarity.of(images, features(images), "training")
    assert np.isfinite(known.unfamiliarity(images, features(images))).all()


def test_json_gives_it_back():
    known = usual()
    assert Familiarity.from_dict(json.loads(json.dumps(asdict(known)))) == known
