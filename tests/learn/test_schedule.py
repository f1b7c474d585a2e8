import keras
import numpy as np
import pytest

from tenfold.learn.schedule import WarmUpThenDown


def rates(schedule: WarmUpThenDown, n_steps: int) -> list[float]:
    return [float(schedule(step)) for step in range(n_steps)]


def test_rises_then_falls_along_the_line_counted_by_hand():
    expected = [0.25, 0.5, 0.5, 0.4375, 0.375, 0.3125, 0.25, 0.1875, 0.125, 0.0625, 0]
    np.testing.assert_allclose(rates(WarmUpThenDown(0.5, 10, 0.2), 11), expected, atol=1e-6)


@pytest.mark.parametrize(("n_steps", "warm_up"), [(1, 0.1), (2, 0.5), (7, 0.3), (1000, 0.01)])
def test_stays_above_zero_until_the_last_step_and_at_or_below_the_peak(n_steps, warm_up):
    seen = rates(WarmUpThenDown(3.0, n_steps, warm_up), n_steps)
    assert min(seen) > 0
    assert max(seen) <= 3
    assert float(WarmUpThenDown(3.0, n_steps, warm_up)(n_steps)) == pytest.approx(0, abs=1e-5)


def test_comes_back_from_its_settings():
    schedule = WarmUpThenDown(0.5, 10, 0.2)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert rates(again, 10) == rates(schedule, 10)
