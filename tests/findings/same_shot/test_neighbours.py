"""The neighbours of an image are those with the largest products."""

import numpy as np
import pytest
from tests.findings.made import textures

from tenfold.findings.same_shot import neighbours as neighbours_module
from tenfold.findings.same_shot.grids import luminance
from tenfold.findings.same_shot.neighbours import Neighbours, glances, mirrored


def seen(images: np.ndarray) -> np.ndarray:
    return glances(np.rint(luminance(images)).astype(np.uint8))


def rows_of(neighbours: Neighbours, asked: np.ndarray) -> np.ndarray:
    return np.concatenate([others for _, others in neighbours.of(asked)])


@pytest.mark.parametrize("n", [3, 17, 200])
def test_finds_the_largest_products(n):
    rng = np.random.default_rng(n)
    vectors = rng.normal(size=(n, 5)).astype(np.float32)
    found = rows_of(Neighbours(vectors, k=6), vectors)
    k = min(6, n - 1) + 1
    expected = np.argsort(-(vectors @ vectors.T), axis=1)[:, :k]
    assert np.array_equal(np.sort(found, axis=1), np.sort(expected, axis=1))


def test_the_glance_of_a_mirror_image_is_that_of_the_mirrored_image():
    images = textures(4)
    assert np.allclose(mirrored(seen(images)), seen(images[:, :, ::-1]), atol=2e-3)


def test_a_glance_does_not_change_with_brightness():
    images = textures(4)
    assert np.allclose(seen(images), seen(images // 4 + 150), atol=0.1)


def test_the_glance_of_a_blank_image_is_like_no_other():
    blank = np.full((1, 32, 32, 3), 9, dtype=np.uint8)
    assert np.array_equal(seen(blank) @ seen(textures(2)).T, np.zeros((1, 2)))


def test_a_shifted_copy_is_nearer_than_all_other_images():
    images = textures(60)
    copy = np.roll(images[:1], (3, -3), axis=(1, 2))
    products = seen(images) @ seen(copy)[0]
    assert products.argmax() == 0


def test_an_index_finds_what_products_find(monkeypatch):
    pytest.importorskip("faiss")
    monkeypatch.setattr(neighbours_module, "EXACT_UP_TO", 100)
    vectors = seen(textures(300))
    found = rows_of(Neighbours(vectors, k=5), vectors)
    expected = np.argsort(-(vectors @ vectors.T), axis=1)[:, :6]
    shared = [len(set(a) & set(b)) for a, b in zip(found.tolist(), expected.tolist(), strict=True)]
    assert np.mean(shared) > 5.7
