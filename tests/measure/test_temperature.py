import numpy as np
import pytest
from scipy.special import softmax

from tenfold.measure.temperature import at_temperature, fit_temperature


def drawn(rng, n, temperature):
    """Classes drawn from softmax(logits), and probabilities that need that temperature."""
    logits = rng.normal(0, 2, (n, 4))
    shares = softmax(logits, axis=1)
    truth = (rng.random(n)[:, None] > shares.cumsum(axis=1)).sum(axis=1).clip(0, 3)
    return softmax(logits * temperature, axis=1).astype(np.float32), truth.astype(np.int64)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_finds_the_temperature_that_made_the_probabilities(temperature):
    rows, truth = drawn(np.random.default_rng(0), 20_000, temperature)
    assert fit_temperature(rows, truth) == pytest.approx(temperature, rel=0.05)


def test_agrees_with_the_best_of_many_temperatures():
    rows, truth = drawn(np.random.default_rng(1), 3_000, 1.7)
    tried = np.linspace(1, 3, 2_001)
    losses = [
        -np.log(at_temperature(rows, each)[np.arange(len(truth)), truth]).mean() for each in tried
    ]
    assert fit_temperature(rows, truth) == pytest.approx(tried[np.argmin(losses)], abs=0.01)


def test_a_handful_of_right_answers_does_not_make_a_network_certain():
    rows = np.tile(np.array([[0.6, 0.4]], np.float32), (5, 1))
    found = fit_temperature(rows, np.zeros(5, np.int64))
    assert 0.2 < found < 1  # Without the prior, the smallest temperature of all would fit best.


def test_no_images_leave_the_network_as_it_is():
    assert fit_temperature(np.empty((0, 3), np.float32), np.empty(0, np.int64)) == 1.0


def test_a_temperature_of_two_is_the_square_root_counted_by_hand():
    found = at_temperature(np.array([[0.64, 0.36], [1.0, 0.0]], np.float32), 2.0)
    assert found[0] == pytest.approx([0.8 / 1.4, 0.6 / 1.4])
    assert found[1] == pytest.approx([1, 0])
    assert found.dtype == np.float32


def test_the_inverse_undoes_a_temperature():
    rows, _ = drawn(np.random.default_rng(2), 50, 1.0)
    back = at_temperature(at_temperature(rows, 0.6), 1 / 0.6)
    assert back == pytest.approx(rows, abs=1e-6)
