from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.learn.muon import Muon, orthogonalise
from tenfold.learn.schedule import WarmUpThenDown

RANDOM = np.random.default_rng(0)
N_STEPS = 4
SETTINGS: dict[str, Any] = {"adam_ratio": 0.1, "decay": 0.5, "momentum": 0.9, "n_iterations": 3}
SHAPES = {
    "kernel": (2, 6, 4),
    "wide/kernel": (3, 5),
    "beta": (4, 1),
    "probabilities/kernel": (4, 3),
}
START = {path: RANDOM.normal(size=shape) for path, shape in SHAPES.items()}
GRADIENTS = [
    {path: RANDOM.normal(size=shape) for path, shape in SHAPES.items()} for _ in range(N_STEPS)
]


def rate(step: int) -> float:
    """What `WarmUpThenDown(0.2, 4, 0.5)` gives, counted by hand."""
    return [0.1, 0.2, 0.2, 0.1][step]


def newton_schulz(x: np.ndarray, n_iterations: int) -> np.ndarray:
    """The quintic iteration as it is usually written, on one matrix of float64."""
    if x.shape[0] > x.shape[1]:
        return newton_schulz(x.T, n_iterations).T
    x = x / np.sqrt(np.linalg.norm(x @ x.T))
    for _ in range(n_iterations):
        gram = x @ x.T
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x


def muon_by_hand(kernel: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    """Nesterov momentum, made orthogonal matrix by matrix, with decoupled decay."""
    moment = np.zeros_like(kernel)
    for step, gradient in enumerate(gradients):
        moment = 0.9 * moment + gradient
        ahead = gradient + 0.9 * moment
        stack = ahead.reshape(-1, *ahead.shape[-2:])
        update = np.reshape([newton_schulz(matrix, 3) for matrix in stack], kernel.shape)
        scale = max(1, kernel.shape[-1] / kernel.shape[-2]) ** 0.5
        kernel = (kernel - rate(step) * scale * update) / (1 + rate(step) * 0.5)
    return kernel


def adam_by_hand(values: np.ndarray, gradients: list[np.ndarray]) -> np.ndarray:
    first, second = np.zeros_like(values), np.zeros_like(values)
    for step, gradient in enumerate(gradients):
        first = 0.9 * first + 0.1 * gradient
        second = 0.99 * second + 0.01 * gradient**2
        mean, square = first / (1 - 0.9 ** (step + 1)), second / (1 - 0.99 ** (step + 1))
        values = values - 0.1 * rate(step) * mean / (np.sqrt(square) + 1e-8)
    return values


def moved(compute_dtype: str = "float32") -> dict[str, np.ndarray]:
    """Each variable after all steps."""
    variables = []
    for path, start in START.items():
        scope, _, name = path.rpartition("/")
        with keras.name_scope(scope or "all"):
            variables.append(keras.Variable(start, dtype="float32", name=name))
    optimizer = Muon(WarmUpThenDown(0.2, N_STEPS, 0.5), compute_dtype=compute_dtype, **SETTINGS)
    for gradients in GRADIENTS:
        optimizer.apply([tf.constant(g, tf.float32) for g in gradients.values()], variables)
    return {path: np.asarray(v.value) for path, v in zip(START, variables, strict=True)}


def test_moves_kernels_and_all_else_as_numpy_does_in_float64():
    for path, values in moved().items():
        by_hand = muon_by_hand if path in ("kernel", "wide/kernel") else adam_by_hand
        expected = by_hand(START[path], [gradients[path] for gradients in GRADIENTS])
        np.testing.assert_allclose(values, expected, atol=2e-5, err_msg=path)


def test_bfloat16_stays_near_float32():
    exact = moved()
    for path, values in moved("bfloat16").items():
        travelled = np.abs(exact[path] - START[path]).max()
        np.testing.assert_allclose(values, exact[path], atol=0.05 * travelled, err_msg=path)


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (3, 6, 40), (3, 40, 6)])
def test_brings_singular_values_near_one(shape):
    x = 1e-3 * RANDOM.normal(size=shape)
    values = np.linalg.svd(orthogonalise(tf.constant(x, tf.float32), 5, 1.0), compute_uv=False)
    assert np.linalg.svd(x, compute_uv=False).max() < 0.01
    assert 0.6 < values.min() <= values.max() < 1.3


def test_keeps_directions_and_takes_the_scale():
    x = RANDOM.normal(size=(3, 5))
    u, _, v = np.linalg.svd(x, full_matrices=False)
    y = u.T @ np.asarray(orthogonalise(tf.constant(x, tf.float32), 3, 2.0)) @ v.T
    np.testing.assert_allclose(y - np.diag(np.diag(y)), 0, atol=1e-4)
    np.testing.assert_allclose(y, 2 * u.T @ newton_schulz(x, 3) @ v.T, atol=1e-4)


def test_leaves_a_matrix_of_zeros_alone():
    np.testing.assert_array_equal(orthogonalise(tf.zeros((2, 3, 4)), 3, 1.0), np.zeros((2, 3, 4)))


def test_comes_back_from_its_settings():
    optimizer = Muon(WarmUpThenDown(0.2, 7, 0.5), adam_for=("last",), **SETTINGS)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(optimizer))
    assert again.get_config() == optimizer.get_config()
    assert {name: getattr(again, name) for name in SETTINGS} == SETTINGS
    assert again.adam_for == ("last",)
