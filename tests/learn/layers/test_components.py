import numpy as np
import pytest
import tensorflow as tf

from tenfold.core.images import ImageSet
from tenfold.core.networks import FullyConnectedNetwork
from tenfold.core.recipe import Recipe
from tenfold.learn.layers.components import FLOOR, PrincipalComponents
from tenfold.learn.recipe import fit_recipe

RANDOM = np.random.default_rng(0)


def adapted(pixels: np.ndarray, n: int) -> PrincipalComponents:
    layer = PrincipalComponents(n)
    layer.build((1, pixels.shape[1], 1))
    layer.adapt(pixels.astype(np.float32))
    return layer


def components(layer: PrincipalComponents, pixels: np.ndarray) -> np.ndarray:
    return np.asarray(layer(tf.constant(pixels.T[None], tf.float32)))[0].T


def test_gives_the_largest_components_with_bounded_variance():
    pixels = RANDOM.normal(7, 1, (400, 6)) @ RANDOM.normal(size=(6, 6)) * [9, 5, 3, 1, 1, 1]
    found = components(adapted(pixels, 3), pixels)
    variances = np.sort(np.linalg.eigvalsh(np.cov(pixels.T)))[::-1][:3]
    expected = variances / (variances + FLOOR * variances[0])
    np.testing.assert_allclose(np.cov(found.T), np.diag(expected), atol=1e-3)
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-4)


def test_what_few_images_do_not_show_stays_at_zero():
    shown = RANDOM.normal(size=(4, 2)) @ RANDOM.normal(size=(2, 6))  # Two directions.
    found = components(adapted(shown, 5), RANDOM.normal(size=(50, 6)))
    assert (np.ptp(found, axis=0) > 1e-3).tolist() == [True, True, False, False, False]


def test_equal_images_have_no_components():
    pixels = np.full((3, 4), 5.0)
    np.testing.assert_array_equal(components(adapted(pixels, 2), pixels), 0)


def test_what_is_estimated_once_stays():
    layer = adapted(RANDOM.normal(size=(20, 4)), 2)
    before = layer.get_weights()
    layer.adapt(RANDOM.normal(size=(20, 4)).astype(np.float32))
    for old, new in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("shape", [(4, 4, 3), (3, 5, 1)])
def test_a_fit_estimates_them_from_its_images_and_leaves_them(shape: tuple[int, int, int]):
    images = RANDOM.integers(0, 256, (30, *shape), dtype=np.uint8)
    data = ImageSet(images, np.arange(30) % 2, ("a", "b"))
    network = FullyConnectedNetwork(widths=(4,), components=9)
    recipe = Recipe(name="tiny", summary="", network=network, batch_size=10, epochs=2)
    model, _ = fit_recipe(recipe, data, data, seed=0, say=lambda _: None)
    kernel, shift = model.get_layer("components").get_weights()
    side = max(shape[:2])
    border = [(0, 0), *(((side - n) // 2, (side - n + 1) // 2) for n in shape[:2]), (0, 0)]
    pixels = np.pad(images, border).reshape(30, -1) - 128.0
    found = pixels @ kernel[0] + shift[0, :, 0]
    np.testing.assert_allclose(np.cov(found.T), np.diag(np.diag(np.cov(found.T))), atol=0.02)
    assert 0.5 < np.var(found[:, 0]) < 1.1
